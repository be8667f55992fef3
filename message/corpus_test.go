package message

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// corpus reads the files under the directory ASTERISM_CORPUS, each a mail, or else the mails that the shipped rules are
// tried on.
func corpus(tb testing.TB) (mails [][]byte) {
	dir := os.Getenv("ASTERISM_CORPUS")
	if dir == "" {
		dir = "../data/testdata"
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		mails = append(mails, raw)
		return err
	})
	if err != nil || len(mails) == 0 {
		tb.Fatalf("%s: %d mails: %v", dir, len(mails), err)
	}
	return mails
}

// TestCorpus reads real mail; it must only survive.
func TestCorpus(t *testing.T) {
	for _, raw := range corpus(t) {
		m := Parse(raw)
		everything(m)
		m.Defects()
		m.Digest()
	}
}

func BenchmarkCorpus(b *testing.B) {
	mails := corpus(b)
	for _, bb := range []struct {
		name string
		work func(*Message)
	}{
		{"Parse", func(*Message) {}}, {"Text", allText}, {"URIs", func(m *Message) { m.URIs() }}, {"Everything", everything},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				bb.work(Parse(mails[i%len(mails)]))
			}
		})
	}
}
