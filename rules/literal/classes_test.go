package literal

import (
	"testing"

	"asterism/rules/chain"
)

// TestClasses compares sequences of which everybody knows which is rarer.
func TestClasses(t *testing.T) {
	set := func(s string) (c chain.Link) {
		for i := range len(s) {
			c.Bytes[s[i]>>6] |= 1 << (s[i] & 63)
		}
		return c
	}
	rate := func(classes ...chain.Link) (rate float64) {
		s := NewClasses()
		for _, c := range classes {
			rate = s.Next(Weigh(c))
		}
		return rate
	}
	maybe := set(" ")
	maybe.Optional = true
	often := maybe
	often.Repeats = true
	q, u, x, e := set("qQ"), set("uU"), set("xX"), set("eE")
	for _, c := range []struct {
		what         string
		rarer, other float64
	}{
		{"q, e", rate(q), rate(e)},
		{"E, e or E", rate(set("E")), rate(e)},
		{"qx, qu", rate(q, x), rate(q, u)},
		{"qu, q", rate(q, u), rate(q)},
		{"eu, e ?u", rate(e, u), rate(e, maybe, u)},
		{"e ?u, e *u", rate(e, maybe, u), rate(e, often, u)},
		{"nothing, q", rate(set("")), rate(q)},
	} {
		if c.rarer >= c.other {
			t.Errorf("%s: %g, %g", c.what, c.rarer, c.other)
		}
	}
	if all := rate(chain.Link{Bytes: [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}); all < 0.8 || all > 1.2 {
		t.Errorf("any byte: %g", all)
	}
}
