package perlre

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// compareSearch compares the automaton with the other engines, on the whole text and on each part of it.
func compareSearch(t *testing.T, expression, flags, text string) {
	t.Helper()
	re, err := Compile(expression, flags)
	if err != nil {
		return
	}
	x := NewText(text)
	want, err := re.matchSlow(&x)
	if err != nil {
		return
	}
	found, ok := re.search.match(text, 0, len(text))
	if !ok {
		return
	}
	if found != want && (re.sure || want) {
		t.Fatalf("/%s/%s on %q: automaton says %v, want %v", expression, flags, text, found, want)
	}
	if !re.sure || re.search.width == infinite {
		return
	}
	some := false
	for from := range len(text) + 1 {
		to := min(from+re.search.width, len(text))
		found, _ := re.search.match(text, from, to)
		if found && !want {
			t.Fatalf("/%s/%s on %q: automaton finds it in [%d:%d]", expression, flags, text, from, to)
		}
		some = some || found
	}
	if some != want {
		t.Fatalf("/%s/%s on %q: automaton says %v within windows of %d, want %v", expression, flags, text, some, re.search.width, want)
	}
}

// TestSearch compares engines on random expressions.
func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	atoms := []string{"a", "b", "[ab]", "[^a]", ".", `\b`, `\B`, `^`, `$`, `\z`, `\w`, `\W`, `\s`, "\n", "é", `(?=a)`, `(?!b)`, `(?<=a)`,
		`(?<!\w)`, `(?!ab)`, `a++`, `(?i:A)`, " "}
	var expression func(depth int) string
	expression = func(depth int) string {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			switch k := r.IntN(10); {
			case k < 6 || depth == 0:
				b.WriteString(atoms[r.IntN(len(atoms))])
			case k < 8:
				b.WriteString("(?:" + expression(depth-1) + "|" + expression(depth-1) + ")")
			default:
				b.WriteString("(?:" + expression(depth-1) + ")")
				b.WriteString([]string{"*", "+", "?", "{2}", "{0,3}", "{1,2}?"}[r.IntN(6)])
			}
		}
		return b.String()
	}
	for range 20_000 {
		text := make([]byte, r.IntN(12))
		for i := range text {
			text[i] = "aabbA_. \n\xc3\xa9"[r.IntN(11)]
		}
		compareSearch(t, expression(2), []string{"", "i", "m", "s", "x"}[r.IntN(5)], string(text))
	}
}

func FuzzSearch(f *testing.F) {
	for _, c := range cases {
		for _, text := range c.texts {
			f.Add(c.expression, c.flags, text)
		}
	}
	f.Fuzz(func(t *testing.T, expression, flags, text string) {
		if len(expression) <= 100 && len(text) <= 200 {
			compareSearch(t, expression, flags, text)
		}
	})
}
