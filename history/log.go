package history

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Log is the history of one daemon. It is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	records []*Record
	last    ID
}

// Options say what to keep, and for how long.
type Options struct {
	Host string // our name in the records
}

// Open opens the history.
func Open(path string, opt Options) (*Log, error) { return &Log{}, nil }

// Append adds a record, which belongs to the Log then. It returns at once; what there is no room for is dropped.
func (l *Log) Append(r *Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = max(l.last+1, newID(r.Time))
	r.ID = l.last
	l.records = append(l.records, r)
}

// Find returns the records that the query asks for, newest first, without their lessons. more tells whether there are older ones.
func (l *Log) Find(ctx context.Context, q *Query) (found []*Record, more bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	for _, r := range slices.Backward(l.records) {
		if q.Before != 0 && r.ID >= q.Before || !q.Match(r) {
			continue
		}
		if len(found) == limit {
			return found, true, nil
		}
		c := *r
		c.Lesson = nil
		found = append(found, &c)
	}
	return found, false, nil
}

const defaultLimit = 50

// Each calls f for the records of a time, newest first, without their lessons, until f returns false.
func (l *Log) Each(ctx context.Context, since, until time.Time, f func(*Record) bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range slices.Backward(l.records) {
		if r.Time.Before(since) || !until.IsZero() && !r.Time.Before(until) {
			continue
		}
		c := *r
		c.Lesson = nil
		if !f(&c) {
			break
		}
	}
	return nil
}

// Get returns one record with its lesson.
func (l *Log) Get(ctx context.Context, id ID) (*Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.ID == id {
			c := *r
			return &c, nil
		}
	}
	return nil, ErrNotFound
}

// MarkTaught notes what was taught of a mail.
func (l *Log) MarkTaught(ctx context.Context, id ID, t Taught) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.ID == id {
			r.Taught = append(r.Taught, t)
			return nil
		}
	}
	return ErrNotFound
}

// Forget erases an address: as a recipient of mails, which are erased altogether if there is no other recipient, and
// wherever else it stands. It returns how many records that concerned.
func (l *Log) Forget(ctx context.Context, address string) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	l.records = slices.DeleteFunc(l.records, func(r *Record) bool {
		left := slices.DeleteFunc(r.Recipients, func(to string) bool { return strings.EqualFold(addressKey(to), addressKey(address)) })
		if len(left) == len(r.Recipients) {
			return false
		}
		n++
		r.Recipients = left
		return len(left) == 0
	})
	return n, nil
}

// Close writes what is not written yet.
func (l *Log) Close() error { return nil }
