package pdf_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/attachment/budget"
	"asterism/attachment/pdf"
	"asterism/test/e2e"
)

func ample() *budget.Budget { return &budget.Budget{Bytes: 8 << 20, Each: 1 << 20} }

// write returns a file of objects, numbered from 1 on, of which the first is the catalog.
func write(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /ID [<00112233445566778899aabbccddeeff> "+
		"<00112233445566778899aabbccddeeff>] >>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, start)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(content), content)
}

// letter is a page with text in several forms, links, a form, a script and a file.
func letter() []byte {
	return write(
		"<< /Type /Catalog /Pages 2 0 R /OpenAction 8 0 R /AcroForm << /Fields [9 0 R] >> /Names << /EmbeddedFiles << "+
			"/Names [(a.exe) 11 0 R] >> >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents [4 0 R] /Annots [7 0 R 10 0 R] >>",
		stream("", "BT /F1 12 Tf 50 700 Td (Please pay \\(now\\)) Tj 0 -14 Td [(your) -250 (in)20(voice)] TJ T* (at "+
			"cr\\157ok.example) ' "+
			"/F2 12 Tf 0 -30 Td <00010002> Tj ET BI /W 1 /H 1 ID \x00EI\x01 EI BT /F1 10 Tf 1 0 0 1 50 300 Tm (Last) Tj 1 0 0 "+
			"1 90 300 Tm (line) Tj ET"),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 12 0 R >>",
		"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://crook.example/pay?a=1&b=\\(2\\)) >> >>",
		"<< /S /JavaScript /JS (app.launchURL\\('http://js.example/'\\)) >>",
		"<< /FT /Tx /T (name) >>",
		"<< /Type /Annot /Subtype /Link /A << /S /Launch /F (cmd.exe) >> /AA << /E << /S /SubmitForm /F << /FS /URL /F "+
			"(http://form.example/x) >> >> >> >>",
		"<< /Type /Filespec /F (a.exe) /EF << /F 13 0 R >> >>",
		stream("", "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange "+
			"1 beginbfchar <0001> <0054> endbfchar 1 beginbfrange <0002> <0003> <0061> endbfrange endcmap"),
		stream("/Type /EmbeddedFile", "MZ the program"),
	)
}

func check(t *testing.T, name string, d *pdf.Document) {
	t.Helper()
	for _, want := range []string{"Please pay (now)\nyour invoice", "crook.example", "Ta", "Last line"} {
		if !strings.Contains(d.Text, want) {
			t.Errorf("%s: no %q in %q", name, want, d.Text)
		}
	}
	slices.Sort(d.Links)
	if got := strings.Join(d.Links, " "); got != "http://form.example/x https://crook.example/pay?a=1&b=(2)" {
		t.Errorf("%s: links %q", name, got)
	}
	if !d.HasScript || !strings.Contains(d.Script, "app.launchURL('http://js.example/')") || !d.OpenAction || !d.Form ||
		d.Launch != "cmd.exe" {
		t.Errorf("%s: %+v", name, d)
	}
	if len(d.Embedded) != 1 || d.Embedded[0].Name != "a.exe" || string(d.Embedded[0].Data) != "MZ the program" {
		t.Errorf("%s: embedded %q", name, d.Embedded)
	}
	if d.Encrypted || d.Broken || d.Pages != 1 {
		t.Errorf("%s: encrypted %v, broken %v, %d pages", name, d.Encrypted, d.Broken, d.Pages)
	}
}

// TestRead: text, links, scripts, forms, launches and files are found in each form that qpdf gives a file.
func TestRead(t *testing.T) {
	check(t, "plain", pdf.Read(letter(), ample()))
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(in, letter(), 0o600); err != nil {
		t.Fatal(err)
	}
	convert := func(args ...string) *pdf.Document {
		out := filepath.Join(dir, "out.pdf")
		e2e.Run(t, e2e.Tool(t, "qpdf", "qpdf"), append(append(args, "--warning-exit-0"), in, out)...)
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return pdf.Read(b, ample())
	}
	for _, args := range [][]string{
		{"--object-streams=generate", "--compress-streams=y"}, {"--linearize"}, {"--qdf"},
		{"--encrypt", "", "owner", "40", "--", "--allow-weak-crypto"}, {"--encrypt", "", "owner", "128", "--use-aes=n", "--",
			"--allow-weak-crypto"},
		{"--encrypt", "", "owner", "128", "--use-aes=y", "--", "--allow-weak-crypto"}, {"--encrypt", "", "owner", "256",
			"--"},
		{"--encrypt", "", "owner", "256", "--", "--object-streams=generate"},
	} {
		d := convert(args...)
		check(t, strings.Join(args, " "), d)
		if d.Protected != (args[0] == "--encrypt") {
			t.Errorf("%v: protected %v", args, d.Protected)
		}
	}
	for _, bits := range []string{"40", "128", "256"} {
		d := convert("--encrypt", "user", "owner", bits, "--", "--allow-weak-crypto")
		if !d.Encrypted || d.Protected || d.Text != "" || len(d.Links) > 0 {
			t.Errorf("%s bits with a password: %+v", bits, d)
		}
	}
}

// TestHostile: bombs, loops and cut files are read within bounds, and cut ones are said to be broken.
func TestHostile(t *testing.T) {
	whole := letter()
	bomb := strings.Repeat("q ", 1<<20)
	page := "<< /Type /Page /Parent 2 0 R /Contents %s /Resources << /XObject << /X 4 0 R >> /Font 9 0 R >> >>"
	doc := func(objects ...string) []byte {
		return write(append([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"},
			objects...)...)
	}
	loop := stream("/Subtype /Form /Resources << /XObject << /X 4 0 R >> >>", strings.Repeat("/X Do ", 200))
	for name, b := range map[string][]byte{
		"half": whole[:len(whole)/2], "head": whole[:20], "empty": nil, "no objects": []byte("%PDF-1.7\n%%EOF"),
		"form in itself": doc(fmt.Sprintf(page, "4 0 R"), loop),
		"pages in pages": write("<< /Pages 2 0 R >>", "<< /Kids [2 0 R 3 0 R] >>", "<< /Kids [2 0 R 3 0 R] >>"),
		"reference loop": doc(fmt.Sprintf(page, "5 0 R"), "5 0 R", "4 0 R"),
		"deep arrays":    doc(strings.Repeat("[", 50000)),
		"deep dicts":     doc(strings.Repeat("<</A", 20000)),
		"many objects":   []byte("%PDF-1.4\n" + strings.Repeat("1 0 obj 1 endobj\n", 6000)),
		"open objects":   []byte("%PDF-1.4\n" + strings.Repeat("1 0 obj<<", 11000)),
		"open streams":   []byte("%PDF-1.4\n" + strings.Repeat("1 0 obj<<>>stream\n", 5500)),
		"object stream":  doc(stream("/Type /ObjStm /N 99999999 /First 10", strings.Repeat("1 0 ", 20000))),
		"long hex":       doc("<" + strings.Repeat("0", 90000)),
		"open strings":   []byte("%PDF-1.4\n" + strings.Repeat("1 0 obj(", 12000)),
		"ASCII85": doc(fmt.Sprintf(page, "4 0 R"), stream("/Filter [/ASCII85Decode /ASCII85Decode /A85 /A85]",
			strings.Repeat("z", 90000))),
		"run length": doc(fmt.Sprintf(page, "4 0 R"), stream("/Filter [/RL /RL /RL]", strings.Repeat("\x81a", 45000))),
		"wide map": doc(fmt.Sprintf(page, "4 0 R"), stream("", "/F Tf (a) Tj"),
			stream("", strings.Repeat("<00><ff><00> endbfrange ", 3500))),
		"predictor": doc(
			stream("/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 65536 >>",
				bomb[:50000])),
		"long stream":     doc("<< /Length 99999999999999999999 >>\nstream\nendstream"),
		"far object":      doc(stream("/Type /ObjStm /N 1 /First 5", "1 99999999999999999999 a")),
		"endless comment": []byte("%PDF-1.4\n" + strings.Repeat("1 0 obj % ", 9000)),
	} {
		b = b[:min(len(b), 100<<10)]
		d := pdf.Read(b, &budget.Budget{Bytes: 4 << 20, Each: 1 << 20})
		if len(d.Text) > 128<<10 {
			t.Errorf("%s: %d octets of text", name, len(d.Text))
		}
		if cut := name == "half" || name == "head" || name == "empty" || name == "no objects"; cut != d.Broken &&
			(cut || bytes.Contains(b, []byte("%%EOF"))) {
			t.Errorf("%s: broken %v", name, d.Broken)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(letter())
	f.Add([]byte("%PDF-1.4\n1 0 obj<</S/URI/URI(http://a.example)>>endobj trailer<</Encrypt<</Filter/Standard/V 2/R " +
		"3/O(x)/U(y)>>>>%%EOF"))
	f.Add([]byte("%PDF-1.4\n1 0 obj<</Type/ObjStm/N 2/First 8/Filter/FlateDecode>>stream\nx\x9c\x4b\x04\x00endstream"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		pdf.Read(b, &budget.Budget{Bytes: 1 << 20, Each: 1 << 20})
	})
}
