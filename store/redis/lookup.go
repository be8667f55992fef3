package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// misses are the tokens of one lookup that are not in the cache.
type misses struct {
	index   [groups][]int // by group, into the caller's tokens
	flushes [groups]uint64
	asked   [groups]int // the group of each command
	cmds    valkey.Commands
}

var missesPool = sync.Pool{New: func() any { return new(misses) }}

// Lookup implements store.Store. It takes one round trip to each node with tokens that are not in the cache, or none.
func (s *Store) Lookup(tokens []store.Token, dst []store.Record) error {
	return s.lookup(tokens, dst, s.opt.LookupTimeout)
}

func (s *Store) lookup(tokens []store.Token, dst []store.Record, timeout time.Duration) error {
	if err := s.usable(); err != nil {
		return err
	}
	m := missesPool.Get().(*misses)
	defer missesPool.Put(m)
	missed := 0
	for g := range m.index {
		m.index[g] = m.index[g][:0]
		m.flushes[g] = 0
	}
	for g := range s.groups { // once for all tokens: they lie in all groups
		s.groups[g].mu.RLock()
	}
	for i, tok := range tokens {
		if tok == 0 {
			dst[i] = store.Record{}
			continue
		}
		g := groupOfToken(tok)
		c, ok := s.groups[g].records[tok]
		if !ok {
			m.index[g] = append(m.index[g], i)
			missed++
		}
		dst[i] = c.Record
	}
	for g := range s.groups {
		s.groups[g].mu.RUnlock()
	}
	s.stats.lookups.Add(1)
	s.stats.hits.Add(uint64(len(tokens) - missed))
	if missed == 0 {
		return nil
	}
	s.stats.misses.Add(uint64(missed))
	s.stats.trips.Add(1)
	if err := s.ask(tokens, dst, m, timeout); err != nil {
		return s.named(s.noted(away(err)))
	}
	return nil
}

// noted notes that the server did not answer, if that is what the error says, and returns it.
func (s *Store) noted(err error) error {
	if errors.Is(err, store.ErrAway) {
		s.health.failed(err)
	}
	return err
}

// ask asks for the missing records and caches them.
func (s *Store) ask(tokens []store.Token, dst []store.Record, m *misses, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	c, epoch := s.conn.Load(), s.root.Load().epoch
	m.cmds = m.cmds[:0]
	for g, index := range m.index {
		if len(index) == 0 {
			continue
		}
		_, _, m.flushes[g] = s.groups[g].known()
		fields := make([]string, 1, 1+len(index))
		fields[0] = "v"
		for _, i := range index {
			fields = append(fields, tokenField(tokens[i]))
		}
		m.asked[len(m.cmds)] = g
		m.cmds = append(m.cmds, c.B().Hmget().Key(s.tags.group(epoch, g, kindTokens)).Field(fields...).Build())
	}
	for k, result := range c.DoMulti(ctx, m.cmds...) {
		values, err := result.ToArray()
		if err != nil {
			return err
		}
		g := m.asked[k]
		if err := s.groups[g].found(values, m.index[g], tokens, dst, m.flushes[g], s.opt.CacheTokens/groups); err != nil {
			return err
		}
	}
	return nil
}

