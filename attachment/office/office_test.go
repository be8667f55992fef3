package office_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"asterism/attachment/archive"
	"asterism/attachment/archive/archivetest"
	"asterism/attachment/budget"
	"asterism/attachment/office"
)

func ample() *budget.Budget { return &budget.Budget{Bytes: 8 << 20, Each: 1 << 20} }

// zipOf is the list of a ZIP archive of files, whose names and contents alternate.
func zipOf(files ...string) *archive.Listing {
	l := archive.Zip(archivetest.Zip(files...))
	return &l
}

const macro = "Sub AutoOpen()\r\nShell \"cmd.exe /c calc\"\r\nEnd Sub\r\n"

// flags writes down what a document is.
func flags(d *office.Document) string {
	var s []string
	for _, f := range []struct {
		is   bool
		name string
	}{{d.Macro, "macro"}, {d.AutoRun, "autorun"}, {d.Encrypted, "encrypted"}, {d.Template, "template"}, {d.DDE, "dde"},
		{d.Embedded, "embedded"}, {d.Equation, "equation"}, {d.Broken, "broken"}} {
		if f.is {
			s = append(s, f.name)
		}
	}
	return strings.Join(s, ",")
}

func rels(kind, target string) string {
	return `<Relationships><Relationship Id="r1" ` +
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind +
		`" Target="` + target + `" TargetMode="External"/></Relationships>`
}

// record is one of an Excel workbook.
func record(kind uint16, body string) string {
	b := binary.LittleEndian.AppendUint16(nil, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(body)))
	return string(b) + body
}

// native is a packaged file (MS-OLEDS, Ole10Native).
func native(name, content string) string {
	b := "\x02\x00" + name + "\x00C:\\" + name + "\x00\x00\x00\x03\x00"
	b += string(binary.LittleEndian.AppendUint32(nil, 4)) + "tmp\x00" +
		string(binary.LittleEndian.AppendUint32(nil, uint32(len(content)))) + content
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(b)))) + b
}

