package shape

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// mime fills structures: parts beside and inside one another, delimiters, fields of parts.
func mime() []Shape {
	multi := header() + "Content-Type: multipart/mixed; boundary=B\n\n"
	var list []Shape
	for _, unit := range []string{
		"--B\n", "--B\n\n", "--B\n\nx\n", "--B\nContent-Type: text/html\n\nx\n",
		"--B\nContent-Type: text/plain; name=a%d.exe\n\nx\n", "--B--\n", "--B-\n", "--", "-", "--B ", "--B x\n", "\n--",
		"--A\n", "--B%d\n",
		"--B\r\n", "--B\r", "\n", "x\n", "--B\nContent-Type: multipart/mixed; boundary=B\n\n",
		"--B\nContent-Type: multipart/mixed; boundary=C\n\n--C\n",
		"--B\nContent-Type: multipart/mixed; boundary=C%d\n\n--C%d\n",
		"--B\nContent-Type: message/rfc822\n\n", "--B\nContent-Type: message/rfc822\n\nSubject: a\n\n",
		"--B\nContent-Type: multipart/mixed; boundary=\n\n", "--B\nContent-Type: multipart/mixed; boundary=\"\"\n\n",
		"--B\nContent-Type: multipart/mixed\n\n",
		"--B\nX: y\n", "--B\nX", "--B\nContent-Transfer-Encoding: base64\n\nQQ==\n",
		"--B\nContent-Transfer-Encoding: base64\n\n=\n", "--B\nContent-Disposition: attachment; filename*0=a; " +
			"filename*1=b\n\n", "--B\nContent-Type: image/gif\nContent-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n",
		"--B\nContent-Type: text/html\n\n<a href=http://h%d.com>x</a>\n",
		"--B\nContent-Type: text/plain; charset=utf-7\n\n+AGE-\n", "--B\nContent-Type: application/pdf\n\n%PDF\n",
		"--B\nContent-Type: text/calendar\n\nURL:http://h%d.com\n",
		"--B\nContent-ID: <%d>\nContent-Type: image/png\n\nx\n",
		"--B\nContent-Type: application/octet-stream; name=\"=?utf-8?q?a%d.exe?=\"\n\n",
	} {
		list = append(list, filled("mime "+quoted(unit), multi, unit, "\n--B--\n"))
		list = append(list, filled("mime alternative "+quoted(unit), strings.Replace(multi, "mixed", "alternative", 1), unit,
			"\n"))
	}
	list = append(list, nested("multipart", func(i int) (string, string) {
		return fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i), ""
	}))
	list = append(list, nested("multipart closed", func(i int) (string, string) {
		return fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i), fmt.Sprintf("\n--b%d--\n", i)
	}))
	list = append(list, nested("prefixes", func(i int) (string, string) { // each boundary is the beginning of the next one
		b := strings.Repeat("b", i+1)
		return "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n", ""
	}))
	list = append(list, nested("message", func(int) (string, string) { return "Content-Type: message/rfc822\n\n", "" }))
	list = append(list, nested("message with header", func(i int) (string, string) {
		return header() +
			"Content-Type: message/rfc822\n\n", ""
	}))
	list = append(list, nested("digest", func(i int) (string, string) {
		return fmt.Sprintf("Content-Type: multipart/digest; boundary=b%d\n\n--b%d\n\n", i, i), ""
	}))
	for _, depth := range []int{2, 20, 33, 100} {
		start := header()
		for i := range depth {
			start += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		for _, unit := range []string{"x\n", "--\n", "--b\n", fmt.Sprintf("--b%d\n\nx\n", depth-1), "--b0 x\n", "\n",
			"--b%d\n"} {
			list = append(list, filled(fmt.Sprintf("mime depth %d %s", depth, quoted(unit)), start+"\n", unit, ""))
		}
	}
	for _, name := range []string{"Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID",
		"Content-Description", "X-Strange"} {
		for _, unit := range []string{
			"(", "(;", ";(", `"`, `\`, `"\`, ";", "=", "a=b;", "a%d=b;", ";name=a", `;name="a`, ";name*0=a", ";name*%d=a",
			";filename*%d*=%41", ";filename*0*=utf-8''", "'", "=?utf-8?q?a?= ", ";boundary=x", " ", "\n ", "/", "x", "é", "\x00",
			"%41", ";charset=x%d", "()", "(()", "*",
		} {
			list = append(list, filled("mime field "+name+" "+quoted(unit), multi+"--B\n"+name+": text/plain; x=", unit,
				"\n\nhello\n--B--\n"))
			list = append(list, filled("mime fields "+name+" "+quoted(unit), multi,
				"--B\n"+name+": text/plain; x="+strings.ReplaceAll(unit, "%d", "1")+"\n\nx\n", "--B--\n"))
		}
	}
	return list
}

// nested puts as many structures inside one another as there is room for.
func nested(name string, level func(i int) (open, end string)) Shape {
	return Shape{Name: "nested " + name, Build: func(size int) []byte {
		var b strings.Builder
		var ends []string
		b.WriteString(header())
		closing := 0
		for i := 0; b.Len()+closing < size; i++ {
			open, end := level(i)
			b.WriteString(open)
			ends = append(ends, end)
			closing += len(end)
		}
		b.WriteString("\n\nhello\n")
		for i := len(ends) - 1; i >= 0; i-- {
			b.WriteString(ends[i])
		}
		return []byte(b.String())
	}}
}

// encodings fills bodies under each transfer encoding.
func encodings() []Shape {
	var list []Shape
	for _, encoding := range []string{"base64", "quoted-printable", "x-uuencode", "uuencode", "7bit", "8bit", "binary",
		"x-unknown"} {
		for _, kind := range []string{"text/plain", "text/html", "application/octet-stream", "message/rfc822",
			"multipart/mixed; boundary=B"} {
			for _, unit := range []string{
				"=", "==", "=\n", "=4", "=41", "=3D=", "=0A", "A", "AAAA", "AAAA\n", "QQ==\n", "QQ==", "!", "\n", " ", " \n",
				"\x00", "é", "-", "begin 644 a\n", "M", "#", "`\n", "end\n", "=20\n", "=\r\n", "PGEgaHJlZj1o",
			} {
				list = append(list, filled("encoding "+encoding+" "+kind+" "+quoted(unit),
					header()+"Content-Type: "+kind+"\nContent-Transfer-Encoding: "+encoding+"\n\n", unit, "\n"))
			}
		}
	}
	return list
}

