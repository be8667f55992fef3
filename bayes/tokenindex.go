package bayes

import (
	"math/bits"

	"asterism/store"
)

// tokenIndex numbers tokens in the order of their first appearance. It is a hash table with open addressing, never more
// than half full; tokens need no hash but themselves.
type tokenIndex struct {
	tokens []store.Token // by their numbers
	slots  []int32       // numbers plus one, 0 is a free slot; a power of two; the token's first bits say where to begin
}

const minIndex = 1 << 12

// all returns the tokens' numbers.
func (p *tokenIndex) all(tokens []store.Token) []int32 {
	if need := 2 * (len(p.tokens) + len(tokens)); need > len(p.slots) {
		p.grow(max(need, minIndex))
	}
	numbers := make([]int32, len(tokens))
	for i := 0; i < len(tokens); i += some {
		end := min(i+some, len(tokens))
		p.some(tokens[i:end], numbers[i:end])
	}
	return numbers
}

// some is how many tokens are numbered at a time. The table is larger than the caches near the processor: all of them
// are first looked for where each begins, so that it waits for memory once.
const some = 32

func (p *tokenIndex) some(tokens []store.Token, numbers []int32) {
	mask := uint64(len(p.slots) - 1)
	shift := bits.LeadingZeros64(mask)
	for i, token := range tokens {
		numbers[i] = p.slots[uint64(token)>>shift] - 1
	}
	for i, token := range tokens {
		if n := numbers[i]; n >= 0 && p.tokens[n] == token {
			continue
		}
		s := p.slot(token)
		if *s == 0 {
			p.tokens = append(p.tokens, token)
			*s = int32(len(p.tokens))
		}
		numbers[i] = *s - 1
	}
}

// slot returns the token's slot, or the free one where it belongs.
func (p *tokenIndex) slot(token store.Token) *int32 {
	mask := uint64(len(p.slots) - 1)
	for i := uint64(token) >> bits.LeadingZeros64(mask); ; i++ {
		if s := &p.slots[i&mask]; *s == 0 || p.tokens[*s-1] == token {
			return s
		}
	}
}

// grow makes at least so many slots.
func (p *tokenIndex) grow(slots int) {
	p.slots = make([]int32, 1<<bits.Len(uint(slots-1)))
	for i, token := range p.tokens {
		*p.slot(token) = int32(i + 1)
	}
}
