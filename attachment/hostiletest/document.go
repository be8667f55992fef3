package hostiletest

import (
	"bytes"
	"strings"
)

// documents are documents of text, and mails and pages, that regular expressions and readers of text read slowly.
func documents() []File {
	zipOf := func(name string, unit string) func(int) []byte {
		return func(size int) []byte {
			return zipFile(name, 8, deflated(bytes.Repeat([]byte(unit), 10*size/len(unit))))
		}
	}
	return []File{
		{"template.rtf", repeat(`{\rtf1 {\*\template`, " ", "")},
		{"templates.rtf", repeat(`{\rtf1 `, `{\*\template `, "")},
		{"template of blanks.rtf", repeat(`{\rtf1 `, `{\*\template`+strings.Repeat(" ", 600), "")},
		{"objects.rtf", repeat(`{\rtf1 `+strings.Repeat(`\objdata `, 20), "d0cf11e0a1b11ae1", "")},
		{"properties.tnef", func(size int) []byte {
			props := strings.Repeat("\x02\x00\x02\x00\x00\x00\x00\x00", size/8-4)
			return []byte("\x78\x9f\x3e\x22\x00\x00\x01\x03\x90\x00\x00" + u32(len(props)+4) + u32(1<<30) + props + "\x00\x00")
		}},
		{"page.zip", zipOf("a.html", "<a href=http://a.example>b</a>")},
		{"forms.zip", zipOf("a.html", "<form action=http://a.example><input type=password>")},
		{"scripts.zip", zipOf("a.html", "<script>location=")},
		{"blobs.zip", zipOf("a.html", "<script>new Blob(atob(\"")},
		{"drawing.zip", zipOf("a.svg", "<svg><foreignObject href='aaaa'>")},
		{"calendar.zip", zipOf("a.ics", "BEGIN:VCALENDAR\nDESCRIPTION:a\n b\n")},
		{"mail.zip", zipOf("a.eml", "Subject: a\n")},
		{"parts.zip", func(size int) []byte {
			return zipFile("a.eml", 8, deflated([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"+
				strings.Repeat("a", 120000)+"\n"+strings.Repeat("--b\n\na\n", size))))
		}},
		{"links.zip", zipOf("a.eml", "From: a\n\nhttp://a.example/b http://c.example/d ")},
		{"small parts.docx", func(size int) []byte { return smallParts(size, "word/header%.xml", "<w:t>a</w:t>") }},
		{"links.odt", func(size int) []byte {
			return docx("content.xml", numbered(10*size/40, `<text:a xlink:href="http://%09d.e">`))
		}},
		{"macros.odt", func(size int) []byte { return docx("Basic/a.xml", strings.Repeat("auto_ope", 10*size/8)) }},
		{"relations.docx", func(size int) []byte {
			return docx("word/a.rels", strings.Repeat(`<Relationship TargetMode="External" Target="a" `, 20*size/47))
		}},
	}
}

// docx returns a document with one member that is read, packed.
func docx(name, content string) []byte {
	data := deflated([]byte(content))
	members := []string{"[Content_Types].xml", "word/document.xml", "META-INF/manifest.xml"}
	out, central := "", ""
	for _, m := range members {
		central += centralHeader(m, 0, nil, len(out))
		out += localHeader(m, 0, nil)
	}
	central += centralHeader(name, 8, data, len(out))
	out += localHeader(name, 8, data) + string(data)
	return []byte(out + central + zipEnd(len(members)+1, len(central), len(out)))
}

// smallParts returns a document of a long part and many short ones.
func smallParts(size int, name, content string) []byte {
	long := deflated([]byte(strings.Repeat("a", 60000)))
	first := "[Content_Types].xml"
	out, central := localHeader(first, 0, nil), centralHeader(first, 0, nil, 0)
	central += centralHeader("word/document.xml", 8, long, len(out))
	out += localHeader("word/document.xml", 8, long) + string(long)
	n := 2
	for ; len(out)+len(central) < size-250 && n < 1000; n++ {
		member := strings.ReplaceAll(name, "%", "1")
		central += centralHeader(member, 0, []byte(content), len(out))
		out += localHeader(member, 0, []byte(content)) + content
	}
	return []byte(out + central + zipEnd(n, len(central), len(out)))
}
