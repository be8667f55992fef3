package attachments_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"asterism/attachment/archive/archivetest"
	"asterism/message"
	"asterism/test/e2e"
)

// pluginRules has a rule for each function of SpamAssassin's plug-ins OLEVBMacro and PDFInfo, with arguments that some
// of the files below meet.
func pluginRules() string {
	var b strings.Builder
	for _, fn := range []string{"check_olemacro", "check_oleobject", "check_olertfobject", "check_olemacro_malice",
		"check_olemacro_encrypted",
		"check_olemacro_renamed", "check_olemacro_zip_password", "check_olemacro_csv", "check_olemacro_download_exe",
		"check_olemacro_redirect_uri",
		"check_olemacro_mhtml_uri", "pdf_is_encrypted"} {
		fmt.Fprintf(&b, "body T_%s eval:%s()\n", strings.ToUpper(fn), fn)
	}
	sum := fmt.Sprintf("%x", md5.Sum([]byte(pdf)))
	for i, call := range []string{"pdf_count('1')", "pdf_count('2', '3')", "pdf_count('0', '0')", "pdf_image_count('1')",
		"pdf_image_count('2', '9')",
		"pdf_pixel_coverage('1000')", "pdf_pixel_coverage('1', '1000')", "pdf_image_size_exact('20', '100')",
		"pdf_image_size_exact('100', '20')",
		"pdf_image_size_range('10', '50')", "pdf_image_size_range('10', '50', '30', '99')", "pdf_named('a.pdf')",
		"pdf_name_regex('/^A.*F$/i')",
		"pdf_name_regex('/^b/')", "pdf_image_to_text_ratio('0.001', '0.1')", "pdf_image_to_text_ratio('0.1', '0.2')",
		"pdf_match_md5('" + sum + "')",
		"pdf_match_fuzzy_md5('" + sum + "')", "pdf_match_details('author', '/^Jo.n \\(x\\)$/')",
		"pdf_match_details('creator', '/^Writer$/')",
		"pdf_match_details('producer', '/Tool/i')", "pdf_match_details('title', '/a|b/')",
		"pdf_match_details('created', '/^2026/')",
		"pdf_match_details('modified', '/^2027/')", "pdf_is_empty_body('5')", "pdf_is_empty_body('500')"} {
		fmt.Fprintf(&b, "body T_PDF_%d eval:%s\n", i, call)
	}
	b.WriteString("uri T_URI_CROOK /crook\\.com/\nolemacro_extended_scan 1\nolemacro_num_mime 3\n")
	return b.String()
}

const pdf = "%PDF-1.4\n1 0 obj\n<</Title(a title)/Author(Jo\\150n " +
	"\\(x\\))/Creator<FEFF005700720069007400650072>/Producer(A Tool)\n" +
	"/CreationDate(D:20261129)/ModDate(D:20270101)>>\nendobj\n2 0 obj\n<</Subtype /Image\n/Width 100/Height 20>>\n" +
	"stream\nxx\nendstream\nendobj\n" +
	"3 0 obj\n/Type /Image 100 0 0 20 0 0 cm\n100 0 0 20 0 0 cm\nendobj\n4 0 obj\n" +
	"<</A<</S /URI /URI (http://crook.com/a)>>>>\nendobj\n%%EOF\n"

func zipped(files ...string) string { return string(archivetest.Zip(files...)) }

