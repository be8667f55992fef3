// Package literal finds which of many strings occur in a text, and where, in one pass over it. ASCII letters match in
// both cases.
//
// The pass keeps the last eight bytes in a word, and looks up hashes of its end in small tables of bits. These have
// each string's six consecutive bytes that are rarest in mails, so that few places need a closer look. The pass costs a
// nanosecond or two a byte, however many strings there are. Strings of less than six or four bytes have separate
// tables.
//
// A closer look costs most outside the processor's cache, and thousands of strings do not stay there between mails. So
// all data to rule out a string is in one place.
package literal

import (
	"math"
	"slices"
)

// MinLength is the length of the shortest string that can be looked for, in bytes.
const MinLength = 2

// Set is strings to look for. It is immutable and may be used concurrently.
type Set struct {
	text string  // the strings, one behind the other
	six  *filter // of strings of six bytes or more
	four *filter // of four or five bytes; of more, if there is no six
	two  *filter // of two or three bytes
	step int     // where there is only four: each so many bytes of a text are looked at
}

// Found is one place where a string occurs.
type Found struct {
	String     int32 // its index
	Start, End int32 // its place in the text
}

// few is so few strings that windows of six bytes would gain nothing. If they are all long, each has some windows of
// four, one behind the other, so that the text need not be looked at after each byte, but after so many.
const (
	few     = 400
	maxStep = 6
)

// New returns a Set of strings in lower case, each of MinLength bytes or more.
func New(strings []string) *Set {
	s := &Set{six: &filter{size: 6}, four: &filter{size: 4}, two: &filter{size: 2}}
	s.step = 1
	if len(strings) <= few {
		s.step = max(1, min(Shortest(strings)-s.four.size+1, maxStep))
	}
	var text []byte
	for i, str := range strings {
		f := s.six
		if len(str) < f.size || len(strings) <= few {
			f = s.four
		}
		if len(str) < f.size {
			f = s.two
		}
		first := rarest(str, f.size+s.step-1)
		for k := range s.step {
			f.entries = append(f.entries, newEntry(str, i, len(text), first+k, f.size))
		}
		text = append(text, str...)
	}
	s.text = string(text)
	used := []*filter{s.four} // by Find
	switch {
	case len(s.six.entries) > 0:
		used = append(used, s.six, s.two)
	case len(s.two.entries) > 0:
		used = append(used, s.two)
	}
	for _, f := range used {
		f.build()
	}
	return s
}

// Shortest returns the length of the shortest string in bytes, and the largest length for no strings.
func Shortest(strings []string) int {
	least := math.MaxInt
	for _, s := range strings {
		least = min(least, len(s))
	}
	return least
}

// Find appends to found each place in text where one of the strings occurs.
func (s *Set) Find(text string, found []Found) []Found {
	switch {
	case s.text == "":
		return found
	case len(s.six.entries) > 0:
		return s.findAll(text, found)
	case len(s.two.entries) > 0:
		return s.findShort(text, found)
	}
	return s.findFour(text, found)
}

func (s *Set) findFour(text string, found []Found) []Found {
	four := s.four
	for i := four.size; i <= len(text); i += s.step {
		w := text[i-4 : i]
		h := hash((uint32(w[0]) | uint32(w[1])<<8 | uint32(w[2])<<16 | uint32(w[3])<<24) | fold4)
		if four.mayHave(h) {
			found = four.check(s, text, i, h, found)
		}
	}
	return found
}

func (s *Set) findShort(text string, found []Found) []Found {
	four, two := s.four, s.two
	twoBits := (*[minBits / 64]uint64)(two.bits)
	window := uint32(0)
	for i := 0; i < len(text); i++ {
		window = window>>8 | uint32(text[i]|fold)<<24
		h := hash(window)
		if four.mayHave(h) {
			found = four.check(s, text, i+1, h, found)
		}
		h = hash(window >> 16)
		if b := h >> minShift; twoBits[b>>6]&(1<<(b&63)) != 0 {
			found = two.check(s, text, i+1, h, found)
		}
	}
	return found
}

func (s *Set) findAll(text string, found []Found) []Found {
	six, four, two := s.six, s.four, s.two
	twoBits := (*[minBits / 64]uint64)(two.bits)
	window := uint64(0)
	for i := 0; i < len(text); i++ {
		window = window>>8 | uint64(text[i]|fold)<<56
		h := hashSix(window >> 16)
		if six.mayHave(h) {
			found = six.check(s, text, i+1, h, found)
		}
		h = hash(uint32(window >> 32))
		if four.mayHave(h) {
			found = four.check(s, text, i+1, h, found)
		}
		h = hash(uint32(window >> 48))
		if b := h >> minShift; twoBits[b>>6]&(1<<(b&63)) != 0 {
			found = two.check(s, text, i+1, h, found)
		}
	}
	return found
}

// fold puts a letter in lower case. It changes other bytes as well, in the text as in the strings.
const (
	fold  = 0x20
	fold4 = 0x20202020
)