// charsets fills texts that must be converted.
func charsets() []Shape {
	var list []Shape
	for _, charset := range []string{
		"utf-7", "utf-8", "utf-16", "utf-16le", "utf-32", "iso-2022-jp", "iso-2022-jp-3", "iso-2022-kr", "hz-gb-2312",
		"gb18030", "gbk", "big5", "shift_jis", "cp932", "euc-jp", "euc-kr", "koi8-r",
		"windows-1251", "iso-8859-1", "iso-8859-8-i", "us-ascii", "x-unknown", "",
	} {
		for _, unit := range []string{
			"+", "+-", "+AGE-", "+AGE", "-", "a", "\x00", "\x00a", "a\x00", "\xff", "\xfe\xff", "\x80", "\xc3", "\xe4\xb8\xad",
			"\xf0\x9f", "\x1b", "\x1b$B", "\x1b(B", "\x1b$B0!\x1b(B", "~", "~{", "~}", "~{VP~}", "~~", "\x0e", "\x0f", "\x81",
			"\x81\x30\x81\x30", "\xa4\xa2", "\xd0\xcf ", "\xe9 ",
		} {
			list = append(list, filled("charset "+charset+" "+quoted(unit),
				header()+"Content-Type: text/plain; charset=\""+charset+"\"\n\n", unit, "\n"))
		}
	}
	return list
}

// attachments fills what is looked at inside attached files.
func attachments() []Shape {
	var list []Shape
	for _, kind := range []string{
		"image/gif", "image/png", "image/jpeg", "image/bmp", "image/svg+xml", "application/pdf", "application/zip",
		"application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/rtf", "text/vcard", "text/csv", "application/ms-tnef", "application/x-gzip", "application/x-tar",
		"application/pkcs7-mime", "application/octet-stream", "application/x-iso9660-image",
	} {
		for _, unit := range []string{
			"GIF89a", "GIF89a\x01\x00\x01\x00\x80\x00\x00", "\x21\xf9\x04\x00\x00\x00\x00\x00",
			",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00", "\x89PNG\r\n\x1a\n", "\x00\x00\x00\x00IDAT\x00\x00\x00\x00",
			"\xff\xd8", "\xff\xe0\x00\x02", "\xff\xff", "\xff\xc0\x00\x02", "BM",
			"%PDF-1.4\n", "1 0 obj\n<< /URI (http://h%d.com) >>\nendobj\n", "<<", ">>", "(", "(\\", "obj ", "stream\n", "/JS ",
			"[", "PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "{\\rtf", "\\", "{", "}", "\\'41", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
			"\x00", "\xff", "BEGIN:VCARD\n", "<svg>", "<a href=http://h%d.com>", "\x1f\x8b", "\x78\x9f\x3e\x22",
		} {
			list = append(list, Shape{Name: "attachment " + kind + " " + quoted(unit), Build: func(size int) []byte {
				content := fill("", unit, "", size/4*3-1000)
				coded := base64.StdEncoding.EncodeToString([]byte(content))
				var b strings.Builder
				b.WriteString(header() + "Content-Type: multipart/mixed; boundary=B\n\n--B\n\nhello\n--B\nContent-Type: " + kind +
					"; name=a.bin\nContent-Transfer-Encoding: base64\n\n")
				for len(coded) > 0 {
					n := min(76, len(coded))
					b.WriteString(coded[:n] + "\n")
					coded = coded[n:]
				}
				b.WriteString("--B--\n")
				return []byte(b.String())
			}})
		}
	}
	return list
}

// mboxes fills files of messages.
func mboxes() []Shape {
	const dated = "From a@b.example Thu Aug 22 12:36:23 2002\n"
	var list []Shape
	for _, start := range []string{"From a\n", dated, "From \r\n", dated + "X: y\n\n"} {
		for _, unit := range []string{
			"From a\n", "From a\n\n", "\nFrom a\n", "\nFrom a\nX: y\n", "\nFrom a\nX: y\n\n", "From \r\n", dated, dated +
				"X: y\n", dated + "X: y\n\n", dated + "\n", dated + "Content-Length: 99999\n\n", dated + "Content-Length: 1\n\nx",
			dated + "Content-Length: 500\n\n",
			dated + "Content-Length: 0\n\n", ">From a\n", ">>>>From a\n", ">", "From ", "From", "From Mon Jan 00:00 2002 ", "\n",
			"\r\n", "X: y\n", "Content-Length: 5\n", "From - Mon Jan  1 00:00:00 2001\nX: y\n\n", "From : x\n",
		} {
			s := filled("mbox "+quoted(start)+" "+quoted(unit), start, unit, "\n")
			s.Mbox = true
			list = append(list, s)
		}
	}
	return list
}
