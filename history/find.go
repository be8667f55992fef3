package history

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	bbolt "go.etcd.io/bbolt"
)

const (
	defaultLimit = 50
	maxLimit     = 10_000
	maxWords     = 100 // of a search, each of which is looked for in each record that may match
)

// ErrWords is returned for a search of too many words.
var ErrWords = fmt.Errorf("a search has at most %d words", maxWords)

// flushPatience is how long a search waits for pending records.
const flushPatience = 10 * time.Second

// settle writes the pending records, so that they are found; it does not wait long for a slow disk or server.
func (l *Log) settle(ctx context.Context) {
	if l.shared.isAway() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flushPatience)
	defer cancel()
	_ = l.flush(ctx) // what is not written is not found
}

// Find returns the records that match the query, newest first, without their lessons. more reports whether there are
// older ones.
func (l *Log) Find(ctx context.Context, q *Query) (found []*Record, more bool, err error) {
	if max(len(strings.Fields(q.Text)), len(words(q.Text)))+len(words(q.Subject)) > maxWords {
		return nil, false, ErrWords
	}
	l.settle(ctx)
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	s := &search{ctx: ctx, q: q, limit: min(limit, maxLimit) + 1}
	l.mu.RLock()
	defer l.mu.RUnlock()
	s.log, s.file = l, l.file
	s.plan = s.file.hash.plan(q, s.file.hide)
	if err := s.file.view(s.run); err != nil {
		return nil, false, err
	}
	if len(s.found) == s.limit {
		return s.found[:s.limit-1], true, nil
	}
	return s.found, s.full(), nil
}

// search is a query at work. The log is locked meanwhile.
type search struct {
	ctx   context.Context
	log   *Log
	file  *file
	q     *Query
	plan  plan
	limit int
	tried int // records
	found []*Record
	size  int // octets of found
}

// add takes a record that was found.
func (s *search) add(r *Record) {
	s.found = append(s.found, r)
	s.size += r.octets()
}

// full reports whether enough was found.
func (s *search) full() bool {
	return len(s.found) >= s.limit || s.q.Octets > 0 && s.size >= s.q.Octets
}

// tryPause is after how many records a search looks whether it is still wanted.
const tryPause = 256

func (s *search) run(tx *bbolt.Tx) error {
	if s.q.Taught != 0 || s.q.AnyTaught {
		return s.runTaught(tx)
	}
	end := ID(0)
	return segments(tx, func(seg segment) (bool, error) {
		if err := s.ctx.Err(); err != nil {
			return false, err
		}
		last := end
		end = seg.start
		if s.q.Before != 0 && seg.start >= s.q.Before ||
			!s.q.Until.IsZero() && seg.start.Time().After(s.q.Until.Add(clockSlack)) {
			return true, nil
		}
		if !s.q.Since.IsZero() && last != 0 && last.Time().Before(s.q.Since.Add(-clockSlack)) {
			return false, nil // all that is left is older
		}
		if seg.start == s.log.start {
			t := s.log.tail
			s.rows(tx, &seg, t, len(t.rows), func(i int) row { return t.rows[i] })
		} else if x := seg.index(false); x != nil {
			s.rows(tx, &seg, x, x.rows, x.row)
		}
		return !s.full(), s.ctx.Err()
	})
}

// clockSlack is by how much the time of a record may be ahead of its ID's, which another clock has given.
const clockSlack = time.Hour

// rows finds records of one segment.
func (s *search) rows(tx *bbolt.Tx, seg *segment, x lister, n int, at func(int) row) {
	places, all := s.plan.candidates(x)
	if all {
		closed, _ := x.(*index)
		for i := n - 1; i >= 0 && !s.full() && s.wanted(); i-- {
			if closed == nil || s.q.allowsScore(closed.score(i)) {
				s.try(tx, seg, at(i))
			}
		}
		return
	}
	for _, i := range slices.Backward(places) {
		if s.full() || !s.wanted() {
			return
		}
		if int(i) < n {
			s.try(tx, seg, at(int(i)))
		}
	}
}

// wanted reports whether the search's caller still waits.
func (s *search) wanted() bool {
	s.tried++
	return s.tried%tryPause != 0 || s.ctx.Err() == nil
}

