package attachment

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"asterism/attachment/archive/archivetest"
	"asterism/message"
)

// carrying returns a mail with a file attached.
func carrying(name string, content []byte) []byte {
	return fmt.Appendf(nil,
		"From: a@a.example\nSubject: papers\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b1\n\n"+
			"--b1\nContent-Type: text/plain\n\nsee papers\n--b1\nContent-Type: application/octet-stream\n"+
			"Content-Disposition: attachment; filename=%q\nContent-Transfer-Encoding: base64\n\n%s\n--b1--\n",
		name, base64.StdEncoding.EncodeToString(content))
}

// timeless are the usual limits except for time, so that tests pass on a busy machine.
func timeless() Limits {
	l := Usual
	l.Time = 0
	return l
}

// opened returns what is inside a file that is attached to a mail.
func opened(name string, content []byte) *Contents {
	return Of(message.Parse(carrying(name, content), Open(timeless())))
}

const program = "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"

// TestTraits: what files are by content and name, attached and inside archives.
func TestTraits(t *testing.T) {
	for _, c := range []struct {
		name    string
		content []byte
		path    string
		kind    Kind
		traits  Trait
	}{
		{"a.exe", []byte(program), "a.exe", Executable, BadName},
		{"a.pdf", []byte(program), "a.pdf", Executable, Disguised},
		{"a.txt", []byte("hello"), "a.txt", Text, 0},
		{"a.pdf.exe", []byte(program), "a.pdf.exe", Executable, BadName | DoubleName},
		{"a.pdf   .JS ", []byte("alert(1)"), "a.pdf   .JS", Script, BadName | DoubleName},
		{"www.example.com", []byte("hello"), "www.example.com", Executable, 0},
		{"a.{00020D75-0000-0000-C000-000000000046}", []byte("hello"), "a.{00020D75-0000-0000-C000-000000000046}", Text,
			BadName},
		{"a.zip", archivetest.Zip("b.exe", program), "a.zip > b.exe", Executable, BadName},
		{"a.docx", archivetest.Zip("b.exe", program), "a.docx", ZIP, 0},
		{"a.zip", archivetest.Zip("b/c.zip", string(archivetest.Zip("d.jpg.js", "alert(1)"))),
			"a.zip > b/c.zip > d.jpg.js", Script, BadName | DoubleName},
		{"a.zip", archivetest.Zip(`..\..\b.scr`, program), `a.zip > ..\..\b.scr`, Executable, BadName},
		{"a.zip", archivetest.Zip("b.zip", string(archivetest.Zip("c.zip",
			string(archivetest.Zip("d.zip", string(archivetest.Zip("e.zip", string(archivetest.Zip("f", ""))))))))),
			"a.zip > b.zip > c.zip > d.zip > e.zip", ZIP, Unread},
		{"a.zip", archivetest.Zip("zero", strings.Repeat("\x00", 40<<20)), "a.zip", ZIP, Bomb | Unread},
		{"a.zip", archivetest.Zip("b.exe", program)[:60], "a.zip", ZIP, Broken},
	} {
		found := opened(c.name, c.content)
		ok := false
		for _, f := range found.Files {
			if f.Path() == c.path {
				ok = f.Kind == c.kind && f.Traits == c.traits
				if !ok {
					t.Errorf("%s: %s %q, want %s %q", c.path, f.Kind, f.Traits, c.kind, c.traits)
				}
				break
			}
		}
		if !ok && !t.Failed() {
			t.Errorf("%s: no %s", c.name, c.path)
		}
	}
}

