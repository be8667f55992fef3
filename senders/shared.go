package senders

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"asterism/store/redis"
)

// Times and bounds of what is asked of a server.
const (
	restAfterError = 10 * time.Second // in which no message waits for a server that did not answer
	addStep        = 500              // changes that are sent at once
)

var errResting = errors.New("the server did not answer lately")

// shared is a Table that several hosts have on Redis. An entry that another host has just changed is read as it was a
// moment ago. A batch whose answer was lost is sent again, and counts twice.
type shared struct {
	tallies *redis.Tallies
	rest    atomic.Int64  // time until which nothing is read, in nanoseconds since 1970
	batch   atomic.Uint64 // written last

	half  uint64 // a batch of which a part was written
	added int    // changes of it, in the order of their keys
}

// Shared returns a Book of all hosts that have tallies. It closes them.
func Shared(name string, tallies *redis.Tallies, opt Options) *Book {
	return New(name, &shared{tallies: tallies}, opt)
}

// Read implements Table.
func (s *shared) Read(ctx context.Context, keys []string) ([]Entry, uint64, error) {
	if time.Now().UnixNano() < s.rest.Load() {
		return nil, 0, errResting
	}
	batch := s.batch.Load()
	got, err := s.tallies.Read(ctx, keys)
	if err != nil {
		s.rest.Store(time.Now().Add(restAfterError).UnixNano())
		return nil, 0, err
	}
	entries := make([]Entry, len(keys))
	for i, t := range got {
		entries[i] = Entry{t.Count, t.Total, t.Seen}
	}
	return entries, batch, nil
}

// Write implements Table. Of a batch that fails, what was written is not sent again.
func (s *shared) Write(ctx context.Context, batch uint64, changes map[string]Change) error {
	if s.half != batch {
		s.half, s.added = batch, 0
	}
	all := make([]redis.TallyChange, 0, len(changes))
	for k, c := range changes {
		all = append(all, redis.TallyChange{Name: k, Reset: c.Reset, Count: c.Count, Total: c.Total})
	}
	slices.SortFunc(all, func(x, y redis.TallyChange) int { return strings.Compare(x.Name, y.Name) })
	for s.added < len(all) {
		next := min(s.added+addStep, len(all))
		if err := s.tallies.Add(ctx, time.Now(), all[s.added:next]); err != nil {
			return err
		}
		s.added = next
	}
	s.batch.Store(batch)
	return nil
}

// Find implements Table.
func (s *shared) Find(ctx context.Context, prefix string) ([]Named, error) {
	seen := map[string]Entry{}
	err := s.tallies.Each(ctx, prefix, func(t redis.Tally) { seen[t.Name] = Entry{t.Count, t.Total, t.Seen} }, nil)
	found := make([]Named, 0, len(seen))
	for k, e := range seen {
		found = append(found, Named{k, e})
	}
	slices.SortFunc(found, func(x, y Named) int { return strings.Compare(x.Key, y.Key) })
	return found, err
}

// Tidy implements Table.
func (s *shared) Tidy(ctx context.Context, b Bounds) error {
	return tidy(ctx, &walk{s: s}, b, time.Now())
}

// walk remembers the tallies as they were read, which are not deleted if they have changed since.
type walk struct {
	s    *shared
	page map[string]redis.Tally
}

func (w *walk) each(ctx context.Context, visit func(e Named, sound bool), then func() error) error {
	w.page = map[string]redis.Tally{}
	return w.s.tallies.Each(ctx, "", func(t redis.Tally) {
		w.page[t.Name] = t
		visit(Named{t.Name, Entry{t.Count, t.Total, t.Seen}}, !t.Seen.IsZero())
	}, func() error {
		defer clear(w.page)
		if then == nil {
			return nil
		}
		return then()
	})
}

func (w *walk) drop(ctx context.Context, old []Named) error {
	tallies := make([]redis.Tally, len(old))
	for i, e := range old {
		tallies[i] = w.page[e.Key]
	}
	return w.s.tallies.Drop(ctx, tallies)
}

// Close implements Table.
func (s *shared) Close() error {
	s.tallies.Close()
	return nil
}