// try takes the record of a row if the query matches it. One that was damaged is left out.
func (s *search) try(tx *bbolt.Tx, seg *segment, w row) {
	if !s.q.allows(&w) {
		return
	}
	if r := s.file.read(tx, seg, w.id); r != nil && s.q.matches(r, s.file.hide) {
		s.add(r)
	}
}

// read returns a record with its lessons, nil if it cannot be read.
func (f *file) read(tx *bbolt.Tx, seg *segment, id ID) *Record {
	b := seg.record(id)
	if b == nil {
		return nil
	}
	r, err := decode(id, b, f.names)
	if err != nil {
		return nil
	}
	r.Teachable = r.Teachable && seg.teachable()
	r.Taught = taughtOf(tx, id)
	return r
}

// runTaught goes over the mails that were taught: they are few.
func (s *search) runTaught(tx *bbolt.Tx) error {
	c := tx.Bucket(taughtBucket).Cursor()
	k, _ := c.Last()
	if s.q.Before != 0 {
		if k, _ = c.Seek(s.q.Before.key()); k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
	}
	for ; k != nil && !s.full(); k, _ = c.Prev() {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		seg, ok := segmentOf(tx, idOf(k))
		if !ok {
			continue
		}
		r := s.file.read(tx, &seg, idOf(k))
		if r == nil || r.Class() == 0 || s.q.Taught != 0 && r.Class() != s.q.Taught || !s.q.matches(r, s.file.hide) {
			continue
		}
		s.add(r)
	}
	return nil
}

// Get returns one record with its lesson.
func (l *Log) Get(ctx context.Context, id ID) (*Record, error) {
	l.settle(ctx)
	l.mu.RLock()
	defer l.mu.RUnlock()
	var r *Record
	err := l.file.view(func(tx *bbolt.Tx) error {
		seg, ok := segmentOf(tx, id)
		if !ok {
			return ErrNotFound
		}
		if r = l.file.read(tx, &seg, id); r == nil {
			return ErrNotFound
		}
		if !r.Teachable {
			return nil
		}
		lesson, err := decodeLesson(seg.Bucket.Bucket(lessonsBucket).Get(id.key()))
		if err != nil {
			r.Teachable = false
			return nil
		}
		r.Lesson = lesson
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Each calls f for the records of a time, newest first, without their lessons, until f returns false. A zero until is
// now.
func (l *Log) Each(ctx context.Context, since, until time.Time, f func(*Record) bool) error {
	l.settle(ctx)
	starts, err := l.starts()
	if err != nil {
		return err
	}
	defer l.releasePages()
	q := &Query{Since: since, Until: until}
	for i, start := range starts {
		if i > 0 && !since.IsZero() && starts[i-1].Time().Before(since.Add(-clockSlack)) {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		list, err := l.recordsOf(start)
		if err != nil {
			return err
		}
		for _, r := range slices.Backward(list) {
			if q.matchesColumns(r) && !f(r) {
				return nil
			}
		}
	}
	return nil
}

// starts returns the first IDs of the segments, newest first.
func (l *Log) starts() (list []ID, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	err = l.file.view(func(tx *bbolt.Tx) error {
		return segments(tx, func(s segment) (bool, error) {
			list = append(list, s.start)
			return true, nil
		})
	})
	return list, err
}

// recordsOf returns the records of a segment, none if it is gone.
func (l *Log) recordsOf(start ID) (list []*Record, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	err = l.file.view(func(tx *bbolt.Tx) error {
		seg, ok := segmentOf(tx, start)
		if !ok || seg.start != start {
			return nil
		}
		teachable := seg.teachable()
		_, err := seg.each(l.file.names, func(r *Record) error {
			r.Teachable = r.Teachable && teachable
			r.Taught = taughtOf(tx, r.ID)
			list = append(list, r)
			return nil
		})
		return err
	})
	return list, err
}

func (l *Log) releasePages() {
	l.mu.RLock()
	defer l.mu.RUnlock()
	l.file.releasePages()
}

// newest returns the ID of the newest record. The caller holds l.mu.
func (l *Log) newest() (id ID) {
	_ = l.file.view(func(tx *bbolt.Tx) error {
		return segments(tx, func(s segment) (bool, error) {
			id = lastOf(&s)
			return false, nil
		})
	})
	return id
}
