package rules

import (
	"bytes"
	"strings"

	"asterism/attachment/archive/archivetest"
)

// attachmentCases are functions about attachments: those of SpamAssassin's plug-ins OLEVBMacro and PDFInfo, and our
// own.
func attachmentCases() []functionCase {
	const octets = "application/octet-stream"
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	macro := []byte(ole + "\x00Attribut\x00e AutoOpen")
	rels := func(target string) []byte {
		return archivetest.Zip("word/_rels/a.rels", `<Relationship Target="`+target+`" TargetMode="External"/>`)
	}
	docx := encoded(octets, "a.docx", archivetest.Zip("word/document.xml", "x"))
	const drawn = "%PDF-1.4\n1 0 obj\n<</Author(Joan)/Type/Image>>\n<</Width 9/Height 9>>\n"
	pdf := func(more string) string { return encoded("application/pdf", "a.pdf", []byte(drawn+more+"%%EOF\n")) }
	no := encoded("application/pdf", "b.pdf", []byte("%PDF-1.4\n1 0 obj\n<<>>\n%%EOF\n"))
	locked := archivetest.Zip("a.docm", "x")
	for at := 0; ; {
		i := bytes.Index(locked[at:], []byte("PK"))
		if i < 0 {
			break
		}
		at += i
		switch locked[at+2] {
		case 3:
			locked[at+6] |= 1
		case 1:
			locked[at+8] |= 1
		}
		at += 4
	}
	return []functionCase{
		{"", "check_olemacro()", encoded(octets, "a.doc", macro), docx},
		{"", "check_olemacro_malice()", encoded(octets, "a.doc", macro), encoded(octets, "a.doc",
			[]byte(ole+"\x00Attribut\x00e"))},
		{"olemacro_extended_scan 1", "check_olemacro_renamed()", encoded(octets, "a.odd", macro), encoded(octets, "a.doc",
			macro)},
		{"", "check_oleobject()", encoded(octets, "a.xlsx", archivetest.Zip("xl/embeddings/a.bin", "x")), docx},
		{"", "check_olertfobject()", encoded(octets, "a.docx", archivetest.Zip("word/a.rtf", "x")), docx},
		{"", "check_olemacro_csv()", encoded(octets, "a.csv", []byte(`=MSEXCEL|'\..\Windows\System32\cmd.exe'`)),
			encoded(octets, "a.csv", []byte("1,2"))},
		{"", "check_olemacro_encrypted()", encoded(octets, "a.xls", []byte(ole[:0x208]+"\xfe")), encoded(octets, "a.xls",
			[]byte(ole))},
		{"", "check_olemacro_zip_password()", encoded(octets, "a.zip", locked), encoded(octets, "a.zip",
			archivetest.Zip("a.docm", "x"))},
		{"", "check_olemacro_download_exe()", encoded(octets, "a.doc", []byte(ole+"http://crook.example/load.exe\x06")),
			docx},
		{"", "check_olemacro_redirect_uri()", encoded(octets, "a.docx", rels("http://crook.example/")), docx},
		{"", "check_olemacro_mhtml_uri()", encoded(octets, "a.docx", rels("mhtml:http://crook.example/")),
			encoded(octets, "a.docx", rels("http://crook.example/"))},
		{"", "pdf_count('1', '1')", pdf(""), docx},
		{"", "pdf_image_count('1')", pdf(""), no},
		{"", "pdf_pixel_coverage('80', '82')", pdf(""), no},
		{"", "pdf_image_size_exact('9', '9')", pdf(""), no},
		{"", "pdf_image_size_range('8', '8', '10', '10')", pdf(""), no},
		{"", "pdf_named('a.pdf')", pdf(""), no},
		{"", "pdf_name_regex('/^A/i')", pdf(""), no},
		{"", "pdf_image_to_text_ratio('0.001', '10')", pdf(""), no},
		{"", "pdf_match_md5('" + digestOf([]byte(drawn+"%%EOF\n")) + "')", pdf(""), no},
		{"", "pdf_match_fuzzy_md5('" + digestOf([]byte("1 0 obj<</Author(Joan)/Type/Image>><</Width 9/Height 9>>")) + "')",
			pdf(""), no},
		{"", "pdf_match_details('author', '/^Jo/')", pdf(""), no},
		{"", "pdf_is_encrypted()", pdf("/Encrypt 5 0 R\n"), no},
		{"", "pdf_is_empty_body('1000')", pdf(""), docx},
	}
}
