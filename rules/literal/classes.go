package literal

import (
	"math"
	"math/bits"
	"sync"

	"asterism/rules/chain"
)

// Classes estimates how often a chain of byte classes occurs, from how often kinds of bytes follow each other in mails.
type Classes struct {
	begun  bool
	now    weights // how often the chain up to here ends in a byte of each kind, per byte of mail
	passed weights // the same for its last class left out, if that may be missing
}

type weights [len(pairs)]float64

// NewClasses returns the estimate of an empty chain.
func NewClasses() *Classes { return &Classes{} }

// again is how many repetitions of a class are followed.
const again = 4

// Next adds a link to the chain, and returns how often that occurs, per byte of mail.
func (s *Classes) Next(c chain.Link) (rate float64) {
	t := tables()
	share := t.shares(&c.Bytes)
	var next weights
	if !s.begun {
		for k := range next {
			next[k] = t.alone[k] * share[k]
		}
	} else {
		from := s.now
		for k := range from {
			from[k] += s.passed[k]
		}
		next = from.follow(t, &share)
	}
	if c.Repeats {
		more := next
		for range again {
			more = more.follow(t, &share)
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
func (w *weights) follow(t *table, share *weights) (next weights) {
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

// table is what alone and pairs are the logarithms of, and what each byte is.
type table struct {
	alone  weights
	pairs  [len(pairs)]weights
	kind   [256]uint8
	weight [256]float64 // share of a byte in its kind
}

// Letters are mostly small ones, white space is mostly spaces.
const (
	capitalWeight = 0.1
	spaceWeight   = 20
)

var tables = sync.OnceValue(func() *table {
	t := &table{}
	for k := range pairs {
		t.alone[k] = math.Exp2(-float64(alone[k]-'0') / 4)
		for other := range pairs {
			t.pairs[k][other] = math.Exp2(-float64(pairs[k][other]-'0') / 4)
		}
	}
	var sums weights
	for c := range 256 {
		t.kind[c], t.weight[c] = kindOf[c], 1
		switch {
		case 'A' <= c && c <= 'Z':
			t.kind[c], t.weight[c] = uint8(c-'A'), capitalWeight
		case c == ' ':
			t.weight[c] = spaceWeight
		}
		sums[t.kind[c]] += t.weight[c]
	}
	for c := range 256 {
		t.weight[c] /= sums[t.kind[c]]
	}
	return t
})

// shares returns how much of each kind of bytes is in a set.
func (t *table) shares(set *[4]uint64) (share weights) {
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			c := i<<6 + bits.TrailingZeros64(w)
			share[t.kind[c]] += t.weight[c]
		}
	}
	return share
}
