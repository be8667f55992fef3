package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"asterism/store"
)

// clientMemory is how long a client's last learning is remembered. Only one that is still under way needs it.
const clientMemory = 24 * time.Hour

// Expire implements store.Store. One host does it at a time; for others the error is store.ErrBusy.
func (s *Store) Expire(keep, maxMarks int) (removed int, err error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	l, err := s.takeLease()
	if err != nil {
		s.opt.Log.Warn("expiry: not now", "store", s.name, "err", err)
		return 0, s.named(err)
	}
	defer l.give()
	started := time.Now()
	removed, marks, err := s.expire(l, keep, maxMarks)
	s.stats.expired.Add(uint64(removed))
	switch {
	case err != nil:
		s.stats.expiriesFailed.Add(1)
		s.opt.Log.Error("expiry failed", "store", s.name, "removed", removed, "err", err)
	case removed > 0 || marks > 0:
		s.opt.Log.Info("expiry", "store", s.name, "removed", removed, "marks", marks, "took",
			time.Since(started).Round(time.Millisecond))
	}
	return removed, s.named(err)
}

func (s *Store) expire(l *lease, keep, maxMarks int) (removed, marks int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	if err = s.flushTouched(ctx); err != nil {
		return 0, 0, err
	}
	if err = s.poll(ctx); err != nil {
		return 0, 0, err
	}
	total, err := s.Totals()
	if err != nil {
		return 0, 0, err
	}
	if keep >= 0 && total.Tokens > keep {
		removed, err = s.expireTokens(l, keep)
	}
	if err == nil && maxMarks >= 0 && total.Seen > maxMarks {
		marks, err = s.expireMarks(l, maxMarks)
	}
	if err == nil {
		err = s.expireClients(l)
	}
	return removed, marks, errors.Join(err, s.poll(context.Background()))
}

// line is where a choice by age is drawn: older goes, younger stays, and of those just as old the first ties go.
type line struct {
	time uint32
	ties int
}

// drawLine finds the line for the n oldest of some times, which it sorts.
func drawLine(times []uint32, n int) line {
	n = min(n, len(times))
	if n <= 0 {
		return line{}
	}
	slices.Sort(times)
	cut := times[n-1]
	first, _ := slices.BinarySearch(times, cut)
	return line{cut, n - first}
}

func (l *line) goes(time uint32) bool {
	if time == l.time && l.ties > 0 {
		l.ties--
		return true
	}
	return time < l.time
}

// expireTokens removes tokens until keep are left. It reads them all twice: to draw the line, and to remove.
func (s *Store) expireTokens(l *lease, keep int) (removed int, err error) {
	var weightless, weighted []uint32
	if err := s.resetFuture(l, time.Now()); err != nil {
		return 0, err
	}
	if err := s.eachToken(l, func(_ string, r store.Record) {
		if r.Weight == 0 {
			weightless = append(weightless, r.LastSeen)
		} else {
			weighted = append(weighted, r.LastSeen)
		}
	}, nil); err != nil {
		return 0, err
	}
	excess := len(weightless) + len(weighted) - keep
	lines := [2]line{drawLine(weightless, excess), drawLine(weighted, excess-len(weightless))}
	var doomed []field
	oldest := uint32(0)
	if err := s.markOldest(l); err != nil {
		return 0, err
	}
	err = s.eachToken(l, func(name string, r store.Record) {
		which := &lines[1]
		if r.Weight == 0 {
			which = &lines[0]
		}
		switch {
		case which.goes(r.LastSeen):
			doomed = append(doomed, field{name, encodeRecord(r)})
		case oldest == 0 || r.LastSeen < oldest:
			oldest = r.LastSeen
		}
	}, func(g int, epoch uint64) error {
		keys := s.tags.groupKeys(epoch, g, kindTokens, kindLog)
		for part := range slices.Chunk(doomed, dropCount) {
			n, err := s.drop(l, keys, part)
			removed += n
			if err != nil {
				return err
			}
		}
		_, err := s.runForCount(l, oldestScript, s.tags.groupKeys(epoch, g, kindTokens), []string{fmt.Sprint(oldest)})
		doomed, oldest = doomed[:0], 0
		return err
	})
	if removed > 0 {
		err = errors.Join(err, s.noteExpiry())
	}
	return removed, err
}

