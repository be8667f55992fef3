package message

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestCorpus reads every file under the directory ASTERISM_CORPUS as a mail, for whoever has one; it must only survive.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("ASTERISM_CORPUS")
	if dir == "" {
		t.Skip("ASTERISM_CORPUS names no directory")
	}
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m := Parse(raw)
		everything(m)
		m.Defects()
		m.Digest()
		n++
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d mails: %v", n, err)
	}
}

func BenchmarkCorpus(b *testing.B) {
	dir := os.Getenv("ASTERISM_CORPUS")
	var mails [][]byte
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".txt" {
			raw, _ := os.ReadFile(path)
			if len(raw) < 102400 {
				mails = append(mails, raw)
			}
		}
		return nil
	})
	for _, bb := range []struct {
		name string
		f    func(*Message)
	}{{"parse", func(*Message) {}}, {"text", allText}, {"uris", func(m *Message) { m.URIs() }}, {"all", everything}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				bb.f(Parse(mails[i%len(mails)]))
				i++
			}
		})
	}
}
