package bayes

import (
	"bytes"
	"testing"

	"asterism/store"
	"asterism/tokenizer"
)

// FuzzLesson: what is read of an entry of the journal is all of it, or it is refused.
func FuzzLesson(f *testing.F) {
	l := Lesson{Class: store.Spam, Tokens: &tokenizer.Tokens{Header: []store.Token{1}, Body: []store.Token{2, 3}}}
	f.Add([]byte{})
	f.Add(l.encode(methodLearn))
	f.Add(l.encode(methodForget)[:30])
	f.Add((&Lesson{Tokens: &tokenizer.Tokens{}}).encode(methodForget))
	f.Fuzz(func(t *testing.T, entry []byte) {
		how, l, err := decodeLesson(entry)
		if err == nil && !bytes.Equal(l.encode(how), entry) {
			t.Errorf("%q was read as %v, %+v", entry, how, l)
		}
	})
}