// resetFuture sets the times of use that are ahead of the clock to the present.
func (s *Store) resetFuture(l *lease, clock time.Time) error {
	now, latest := uint32(clock.Unix()), uint32(clock.Add(store.ClockSlack).Unix())
	if total, err := s.Totals(); err != nil || total.Newest.Unix() <= int64(latest) {
		return err
	}
	var future []string
	return s.eachToken(l, func(name string, r store.Record) {
		if r.LastSeen > latest {
			future = append(future, name)
		}
	}, func(g int, epoch uint64) error {
		keys := s.tags.groupKeys(epoch, g, kindTokens, kindLog)
		for part := range slices.Chunk(future, dropCount) {
			args := append([]string{strconv.FormatUint(random(), 36), fmt.Sprint(now), fmt.Sprint(latest)}, part...)
			if _, err := s.runForCount(l, resetScript, keys, args); err != nil {
				return err
			}
		}
		future = future[:0]
		return nil
	})
}

// markOldest has the groups take note of the oldest time learned from now on, apart from what is there: lua/oldest.lua
// brings both together again.
func (s *Store) markOldest(l *lease) error {
	epoch := s.root.Load().epoch
	for g := range groups {
		if _, err := s.runForCount(l, oldestScript, s.tags.groupKeys(epoch, g, kindTokens), nil); err != nil {
			return err
		}
	}
	return nil
}

// eachToken calls f for all tokens, and after for each group when it is through with it.
func (s *Store) eachToken(l *lease, f func(name string, r store.Record), after func(g int, epoch uint64) error) error {
	epoch := s.root.Load().epoch
	for g := range groups {
		err := s.scan(s.tags.group(epoch, g, kindTokens), scanCount, func(field, value string) (bool, error) {
			if len(field) != tokenSize {
				return true, nil
			}
			r, err := decodeRecord(value)
			if err != nil {
				return false, err
			}
			f(field, r)
			return true, l.keep()
		})
		if err == nil && after != nil {
			err = after(g, epoch)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropCount is how many fields a script is given: some 1 ms.
const dropCount = 1000

// field is one of a hash, with the value it was chosen by.
type field struct{ name, value string }

// drop removes fields that still have that value, and returns how many those were: lua/drop.lua.
func (s *Store) drop(l *lease, keys []string, fields []field) (int, error) {
	args := make([]string, 1, 1+2*len(fields))
	args[0] = strconv.FormatUint(random(), 36)
	for i := range fields {
		args = append(args, fields[i].name)
	}
	for i := range fields {
		args = append(args, fields[i].value)
	}
	return s.runForCount(l, dropScript, keys, args)
}

// runForCount runs a script that returns a number, while the lease lasts.
func (s *Store) runForCount(l *lease, sc script, keys, args []string) (int, error) {
	if err := l.keep(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	n, err := sc.run(ctx, s.conn.Load(), keys, args).AsInt64()
	return int(n), away(err)
}

// noteExpiry writes the time of the last expiry.
func (s *Store) noteExpiry() error {
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	key := s.tags.group(s.root.Load().epoch, 0, kindTokens)
	_, err := s.do(ctx, s.conn.Load().B().Hset().Key(key).FieldValue().FieldValue("x", strconv.FormatInt(time.Now().Unix(),
		10)).Build())
	return err
}

// expireMarks removes the oldest marks beyond keep; those of a clock that was ahead count as old.
func (s *Store) expireMarks(l *lease, keep int) (removed int, err error) {
	latest := uint32(time.Now().Add(store.ClockSlack).Unix())
	age := func(time uint32) uint32 {
		if time > latest {
			return 0
		}
		return time
	}
	var times []uint32
	if err := s.EachMark(func(m store.Mark) bool {
		times = append(times, age(m.Time))
		return true
	}); err != nil {
		return 0, err
	}
	cut := drawLine(times, len(times)-keep)
	return s.dropFields(l, kindMarks, func(value string) bool {
		return len(value) == markSize && cut.goes(age(uint32At(value, 1)))
	})
}

// expireClients forgets clients that have not learned for a day.
func (s *Store) expireClients(l *lease) error {
	before := uint32(time.Now().Add(-clientMemory).Unix())
	_, err := s.dropFields(l, kindClients, func(value string) bool {
		return len(value) == 8 && uint32At(value, 4) < before
	})
	return err
}

// dropFields removes the fields of all groups' hashes of a kind whose value says so.
func (s *Store) dropFields(l *lease, kind string, goes func(value string) bool) (removed int, err error) {
	epoch := s.root.Load().epoch
	for g := range groups {
		var doomed []field
		key := s.tags.group(epoch, g, kind)
		if err := s.scan(key, scanCount, func(name, value string) (bool, error) {
			if goes(value) {
				doomed = append(doomed, field{name, value})
			}
			return true, l.keep()
		}); err != nil {
			return removed, err
		}
		for part := range slices.Chunk(doomed, dropCount) {
			n, err := s.drop(l, []string{key}, part)
			removed += n
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}