// hash returns the hash of a window of four or two bytes, hashSix that of one of six. Their upper bits depend on all
// of the window.
func hash(window uint32) uint32    { return window * 0x9E3779B1 }
func hashSix(window uint64) uint32 { return uint32(window * 0x9E3779B97F4A7C15 >> 32) }

// hashOf returns the hash of a window of so many bytes.
func hashOf(window string) uint32 {
	w := uint64(0)
	for i := range len(window) {
		w |= uint64(window[i]|fold) << (8 * i)
	}
	if len(window) == 6 {
		return hashSix(w)
	}
	return hash(uint32(w))
}

// sparse is how many bits of its table a filter has for each string, so that few of them are set; minBits is so many
// that the table of a few strings lets hardly a place of a text through, and maxBits bounds the table to what stays
// in the processor's cache. (The look-ups do not wait for each other.)
const (
	sparse  = 128
	minBits = 1 << 13
	maxBits = 1 << 18

	minShift = 32 - 13 // of a hash in minBits, which is all that the few windows of two bytes get
)

// filter finds the windows of strings, all of one size.
type filter struct {
	size    int // of the windows, in bytes
	bits    []uint64
	shift   uint32  // of a window's hash in bits
	entries []entry // sorted by hash
	first   []int32 // by the upper bits of a hash: the first entry that has them, or greater ones; and the number of all
	reach   uint32  // shift of a window's hash in first
}

// entry is a string, and what rules it out where its window occurs.
type entry struct {
	hash   uint32 // of the window
	number int32  // of the string
	at     uint32 // where it is in Set.text
	size   uint32 // its length
	end    uint32 // where in it the window ends

	// The four bytes before the window and those behind it, and how many bits of these are not the string's: most strings
	// that have the window are ruled out by them.
	before, behind               uint32
	foreignBefore, foreignBehind uint8
}

// newEntry returns the entry of a string, which is in Set.text, and whose window of so many bytes begins at from.
func newEntry(str string, number, at, from, size int) entry {
	end := from + size
	return entry{
		hash: hashOf(str[from:end]), number: int32(number), at: uint32(at), size: uint32(len(str)), end: uint32(end),
		before: wordBefore(str, from) | fold4, foreignBefore: uint8(8 * max(0, 4-from)),
		behind: wordBefore(str, end+4) | fold4, foreignBehind: uint8(8 * max(0, 4-(len(str)-end))),
	}
}

// build makes the tables of the entries.
func (f *filter) build() {
	f.sort()
	width := uint32(minBits)
	f.shift = minShift
	for f.size > 2 && width < maxBits && int(width) < sparse*len(f.entries) {
		width *= 2
		f.shift--
	}
	f.bits = make([]uint64, width/64)
	for _, e := range f.entries {
		b := e.hash >> f.shift
		f.bits[b>>6] |= 1<<(b&63) | 1<<(e.hash>>secondShift&63)
	}
	room := 8
	f.reach = 32 - 3
	for room < len(f.entries)/2 {
		room *= 2
		f.reach--
	}
	f.first = make([]int32, room+1)
	for _, e := range f.entries {
		f.first[e.hash>>f.reach+1]++
	}
	for i := range room {
		f.first[i+1] += f.first[i]
	}
}

// secondShift is where in a hash the number of a second bit is, in the same word of the table as the first.
const secondShift = 4

// mayHave reports whether there may be a window with a hash. To look at a second bit, where the first is set, costs
// nothing, and to look closer at a place costs dozens of nanoseconds.
func (f *filter) mayHave(hash uint32) bool {
	b := hash >> (f.shift & 31)
	word := f.bits[b>>6]
	return word&(1<<(b&63)) != 0 && word&(1<<(hash>>secondShift&63)) != 0
}

// sort sorts the entries by their hashes, and keeps the order of those that have the same.
func (f *filter) sort() {
	keys := make([]uint64, len(f.entries)) // small, unlike entries
	for i, e := range f.entries {
		keys[i] = uint64(e.hash)<<32 | uint64(i)
	}
	slices.Sort(keys)
	sorted := make([]entry, len(f.entries))
	for i, key := range keys {
		sorted[i] = f.entries[uint32(key)]
	}
	f.entries = sorted
}

// check appends the strings that have the window of a hash, which ends at text[:end], and are there.
func (f *filter) check(s *Set, text string, end int, hash uint32, found []Found) []Found {
	at := hash >> f.reach
	entries := f.entries[f.first[at]:f.first[at+1]]
	before := wordBefore(text, end-f.size) | fold4
	behind := wordBefore(text, end+4) | fold4
	for i := range entries {
		e := &entries[i]
		if e.hash != hash || (e.before^before)>>e.foreignBefore != 0 || (e.behind^behind)<<e.foreignBehind != 0 {
			continue
		}
		start, size := end-int(e.end), int(e.size)
		if start >= 0 && start+size <= len(text) && equalFold(text[start:start+size], s.text[e.at:int(e.at)+size]) {
			found = append(found, Found{e.number, int32(start), int32(start + size)})
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

// equalFold reports whether text in lower case is str, which has the same length.
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
