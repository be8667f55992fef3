package bolt

import (
	"math"
	"math/bits"
	"sync/atomic"

	"asterism/store"
)

// The table in memory is split by the top bits of the token into shards, one for each segment on disk. A shard is small
// (some thousand tokens in a store of fifteen million), so that growing it is done by building another and swapping a
// pointer, and no reader ever waits.
const (
	shardBits = 12
	shards    = 1 << shardBits
)

// A slot is three words: the token (zero: free), its counts, and its use.
//
//	counts: bit 63 dirty (changed since the last commit drained it), bits 32-62 ham, bits 0-30 spam
//	use:    bits 32-63 last seen, bits 0-31 the weight's bits
//
// A slot whose counts are zero is dead: its token is unknown, and the next rebuild leaves it out.
const (
	slotWords = 3
	dirty     = 1 << 63
)

// touchGrain is how much newer a scan must be, in seconds, for Touch to write it down. It keeps the tokens that every
// mail contains from being written by every scan.
const touchGrain = 600

// table is open addressing with linear probing. The place of a token grows with its hash, so that copying a table
// into a larger one walks both in order. One goroutine at a time may write to it (Touch excepted), any number may
// read.
type table struct {
	words []uint64
}

func newTable(capacity int) *table { return &table{make([]uint64, slotWords*capacity)} }

// tightCapacity is the capacity of a table that was just loaded, a load factor of 0.75. roomyCapacity is that of one
// that tokens will be added to: 0.64 if they are many; a smaller one gets more room, so that it is not made anew for
// each few of them.
func tightCapacity(tokens int) int { return tokens*4/3 + 4 }
func roomyCapacity(tokens int) int { return tokens*25/16 + min(tokens, 24) + 4 }

// full reports whether a table with so many slots used is too full for another one.
func (t *table) full(used int) bool { return (used+1)*5*slotWords > 4*len(t.words) }

// start returns the first word of the slot that is the token's unless another has it.
func (t *table) start(tok store.Token) int {
	hi, _ := bits.Mul64(uint64(tok)<<shardBits, uint64(len(t.words)/slotWords))
	return int(hi) * slotWords
}

// find returns the first word of the token's slot or, with ok false, of the free slot where it belongs.
func (t *table) find(tok store.Token) (i int, ok bool) { return t.findFrom(t.start(tok), tok) }

// findFrom is find from a slot on.
func (t *table) findFrom(i int, tok store.Token) (int, bool) {
	for {
		switch atomic.LoadUint64(&t.words[i]) {
		case uint64(tok):
			return i, true
		case 0:
			return i, false
		}
		if i += slotWords; i == len(t.words) {
			i = 0
		}
	}
}

// record reads the slot at word i; a dead slot gives the zero Record.
func (t *table) record(i int) store.Record {
	counts := t.counts(i)
	if counts == 0 {
		return store.Record{}
	}
	return record(counts, atomic.LoadUint64(&t.words[i+2]))
}

// counts reads the counts at word i, and setCounts writes them, without the dirty bit unless it is given.
func (t *table) counts(i int) uint64        { return atomic.LoadUint64(&t.words[i+1]) &^ dirty }
func (t *table) setCounts(i int, to uint64) { atomic.StoreUint64(&t.words[i+1], to) }

func record(counts, use uint64) store.Record {
	return store.Record{
		Ham:      uint32(counts>>32) & store.MaxCount,
		Spam:     uint32(counts) & store.MaxCount,
		LastSeen: uint32(use >> 32),
		Weight:   math.Float32frombits(uint32(use)),
	}
}

func packCounts(ham, spam uint32) uint64 { return uint64(ham)<<32 | uint64(spam) }

func packUse(lastSeen uint32, weight float32) uint64 {
	return uint64(lastSeen)<<32 | uint64(math.Float32bits(weight))
}

// add writes a free slot. The token comes last and is all that need be atomic: a reader who finds it finds its counts
// as well.
func (t *table) add(i int, tok store.Token, counts, use uint64) {
	t.words[i+1], t.words[i+2] = counts, use
	atomic.StoreUint64(&t.words[i], uint64(tok))
}

// touch raises the last seen of the slot at word i, and reports whether that was worth writing down.
func (t *table) touch(i int, now uint32) bool {
	for t.counts(i) != 0 {
		use := atomic.LoadUint64(&t.words[i+2])
		if last := uint32(use >> 32); now < last || now-last < touchGrain {
			return false
		}
		if atomic.CompareAndSwapUint64(&t.words[i+2], use, uint64(now)<<32|use&math.MaxUint32) {
			return true
		}
	}
	return false
}

// shard is one part of the table. Its fields but tab and touched are guarded by Store.mu.
type shard struct {
	tab     atomic.Pointer[table] // nil while the shard is empty
	touched atomic.Bool           // a last seen changed since the segment was written
	changed bool                  // anything else changed since then
	used    int                   // slots that are not free
	live    int                   // slots that are neither free nor dead
}

// shardOf returns the number of the token's shard.
func shardOf(tok store.Token) int { return int(tok >> (64 - shardBits)) }

