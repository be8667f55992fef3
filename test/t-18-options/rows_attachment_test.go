package options_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/attachment/archive/archivetest"
	"asterism/test/e2e"
)

// zipped returns a ZIP archive of one file.
func zipped[T string | []byte](name string, content T) []byte {
	return archivetest.Zip(name, string(content))
}

// carrying returns a mail with a file attached.
func carrying(name string, content []byte) string {
	head, body, _ := strings.Cut(letter, "\r\n\r\n")
	return head + "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n" +
		"Content-Type: text/plain\r\n\r\n" + body +
		"\r\n--b1\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name +
		"\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(content) + "\r\n--b1--\r\n"
}

// pictured returns a picture of a QR code.
func pictured(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.png")
	e2e.Run(t, e2e.Tool(t, "qrencode", "qrencode"), "-o", file, "https://crook.example.com/login")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// attachmentRows are how far attachments are opened. What becomes of mails by them shows in a mail server's test.
func attachmentRows(t *testing.T) []row {
	program := append([]byte("MZ"), make([]byte, 1000)...)
	inside := carrying("papers.zip", zipped("papers.exe", program))
	twice := carrying("papers.zip", zipped("more.zip", zipped("papers.exe", program)))
	const actions = "test/t-43-attachments TestActions"
	docm := zipped("word/vbaProject.bin", "AutoOpen")
	doc := []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + "\x00Attribut\x00e the marker")
	two := strings.Replace(carrying("a.docx", zipped("word/document.xml", "")), "--b1--",
		"--b1\r\n"+strings.SplitN(carrying("a.docm", docm), "--b1\r\n", 3)[2], 1)
	named := strings.Replace(carrying("a.txt", docm), "octet-stream", "octet-stream; name=a.docm", 1)
	told := []byte("\x00\x01\x02 that the program has said \x00")
	second := strings.Replace(carrying("a.odd", []byte("\x00\x01\x02")), "--b1--",
		"--b1\r\n"+strings.SplitN(carrying("b.odd", told), "--b1\r\n", 3)[2], 1)
	const said, cat = "body SAID /the program has said/\n", "extracttext_external cat /bin/cat {}\n"
	const macro, download = "body MACRO eval:check_olemacro()", "body LOADS eval:check_olemacro_download_exe()"
	all := []row{
		{option: "olemacro_num_mime", base: macro, mail: two, with: "olemacro_num_mime 1", gone: "hit MACRO"},
		{option: "olemacro_num_zip", base: macro, mail: carrying("a.zip", zipped("a.docm", docm)),
			with: "olemacro_num_zip 0", gone: "hit MACRO"},
		{option: "olemacro_zip_depth", base: macro, mail: carrying("a.zip", zipped("a.docm", docm)),
			with: "olemacro_zip_depth 0", gone: "hit MACRO"},
		{option: "olemacro_extended_scan", base: macro, mail: carrying("a.odd", doc), with: "olemacro_extended_scan 1",
			came: "hit MACRO"},
		{option: "olemacro_prefer_contentdisposition", base: macro, mail: named, with: "olemacro_prefer_contentdisposition 0",
			came: "hit MACRO"},
		{option: "olemacro_max_file", base: macro, mail: carrying("a.doc", doc), with: "olemacro_max_file 500",
			gone: "hit MACRO"},
		{option: "olemacro_exts", base: macro, mail: carrying("a.odd", doc), with: "olemacro_exts odd$", came: "hit MACRO"},
		{option: "olemacro_macro_exts", base: macro, mail: carrying("a.odd", docm), with: "olemacro_macro_exts odd$",
			came: "hit MACRO"},
		{option: "olemacro_skip_exts", base: macro, mail: carrying("a.docm", docm), with: "olemacro_skip_exts docm$",
			gone: "hit MACRO"},
		{option: "olemacro_skip_ctypes", base: macro, mail: carrying("a.docm", docm),
			with: "olemacro_skip_ctypes ^application", gone: "hit MACRO"},
		{option: "olemacro_zips", base: macro, mail: carrying("a.odd", zipped("a.docm", docm)), with: "olemacro_zips odd$",
			came: "hit MACRO"},
		{option: "olemacro_download_marker", base: download, mail: carrying("a.doc", doc),
			with: "olemacro_download_marker the.marker", came: "hit LOADS"},
		{option: "extracttext_external", base: said, mail: carrying("a.odd", told), with: cat + "extracttext_use CAT .odd",
			came: "hit SAID"},
		{option: "extracttext_use", base: said + cat + "extracttext_use cat .none", mail: carrying("a.odd", told),
			with: "extracttext_use cat .odd", came: "hit SAID"},
		{option: "extracttext_maxparts", base: said + cat + "extracttext_use cat .odd", mail: second,
			with: "extracttext_maxparts 1", gone: "hit SAID"},
		{option: "extracttext_timeout", base: said + "extracttext_external cat /bin/sh -c sleep${IFS}1;cat${IFS}{}\n" +
			"extracttext_use cat .odd", mail: carrying("a.odd", told),
			with: "extracttext_timeout 0.1", gone: "hit SAID"},
		{option: "open_attachments", mail: inside, with: "open_attachments 0", gone: "hit ATT_PROGRAM_INSIDE"},
		{option: "attachment_depth", mail: twice, with: "attachment_depth 1", gone: "hit ATT_PROGRAM_INSIDE"},
		{option: "attachment_max_size", mail: twice, with: "attachment_max_size 10", gone: "hit ATT_PROGRAM_INSIDE"},
		{option: "attachment_timeout", mail: twice, with: "attachment_timeout 0.0000001", gone: "hit ATT_PROGRAM_INSIDE"},
		{option: "attachment_qr", base: "uri PICTURED /crook.example.com/", mail: carrying("a.png", pictured(t)),
			with: "attachment_qr 0", gone: "hit PICTURED"},
		{option: "bad_filename_exts", mail: carrying("a.odd", program), with: "bad_filename_exts dangerous odd",
			came: "hit ATT_BAD_NAME"},
		{option: "attachment_action", test: actions},
		{option: "attachment_reject_reply", test: actions},
		{option: "attachment_note", test: actions},
		{option: "attachment_drop_signed", test: actions},
	}
	return all
}
