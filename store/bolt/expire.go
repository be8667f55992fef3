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
	total, weightless := 0, 0
	s.each(func(r store.Record) {
		total++
		if r.Weight == 0 {
			weightless++
		}
	})
	excess := total - keep
	if excess <= 0 {
		return nil
	}
	// Either only some of the weightless go, or all of them and some of the others.
	cutWeightless := excess <= weightless
	if !cutWeightless {
		excess -= weightless
	}
	cut, ties := s.cut(excess, func(r store.Record) bool { return (r.Weight == 0) == cutWeightless })
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

// cut returns the time before which all of the n longest unused records were used, and how many of those used at that very
// time are among them.
func (s *Store) cut(n int, among func(store.Record) bool) (cut uint32, ties int) {
	// First which span of 2^16 seconds, then which second: a table of all times would be as large as the store.
	var spans, seconds [1 << 16]int
	s.each(func(r store.Record) {
		if among(r) {
			spans[r.LastSeen>>16]++
		}
	})
	span := 0
	for ; span < len(spans)-1 && spans[span] < n; span++ {
		n -= spans[span]
	}
	s.each(func(r store.Record) {
		if among(r) && int(r.LastSeen>>16) == span {
			seconds[r.LastSeen&0xffff]++
		}
	})
	second := 0
	for ; second < len(seconds)-1 && seconds[second] < n; second++ {
		n -= seconds[second]
	}
	return uint32(span)<<16 | uint32(second), n
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
