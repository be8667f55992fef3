package bolt

import (
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"asterism/store"
)

// Expire implements store.Store. It chooses tokens by two passes, and removes them shard by shard, with lessons in
// between. The segments are written soon after, or with the next commit that writes all of them: a crash before that
// restores some removed tokens.
func (s *Store) Expire(keep, maxMarks int) (removed int, err error) {
	if err := s.wait(); err != nil {
		return 0, err
	}
	if keep >= 0 {
		removed = s.expireTokens(keep)
	}
	marks := 0
	if maxMarks >= 0 {
		marks = s.expireMarks(maxMarks)
	}
	if removed+marks == 0 {
		return 0, nil
	}
	s.expired.Store(true)
	return removed, nil
}

func (s *Store) expireTokens(keep int) (removed int) {
	if s.tokens.Load() > int64(keep) {
		s.resetFuture(time.Now())
	}
	doomed := s.choose(keep)
	if doomed == nil {
		return 0
	}
	oldest := uint32(math.MaxUint32)
	for i := range s.shards {
		s.mu.Lock()
		n, least := s.shards[i].expire(doomed)
		s.tokens.Add(int64(-n))
		s.mu.Unlock()
		removed += n
		oldest = min(oldest, least)
		letOthers(i)
	}
	s.oldest.Store(oldest)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastExpiry.Store(time.Now().Unix())
	s.pending.size++ // the totals are to be written
	return removed
}

// resetFuture sets the times of use that are ahead of the clock to the present.
func (s *Store) resetFuture(clock time.Time) {
	now, latest := uint32(clock.Unix()), uint32(clock.Add(store.ClockSlack).Unix())
	if s.newest.Load() <= latest {
		return
	}
	for i := range s.shards {
		s.mu.Lock()
		s.shards[i].resetFuture(now, latest)
		s.mu.Unlock()
		letOthers(i)
	}
	s.newest.Store(now)
}

// resetFuture sets the times of use beyond latest to now. The caller holds Store.mu.
func (sh *shard) resetFuture(now, latest uint32) {
	t := sh.tab.Load()
	if t == nil {
		return
	}
	t.eachUse(func(i int, use uint64) {
		if uint32(use>>32) > latest {
			atomic.CompareAndSwapUint64(&t.words[i+2], use, uint64(now)<<32|use&math.MaxUint32)
			sh.changed = true
		}
	})
}

// letOthers lets ready goroutines run first, after some of the shards: the runtime alone would let a scan wait for ten
// milliseconds until it interrupts a pass over all tokens, and again each time that the scan has waited for its client.
func letOthers(shard int) {
	if shard%16 == 0 {
		runtime.Gosched()
	}
}

// expire removes the doomed tokens, and returns how many they were and the smallest last seen of the others. The
// caller holds Store.mu.
func (sh *shard) expire(doomed func(use uint64) bool) (removed int, oldest uint32) {
	oldest = math.MaxUint32
	t := sh.tab.Load()
	if t == nil {
		return 0, oldest
	}
	t.eachUse(func(i int, use uint64) {
		if doomed(use) {
			t.setCounts(i, 0)
			removed++
		} else {
			oldest = min(oldest, uint32(use>>32))
		}
	})
	sh.live -= removed
	sh.changed = sh.changed || removed > 0
	if sh.live < len(t.words)/slotWords*2/5 { // there is memory to be won, and the dead are in the way
		sh.rebuild(roomyCapacity(sh.live))
	}
	return removed, oldest
}

// choose returns which tokens must go for keep to be left, nil if none must.
func (s *Store) choose(keep int) (doomed func(use uint64) bool) {
	// First which span of 2^16 seconds the last to go is of, then which second: a table of all times would be as large
	// as the store.
	var weighty, weightless spans
	s.eachUse(func(use uint64) {
		if isWeightless(use) {
			weightless.add(use >> (32 + spanBits))
		} else {
			weighty.add(use >> (32 + spanBits))
		}
	})
	excess := weighty.total + weightless.total - keep
	if excess <= 0 {
		return nil
	}
	// Either only some of the weightless go, or all of them and some of the others.
	cutWeightless := excess <= weightless.total
	among := &weightless
	if !cutWeightless {
		among, excess = &weighty, excess-weightless.total
	}
	span, excess := among.cut(excess)
	var seconds spans
	s.eachUse(func(use uint64) {
		if isWeightless(use) == cutWeightless && uint32(use>>(32+spanBits)) == span {
			seconds.add(use >> 32 & (1<<spanBits - 1))
		}
	})
	second, ties := seconds.cut(excess)
	cut := span<<spanBits | second
	return func(use uint64) bool {
		lastSeen := uint32(use >> 32)
		switch {
		case isWeightless(use) != cutWeightless:
			return isWeightless(use)
		case lastSeen == cut && ties > 0:
			ties--
			return true
		}
		return lastSeen < cut
	}
}

// isWeightless reports whether the weight of a slot's use is zero, whatever its sign.
func isWeightless(use uint64) bool { return uint32(use)<<1 == 0 }

// spanBits divides a time into spans and their seconds.
const spanBits = 16

// spans counts tokens by one half of their time of last use.
type spans struct {
	n     [1 << spanBits]int32
	total int
}

func (s *spans) add(i uint64) {
	s.n[i]++
	s.total++
}

// cut returns in which place the nth is, and the how manieth it is there.
func (s *spans) cut(n int) (i uint32, rest int) {
	for ; int(i) < len(s.n)-1 && int(s.n[i]) < n; i++ {
		n -= int(s.n[i])
	}
	return i, n
}

// eachUse calls f with the use of every live token.
func (s *Store) eachUse(f func(use uint64)) {
	for i := range s.shards {
		if t := s.shards[i].tab.Load(); t != nil {
			t.eachUse(func(_ int, use uint64) { f(use) })
		}
		letOthers(i)
	}
}

// eachUse calls f with the first word of every live slot, and its use.
func (t *table) eachUse(f func(i int, use uint64)) {
	for i := 0; i < len(t.words); i += slotWords {
		if atomic.LoadUint64(&t.words[i]) != 0 && t.counts(i) != 0 {
			f(i, atomic.LoadUint64(&t.words[i+2]))
		}
	}
}

// expireMarks removes the oldest marks beyond keep; those of a clock that was ahead count as old.
func (s *Store) expireMarks(keep int) (removed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	excess := int(s.seen.Load()) - keep
	if excess <= 0 {
		return 0
	}
	latest := uint32(time.Now().Add(store.ClockSlack).Unix())
	age := func(v markValue) uint32 {
		if v.time > latest {
			return 0
		}
		return v.time
	}
	times := make([]uint32, 0, s.seen.Load())
	for i := range s.marks {
		for _, v := range s.marks[i].marks {
			times = append(times, age(v))
		}
	}
	slices.Sort(times)
	cut := times[excess-1]
	first, _ := slices.BinarySearch(times, cut)
	ties := excess - first
	for i := range s.marks {
		for d, v := range s.marks[i].marks {
			if age(v) > cut || age(v) == cut && ties == 0 {
				continue
			}
			if age(v) == cut {
				ties--
			}
			s.seen.Add(s.marks[i].put(store.Mark{Digest: d}))
			removed++
		}
	}
	return removed
}
