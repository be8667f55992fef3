package automaton

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func setOf(s string) (set Set) {
	for i := 0; i < len(s); i++ {
		set[s[i]>>6] |= 1 << (s[i] & 63)
	}
	return set
}

// far returns a...b with n bytes between: its deterministic form has 2^n states.
func far(t testing.TB, n int) *Automaton {
	b := NewBuilder()
	out := b.Byte(setOf("b"), Match)
	for range n {
		out = b.Byte(Set{}.Not(), out)
	}
	a, err := b.Build(b.Byte(setOf("a"), out))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// word returns \bab\b at the end of a line.
func word(t testing.TB) *Automaton {
	letters := Side{Bytes: setOf("abcdefghijklmnopqrstuvwxyz")}
	others := Side{Bytes: letters.Bytes.Not(), Edge: true, Newline: true}
	lineEnd := Side{Bytes: setOf("\n"), Edge: true, Newline: true}
	b := NewBuilder()
	out := b.Look(letters, others, b.Look(Anything(), lineEnd, Match))
	out = b.Byte(setOf("aA"), b.Byte(setOf("bB"), out))
	a, err := b.Build(b.Look(others, letters, out))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestMatch(t *testing.T) {
	a := word(t)
	for text, want := range map[string]bool{"": false, "ab": true, "ab\n": true, "x ab\nc": true, "xab": false,
		"ab c": false,
		"ab.":  false, "\nab\n\n": true, "ab\x00": false} {
		if found, ok := a.Match(text, 0, len(text), len(text)); found != want || !ok {
			t.Errorf("%q: %v %v", text, found, ok)
		}
	}
}

func TestWindow(t *testing.T) {
	a := word(t)
	for text, want := range map[string]bool{"[ab]": true, "x[ab]": false, "[ab]x": false, " [ab]\n": true, "[a]b": false,
		"ab[]": false,
		"a[b]": false, "[ab\n]": true} {
		from := strings.IndexByte(text, '[')
		to := strings.IndexByte(text, ']') - 1
		text = strings.NewReplacer("[", "", "]", "").Replace(text)
		if found, ok := a.Match(text, from, to, to); found != want || !ok {
			t.Errorf("%q[%d:%d]: %v %v", text, from, to, found, ok)
		}
	}
}

// TestBounded gives expressions with more states than the table holds long texts.
func TestBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	text := make([]byte, 200_000)
	for i := range text {
		text[i] = "axyz "[r.IntN(5)]
	}
	for _, n := range []int{8, 12, 60} {
		a := far(t, n)
		s := string(text) + "a" + strings.Repeat("x", n) + "b"
		for range 3 {
			if found, ok := a.Match(s, 0, len(s), len(s)); ok && !found {
				t.Errorf("%d: not found", n)
			} else if n == 8 && !ok {
				t.Errorf("%d: gave up", n)
			}
			if rows := len(a.states.Load().sets); rows*int(a.stride) > maxEntries+int(a.stride) {
				t.Errorf("%d: %d states", n, rows)
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	b := NewBuilder()
	out := uint16(Match)
	for range maxParts + 1 {
		out = b.Byte(Set{}.Not(), out)
	}
	if _, err := b.Build(out); err != ErrTooLarge {
		t.Error(err)
	}
}

// TestConcurrent shares one automaton, whose table starts over all the time, among goroutines.
func TestConcurrent(t *testing.T) {
	a := far(t, 11)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 7))
			for range 300 {
				text := make([]byte, 300)
				for i := range text {
					text[i] = "abxy"[r.IntN(4)]
				}
				want := false
				for i := range len(text) - 12 {
					want = want || text[i] == 'a' && text[i+12] == 'b'
				}
				if found, ok := a.Match(string(text), 0, len(text), len(text)); ok && found != want {
					t.Errorf("%q: %v, want %v", text, found, want)
				}
			}
		})
	}
	wg.Wait()
}

// many returns the expressions ab and ac, which are found as one.
func many(t testing.TB) *Many {
	b := NewBuilder()
	var starts []uint16
	for i, end := range []string{"b", "c"} {
		starts = append(starts, b.Byte(setOf("a"), b.Byte(setOf(end), b.Accept(uint16(i)))))
	}
	m, err := b.BuildMany(starts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A text whose states are all known is searched without a lock: whoever makes new ones keeps nobody waiting.
func TestKnownStatesNeedNoLock(t *testing.T) {
	m := many(t)
	m.Find("x ab ac", nil)
	states := m.a.states.Load()
	states.mu.Lock()
	defer states.mu.Unlock()
	found := make(chan []uint16)
	go func() {
		numbers, _ := m.Find("x ab ac", nil)
		found <- numbers
	}()
	select {
	case numbers := <-found:
		if !slices.Equal(numbers, []uint16{0, 1}) {
			t.Errorf("found %v", numbers)
		}
	case <-time.After(time.Minute):
		t.Fatal("the search waits for the lock")
	}
}

func BenchmarkMatch(b *testing.B) {
	a := word(b)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		a.Match(text, 0, len(text), len(text))
	}
}
