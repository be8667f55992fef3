package rules

import (
	"iter"
	"math/bits"
)

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(size int) bitset { return make(bitset, (size+63)/64) }

func (b bitset) set(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) clear(i int32)    { b[i>>6] &^= 1 << (i & 63) }
func (b bitset) has(i int32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

// all yields the members in ascending order, also those added above the last one meanwhile.
func (b bitset) all() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for w := range b {
			for done := uint64(0); b[w]&^done != 0; {
				bit := bits.TrailingZeros64(b[w] &^ done)
				done |= 1<<bit | (1<<bit - 1)
				if !yield(int32(w<<6 + bit)) {
					return
				}
			}
		}
	}
}