// TestDocuments: what documents of each format do, say and link to.
func TestDocuments(t *testing.T) {
	doc, table := word("Overdue invoice\r\x13 HYPERLINK \"http://crook.example/a\" \x14here\x15", "Zahlung für Öl")
	long, longTable := word(strings.Repeat("many words ", 1000), "end")
	field, fieldTable := word("\x13 DDEAUTO c:\\\\windows\\\\cmd.exe \"/k calc\" \x14x\x15", "x")
	secret, secretTable := word("x", "y")
	secret = secret[:0x0b] + "\x03" + secret[0x0c:]
	paragraph := `<w:document><w:body><w:p><w:r><w:t>Overdue</w:t></w:r><w:r><w:t xml:space="preserve"> invoice &amp; ` +
		`more</w:t></w:r></w:p>`
	types := `<Types><Default ContentType="application/xml"/></Types>`
	for _, c := range []struct {
		name  string
		doc   *office.Document
		flags string
		text  []string
		link  string
	}{
		{"Word", office.OLE(compound(map[string]string{"WordDocument": doc, "1Table": table}), ample()), "",
			[]string{"Overdue invoice\n", "Zahlung für Öl"}, "http://crook.example/a"},
		{"long Word", office.OLE(compound(map[string]string{"WordDocument": long, "1Table": longTable}), ample()), "",
			[]string{"many words end"}, ""},
		{"Word's macro", office.OLE(compound(map[string]string{"WordDocument": doc, "1Table": table,
			"Macros/VBA/ThisDocument": vba(macro), "Macros/VBA/_VBA_PROJECT": "x"}), ample()),
			"macro,autorun", nil, "http://crook.example/a"},
		{"macro without trigger", office.OLE(compound(map[string]string{"WordDocument": doc, "1Table": table,
			"Macros/VBA/M1": vba("Sub x()\r\nEnd Sub")}), ample()), "macro", nil, "http://crook.example/a"},
		{"DDE", office.OLE(compound(map[string]string{"WordDocument": field, "1Table": fieldTable}), ample()), "dde", nil,
			""},
		{"encrypted Word", office.OLE(compound(map[string]string{"WordDocument": secret, "1Table": secretTable}), ample()),
			"encrypted", nil, ""},
		{"encrypted OOXML", office.OLE(compound(map[string]string{"EncryptedPackage": "x", "EncryptionInfo": "y"}), ample()),
			"encrypted", nil, ""},
		{"Excel", office.OLE(compound(map[string]string{"Workbook": record(0x809, "x") +
			record(0xfc, "\x01\x00\x00\x00Overdue invoice\x00") +
			record(0x1b8, "h\x00t\x00t\x00p\x00:\x00/\x00/\x00a\x00.\x00b\x00")}), ample()),
			"", []string{"Overdue invoice", "http://a.b"}, ""},
		{"encrypted Excel", office.OLE(compound(map[string]string{"Workbook": record(0x809, "x") + record(0x2f, "x")}),
			ample()), "encrypted", nil, ""},
		{"Excel 4.0 macros", office.OLE(compound(map[string]string{"Workbook": record(0x809, "x") +
			record(0x85, "\x00\x00\x00\x00\x01\x01x")}), ample()), "macro,autorun", nil, ""},
		{"equation", office.OLE(compound(map[string]string{"WordDocument": doc, "1Table": table,
			"ObjectPool/_1/Equation Native": "x"}), ample()), "embedded,equation", nil, "http://crook.example/a"},
		{"package", office.OLE(compound(map[string]string{"\x01Ole10Native": native("a.exe", "MZ the program")}), ample()),
			"embedded", nil, ""},
		{"docx", office.OOXML(zipOf("[Content_Types].xml", types, "word/document.xml", paragraph,
			"word/_rels/document.xml.rels", rels("hyperlink", "http://crook.example/a?b=1&amp;c")), ample()),
			"", []string{"Overdue invoice & more\n"}, "http://crook.example/a?b=1&c"},
		{"remote template", office.OOXML(zipOf("[Content_Types].xml", types, "word/document.xml", paragraph,
			"word/_rels/settings.xml.rels", rels("attachedTemplate", "https://crook.example/t.dotm")), ample()),
			"template", nil, "https://crook.example/t.dotm"},
		{"remote object", office.OOXML(zipOf("[Content_Types].xml", types, "word/_rels/document.xml.rels",
			rels("oleObject", "mhtml:https://crook.example/t!x")), ample()),
			"template", nil, "mhtml:https://crook.example/t!x"},
		{"docm", office.OOXML(zipOf("[Content_Types].xml", types, "word/vbaProject.bin",
			string(compound(map[string]string{"VBA/ThisDocument": vba(macro)}))), ample()), "macro,autorun", nil, ""},
		{"docx DDE", office.OOXML(zipOf("[Content_Types].xml", types, "word/document.xml",
			paragraph+`<w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\cmd.exe "/c"</w:instrText>`), ample()), "dde", nil,
			""},
		{"docx field", office.OOXML(zipOf("[Content_Types].xml", types, "word/document.xml",
			paragraph+`<w:fldSimple w:instr=" HYPERLINK &quot;http://a.example/&quot; "/>`), ample()), "", nil,
			"http://a.example/"},
		{"xlsx", office.OOXML(zipOf("[Content_Types].xml", types, "xl/sharedStrings.xml",
			"<sst><si><t>Overdue</t></si><si><t>invoice</t></si></sst>"), ample()), "", []string{"Overdue\ninvoice"}, ""},
		{"xlsm with macro sheet", office.OOXML(zipOf("[Content_Types].xml", types, "xl/macrosheets/sheet1.xml", "<x/>",
			"xl/workbook.xml", `<definedName name="_xlnm.Auto_Open">x</definedName>`), ample()), "macro,autorun", nil, ""},
		{"pptx", office.OOXML(zipOf("[Content_Types].xml", types, "ppt/slides/slide1.xml",
			"<a:p><a:t>Overdue invoice</a:t></a:p>"), ample()), "", []string{"Overdue invoice"}, ""},
		{"docx with package", office.OOXML(zipOf("[Content_Types].xml", types, "word/embeddings/oleObject1.bin",
			string(compound(map[string]string{"\x01Ole10Native": native("a.exe", "MZ the program")}))), ample()), "embedded",
			nil, ""},
		{"odt", office.ODF(zipOf("META-INF/manifest.xml", "<m/>", "content.xml",
			`<text:p>Overdue <text:a xlink:href="http://crook.example/a">invoice</text:a></text:p>`), ample()),
			"", []string{"Overdue invoice"}, "http://crook.example/a"},
		{"odt macro", office.ODF(zipOf("META-INF/manifest.xml", "<m/>", "content.xml", "<x/>",
			"Basic/Standard/Module1.xml", "Sub Main\nShell(&quot;x&quot;)"), ample()), "macro", nil, ""},
		{"encrypted odt", office.ODF(zipOf("META-INF/manifest.xml", "<manifest:encryption-data/>", "content.xml", "x"),
			ample()), "encrypted", nil, ""},
		{"RTF", office.RTF([]byte(`{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\field{\*\fldinst{HYPERLINK `+
			`"http://crook.example/a"}}{\fldrslt Overdue}} inv\'6fice\par f\u252 ?r}`), ample()),
			"", []string{"Overdue invoice\n", "für"}, "http://crook.example/a"},
		{"RTF template", office.RTF([]byte(`{\rtf1{\*\template http://crook.example/t.dotm}x}`), ample()), "template", nil,
			"http://crook.example/t.dotm"},
		{"RTF equation", office.RTF([]byte(`{\rtf1{\object\objemb\objupdate{\*\objclass Equation.3}{\*\objdata `+
			`0105000002000000`+hex.EncodeToString([]byte("\x0b\x00\x00\x00Equation.3\x00"))+`}}}`), ample()),
			"autorun,embedded,equation", nil, ""},
		{"RTF package", office.RTF([]byte(`{\rtf1{\object\objemb{\*\objdata 01050000 02000000 08000000 `+hex.EncodeToString(
			[]byte("Package\x00\x00\x00\x00\x00\x00\x00\x00\x00"+native("a.exe", "MZ the program")))+`}}}`), ample()),
			"embedded", nil, ""},
		{"half RTF", office.RTF([]byte(`{\rtf1 {Overdue invoice`), ample()), "broken", []string{"Overdue invoice"}, ""},
	} {
		if got := flags(c.doc); got != c.flags {
			t.Errorf("%s: %q, want %q", c.name, got, c.flags)
		}
		for _, want := range c.text {
			if !strings.Contains(c.doc.Text, want) {
				t.Errorf("%s: no %q in %q", c.name, want, c.doc.Text[max(0, len(c.doc.Text)-300):])
			}
		}
		if c.link != "" && (len(c.doc.Links) != 1 || c.doc.Links[0] != c.link) {
			t.Errorf("%s: links %q, want %q", c.name, c.doc.Links, c.link)
		}
		if strings.Contains(c.name, "package") && (len(c.doc.Files) != 1 || c.doc.Files[0].Name != "a.exe" ||
			string(c.doc.Files[0].Data) != "MZ the program") {
			t.Errorf("%s: %q", c.name, c.doc.Files)
		}
		if strings.HasPrefix(c.flags, "macro,autorun") && strings.Contains(c.name, "Word") && !strings.Contains(c.doc.Code,
			"Shell \"cmd.exe /c calc\"") {
			t.Errorf("%s: source %q", c.name, c.doc.Code)
		}
	}
}

