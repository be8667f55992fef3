package chain

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// parse reads a chain written as an expression of letters and classes, each with "?", "*" or "+" or nothing behind it.
func parse(expression string) (links []Link) {
	for len(expression) > 0 {
		end := 1
		if expression[0] == '[' {
			end = strings.IndexByte(expression, ']') + 1
		}
		var l Link
		for _, c := range []byte(strings.Trim(expression[:end], "[]")) {
			l.Bytes[c>>6] |= 1 << (c & 63)
		}
		if expression = expression[end:]; expression != "" {
			switch expression[0] {
			case '?':
				l.Optional = true
			case '*':
				l.Optional, l.Repeats = true, true
			case '+':
				l.Repeats = true
			default:
				links = append(links, l)
				continue
			}
			expression = expression[1:]
		}
		links = append(links, l)
	}
	return links
}

// TestFind compares what is found with what Go's regexp says of the text up to each byte.
func TestFind(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var expressions []string
		var chains [][]Link
		for range 1 + r.IntN(40) {
			e, optional := "", true
			for i, n := 0, 1+r.IntN(8); i < n; i++ {
				e += []string{"a", "b", "c", "[ab]", "[bc]", "[abcx]"}[r.IntN(6)]
				switch suffix := r.IntN(6); {
				case suffix == 0:
					e, optional = e+"+", false
				case suffix < 3 && !optional && i < n-1:
					e, optional = e+"?*"[suffix-1:suffix], true
				default:
					optional = false
				}
				if i == 0 {
					optional = false
				}
			}
			expressions, chains = append(expressions, e), append(chains, parse(e))
		}
		text := make([]byte, r.IntN(60))
		for i := range text {
			text[i] = "abcx"[r.IntN(4)]
		}
		found := map[string]bool{}
		for _, f := range New(chains).Find(string(text), nil) {
			found[fmt.Sprint(f.Chain, " ", f.End)] = true
		}
		for i, e := range expressions {
			re := regexp.MustCompile("(?:" + e + ")$")
			for end := 1; end <= len(text); end++ {
				if want := re.Match(text[:end]); want != found[fmt.Sprint(i, " ", end)] {
					t.Fatalf("%s in %q up to %d: %v, want %v", e, text, end, !want, want)
				}
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	var chains [][]Link
	for range 120 {
		chains = append(chains, parse("[vV][ \t]*[i1l][ \t]?[a4]"))
	}
	s := New(chains)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Find(text, nil)
	}
}
