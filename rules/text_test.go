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
