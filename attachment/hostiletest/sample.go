package hostiletest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"strings"
)

// Samples returns small files of each format, harmless or not, to be made expensive by changes at any place.
func Samples() []File {
	const small = 4500 // octets
	list := []File{
		fixed("a.rar", "Rar!\x1a\x07\x00\xcf\x90\x73\x00\x00\x0d\x00\x00\x00\x00\x00\x00\x00"+
			"\x00\x00\x74\x00\x80\x25\x00\x04\x00\x00\x00\x04\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x14\x30"+
			"\x05\x00\x20\x00\x00\x00a.txtabcd\xc4\x3d\x7b\x00\x40\x07\x00"),
		fixed("b.rar", "Rar!\x1a\x07\x01\x00\x33\x92\xb5\xe5\x0a\x01\x05\x06\x00\x05\x01\x01\x80\x80\x00"+
			"\x00\x00\x00\x00\x12\x02\x03\x03\x04\x00\x04\x00\x00\x00\x00\x00\x05a.txt\x00\x00\x00abcd"+
			"\x1d\x77\x56\x51\x03\x05\x04\x00"),
		fixed("a.tar", tarred()), fixed("a.gz", gzipped()), fixed("a.gif", picture("gif")), fixed("a.jpg", picture("jpeg")),
		fixed("a.tnef", "\x78\x9f\x3e\x22\x00\x00\x01\x04\x80\x01\x00\x02\x00\x00\x00a\x00\x00\x00"+
			"\x02\x02\x90\x06\x00\x02\x00\x00\x00ab\x00\x00\x02\x10\x80\x01\x00\x03\x00\x00\x00ab\x00\x00\x00"+
			"\x01\x03\x90\x06\x00"+u32(40)+u32(2)+"\x1f\x00\x00\x10\x01\x00\x00\x00\x04\x00\x00\x00a\x00b\x00"+
			"\x03\x10\x00\x80"+strings.Repeat("\x00", 24)+"\x00\x00"),
		fixed("a.pdf", string(pdf("<< /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert) >> >>",
			"<< /Kids [<</Contents [3 0 R 3 0 R] /Resources<</Font<</F 5 0 R>>/XObject<</X 4 0 R>>>>>>] >>",
			"<< ", "BT /F 12 Tf 1 0 0 1 20 20 Tm [(ab) -300 (cd)] TJ ET /X Do", "<< /Subtype /Form ", "BT (x) Tj ET",
			"<< /Type /Font /Subtype /Type0 /ToUnicode 6 0 R >>", "<< ", "1 beginbfrange <00> <ff> <0041> endbfrange "+
				"1 beginbfchar <01> <00410042> endbfchar", "<< /Type /ObjStm /N 2 /First 10 ", "9 0 10 5  << >> [1 2]"))),
		fixed("a.rtf", `{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\template http://a.example/b}{\field{\*\fldinst HYPERLINK `+
			`"http://a.example"}{\fldrslt a}}{\object\objemb{\*\objdata 0105000002000000}}\u228?\'e4\par}`),
		fixed("a.html", `<!doctype html><script>location.href="http://a.example";new Blob([atob("YQ==")])</script>`+
			`<form action=http://a.example><input type=password></form><a download=a href="data:application/zip;base64,">a</a>`),
		fixed("a.svg", `<svg xmlns="x"><a xlink:href="http://a.example"><text>a</text></a>`+
			`<foreignObject><form></form></foreignObject>`),
		fixed("a.ics", "BEGIN:VCALENDAR\r\nDESCRIPTION;X=y:a\\nb\r\n c\r\nURL:http://a.example\r\nEND:VCALENDAR\r\n"),
		fixed("a.eml", "From: a <a@a.example>\nSubject: =?utf-8?q?a?=\n"+
			"Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n"+
			"Content-Type: text/html\n\n<a href=\"http://a.example\">a</a>\n--b\nContent-Type: application/zip; name*0=a;\n"+
			" name*1=.zip\nContent-Transfer-Encoding: base64\n\nUEsFBgAA\n--b--\n"),
		fixed("a.url", "[InternetShortcut]\r\nURL=http://a.example\r\n"),
		fixed("a.docx", string(docx("word/_rels/a.rels", `<Relationship Target="http://a.example" TargetMode="External" `+
			`Type="a/attachedTemplate"/>`))),
		fixed("b.docx", string(docx("word/header1.xml", `<w:p><w:t>a</w:t><w:instrText>HYPERLINK "http://a.example"`+
			`</w:instrText></w:p>`))),
		fixed("a.xls", string(compound(small, "", []string{"a", "Workbook"}, []string{"",
			"\x09\x08\x02\x00xy\x85\x00\x08\x00\x00\x00\x00\x00\x01\x01ab\xfc\x00\x0c\x00abcdefghijkl" +
				"\xae\x01\x04\x00cmd\x03"}, 4096))),
	}
	for _, f := range All() {
		list = append(list, fixed(f.Name, string(f.Build(small))))
	}
	return list
}

// fixed is a file of one size.
func fixed(name, content string) File { return File{name, func(int) []byte { return []byte(content) }} }

func tarred() string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []*tar.Header{
		{Name: strings.Repeat("a", 120), Size: 2, Format: tar.FormatGNU},
		{Name: "b", Size: 2, Format: tar.FormatPAX, PAXRecords: map[string]string{"GNU.sparse.map": "0,1", "comment": "c"}},
	} {
		_ = w.WriteHeader(h)
		_, _ = w.Write([]byte("ab"))
	}
	_ = w.Close()
	return b.String()
}

func gzipped() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = "a.txt"
	_, _ = w.Write([]byte("some text, some text"))
	_ = w.Close()
	return b.String()
}

func picture(format string) string {
	img := image.NewPaletted(image.Rect(0, 0, 60, 60), color.Palette{color.White, color.Black})
	for i := range img.Pix {
		img.Pix[i] = byte(i % 3 / 2)
	}
	var b bytes.Buffer
	if format == "gif" {
		_ = gif.Encode(&b, img, nil)
	} else {
		_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 20})
	}
	return b.String()
}
