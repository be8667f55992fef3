package literal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// occurrences returns what a Set of strings finds, as string@start.
func occurrences(list []string, text string) string {
	var got []string
	for _, f := range New(list).Find(text, nil) {
		got = append(got, fmt.Sprintf("%s@%d", list[f.String], f.Start))
	}
	slices.Sort(got)
	return strings.Join(got, " ")
}

func TestFind(t *testing.T) {
	list := []string{"he", "she", "his", "hers", "\xe9a", "a b", "hers more"}
	for text, want := range map[string]string{
		"uSHErs":    "he@2 hers@2 she@1",
		"hi":        "",
		"x\xe9a":    "\xe9a@1",
		"a  b, A B": "a b@6",
		"":          "",
		"hishe":     "he@3 his@0 she@2",
		"Hers More": "he@0 hers more@0 hers@0",
		"hersAmore": "he@0 hers@0", // space and @ differ by the bit of case
		"hers\x00":  "he@0 hers@0",
	} {
		if got := occurrences(list, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := New(nil).Find("abc", nil); len(got) != 0 {
		t.Error(got)
	}
	if got := occurrences([]string{"@@@@", "````"}, "a@@@@"); got != "@@@@@1" {
		t.Error(got)
	}
}

// TestRandom compares with strings.Contains.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(n int) string {
		b := make([]byte, 1+r.IntN(n))
		for i := range b {
			b[i] = "abcABC"[r.IntN(6)]
		}
		return string(b)
	}
	for range 2000 {
		var words, want []string
		least := MinLength + r.IntN(10)
		text := word(40)
		for range 1 + r.IntN(20) {
			w := word(6)
			if least > 3 {
				w = word(20)
			}
			if r.IntN(4) == 0 { // long ones occur
				text += word(5) + w
			}
			if w = strings.ToLower(w); len(w) >= least && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
		for _, w := range words {
			for i := range text {
				if strings.HasPrefix(strings.ToLower(text[i:]), w) {
					want = append(want, fmt.Sprintf("%s@%d", w, i))
				}
			}
		}
		slices.Sort(want)
		if got := occurrences(words, text); got != strings.Join(want, " ") {
			t.Fatalf("%q in %q: %q, want %q", words, text, got, want)
		}
	}
}

// TestSummary asks of each string in a text whether the text may have it, and of others whether the answer is mostly
// no.
func TestSummary(t *testing.T) {
	const text = "Dear Friend, the late Mr. SMITH left 25 MILLION dollars, (3,000) and a z"
	var s Summary
	for i := range len(text) {
		s.Read(text[i:])
		for k := i; k+MinChoice <= len(text); k++ {
			for _, end := range []int{k + MinChoice, min(k+10, len(text)), len(text)} {
				if word := strings.ToLower(text[k:end]); !s.MayHave(NewChoice([]string{"not there at all", word})) {
					t.Fatalf("%q is in %q", word, text[i:])
				}
			}
		}
	}
	s.Read(text)
	for _, word := range []string{"viagra", "the late mrs", "millionaire", "€ 4", "dea2"} {
		if s.MayHave(NewChoice([]string{word})) {
			t.Errorf("%q is not in %q", word, text)
		}
	}
	if s.Read("ab"); s.MayHave(NewChoice([]string{"abc", "\x00\x00\x00"})) {
		t.Error("something is in two bytes")
	}
}

func BenchmarkFind(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var words []string
	for range 2000 {
		w := make([]byte, 4+r.IntN(12))
		for j := range w {
			w[j] = byte('a' + r.IntN(26))
		}
		words = append(words, string(w))
	}
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	var found []Found
	for _, shortest := range []int{4, 3, 2} {
		s := New(append(words, "xyzq"[:shortest]))
		b.Run(fmt.Sprint(shortest), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				found = s.Find(text, found[:0])
			}
		})
	}
}
