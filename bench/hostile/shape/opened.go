package shape

import (
	"encoding/base64"
	"strings"
)

// opened fills attachments that are opened: archives, documents, pages and mails.
func opened() []Shape {
	const (
		local = "PK\x03\x04\x14" +
			"\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00a"
		central = "PK\x01\x02\x14\x00\x14" +
			"\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00" +
			"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00a"
		ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
		pdf = "%PDF-1.4\n"
	)
	var list []Shape
	for _, s := range []struct{ name, prefix, unit, suffix string }{
		{"a.zip", "", local, ""}, {"a.zip", "", central, ""}, {"a.zip", "", "PK\x05\x06", ""}, {"a.zip", local, "PK\x03\x04",
			""},
		{"a.zip", "PK\x03\x04", "PK", ""}, {"a.7z", "7z\xbc\xaf\x27\x1c\x00\x04", "\x01", ""},
		{"a.7z", "7z\xbc\xaf\x27\x1c\x00\x04", "\xff", ""},
		{"a.rar", "Rar!\x1a\x07\x01\x00", "\x00\x00\x00\x00\x02\x02\x00", ""}, {"a.rar", "Rar!\x1a\x07\x00",
			"\x00\x00\x74\x00\x80\x21\x00", ""},
		{"a.rar", "", "Rar!\x1a\x07", ""}, {"a.tar", strings.Repeat("\x00", 257) + "ustar", "\x00", ""},
		{"a.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x00", ""},
		{"a.bz2", "BZh9", "1AY&SY", ""}, {"a.xz", "\xfd7zXZ\x00\x00\x04", "\x02", ""}, {"a.cab", "MSCF\x00\x00\x00\x00",
			"\xff", ""},
		{"a.iso", strings.Repeat("\x00", 16*2048) + "\x01CD001\x01", "\x22", ""},
		{"a.pdf", pdf, "%d 0 obj<</A 1 0 R>>endobj\n", "%%EOF"}, {"a.pdf", pdf, "1 0 obj<<", ""}, {"a.pdf", pdf, "1 0 obj(",
			""}, {"a.pdf", pdf, "1 0 obj[", ""},
		{"a.pdf", pdf, "1 0 obj<<>>stream\n", ""}, {"a.pdf", pdf, "trailer<<", ""}, {"a.pdf", pdf + "1 0 obj", "<</A", ""},
		{"a.pdf", pdf + "1 0 obj", "[", ""},
		{"a.pdf", pdf + "1 0 obj(", "\\1", ""}, {"a.pdf", pdf + "1 0 obj<", "0", ""},
		{"a.pdf", pdf, "%d 0 obj<</S/URI/URI(http://h%d.com)>>endobj\n", "%%EOF"},
		{"a.pdf", pdf + "1 0 obj<</Pages 2 0 R>>endobj 2 0 obj<</Kids[2 0 R 3 0 R]>>endobj trailer<</Root 1 0 R>>3 0 " +
			"obj<</Contents 4 0 R>>endobj 4 0 obj<<>>stream\n",
			"BT/F 1 Tf(a)Tj ET ", "endstream endobj"},
		{"a.pdf", pdf + "trailer<</Root 1 0 R>>1 0 obj<</Pages 3 0 R>>endobj 3 0 obj<</Contents 4 0 " +
			"R/Resources<</XObject<</X 4 0 R>>>>>>endobj " +
			"4 0 obj<</Subtype/Form>>stream\n", "/X Do ", "endstream endobj"},
		{"a.doc", ole + strings.Repeat("\x00", 22) + "\x09\x00", "\x00", ""}, {"a.doc", ole + strings.Repeat("\x00", 22) +
			"\x09\x00", "\x01\x00\x00\x00", ""},
		{"a.doc", ole + strings.Repeat("\x00", 22) + "\x09\x00", "\x00Attribut\x00e", ""},
		{"a.rtf", "{\\rtf1", "{\\b", ""}, {"a.rtf", "{\\rtf1", "\\objdata", ""},
		{"a.rtf", "{\\rtf1", "{\\*\\fldinst HYPERLINK \"http://h%d.com\"}", "}"},
		{"a.rtf", "{\\rtf1", "\\u1?", "}"}, {"a.rtf", "{\\rtf1{\\*\\objdata ", "d0cf11e0a1b11ae1", "}}"},
		{"a.rtf", "{\\rtf1", "{\\*\\template http", ""},
		{"a.svg", "<svg>", "<a xlink:href=\"http://h%d.com\">", "</svg>"}, {"a.svg", "<svg>", "<script", ""},
		{"a.hta", "<script>", "atob(", ""},
		{"a.hta", "<script>", "location=", ""}, {"a.hta", "<script>", "download=", ""}, {"a.hta", "<script>\"", "http://",
			"\""}, {"a.hta", "<script>", "A", ""},
		{"a.hta", "<script>", "location download atob blob data:application/ http-equiv ", ""},
		{"a.ics", "BEGIN:VCALENDAR\n", "DESCRIPTION:a\n", ""},
		{"winmail.dat", "\x78\x9f\x3e\x22\x01\x00", "\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00", ""},
		{"winmail.dat", "\x78\x9f\x3e\x22\x01\x00", "\x01", ""},
		{"a.vcf", "BEGIN:VCARD\n", "URL:http://h%d.com\n", ""}, {"a.vcf", "BEGIN:VCARD\n", "\n ", ""},
		{"a.eml", "", "Subject: a\n\n", ""},
		{"a.eml", "", "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", ""},
		{"a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x04\x00\x00\x00\x04\x00", "\x00", ""},
		{"a.jpg", "\xff\xd8\xff\xe0", "\xff\xda\x00\x08", ""}, {"a.gif", "GIF89a\x00\x02\x00\x02\xf0\x00\x00",
			",\x00\x00\x00\x00", ""}, {"a.xyz", "PK\x03\x04", "[Content_Types].xml", ""},
	} {
		head := header() + "Content-Type: application/octet-stream; name=" + s.name +
			"\nContent-Transfer-Encoding: base64\n\n"
		list = append(list, Shape{Name: "opened " + s.name + " " + quoted(s.prefix[max(0, len(s.prefix)-20):]) + " " +
			quoted(s.unit),
			Build: func(size int) []byte {
				room := (size - len(head)) / 4 * 3
				return append([]byte(head), base64.StdEncoding.EncodeToString([]byte(fill(s.prefix, s.unit, s.suffix, room)))...)
			}})
	}
	return list
}
