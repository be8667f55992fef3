package perlre

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"asterism/rules/chain"
	"asterism/rules/literal"
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
	compareBacktrack(t, re, &x, want)
	found, ok := re.search.match(text, 0, len(text), len(text))
	if !ok {
		return
	}
	if found != want && (re.search.sure || want) {
		t.Fatalf("/%s/%s on %q: automaton says %v, want %v", expression, flags, text, found, want)
	}
	if chains := re.Chains(); chains != nil {
		compareChains(t, re, &x, want)
	}
	literals := re.Literals()
	if literals == nil {
		return
	}
	near, some, times := Near{First: -1}, false, 0
	lower := asciiLower(text)
	for i := range len(lower) {
		for _, s := range literals.Strings {
			if strings.HasPrefix(lower[i:], s) {
				if near.First < 0 {
					near.First = i
				}
				near.Last, near.End, some = i, max(near.End, i+len(s)), true
				times++
			}
		}
	}
	if !some && want {
		t.Fatalf("/%s/%s matches %q without any of %q", expression, flags, text, literals.Strings)
	}
	if want && times < literals.Times() {
		t.Fatalf("/%s/%s matches %q with %d of %q, not %d", expression, flags, text, times, literals.Strings,
			literals.Times())
	}
	if !some {
		return
	}
	if also := literal.NewChoice(literals.Also()); len(also) > 0 {
		var summary literal.Summary
		if summary.Read(text); want && !summary.MayHave(also) {
			t.Fatalf("/%s/%s matches %q without any of %q", expression, flags, text, literals.Also())
		}
	}
	if found, _ := re.MatchNear(&x, near); found != want {
		t.Fatalf("/%s/%s on %q: %v near %v of %+v, want %v", expression, flags, text, found, near, literals, want)
	}
}

// compareChains looks for the chains of an expression first.
func compareChains(t *testing.T, re *Regexp, x *Text, want bool) {
	t.Helper()
	ends := chain.New(re.Chains().List).Find(x.bytes, nil)
	found := false
	if len(ends) > 0 {
		near := Near{First: len(x.bytes)}
		for _, f := range ends {
			near.First, near.Last = min(near.First, int(f.End)), max(near.Last, int(f.End))
		}
		near.End = near.Last
		found, _ = re.MatchNear(x, near)
	}
	if found != want {
		t.Fatalf("/%s/%s on %q: %v near chains %+v, want %v", re.search.expression, re.search.flags, x.bytes, found,
			re.Chains(), want)
	}
}

// compareBacktrack compares our own program that goes back with other engines.
func compareBacktrack(t *testing.T, re *Regexp, x *Text, want bool) {
	t.Helper()
	root := re.search.parse()
	m := re.program().start(x.bytes)
	start, found := m.find(0, len(x.bytes))
	if m.late {
		return
	}
	if found != want {
		t.Fatalf("/%s/%s on %q: program says %v, want %v", re.search.expression, re.search.flags, x.bytes, found, want)
	}
	o, ok := newOther(t, root)
	if !ok {
		return
	}
	places, err := o.find(x.bytes, 1)
	if err != nil {
		return
	}
	if found != (len(places) > 0) || found && places[0] != [2]int{start, m.end} {
		t.Fatalf("/%s/%s on %q: program says %v %d to %d, want %v", re.search.expression, re.search.flags, x.bytes, found,
			start, m.end, places)
	}
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] |= 0x20
		}
	}
	return string(b)
}

// TestSearch compares engines on random expressions.
func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	atoms := []string{"a", "b", "[ab]", "[^a]", ".", `\b`, `\B`, `^`, `$`, `\z`, `\w`, `\W`, `\s`, "\n", "é", `(?=a)`,
		`(?!b)`, `(?<=a)`,
		`(?<!\w)`, `(?!ab)`, `a++`, `(?i:A)`, " ", "viagra", "(?i:ViAgRa)"}
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
				b.WriteString([]string{"*", "+", "?", "{2}", "{0,3}", "{1,2}?", "{2,5}", "{4}"}[r.IntN(8)])
			}
		}
		return b.String()
	}
	rounds := 10_000
	if testing.Short() {
		rounds = 2000
	}
	for range rounds {
		text := make([]byte, r.IntN(12))
		for i := range text {
			text[i] = "aabbA_. \n\xc3\xa9xq4v1"[r.IntN(16)]
		}
		for range r.IntN(3) {
			at := r.IntN(len(text) + 1)
			text = slices.Insert(text, at, []byte([]string{"viagra", "VIAGRA", "viaviagra"}[r.IntN(3)])...)
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
