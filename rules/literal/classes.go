package literal

import (
	"math"
	"sync"
)

// Class is a part of a sequence of byte classes: one byte of a set, which may be missing or be there more than once.
type Class struct {
	Bytes    [4]uint64 // one bit each
	Optional bool
	Repeats  bool
}

// Classes estimates how often a sequence of byte classes occurs, from how often kinds of bytes follow each other in mails.
type Classes struct {
	begun  bool
	now    weights // how often the sequence up to here ends in a byte of each kind, per byte of mail
	passed weights // the same for its last class left out, if that may be missing
}

type weights [len(pairs)]float64

// NewClasses returns the estimate of an empty sequence.
func NewClasses() *Classes { return &Classes{} }

// again is how many repetitions of a class are followed.
const again = 4

// Next adds a class to the sequence, and returns how often that occurs, per byte of mail.
func (s *Classes) Next(c Class) (rate float64) {
	share := shares(&c.Bytes)
	var next weights
	if !s.begun {
		for k := range next {
			next[k] = chances().alone[k] * share[k]
		}
	} else {
		from := s.now
		for k := range from {
			from[k] += s.passed[k]
		}
		next = from.follow(&share)
	}
	if c.Repeats {
		more := next
		for range again {
			more = more.follow(&share)
			for k := range next {
				next[k] += more[k]
			}
		}
	}
	s.passed = weights{}
	if c.Optional {
		s.passed = s.now
	}
	s.now, s.begun = next, true
	for k := range next {
		rate += next[k]
	}
	return rate
}

// follow returns how often a byte of a class follows, by its kind.
func (w *weights) follow(share *weights) (next weights) {
	t := chances()
	for k, weight := range w {
		if weight == 0 {
			continue
		}
		for other := range next {
			if share[other] > 0 {
				next[other] += weight * t.pairs[k][other] * share[other]
			}
		}
	}
	return next
}

// shareTable is what alone and pairs are the logarithms of.
type shareTable struct {
	alone weights
	pairs [len(pairs)]weights
}

var chances = sync.OnceValue(func() *shareTable {
	t := &shareTable{}
	for k := range pairs {
		t.alone[k] = math.Exp2(-float64(alone[k]-'0') / 4)
		for other := range pairs {
			t.pairs[k][other] = math.Exp2(-float64(pairs[k][other]-'0') / 4)
		}
	}
	return t
})

// shares returns how much of each kind of bytes is in a set. Letters are mostly small ones, white space is mostly spaces.
func shares(set *[4]uint64) (share weights) {
	var all, in weights
	for c := range 256 {
		weight := 1.0
		kind := kindOf(byte(c))
		switch {
		case 'A' <= c && c <= 'Z':
			kind, weight = c-'A', 0.1
		case c == ' ':
			weight = 20
		}
		all[kind] += weight
		if set[c>>6]&(1<<(c&63)) != 0 {
			in[kind] += weight
		}
	}
	for k := range share {
		share[k] = in[k] / all[k]
	}
	return share
}