// TestPlugins: OLEVBMacro and PDFInfo say here what they say in SpamAssassin, of documents and archives of each kind.
func TestPlugins(t *testing.T) {
	e2e.Tool(t, "spamassassin", "spamassassin")
	for _, module := range []string{"Archive::Zip", "IO::String"} {
		if err := exec.Command("perl", "-M"+module, "-e1").Run(); err != nil {
			e2e.Missing(t, "Perl's %s is missing: install Debian's libarchive-zip-perl and libio-string-perl", module)
		}
	}
	const ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	zeros := strings.Repeat("\x00", 600)
	encrypted := ole + zeros + strings.ReplaceAll("EncryptedPackage", "", "\x00")[1:] + zeros
	macro := ole + zeros + "\x00Attribut\x00e Document_Open" + zeros
	rels := func(target string) string {
		return `<Relationships><Relationship Id="r" Type="x/attachedTemplate" Target="` + target +
			`" TargetMode="External"/></Relationships>`
	}
	docm := zipped("[Content_Types].xml", "<Types/>", "word/vbaProject.bin", "AutoOpen")
	docx := zipped("[Content_Types].xml", "<Types/>", "word/document.xml", "<x/>")
	files := [][2]string{
		{"a.doc", macro}, {"a.doc", ole + zeros}, {"a.dat", macro}, {"a.xls", encrypted}, {"a.xls", ole + zeros[:0x200] +
			"\xfe" + zeros},
		{"a.docm", docm}, {"a.docm", "x"}, {"a.docx", docm}, {"a.docx", docx}, {"a.dotx", docm}, {"a.bin", docm},
		{"a.pptm", docx},
		{"a.zip", zipped("b.docm", docm)}, {"a.zip", zipped("b.zip", zipped("c.docm", docm))},
		{"a.zip", zipped("b.zip", zipped("c.zip", zipped("d.docm", docm)))},
		{"a.zip", zipped("b.txt", "hello")},
		{"a.xlsx", zipped("[Content_Types].xml", "<Types/>", "xl/embeddings/o.bin", "x")},
		{"a.docx", zipped("[Content_Types].xml", "<Types/>", "word/a.rtf", "x")},
		{"a.docx", zipped("word/_rels/settings.xml.rels", rels("https://crook.com/t.dotm"))},
		{"a.docx", zipped("word/_rels/document.xml.rels", rels("mhtml:https://crook.com/t!x"))},
		{"a.docx", zipped("[Content_Types].xml",
			`<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>`)},
		{"a.rtf", `{\rtf1{\object\objemb{\*\objdata 0105}}}`}, {"a.rtf", `{\rtf1 hello}`},
		{"a.csv", `=MSEXCEL|'\..\..\Windows\System32\cmd.exe'`}, {"a.csv", "a,b"},
		{"a.doc", macro + "x\x00http://crook.com/load/program.exe\x06"}, {"a.doc", ole + "cmd /c ms^h^ta ht^tp:/^/x"},
		{"a.zip", packed(t, "b.docm", docm, "a.zip", "zip", "zip", "-qP", "secret")},
		{"a.pdf", pdf}, {"a.PDF", pdf + "/Encrypt 5 0 R\n"}, {"b.fdf", pdf}, {"a.pdf", "hello"}, {"a.txt", pdf},
		{"a.pdf", strings.ReplaceAll(pdf, "/Width 100/Height 20", "/Width 100\n/Height 20")},
	}
	var mails []string
	for i, f := range files {
		for _, kind := range []string{"application/octet-stream", "application/pdf", "text/plain"} {
			if kind == "application/pdf" && !strings.Contains(f[1], "%PDF") || kind == "application/octet-stream" &&
				f[0] == "a.txt" { // a PDF here
				continue
			}
			mails = append(mails,
				fmt.Sprintf("From: a@a.com\nTo: b@b.com\nSubject: papers\nX-Number: %d\nMIME-Version: 1.0\n"+
					"Content-Type: multipart/mixed; boundary=b1\n\n"+
					"--b1\nContent-Type: text/plain\n\nThe papers %d.\n\n--b1\nContent-Type: %s; name=\"%s\"\n"+
					"Content-Disposition: attachment; filename=\"%s\"\n"+
					"Content-Transfer-Encoding: base64\n\n%s\n--b1--\n", len(mails), i, kind, f[0], f[0],
					lines(base64.StdEncoding.EncodeToString([]byte(f[1])))))
		}
	}
	site, own := t.TempDir(), t.TempDir()
	e2e.Write(t, site, "a.pre",
		"loadplugin Mail::SpamAssassin::Plugin::Check\nloadplugin Mail::SpamAssassin::Plugin::OLEVBMacro\n"+
			"loadplugin Mail::SpamAssassin::Plugin::PDFInfo\n", 0o644)
	e2e.Write(t, site, "local.cf", "use_bayes 0\nreport_safe 0\nfold_headers 0\nclear_headers\n"+
		"add_header all Said _SCORE_ _TESTS_\n", 0o644)
	e2e.Write(t, own, "rules.cf", pluginRules(), 0o644)
	theirs := spamAssassin(t, own, site, mails)
	ours := spamdCheck(t, own, site, mails)
	hits := map[string]bool{}
	for i := range mails {
		// SpamAssassin follows no link in what is declared to be text
		if strings.Contains(mails[i], "Content-Type: text/plain; name") {
			ours[i] = strings.TrimSuffix(ours[i], ",T_URI_CROOK")
		}
		if theirs[i] != ours[i] {
			t.Errorf("%q:\n\tspamassassin: %s\n\tspamd:        %s", mails[i][:min(len(mails[i]), 420)], theirs[i], ours[i])
		}
		for _, n := range strings.Split(theirs[i], ",") {
			hits[n] = true
		}
	}
	t.Logf("%d mails, %d rules hit", len(mails), len(hits))
	for _, want := range []string{"T_CHECK_OLEMACRO", "T_CHECK_OLEOBJECT", "T_CHECK_OLERTFOBJECT",
		"T_CHECK_OLEMACRO_MALICE", "T_CHECK_OLEMACRO_ENCRYPTED",
		"T_CHECK_OLEMACRO_RENAMED", "T_CHECK_OLEMACRO_ZIP_PASSWORD", "T_CHECK_OLEMACRO_CSV", "T_CHECK_OLEMACRO_DOWNLOAD_EXE",
		"T_CHECK_OLEMACRO_REDIRECT_URI", "T_CHECK_OLEMACRO_MHTML_URI", "T_PDF_IS_ENCRYPTED", "T_PDF_0", "T_URI_CROOK"} {
		if !hits[want] {
			t.Errorf("no mail hits %s", want)
		}
	}
}

