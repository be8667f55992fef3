package shape

import (
	"fmt"
	"strings"
)

// parts are many parts of a kind: what is done once for each part is done often.
func parts() []Shape {
	contents := []string{
		"\xa4\xa2", "\xd0\xcf\xc8 ", "\xe9 ", "\x1b$B0!\x1b(B", "\x81\x30", "中", "a ", "%d ", "<a href=http://h%d.com>x</a>",
		"<style>.c%d{color:red}</style>", "<p class=c%d>", "=3D", "QUJD", "http://h%d.com/ ", "a\n\n", "!",
		"BEGIN:VCARD\n", "begin 644 a\nM\n", "Subject: a\n\n", "\x00", "&amp;", "\u200b",
	}
	var list []Shape
	for _, kind := range []string{"text/plain", "text/html", "text/html; charset=utf-8", "text/plain; charset=gb18030",
		"text/plain\nContent-Transfer-Encoding: base64", "text/html\nContent-Transfer-Encoding: quoted-printable",
		"text/plain; format=flowed; delsp=yes", "text/calendar", "message/rfc822", "application/octet-stream; name=a.html",
		"image/gif", "application/pdf; name=a.pdf"} {
		for _, content := range contents {
			for _, size := range []int{10, 100, 500, 2000} {
				unit := "--B\nContent-Type: " + kind + "\n\n" + strings.Repeat(content, 1+size/len(content)) + "\n"
				list = append(list, filled(fmt.Sprintf("parts of %d %s %s", size, quoted(kind), quoted(content)),
					header()+"Content-Type: multipart/mixed; boundary=B\n\n", unit, "--B--\n"))
			}
		}
	}
	return list
}
