// Package chain finds sequences of byte classes in a text, such as "V or v, then one of i, 1 and l, then up to some
// signs, then a, 4 or @": many of them in one pass, in a time that depends only on the length of the text.
//
// Each link of a chain is a bit of a word. A bit is set if the text so far ends in a match of the chain up to this
// link. A byte of text advances all chains of a word by a shift, and keeps the chains whose class contains it by an and
// (the extended Shift-And method: Navarro and Raffinot, "Flexible Pattern Matching in Strings", 2002, section 4.2).
package chain

import (
	"math/bits"
	"slices"
)

// Link is a part of a chain: one byte of a class.
type Link struct {
	Bytes    [4]uint64 // the class, one bit each
	Optional bool      // it may be missing; neither the first nor the last link of a chain is, nor are two in a row
	Repeats  bool      // there may be more than one
}

// MaxLinks is the length of the longest chain that a Set can find.
const MaxLinks = 64

// Set is chains to look for. It is immutable and may be used concurrently.
type Set struct {
	one    *single // all chains, if they fit into one word
	blocks []block // else
}

// Found is one place where a chain ends.
type Found struct {
	Chain int32
	End   int32 // the byte behind its last one
}

// words is how many words the processor can work on at the same time, more or less.
const words = 4

// block is some words of bits.
type block struct {
	classes                           [256][words]uint64 // by byte: the links whose class it is in
	first, optional, repeats, accepts [words]uint64
	chains                            [words][64]int32 // by bit that accepts: the chain
}

// New returns a Set of chains of up to MaxLinks links.
func New(chains [][]Link) *Set {
	order := make([]int, len(chains))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(chains[b]) - len(chains[a]) })
	s := &Set{}
	var used []int // bits of each word
	for _, i := range order {
		w := slices.IndexFunc(used, func(n int) bool { return n+len(chains[i]) <= 64 })
		if w < 0 {
			if w = len(used); w%words == 0 {
				s.blocks = append(s.blocks, block{})
			}
			used = append(used, 0)
		}
		s.blocks[w/words].add(w%words, used[w], chains[i], int32(i))
		used[w] += len(chains[i])
	}
	if len(used) == 1 {
		s.one, s.blocks = newSingle(&s.blocks[0]), nil
	}
	return s
}

func (b *block) add(word, at int, links []Link, number int32) {
	b.first[word] |= 1 << at
	for _, l := range links {
		bit := uint64(1) << at
		for c := range 256 {
			if l.Bytes[c>>6]&(1<<(c&63)) != 0 {
				b.classes[c][word] |= bit
			}
		}
		if l.Optional {
			b.optional[word] |= bit
		}
		if l.Repeats {
			b.repeats[word] |= bit
		}
		at++
	}
	b.accepts[word] |= 1 << (at - 1)
	b.chains[word][at-1] = number
}

// Find appends to found each place in text where one of the chains ends.
func (s *Set) Find(text string, found []Found) []Found {
	if s.one != nil {
		return s.one.find(text, found)
	}
	for i := range s.blocks {
		found = s.blocks[i].find(text, found)
	}
	return found
}

func (b *block) find(text string, found []Found) []Found {
	var now0, now1, now2, now3 uint64
	for i := 0; i < len(text); i++ {
		class := &b.classes[text[i]]
		// What began a chain before moves on or repeats; then a link that may be missing counts as there.
		now0 = (now0<<1 | b.first[0] | now0&b.repeats[0]) & class[0]
		now1 = (now1<<1 | b.first[1] | now1&b.repeats[1]) & class[1]
		now2 = (now2<<1 | b.first[2] | now2&b.repeats[2]) & class[2]
		now3 = (now3<<1 | b.first[3] | now3&b.repeats[3]) & class[3]
		now0 |= now0 << 1 & b.optional[0]
		now1 |= now1 << 1 & b.optional[1]
		now2 |= now2 << 1 & b.optional[2]
		now3 |= now3 << 1 & b.optional[3]
		if now0&b.accepts[0]|now1&b.accepts[1]|now2&b.accepts[2]|now3&b.accepts[3] != 0 {
			for w, now := range [words]uint64{now0, now1, now2, now3} {
				for ends := now & b.accepts[w]; ends != 0; ends &= ends - 1 {
					found = append(found, Found{b.chains[w][bits.TrailingZeros64(ends)], int32(i + 1)})
				}
			}
		}
	}
	return found
}