// hostile are documents that loop, are cut off or declare too much.
func hostile() map[string][]byte {
	doc, table := word("x", "y")
	whole := compound(map[string]string{"WordDocument": doc, "1Table": table,
		"Macros/VBA/M1": vba(strings.Repeat(macro, 50))})
	loop := bytes.Clone(whole)
	fat := int(binary.LittleEndian.Uint32(whole[76:]))
	for i := range 128 {
		binary.LittleEndian.PutUint32(loop[512+fat*512+4*i:], uint32(i)) // each sector follows itself
	}
	siblings := bytes.Clone(whole)
	dir := 512 + 512*int(binary.LittleEndian.Uint32(whole[48:]))
	for at := dir; at+128 <= dir+512; at += 128 {
		binary.LittleEndian.PutUint32(siblings[at+68:], 1)
		binary.LittleEndian.PutUint32(siblings[at+72:], 1)
	}
	return map[string][]byte{
		"half": whole[:len(whole)/2], "header": whole[:512], "start": whole[:100], "loop": loop, "siblings": siblings,
		"FAT of ff":   append(bytes.Clone(whole[:76]), bytes.Repeat([]byte{0, 0, 0, 0}, 20000)...),
		"open groups": []byte(`{\rtf1` + strings.Repeat(`{\b`, 30000)), "objdata": []byte(`{\rtf1` +
			strings.Repeat(`{\objdata`, 10000)),
		"digits": []byte(`{\rtf1{\*\objdata ` + strings.Repeat("d0cf11e0a1b11ae1", 6000)), "fields": []byte(`{\rtf1` +
			strings.Repeat(`{\*\fldinst HYPERLINK "`, 4000)),
		"bin": []byte(`{\rtf1` + strings.Repeat(`\bin99999999999`, 6000)), "unicode": []byte(`{\rtf1` +
			strings.Repeat(`\u-99999999999`, 6000)),
	}
}

