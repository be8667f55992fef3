package redis

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/valkey-io/valkey-go"
)

// Stream is a list of entries beside a store, which all hosts append to and read in one order; the oldest are dropped.
// It connects on first use.
type Stream struct {
	dialed
	key  string // of the stream
	name string // of a number that all hosts share
}

// StreamEntry is one entry of a Stream. Milliseconds and Number order entries and are never the same for two.
type StreamEntry struct {
	Milliseconds, Number uint64
	Data                 []byte
}

// Position returns the entry's place, for Read.
func (e *StreamEntry) Position() string {
	return strconv.FormatUint(e.Milliseconds, 10) + "-" + strconv.FormatUint(e.Number, 10)
}

// SetPosition reads the form of Position.
func (e *StreamEntry) SetPosition(s string) error {
	if _, err := fmt.Sscanf(s, "%d-%d", &e.Milliseconds, &e.Number); err != nil || e.Milliseconds > math.MaxInt64 {
		return fmt.Errorf("stream: entry %.60q: %w", s, errDamaged)
	}
	return nil
}

// NewStream returns the stream of a name beside the store at a URL.
func NewStream(path, name string, opt Options) (*Stream, error) {
	loc, err := locate(path, opt)
	if err != nil {
		return nil, err
	}
	tags := newTags(loc.Prefix)
	return &Stream{dialed: dialed{loc: loc}, key: tags.site(name), name: tags.site(name + "key")}, nil
}

// SharedKey returns the number that all hosts share: mine, if no host has given one before.
func (s *Stream) SharedKey(ctx context.Context, mine uint64) (uint64, error) {
	c, err := s.connect()
	if err != nil {
		return 0, err
	}
	set := c.B().Set().Key(s.name).Value(strconv.FormatUint(mine, 10)).Nx().Build()
	if err := c.Do(ctx, set).Error(); err != nil && !valkey.IsValkeyNil(err) {
		return 0, away(err)
	}
	n, err := c.Do(ctx, c.B().Get().Key(s.name).Build()).AsUint64()
	return n, away(err)
}

// Append adds entries; the stream then keeps the last keep or some more. It returns the last entry's place; after an
// error some of the entries may be there.
func (s *Stream) Append(ctx context.Context, entries [][]byte, keep int64) (string, error) {
	c, err := s.connect()
	if err != nil {
		return "", err
	}
	commands := make(valkey.Commands, len(entries))
	for i, data := range entries {
		commands[i] = c.B().Xadd().Key(s.key).Maxlen().Almost().Threshold(strconv.FormatInt(keep,
			10)).Id("*").FieldValue().
			FieldValue("d", valkey.BinaryString(data)).Build()
	}
	last := ""
	for _, res := range c.DoMulti(ctx, commands...) {
		if last, err = res.ToString(); err != nil {
			return "", away(err)
		}
	}
	return last, nil
}

// Read returns the entries behind a place, "" for the first there is, at most count. It waits a moment if there are
// none.
func (s *Stream) Read(ctx context.Context, after string, count int64) ([]StreamEntry, error) {
	from := "-"
	if after != "" {
		var e StreamEntry
		if err := e.SetPosition(after); err != nil {
			return nil, err
		}
		e.Number++
		from = e.Position()
	}
	entries, err := s.page(ctx, from, count)
	if err == nil && len(entries) == 0 {
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
		}
	}
	return entries, err
}

// page returns the entries from a place on, at most count.
func (s *Stream) page(ctx context.Context, from string, count int64) ([]StreamEntry, error) {
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	got, err := c.Do(ctx, c.B().Xrange().Key(s.key).Start(from).End("+").Count(count).Build()).AsXRange()
	if err != nil {
		return nil, away(err)
	}
	return entriesOf(got)
}

// Each calls f for all entries, and deletes an entry if f returns true.
func (s *Stream) Each(ctx context.Context, f func(StreamEntry) (remove bool)) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	const count = 500
	for from := "-"; ; {
		entries, err := s.page(ctx, from, count)
		if err != nil {
			return err
		}
		var remove []string
		for _, e := range entries {
			if f(e) {
				remove = append(remove, e.Position())
			}
		}
		if len(remove) > 0 {
			if err := c.Do(ctx, c.B().Xdel().Key(s.key).Id(remove...).Build()).Error(); err != nil {
				return away(err)
			}
		}
		if len(entries) < count {
			return nil
		}
		last := entries[len(entries)-1]
		last.Number++
		from = last.Position()
	}
}

// entriesOf reads what the server has sent.
func entriesOf(got []valkey.XRangeEntry) ([]StreamEntry, error) {
	entries := make([]StreamEntry, 0, len(got))
	for _, g := range got {
		e := StreamEntry{Data: []byte(g.FieldValues["d"])}
		if err := e.SetPosition(g.ID); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
