// Package literal finds which of many strings occur in a text, and where, in one pass over it. ASCII letters match in both
// cases.
//
// The pass keeps the last four bytes in a word, and looks its hash up in a small table of bits. Of each string that table
// knows the four bytes in a row that are rarest in mails, so that few places are looked at closer: it costs about a
// nanosecond a byte, however many strings there are. Strings of two or three bytes have tables of their own.
package literal

import "slices"

// MinLength is the length of the shortest string that can be looked for, in bytes.
const MinLength = 2

// Set is strings to look for. It is immutable and may be used concurrently.
type Set struct {
	strings []string
	long    *filter // windows of four bytes; nil if there are none
	three   *filter
	two     *filter
}

// Found is one place where a string occurs.
type Found struct {
	String int32 // its index
	Start  int32 // its first byte in the text
}

// New returns a Set of strings in lower case, each of MinLength bytes or more.
func New(strings []string) *Set {
	s, c := &Set{strings: strings}, &chooser{map[string]float64{}}
	for i, str := range strings {
		size, to := 4, &s.long
		if len(str) < 4 {
			size, to = len(str), &s.three
			if size < 3 {
				to = &s.two
			}
		}
		if *to == nil {
			*to = &filter{}
		}
		(*to).add(c, str, int32(i), size)
	}
	for _, f := range []*filter{s.long, s.three, s.two} {
		if f != nil {
			f.build()
		}
	}
	return s
}

// String returns a string by its index.
func (s *Set) String(i int32) string { return s.strings[i] }

// Find appends to found each place in text where one of the strings occurs.
func (s *Set) Find(text string, found []Found) []Found {
	switch {
	case s.long != nil && s.three == nil && s.two == nil:
		return s.findLong(text, found)
	case len(s.strings) > 0:
		return s.findAll(text, found)
	}
	return found
}

func (s *Set) findLong(text string, found []Found) []Found {
	window := uint32(0)
	bits, shift := s.long.bits, s.long.shift&31
	for i := 0; i < len(text); i++ {
		window = window>>8 | uint32(text[i])<<24
		if h := (window | fold4) * spread >> shift; bits[h>>6]&(1<<(h&63)) != 0 {
			found = s.long.check(s, text, i+1, window|fold4, found)
		}
	}
	return found
}

func (s *Set) findAll(text string, found []Found) []Found {
	long, three, two := s.long.orNothing(), s.three.orNothing(), s.two.orNothing()
	window := uint32(0)
	for i := 0; i < len(text); i++ {
		window = window>>8 | uint32(text[i])<<24
		w := window | fold4
		if h := w * spread >> (long.shift & 31); long.bits[h>>6]&(1<<(h&63)) != 0 {
			found = long.check(s, text, i+1, w, found)
		}
		w >>= 8
		if h := w * spread >> (three.shift & 31); three.bits[h>>6]&(1<<(h&63)) != 0 {
			found = three.check(s, text, i+1, w, found)
		}
		if s.two != nil {
			w >>= 8
			if h := w * spread >> (two.shift & 31); two.bits[h>>6]&(1<<(h&63)) != 0 {
				found = two.check(s, text, i+1, w, found)
			}
		}
	}
	return found
}

// fold4 puts four letters in lower case. It changes other bytes as well, in the text as in the strings.
const fold4 = 0x20202020

// spread makes the upper bits of a product depend on all bits of a window.
const spread = 0x9E3779B1

// sparse is how many bits of its table a filter has for each string, so that few of them are set; minBits is so many that
// the table of a few strings lets hardly a place of a text through, and maxBits bounds the table to what stays in the
// second-level cache. (The look-ups do not wait for each other.)
const (
	sparse  = 128
	minBits = 1 << 12
	maxBits = 1 << 19
)

// filter finds the windows of strings, all of one size.
type filter struct {
	size    int // of the windows
	bits    []uint64
	shift   uint32  // of a window's hash in bits
	entries []entry // sorted by window
	slots   []slot  // by hash of a window
	reach   uint32  // shift of a window's hash in slots
}

// slot is a window and its first entry, counted from 1; 0 is none.
type slot struct {
	window uint32
	first  int32
}