// TestHostile: each is read to an end, and cut or looping compound files are said to be broken.
func TestHostile(t *testing.T) {
	for name, b := range hostile() {
		var d *office.Document
		if bytes.HasPrefix(b, []byte(`{\rtf`)) {
			d = office.RTF(b, ample())
		} else {
			d = office.OLE(b, ample())
		}
		if !d.Broken && name != "bin" && name != "fields" {
			t.Errorf("%s: not broken", name)
		}
	}
	links := strings.Repeat(rels("hyperlink", "http://a.example/"), 500)
	d := office.OOXML(zipOf("[Content_Types].xml", "", "word/_rels/document.xml.rels", links, "word/document.xml",
		strings.Repeat("<w:p><w:t>", 50000)), ample())
	if len(d.Links) != 1 || len(d.Text) > 128<<10 {
		t.Errorf("OOXML: %d links, %d octets of text", len(d.Links), len(d.Text))
	}
}

func FuzzOLE(f *testing.F) {
	doc, table := word("x", "y")
	f.Add(compound(map[string]string{"WordDocument": doc, "1Table": table, "Macros/VBA/M1": vba(macro)}))
	f.Add(compound(map[string]string{"Workbook": record(0x809, "x") + record(0xfc, "abcdef"),
		"\x01Ole10Native": native("a", "b")}))
	f.Fuzz(func(_ *testing.T, b []byte) { office.OLE(b, &budget.Budget{Bytes: 1 << 20, Each: 1 << 20}) })
}

func FuzzRTF(f *testing.F) {
	f.Add([]byte(`{\rtf1{\field{\*\fldinst{HYPERLINK "http://crook.example/a"}}}{\object\objemb{\*\objdata ` +
		`01050000}}\u252 ?\'41\bin3 abc}`))
	f.Fuzz(func(_ *testing.T, b []byte) { office.RTF(b, &budget.Budget{Bytes: 1 << 20, Each: 1 << 20}) })
}

func FuzzOOXML(f *testing.F) {
	f.Add("word/document.xml", "<w:p><w:t>x</w:t></w:p><w:instrText>DDE x</w:instrText>")
	f.Add("word/_rels/a.rels", rels("oleObject", "http://a.example"))
	f.Add("word/vbaProject.bin", string(compound(map[string]string{"VBA/M1": vba(macro)})))
	f.Fuzz(func(t *testing.T, name, content string) {
		if strings.HasSuffix(name, "/") {
			t.Skip("a directory has no content")
		}
		l := zipOf("[Content_Types].xml", "x", name, content)
		office.OOXML(l, &budget.Budget{Bytes: 1 << 20, Each: 1 << 20})
		office.ODF(l, &budget.Budget{Bytes: 1 << 20, Each: 1 << 20})
	})
}