// found fills in and caches the records of a group that the server has sent, after the group's version.
func (g *group) found(values []valkey.ValkeyMessage, index []int, tokens []store.Token, dst []store.Record,
	flushes uint64, limit int) error {
	if len(values) != len(index)+1 {
		return errDamaged
	}
	version, err := values[0].AsUint64()
	if err != nil {
		return errDamaged // the store was cleared or lost just now
	}
	for k, i := range index {
		text, err := values[k+1].ToString()
		if valkey.IsValkeyNil(err) {
			dst[i] = store.Record{}
			continue
		}
		if err == nil {
			dst[i], err = decodeRecord(text)
		}
		if err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flushes == flushes && version >= g.applied {
		for _, i := range index {
			g.put(tokens[i], cached{dst[i], version}, limit)
		}
	}
	return nil
}

// Totals implements store.Store. Lessons of other hosts show after a quarter of a second.
func (s *Store) Totals() (t store.Totals, err error) {
	if err := s.usable(); err != nil {
		return t, err
	}
	var oldest, newest uint32
	for g := range s.groups {
		s.groups[g].mu.RLock()
		st := s.groups[g].state
		s.groups[g].mu.RUnlock()
		t.Tokens += st.tokens
		t.Seen += st.marks
		if g == 0 {
			t.Ham, t.Spam, t.LastExpiry = st.ham, st.spam, unixTime(st.expired)
		}
		if st.tokens > 0 {
			if oldest == 0 || st.oldest < oldest {
				oldest = st.oldest
			}
			newest = max(newest, st.newest)
		}
	}
	if t.Tokens > 0 {
		t.Oldest, t.Newest = time.Unix(int64(oldest), 0), time.Unix(int64(newest), 0)
	}
	return t, nil
}

// unixTime is the time of Unix seconds, the zero time for 0.
func unixTime(sec int64) time.Time {
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(sec, 0)
}

// do runs commands that read, in one round trip to each node, and returns the first error.
func (s *Store) do(ctx context.Context, cmds ...valkey.Completed) ([]valkey.ValkeyResult, error) {
	results := s.conn.Load().DoMulti(ctx, cmds...)
	for _, r := range results {
		if err := r.Error(); err != nil && !valkey.IsValkeyNil(err) {
			return nil, s.noted(away(err))
		}
	}
	return results, nil
}

// Seen implements store.Store. If the message's learning has begun but is not complete, it is completed first.
func (s *Store) Seen(d store.Digest) (store.Class, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.ApplyTimeout)
	defer cancel()
	g := groupOfDigest(d)
	if err := s.confirm(ctx, g); err != nil {
		return 0, s.named(err)
	}
	c, epoch := s.conn.Load(), s.root.Load().epoch
	home := 0 // where the intents are that may be of the message
	if c.cluster {
		home = g
	}
	got, err := s.do(ctx, c.B().Hget().Key(s.tags.group(epoch, g, kindMarks)).Field(string(d[:])).Build(),
		c.B().Hkeys().Key(s.tags.group(epoch, home, kindIntents)).Build())
	if err != nil {
		return 0, s.named(err)
	}
	names, err := got[1].AsStrSlice()
	if err == nil {
		err = s.completeOf(ctx, home, names, d)
	}
	if err != nil {
		return 0, s.named(err)
	}
	value, err := got[0].ToString()
	if valkey.IsValkeyNil(err) {
		return 0, nil
	}
	m, err := decodeMark(string(d[:]), value)
	return m.Class, s.named(err)
}

// Sample implements store.Store.
func (s *Store) Sample(c store.Class, slot int) (store.Sample, bool, error) {
	if err := store.CheckSlot(c, slot); err != nil {
		return store.Sample{}, false, s.named(err)
	}
	value, err := s.field(groupOfSlot(slot), kindSamples, slotField(c, slot))
	if err != nil || value == nil {
		return store.Sample{}, false, err
	}
	sample, err := decodeSample(slotField(c, slot), string(value))
	return sample, err == nil, s.named(err)
}

// Meta implements store.Store.
func (s *Store) Meta(name string) ([]byte, error) { return s.field(0, kindMeta, name) }

// field returns one field of a hash, nil if there is none.
func (s *Store) field(g int, kind, name string) ([]byte, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.ApplyTimeout)
	defer cancel()
	key := s.tags.group(s.root.Load().epoch, g, kind)
	got, err := s.do(ctx, s.conn.Load().B().Hget().Key(key).Field(name).Build())
	if err != nil {
		return nil, s.named(err)
	}
	value, err := got[0].AsBytes()
	if valkey.IsValkeyNil(err) {
		return nil, nil
	}
	if value == nil {
		value = []byte{}
	}
	return value, s.named(err)
}
