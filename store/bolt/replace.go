package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"asterism/store"
)

// Clear implements store.Store.
func (s *Store) Clear() error {
	if err := s.wait(); err != nil {
		return err
	}
	return s.become(newContent(store.Head{Key: s.Key()}))
}

// Replace implements store.Store. It holds all of the new content in memory and writes it in one transaction.
func (s *Store) Replace(fill func(store.Sink) error) error {
	if err := s.wait(); err != nil {
		return err
	}
	c := newContent(store.Head{})
	if err := fill(c); err != nil {
		return err
	}
	if !c.hasHead {
		return s.named(errors.New("the new content has no key"))
	}
	return s.become(c)
}

// content is the whole of a store, not yet written. It implements store.Sink.
type content struct {
	head    store.Head
	hasHead bool
	shards  [shards]shard
	marks   [markShards]markShard
	samples map[sampleKey][]byte
	meta    map[string][]byte
}

func newContent(h store.Head) *content {
	return &content{head: h, samples: map[sampleKey][]byte{}, meta: map[string][]byte{}}
}

func (c *content) Head(h store.Head) error {
	c.head, c.hasHead = h, true
	return nil
}

func (c *content) Token(tok store.Token, r store.Record) error {
	if err := r.Check(tok); err != nil {
		return err
	}
	if c.shards[shardOf(tok)].put(tok, r) == 0 {
		return fmt.Errorf("token %016x occurs twice", uint64(tok))
	}
	return nil
}

func (c *content) Mark(m store.Mark) error {
	if err := m.Check(); err != nil {
		return err
	}
	if c.marks[m.Digest[0]].put(m) == 0 {
		return fmt.Errorf("mark %x occurs twice", m.Digest)
	}
	return nil
}

func (c *content) Sample(s store.Sample) error {
	if err := s.Check(); err != nil {
		return err
	}
	key := newSampleKey(s.Class, s.Slot)
	if c.samples[key] != nil {
		return fmt.Errorf("%v sample %d occurs twice", s.Class, s.Slot)
	}
	c.samples[key] = encodeSample(&s)
	return nil
}

func (c *content) Meta(name string, value []byte) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	if _, ok := c.meta[name]; ok {
		return fmt.Errorf("parameter %q occurs twice", name)
	}
	c.meta[name] = append([]byte{}, value...)
	return nil
}

// become puts c in the place of all there is, on disk first. Learnings that were pending are gone like all others.
func (s *Store) become(c *content) error {
	s.checkpointing.Lock()
	defer s.checkpointing.Unlock()
	s.commits.Lock()
	defer s.commits.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	err := s.update(func(tx *bbolt.Tx) error { return c.write(tx, s.seq) })
	if err != nil {
		return s.named(err)
	}
	s.pending.finish(nil)
	s.pending, s.failed, s.journalSize, s.mustFold = newGroup(), nil, 0, false
	s.room.Broadcast()
	s.key.Store(uint64(c.head.Key))
	s.totals.Store(packCounts(c.head.Ham, c.head.Spam))
	s.lastExpiry.Store(unixSeconds(c.head.LastExpiry))
	clear(s.samples)
	s.meta = c.meta
	s.marks = c.marks
	for i := range s.marks {
		s.marks[i].changed = false
	}
	for i := range s.shards {
		sh := &s.shards[i]
		sh.used, sh.live, sh.changed = c.shards[i].used, c.shards[i].live, false
		sh.tab.Store(c.shards[i].tab.Load())
		sh.touched.Store(false)
	}
	s.newest.Store(0)
	s.count()
	return nil
}

// write makes c the content of the file; its segments contain all up to the given sequence number.
func (c *content) write(tx *bbolt.Tx, seq uint64) error {
	totals := encodeTotals(c.head.Ham, c.head.Spam, unixSeconds(c.head.LastExpiry))
	if err := emptyFile(tx, c.head.Key, totals); err != nil {
		return err
	}
	tokens, marks := tx.Bucket(bucketTokens), tx.Bucket(bucketMarks)
	tokens.FillPercent = 1 // keys come in order
	for i := range c.shards {
		if c.shards[i].live > 0 {
			if err := tokens.Put(binary.BigEndian.AppendUint16(nil, uint16(i)), c.shards[i].segment(seq)); err != nil {
				return err
			}
		}
	}
	for i := range c.marks {
		if len(c.marks[i].marks) > 0 {
			if err := marks.Put([]byte{byte(i)}, c.marks[i].segment(seq)); err != nil {
				return err
			}
		}
	}
	samples, meta := tx.Bucket(bucketSamples), tx.Bucket(bucketMeta)
	for _, key := range slices.SortedFunc(maps.Keys(c.samples), compareKeys) {
		if err := samples.Put(key[:], c.samples[key]); err != nil {
			return err
		}
	}
	for name, value := range c.meta {
		if err := meta.Put([]byte(name), value); err != nil {
			return err
		}
	}
	return nil
}