// TestConditions: each test of a condition holds for what it names only.
func TestConditions(t *testing.T) {
	found := opened("a.zip", archivetest.Zip("Invoice 1.pdf.exe", program, "b.txt", "hello"))
	for text, want := range map[string]string{
		"ext=exe,scr": "Invoice 1.pdf.exe", "ext=.exe": "Invoice 1.pdf.exe", "ext=zip": "a.zip", "kind=text": "b.txt",
		"in=zip kind=text": "b.txt",
		"in=rar":           "", "attached": "a.zip", "inside !kind=executable": "b.txt",
		"name=/^invoice/i":     "Invoice 1.pdf.exe",
		"name=/^invoice/":      "",
		"double_name bad_name": "Invoice 1.pdf.exe", "encrypted": "",
	} {
		c, err := ParseCondition(strings.Fields(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if f := found.Find(c); f == nil && want != "" || f != nil && f.Name != want {
			t.Errorf("%s: %+v, want %q", text, f, want)
		}
	}
	for _, text := range []string{"", "kind=exe", "ext", "executable", "name=invoice", "name=/(/", "name=//"} {
		if _, err := ParseCondition(strings.Fields(text)); err == nil {
			t.Errorf("%q is a condition", text)
		}
	}
}

// TestCost: what is made to cost much takes no more than 30 MB. The clock gives no verdict; bench/hostile measures.
func TestCost(t *testing.T) {
	zeros := string(archivetest.Zip("zero", strings.Repeat("\x00", 20<<20)))
	many := []string{}
	for i := range 800 {
		many = append(many, fmt.Sprintf("%d.zip", i), string(archivetest.Zip("a", "b")))
	}
	names := strings.Repeat("PK\x03\x04"+strings.Repeat("\x00", 22)+"\x01\x00\x00\x00a", 3000)
	costs(t, map[string][]byte{
		"zeros.zip": []byte(zeros), "zeros in zeros.zip": archivetest.Zip("a.zip", zeros, "b.zip", zeros, "c.zip", zeros),
		"many.zip": archivetest.Zip(many...), "locals.zip": []byte(names),
		"ends.zip":     bytes.Repeat([]byte("PK\x05\x06"), 25000),
		"centrals.zip": bytes.Repeat([]byte("PK\x01\x02"+strings.Repeat("\x00", 42)), 2000),
		"x.7z":         append([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), bytes.Repeat([]byte{0, 0, 0, 0, 1}, 18000)...),
		"x.rar":        bytes.Repeat([]byte("Rar!\x1a\x07\x01\x00"), 12000),
		"x.gz":         bytes.Repeat([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), 9000),
	})
}

// costs opens files within the usual limits except for time, and measures.
func costs(t *testing.T, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		if len(content) > 100<<10 {
			content = content[:100<<10]
		}
		raw := carrying(name, content)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Of(message.Parse(raw, Open(timeless())))
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 30<<20 {
			t.Errorf("%s: %d MB", name, n>>20)
		}
		t.Logf("%s: %d bytes, %d KB", name, len(content), (after.TotalAlloc-before.TotalAlloc)>>10)
	}
}

// TestSameUnderLoad: where the work for a mail ends does not depend on what else runs.
func TestSameUnderLoad(t *testing.T) {
	var files []string
	for i := range 40 {
		page := strings.Repeat("<p>some words\n", 2000)
		files = append(files, fmt.Sprintf("%d.zip", i), string(archivetest.Zip("a.html", page)))
	}
	raw := carrying("a.zip", archivetest.Zip(files...))
	limits := Usual
	limits.Time = 3 * time.Millisecond
	describe := func() string {
		var b strings.Builder
		for _, f := range Of(message.Parse(raw, Open(limits))).Files {
			fmt.Fprintf(&b, "%s %s %d\n", f.Path(), f.Traits, len(f.Text))
		}
		return b.String()
	}
	alone := describe()
	if !strings.Contains(alone, "unread") || !strings.Contains(alone, "0.zip > a.html") {
		t.Fatalf("not cut in between:\n%s", alone)
	}
	var stop atomic.Bool
	defer stop.Store(true)
	for range 4 * runtime.GOMAXPROCS(0) {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	for range 5 {
		if got := describe(); got != alone {
			t.Fatalf("under load:\n%s\nalone:\n%s", got, alone)
		}
	}
}
