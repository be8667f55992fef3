package message

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestMemoryOfForms reads mails of 95 KB whose form makes a parser read again or keep much. Memory stands for work:
// it is the same in each run.
func TestMemoryOfForms(t *testing.T) {
	const size, bound = 95_000, 10_000_000
	counted := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
		}
		return b.String()
	}
	repeated := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	const mixed = "Content-Type: multipart/mixed; boundary=b\n"
	for _, tt := range []struct{ name, raw string }{
		{"multiparts in multiparts", counted("Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n")},
		{"the same, each declared twice", counted("Content-Type: multipart/mixed; boundary=b%dx\n" +
			"Content-Type: multipart/mixed; boundary=c%dx\n\n--b%dx\n--c%dx\n")},
		{"multiparts in multiparts, not declared", counted("Content-Type: multipart/mixed\n\n--b%d\n")},
		{"three types at each level", repeated(mixed +
			"Content-Type: message/rfc822\nContent-Type: text/html\n\n--b\n")},
		{"mails in mails", repeated("Content-Type: message/rfc822\n\n")},
		{"mails in mails, encoded",
			repeated("Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n")},
		{"mails in mails with unclear headers", repeated("Content-Type: message/rfc822\nx y\n\n")},
		{"three types in each part", mixed + "\n" +
			repeated("--b\nContent-Type: text/html\nContent-Type: text/plain\n"+
				"Content-Type: image/png\n\n<b>x\n")},
		{"eight boundaries",
			"Content-Type: multipart/mixed; boundary=a;boundary=b;boundary=c;boundary=d;boundary=e;boundary=f\n\n" +
				repeated("--a\n\nx\n--b\n\n--c\n\ny\n--d\n\n--e\n\n--f\n")},
		{"boundaries with backslashes", "Content-Type: multipart/mixed; " + repeated(`boundary="a\b c"; `) +
			"\n\n--a\n\nx\n"},
		{"a long boundary and lines of dashes", "Content-Type: multipart/mixed; boundary=\"" + strings.Repeat("x",
			size/3) + "\"\n" +
			repeated("--x: y\n")},
		{"multiparts in the parts", mixed + "\n" +
			repeated("--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n")},
		{"loose delimiters", mixed + "\n--b\n\n" + repeated("--b x\nContent-A: x\n\ny\n")},
		{"guessed delimiters", "Content-Type: multipart/mixed\n\n" + counted("--b%d\nContent-A: x\n\ny\n")},
		{"padding", "Content-Transfer-Encoding: base64\n\n" + repeated("PA==\n")},
		{"pieces of a signed object", "Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n" +
			base64.StdEncoding.EncodeToString(signed(berOpen, oidSignedData,
				append([]byte{tagOctetString | tagConstructed, 0x80}, repeated("\x24\x80")...)))},
		{"blank lines in the header", repeated("X: y\n \n")},
		{"fields", repeated("a:\n")},
		{"fields that are kept", repeated("To:\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := allocated(func() {
				m := Parse([]byte(tt.raw))
				everything(m)
				m.Defects()
			})
			if got > bound {
				t.Errorf("%s: %d bytes for a mail of %d", tt.name, got, len(tt.raw))
			}
		})
	}
}

// FuzzText converts text from whatever charset it is said to be in.
func FuzzText(f *testing.F) {
	f.Add("utf-7", []byte("+ADw-b+AD4 +- +2D3eAA"))
	f.Add("utf-16", []byte("h\x00i\x00\xd8\x3d"))
	f.Add("utf-32be", []byte("\x00\x01\xf6\x00\x00"))
	f.Add("iso-2022-jp-3", []byte("a\x1b$(QF|K\\\x1b(Bb"))
	f.Add("iso-2022-kr", []byte("\x1b$)C\x0eGQ\x0f x"))
	f.Add("cp932", []byte("\x93\xfa\x96{"))
	f.Add("", []byte("P\x00a\x00y\x00"))
	f.Fuzz(func(t *testing.T, charset string, b []byte) {
		var defects defectSet
		if got := decodeText(b, charset, convertGuess, &defects); !utf8.ValidString(got) {
			t.Errorf("%s: %q is not UTF-8", charset, got)
		}
	})
}
