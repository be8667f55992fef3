package literal

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func scan(s *Set, text string) []int32 {
	var got []int32
	s.Scan(text, func(n []int32) { got = append(got, n...) })
	slices.Sort(got)
	return slices.Compact(got)
}

func TestScan(t *testing.T) {
	s := New([]string{"he", "she", "his", "hers", "\xe9", "a b"}, [][]int32{{1}, {2, 7}, {3}, {4}, {5}, {6}})
	for text, want := range map[string][]int32{
		"uSHErs":    {1, 2, 4, 7},
		"hi":        {},
		"x\xe9":     {5},
		"a  b, A B": {6},
		"":          {},
		"hishe":     {1, 2, 3, 7},
	} {
		if got := scan(s, text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if got := scan(New(nil, nil), "abc"); len(got) != 0 {
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
	for range 500 {
		var words []string
		var numbers [][]int32
		for i := range 1 + r.IntN(20) {
			words = append(words, strings.ToLower(word(4)))
			numbers = append(numbers, []int32{int32(i)})
		}
		text := word(40)
		var want []int32
		for i, w := range words {
			if strings.Contains(strings.ToLower(text), w) {
				want = append(want, int32(i))
			}
		}
		if got := scan(New(words, numbers), text); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", words, text, got, want)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var words []string
	var numbers [][]int32
	for i := range 2000 {
		w := make([]byte, 3+r.IntN(12))
		for j := range w {
			w[j] = byte('a' + r.IntN(26))
		}
		words, numbers = append(words, string(w)), append(numbers, []int32{int32(i)})
	}
	s := New(words, numbers)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Scan(text, func([]int32) {})
	}
}