// entry is a string and where in it its window ends.
type entry struct {
	window uint32
	str    int32
	end    int32

	// What the four bytes before the window and those behind it must be, with masks: most strings that have the window are
	// ruled out by these.
	before, wantBefore uint32
	behind, wantBehind uint32
}

// newEntry returns the entry of a string whose window of so many bytes begins at from.
func newEntry(str string, number int32, from, size int) entry {
	end := from + size
	e := entry{str: number, end: int32(end), window: (wordBefore(str, end) | fold4) >> (8 * (4 - size))}
	mask := func(end int) (mask uint32) {
		for i := end - 4; i < end; i++ {
			mask >>= 8
			if i >= 0 && i < len(str) {
				mask |= 0xff << 24
			}
		}
		return mask
	}
	e.before, e.behind = mask(from), mask(end+4)
	e.wantBefore, e.wantBehind = (wordBefore(str, from)|fold4)&e.before, (wordBefore(str, end+4)|fold4)&e.behind
	return e
}

// nothing is the filter of no strings.
var nothing = &filter{bits: make([]uint64, 1), shift: 26}

func (f *filter) orNothing() *filter {
	if f == nil {
		return nothing
	}
	return f
}

// add adds a string by its rarest window.
func (f *filter) add(c *chooser, str string, number int32, size int) {
	f.size = size
	f.entries = append(f.entries, newEntry(str, number, c.window(str, size), size))
}

func (f *filter) build() {
	slices.SortStableFunc(f.entries, func(a, b entry) int {
		switch {
		case a.window < b.window:
			return -1
		case a.window > b.window:
			return 1
		}
		return 0
	})
	width := uint32(minBits)
	f.shift = 32 - 12
	for width < maxBits && int(width) < sparse*len(f.entries) {
		width *= 2
		f.shift--
	}
	f.bits = make([]uint64, width/64)
	for _, e := range f.entries {
		h := e.window * spread >> f.shift
		f.bits[h>>6] |= 1 << (h & 63)
	}
	size := uint32(8)
	f.reach = 32 - 3
	for int(size) < 2*len(f.entries) {
		size *= 2
		f.reach--
	}
	f.slots = make([]slot, size)
	for i, e := range f.entries {
		if i > 0 && f.entries[i-1].window == e.window {
			continue
		}
		at := e.window * spread >> f.reach
		for f.slots[at].first > 0 {
			at = (at + 1) & (size - 1)
		}
		f.slots[at] = slot{e.window, int32(i) + 1}
	}
}

// check appends the strings that have the window, which ends at text[:end], and are there.
func (f *filter) check(s *Set, text string, end int, window uint32, found []Found) []Found {
	at := window * spread >> f.reach
	for f.slots[at].first > 0 && f.slots[at].window != window {
		at = (at + 1) & uint32(len(f.slots)-1)
	}
	first := f.slots[at].first - 1
	if first < 0 {
		return found
	}
	around := wordBefore(text, end-f.size) | fold4
	behind := wordBefore(text, end+4) | fold4
	for i := int(first); i < len(f.entries) && f.entries[i].window == window; i++ {
		e := &f.entries[i]
		if e.before&around != e.wantBefore || e.behind&behind != e.wantBehind {
			continue
		}
		str := s.strings[e.str]
		start := end - int(e.end)
		if start >= 0 && start+len(str) <= len(text) && equalFold(text[start:start+len(str)], str) {
			found = append(found, Found{e.str, int32(start)})
		}
	}
	return found
}

// wordBefore returns the four bytes that end at text[:end], those of them that are there.
func wordBefore(text string, end int) uint32 {
	if end >= 4 && end <= len(text) {
		w := text[end-4 : end]
		return uint32(w[0]) | uint32(w[1])<<8 | uint32(w[2])<<16 | uint32(w[3])<<24 // one load
	}
	word := uint32(0)
	for i := end - 4; i < end; i++ {
		word >>= 8
		if i >= 0 && i < len(text) {
			word |= uint32(text[i]) << 24
		}
	}
	return word
}

// equalFold says whether text in lower case is str, which has the same length.
func equalFold(text, str string) bool {
	for i := 0; i < len(str); i++ {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != str[i] {
			return false
		}
	}
	return true
}
