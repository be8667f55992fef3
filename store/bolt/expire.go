package bolt

import (
	"runtime"
	"slices"
	"time"

	"asterism/store"
)

// Expire implements store.Store. It chooses what goes by two passes over the tokens, removes it shard by shard, learnings
// going on in between. The segments are written without it soon after, or with the next commit that writes all of them: a crash
// before that brings back some of what was removed.
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
	doomed := s.choose(keep)
	if doomed == nil {
		return 0
	}
	for i := range s.shards {
		s.mu.Lock()
		n := s.shards[i].expire(doomed)
		s.tokens.Add(int64(-n))
		s.mu.Unlock()
		removed += n
		letOthers(i)
	}
	s.countSpan()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastExpiry.Store(time.Now().Unix())
	s.pending.size++ // the totals are to be written
	return removed
}

// letOthers has whoever is ready to run go first, after some of the shards: the runtime alone would let a scan wait for ten
// milliseconds until it interrupts a pass over all tokens, and again each time that the scan has waited for its client.
func letOthers(shard int) {
	if shard%16 == 0 {
		runtime.Gosched()
	}
}

// expire removes the doomed tokens. The caller holds Store.mu.
func (sh *shard) expire(doomed func(store.Record) bool) (removed int) {
	before := sh.live
	if before == 0 {
		return 0
	}
	sh.rebuild(roomyCapacity(before), func(r store.Record) bool { return !doomed(r) })
	removed = before - sh.live
	if sh.live < before/2 { // there is memory to be won
		sh.rebuild(roomyCapacity(sh.live), nil)
	}
	sh.changed = sh.changed || removed > 0
	return removed
}

// choose returns which tokens must go for keep to be left, nil if none must.
func (s *Store) choose(keep int) (doomed func(store.Record) bool) {
	// First which span of 2^16 seconds the last to go is of, then which second: a table of all times would be as large as the store.
	var weighty, weightless spans
	s.each(func(r store.Record) {
		if r.Weight == 0 {
			weightless.add(r.LastSeen >> spanBits)
		} else {
			weighty.add(r.LastSeen >> spanBits)
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
	s.each(func(r store.Record) {
		if (r.Weight == 0) == cutWeightless && r.LastSeen>>spanBits == span {
			seconds.add(r.LastSeen & (1<<spanBits - 1))
		}
	})
	second, ties := seconds.cut(excess)
	cut := span<<spanBits | second
	return func(r store.Record) bool {
		switch {
		case (r.Weight == 0) != cutWeightless:
			return r.Weight == 0
		case r.LastSeen == cut && ties > 0:
			ties--
			return true
		}
		return r.LastSeen < cut
	}
}

// spanBits divides a time into spans and their seconds.
const spanBits = 16

// spans counts tokens by one half of their time of last use.
type spans struct {
	n     [1 << spanBits]int32
	total int
}

func (s *spans) add(i uint32) {
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

func (s *Store) each(f func(store.Record)) {
	for i := range s.shards {
		s.shards[i].each(func(_ store.Token, r store.Record) bool {
			f(r)
			return true
		})
		letOthers(i)
	}
}

// expireMarks removes the oldest marks beyond keep.
func (s *Store) expireMarks(keep int) (removed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	excess := int(s.seen.Load()) - keep
	if excess <= 0 {
		return 0
	}
	times := make([]uint32, 0, s.seen.Load())
	for i := range s.marks {
		for _, v := range s.marks[i].marks {
			times = append(times, v.time)
		}
	}
	slices.Sort(times)
	cut := times[excess-1]
	first, _ := slices.BinarySearch(times, cut)
	ties := excess - first
	for i := range s.marks {
		for d, v := range s.marks[i].marks {
			if v.time > cut || v.time == cut && ties == 0 {
				continue
			}
			if v.time == cut {
				ties--
			}
			s.seen.Add(s.marks[i].put(store.Mark{Digest: d}))
			removed++
		}
	}
	return removed
}
