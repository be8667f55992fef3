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

// Weighed has the estimate's inputs of a link.
type Weighed struct {
	share             []kindShare // of the kinds that its class has
	optional, repeats bool
}

// kindShare is how much of the bytes of a kind are in a class.
type kindShare struct {
	kind  uint8
	share float64
}

// Weigh returns the estimate's inputs of a link.
func Weigh(l chain.Link) Weighed {
	t := tables()
	var all weights
	for i, w := range l.Bytes {
		for ; w != 0; w &= w - 1 {
			c := i<<6 + bits.TrailingZeros64(w)
			all[t.kind[c]] += t.weight[c]
		}
	}
	weighed := Weighed{optional: l.Optional, repeats: l.Repeats}
	for k, share := range all {
		if share > 0 {
			weighed.share = append(weighed.share, kindShare{uint8(k), share})
		}
	}
	return weighed
}

// Next adds a link to the chain, and returns how often that occurs, per byte of mail.
func (s *Classes) Next(l Weighed) (rate float64) {
	t := tables()
	var next weights
	if !s.begun {
		for _, k := range l.share {
			next[k.kind] = t.alone[k.kind] * k.share
		}
	} else {
		from := s.now
		for k := range from {
			from[k] += s.passed[k]
		}
		from.follow(t, l.share, &next)
	}
	if l.repeats {
		more := next
		for range again {
			var then weights
			more.follow(t, l.share, &then)
			for k := range next {
				next[k] += then[k]
			}
			more = then
		}
	}
	s.passed = weights{}
	if l.optional {
		s.passed = s.now
	}
	s.now, s.begun = next, true
	for k := range next {
		rate += next[k]
	}
	return rate
}

// follow adds how often a byte of a class follows, by its kind.
func (w *weights) follow(t *table, share []kindShare, next *weights) {
	for k, weight := range w {
		if weight == 0 {
			continue
		}
		for _, to := range share {
			next[to.kind] += weight * t.pairs[k][to.kind] * to.share
		}
	}
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