// lines breaks base64 into lines.
func lines(s string) string {
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\n")
	}
	return b.String() + s
}

func names(list string) string {
	all := slices.DeleteFunc(strings.Split(list, ","), func(n string) bool { return n == "none" || n == "" })
	slices.Sort(all)
	return strings.Join(all, ",")
}

// spamAssassin returns which rules hit each mail, by one process of spamassassin.
func spamAssassin(t *testing.T, rules, site string, mails []string) []string {
	t.Helper()
	var mbox bytes.Buffer
	for _, m := range mails {
		mbox.WriteString("From a@b Sat Nov 21 10:00:00 2026\n" + m + "\n")
	}
	cmd := exec.Command("spamassassin", "-L", "-x", "--mbox", "-C", rules, "--siteconfigpath="+site, "-p", "/dev/null")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C", "TZ=UTC")
	cmd.Stdin = &mbox
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v\n%s", err, out)
	}
	said := make([]string, len(mails))
	for raw := range bytes.SplitSeq(bytes.TrimPrefix(out, []byte("From ")), []byte("\n\nFrom ")) {
		h := message.Parse(append([]byte("From "), raw...)).Header()
		if i, err := strconv.Atoi(h.Get("X-Number")); err == nil && i < len(said) {
			_, list, _ := strings.Cut(h.Get("X-Spam-Said"), " ")
			said[i] = names(list)
		}
	}
	return said
}

// spamdCheck returns the same by spamd check.
func spamdCheck(t *testing.T, rules, site string, mails []string) []string {
	t.Helper()
	args := []string{"check", "-L", "--configpath", rules, "--siteconfigpath", site, "--bayes-path", t.TempDir()}
	dir := t.TempDir()
	for i, m := range mails {
		args = append(args, e2e.Write(t, dir, fmt.Sprintf("%03d.eml", i), m, 0o644))
	}
	out, err := exec.Command(e2e.Binary(t, "spamd"), args...).Output()
	if err != nil {
		t.Fatalf("spamd check: %v", err)
	}
	var said []string
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) < 6 {
			t.Fatalf("spamd check printed %q", line)
		}
		said = append(said, names(columns[5]))
	}
	if len(said) != len(mails) {
		t.Fatalf("%d verdicts on %d mails", len(said), len(mails))
	}
	return said
}