// each calls f for every live token until f returns false.
func (sh *shard) each(f func(store.Token, store.Record) bool) bool {
	t := sh.tab.Load()
	if t == nil {
		return true
	}
	for i := 0; i < len(t.words); i += slotWords {
		tok := store.Token(atomic.LoadUint64(&t.words[i]))
		if tok == 0 {
			continue
		}
		if r := t.record(i); r != (store.Record{}) && !f(tok, r) {
			return false
		}
	}
	return true
}

// change adds c to its token. It reports whether the token must be added to the list of dirty ones, and by how much the
// number of live tokens changed.
func (sh *shard) change(c *store.Change, now uint32) (isNewlyDirty bool, live int) {
	t := sh.tab.Load()
	i, ok := 0, false
	if t != nil {
		i, ok = t.find(c.Token)
	}
	var counts uint64
	if ok {
		counts = atomic.LoadUint64(&t.words[i+1])
	}
	known := counts&^dirty != 0
	ham := addCount(uint32(counts>>32)&store.MaxCount, c.Ham)
	spam := addCount(uint32(counts)&store.MaxCount, c.Spam)
	changed := packCounts(ham, spam)
	switch {
	case !known && (changed == 0 || c.Ham == 0 && c.Spam == 0):
		return false, 0
	case !ok:
		if t == nil || t.full(sh.used) {
			t = sh.rebuild(roomyCapacity(sh.live))
			i, _ = t.find(c.Token)
		}
		sh.used++
		sh.live++
		t.add(i, c.Token, changed|dirty, packUse(now, c.Weight))
		live = 1
	case !known: // a dead slot comes back to life
		sh.live++
		atomic.StoreUint64(&t.words[i+2], packUse(now, c.Weight))
		t.setCounts(i, changed|dirty)
		live = 1
	case changed == 0:
		sh.live--
		t.setCounts(i, dirty)
		live = -1
	default:
		if c.Ham == 0 && c.Spam == 0 {
			now = 0 // a change of weight alone is no use of the token
		}
		t.reweigh(i, c.Weight, now)
		if counts != changed|dirty { // storing for others to see takes longer than looking
			t.setCounts(i, changed|dirty)
		}
	}
	sh.changed = true
	return counts&dirty == 0, live
}

// reweigh adds to the weight of the slot at word i and raises its last seen, beside Touch doing the latter.
func (t *table) reweigh(i int, weight float32, now uint32) {
	for {
		use := atomic.LoadUint64(&t.words[i+2])
		r := record(0, use)
		next := packUse(max(r.LastSeen, now), r.Weight+weight)
		if next == use || atomic.CompareAndSwapUint64(&t.words[i+2], use, next) {
			return
		}
	}
}

// addCount adds to a count, which stays between 0 and store.MaxCount.
func addCount(n uint32, d int32) uint32 {
	return uint32(min(max(int64(n)+int64(d), 0), store.MaxCount))
}

// put sets a token's record, whatever it was; the zero Record forgets it. It is for loading and replacing.
func (sh *shard) put(tok store.Token, r store.Record) (live int) {
	t := sh.tab.Load()
	i, ok := 0, false
	if t != nil {
		i, ok = t.find(tok)
	}
	known := ok && t.record(i) != (store.Record{})
	counts := packCounts(min(r.Ham, store.MaxCount), min(r.Spam, store.MaxCount))
	switch {
	case !ok && counts == 0:
		return 0
	case !ok:
		if t == nil || t.full(sh.used) {
			t = sh.rebuild(roomyCapacity(sh.live))
			i, _ = t.find(tok)
		}
		sh.used++
	}
	t.add(i, tok, counts, packUse(r.LastSeen, r.Weight))
	sh.changed = true
	switch {
	case !known && counts != 0:
		live = 1
	case known && counts == 0:
		live = -1
	}
	sh.live += live
	return live
}

// rebuild replaces the table by one of the given capacity without the dead. Tokens that are dirty stay so. It returns
// the new table.
func (sh *shard) rebuild(capacity int) *table {
	next := newTable(capacity)
	live := 0
	if t := sh.tab.Load(); t != nil {
		for i := 0; i < len(t.words); i += slotWords {
			tok, counts := store.Token(t.words[i]), t.words[i+1]
			if tok == 0 || counts&^dirty == 0 {
				continue
			}
			at, _ := next.find(tok)
			next.words[at], next.words[at+1], next.words[at+2] = uint64(tok), counts, atomic.LoadUint64(&t.words[i+2])
			live++
		}
	}
	sh.used, sh.live = live, live
	sh.tab.Store(next)
	return next
}

// segment packs the live tokens for the disk, and takes their dirty bits away.
func (sh *shard) segment(seq uint64) []byte {
	b := newSegment(seq, recordSize*sh.live)
	t := sh.tab.Load()
	for i := 0; t != nil && i < len(t.words); i += slotWords {
		tok := store.Token(t.words[i])
		if tok == 0 {
			continue
		}
		counts := t.words[i+1]
		if counts&dirty != 0 {
			counts &^= dirty
			t.setCounts(i, counts)
		}
		if counts != 0 {
			b = appendRecord(b, tok, record(counts, atomic.LoadUint64(&t.words[i+2])))
		}
	}
	return seal(b)
}
