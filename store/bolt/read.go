package bolt

import (
	"bytes"
	"maps"
	"sync/atomic"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/store"
)

// Key implements store.Store.
func (s *Store) Key() store.Key { return store.Key(s.key.Load()) }

// Lookup implements store.Store. It takes no lock: beside an Apply it may see a part of a learning.
func (s *Store) Lookup(tokens []store.Token, dst []store.Record) error {
	if s.state.Load() != ready {
		if err := s.readable(); err != nil {
			return err
		}
	}
	var far probes
	for len(tokens) > 0 {
		n := min(len(tokens), len(far))
		s.lookup(&far, tokens[:n], dst[:n])
		tokens, dst = tokens[n:], dst[n:]
	}
	return nil
}

// probes are where some tokens should be.
type probes [32]struct {
	tab   *table
	i     int
	found uint64
}

// lookup looks up as many tokens as there are places. A table is larger than the caches near the processor: it first
// goes to all places, none of which it has to know before it can go to the next, and then looks at what it has found
// there.
func (s *Store) lookup(far *probes, tokens []store.Token, dst []store.Record) {
	for k, tok := range tokens {
		p := &far[k]
		if p.tab = s.shards[shardOf(tok)].tab.Load(); p.tab != nil {
			p.i = p.tab.start(tok)
			p.found = atomic.LoadUint64(&p.tab.words[p.i])
		}
	}
	for k, tok := range tokens {
		p := &far[k]
		if dst[k] = (store.Record{}); p.tab == nil || p.found == 0 || tok == 0 {
			continue
		}
		ok := p.found == uint64(tok)
		if !ok {
			p.i, ok = p.tab.findFrom(p.i, tok)
		}
		if ok {
			dst[k] = p.tab.record(p.i)
		}
	}
}

// Touch implements store.Store. It takes no lock either.
func (s *Store) Touch(tokens []store.Token, now uint32) {
	if s.state.Load() != ready {
		return
	}
	touched := false
	for _, tok := range tokens {
		sh := &s.shards[shardOf(tok)]
		t := sh.tab.Load()
		if t == nil || tok == 0 {
			continue
		}
		if i, ok := t.find(tok); ok && t.touch(i, now) {
			touched = true
			if !sh.touched.Load() {
				sh.touched.Store(true)
			}
		}
	}
	if touched {
		s.used(now)
	}
}

// Totals implements store.Store.
func (s *Store) Totals() (store.Totals, error) {
	if err := s.readable(); err != nil {
		return store.Totals{}, err
	}
	totals := s.totals.Load()
	t := store.Totals{
		Ham:        uint32(totals >> 32),
		Spam:       uint32(totals),
		Tokens:     int(s.tokens.Load()),
		Seen:       int(s.seen.Load()),
		LastExpiry: unixTime(s.lastExpiry.Load()),
	}
	if t.Tokens > 0 {
		t.Oldest = time.Unix(int64(s.oldest.Load()), 0)
		t.Newest = time.Unix(int64(s.newest.Load()), 0)
	}
	return t, nil
}

// Seen implements store.Store.
func (s *Store) Seen(d store.Digest) (store.Class, error) {
	if err := s.waitReadable(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks[d[0]].marks[d].class, nil
}

// Meta implements store.Store.
func (s *Store) Meta(name string) ([]byte, error) {
	if err := s.waitReadable(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.meta[name]), nil
}

// Sample implements store.Store.
func (s *Store) Sample(c store.Class, slot int) (sample store.Sample, ok bool, err error) {
	if err := store.CheckSlot(c, slot); err != nil {
		return store.Sample{}, false, s.named(err)
	}
	key := newSampleKey(c, slot)
	if err := s.wait(); err != nil {
		return store.Sample{}, false, err
	}
	s.mu.Lock()
	pending := s.samples[key]
	s.mu.Unlock()
	switch {
	case pending == nil:
	case isFree(pending):
		return store.Sample{}, false, nil
	default:
		return *pending, true, nil
	}
	err = s.view(func(tx *bbolt.Tx) (err error) {
		if v := tx.Bucket(bucketSamples).Get(key[:]); v != nil {
			sample, err = decodeSample(key, v)
			ok = err == nil
		}
		return err
	})
	return sample, ok, s.named(err)
}

// Each implements store.Store. It takes no lock; a concurrent lesson may be seen or not.
func (s *Store) Each(f func(store.Token, store.Record) bool) error {
	if err := s.waitReadable(); err != nil {
		return err
	}
	for i := range s.shards {
		if !s.shards[i].each(f) {
			break
		}
	}
	return nil
}

// EachMark implements store.Store.
func (s *Store) EachMark(f func(store.Mark) bool) error {
	if err := s.waitReadable(); err != nil {
		return err
	}
	for i := range s.marks {
		s.mu.Lock()
		list := s.marks[i].list()
		s.mu.Unlock()
		for _, m := range list {
			if !f(m) {
				return nil
			}
		}
	}
	return nil
}

// EachSample implements store.Store. No transaction is open while f is called, so that f may take its time.
func (s *Store) EachSample(f func(store.Sample) bool) error {
	if err := s.wait(); err != nil {
		return err
	}
	s.mu.Lock()
	pending := maps.Clone(s.samples)
	s.mu.Unlock()
	for from := []byte{}; from != nil; {
		var some []store.Sample
		err := s.view(func(tx *bbolt.Tx) (err error) {
			some, from, err = readSamples(tx, from, pending)
			return err
		})
		if err != nil {
			return s.named(err)
		}
		s.releaseMapping() // all samples together are larger than many a store's table
		for _, sample := range some {
			if !f(sample) {
				return nil
			}
		}
	}
	for _, sample := range pending {
		if !isFree(sample) && !f(*sample) {
			return nil
		}
	}
	return nil
}

// readSamples reads some samples from a key on, and returns from where to go on, nil at the end. Those that are
// pending it takes from there.
func readSamples(tx *bbolt.Tx, from []byte, pending map[sampleKey]*store.Sample) (some []store.Sample, next []byte,
	err error) {
	const at = 100
	c := tx.Bucket(bucketSamples).Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if len(some) == at {
			return some, bytes.Clone(k), nil
		}
		if len(k) != len(sampleKey{}) {
			return nil, nil, errDamaged
		}
		key := sampleKey(k)
		if sample := pending[key]; sample != nil {
			delete(pending, key)
			if !isFree(sample) {
				some = append(some, *sample)
			}
			continue
		}
		sample, err := decodeSample(key, v)
		if err != nil {
			return nil, nil, err
		}
		some = append(some, sample)
	}
	return some, nil, nil
}

// EachMeta implements store.Store.
func (s *Store) EachMeta(f func(string, []byte) bool) error {
	if err := s.waitReadable(); err != nil {
		return err
	}
	s.mu.Lock()
	meta := maps.Clone(s.meta)
	s.mu.Unlock()
	for name, value := range meta {
		if !f(name, bytes.Clone(value)) {
			return nil
		}
	}
	return nil
}
