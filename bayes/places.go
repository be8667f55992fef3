package bayes

import (
	"math/bits"

	"asterism/store"
)

// places numbers tokens in the order of their first appearance. It is a hash table with open addressing, never more than half
// full; tokens need no hash but themselves.
type places struct {
	tokens []store.Token // by their numbers
	slots  []placed      // a power of two; the token's first bits say where to begin
}

type placed struct {
	token  store.Token
	number int32 // plus one; 0 is a free slot
}

const minPlaces = 1 << 12

// all returns the tokens' numbers.
func (p *places) all(tokens []store.Token) []int32 {
	if need := 2 * (len(p.tokens) + len(tokens)); need > len(p.slots) {
		p.grow(max(need, minPlaces))
	}
	numbers := make([]int32, len(tokens))
	for i, token := range tokens {
		s := p.slot(token)
		if s.number == 0 {
			p.tokens = append(p.tokens, token)
			*s = placed{token, int32(len(p.tokens))}
		}
		numbers[i] = s.number - 1
	}
	return numbers
}

// slot returns the token's slot, or the free one where it belongs.
func (p *places) slot(token store.Token) *placed {
	mask := uint64(len(p.slots) - 1)
	for i := uint64(token) >> bits.LeadingZeros64(mask); ; i++ {
		if s := &p.slots[i&mask]; s.number == 0 || s.token == token {
			return s
		}
	}
}

// grow makes at least so many slots.
func (p *places) grow(slots int) {
	p.slots = make([]placed, 1<<bits.Len(uint(slots-1)))
	for i, token := range p.tokens {
		*p.slot(token) = placed{token, int32(i + 1)}
	}
}
