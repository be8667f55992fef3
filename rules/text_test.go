package rules

import (
	"math/rand/v2"
	"testing"
)

// TestMayBeBlank: where there may not be too many blank lines, none are taken out.
func TestMayBeBlank(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := make([]byte, r.IntN(120))
		rare := 1 + r.IntN(60)
		for i := range text {
			text[i] = "\n\n\n \t"[r.IntN(5)]
			if r.IntN(rare) == 0 {
				text[i] = 'x'
			}
		}
		if s := string(text); !mayBeBlank(s) && (squeezeBlank(s) != s || squeezeBlank("\n"+s) != "\n"+s) {
			t.Fatalf("%q", s)
		}
	}
}

// TestPlainLen: where a text is called plain, each piece of white space is one space with something else on both sides.
func TestPlainLen(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	most := 0
	for range 100000 {
		text := make([]byte, r.IntN(60))
		rare := 1 + r.IntN(200)
		for i := range text {
			text[i] = "aZ0 !~\x80\xc3\xff"[r.IntN(9)]
			if r.IntN(rare) == 0 {
				text[i] = " \t\n\x00\x1f\xc2"[r.IntN(6)]
			}
		}
		s := "x" + string(text)
		n := plainLen(s)
		most = max(most, n)
		for i := range n {
			if c := s[i]; c < ' ' || c == 0xc2 || c == ' ' && (s[i+1] == ' ' || s[i-1] == ' ') {
				t.Fatalf("%d bytes of %q", n, s)
			}
		}
	}
	if most < 40 {
		t.Errorf("no more than %d bytes are plain", most)
	}
}
