package bolt

import (
	"bytes"
	"maps"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/store"
)

// Key implements store.Store.
func (s *Store) Key() store.Key { return store.Key(s.key.Load()) }

// Lookup implements store.Store. It takes no lock: beside an Apply it may see a part of a learning.
func (s *Store) Lookup(tokens []store.Token, dst []store.Record) error {
	if s.state.Load() != ready {
		return s.usable()
	}
	for i, tok := range tokens {
		dst[i] = s.shards[shardOf(tok)].lookup(tok)
	}
	return nil
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
	if err := s.usable(); err != nil {
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
	if err := s.wait(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks[d[0]].marks[d].class, nil
}

// Meta implements store.Store.
func (s *Store) Meta(name string) ([]byte, error) {
	if err := s.wait(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.meta[name]), nil
}

// Sample implements store.Store.
func (s *Store) Sample(c store.Class, slot int) (sample store.Sample, ok bool, err error) {
	key, err := newSampleKey(c, slot)
	if err != nil {
		return store.Sample{}, false, s.named(err)
	}
	if err := s.wait(); err != nil {
		return store.Sample{}, false, err
	}
	s.mu.Lock()
	p := s.samples[key]
	s.mu.Unlock()
	if p != nil {
		if p.value == nil {
			return store.Sample{}, false, nil
		}
		sample, err = decodeSample(key, p.value)
		return sample, err == nil, s.named(err)
	}
	err = s.view(func(tx *bbolt.Tx) (err error) {
		if v := tx.Bucket(bucketSamples).Get(key[:]); v != nil {
			sample, err = decodeSample(key, v)
			ok = err == nil
		}
		return err
	})
	return sample, ok, err
}

// view runs a read transaction.
func (s *Store) view(f func(*bbolt.Tx) error) error {
	return s.named(s.guard(func() error { return s.db.View(f) }))
}

// Each implements store.Store. It takes no lock; what is learned meanwhile may be seen or not.
func (s *Store) Each(f func(store.Token, store.Record) bool) error {
	if err := s.wait(); err != nil {
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
	if err := s.wait(); err != nil {
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

// EachSample implements store.Store.
func (s *Store) EachSample(f func(store.Sample) bool) error {
	if err := s.wait(); err != nil {
		return err
	}
	var keys []sampleKey
	err := s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketSamples).ForEach(func(k, _ []byte) error {
			if len(k) != len(sampleKey{}) {
				return errDamaged
			}
			keys = append(keys, sampleKey(k))
			return nil
		})
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	pending := maps.Clone(s.samples)
	s.mu.Unlock()
	for _, key := range keys {
		delete(pending, key)
	}
	for key := range pending {
		keys = append(keys, key)
	}
	for _, key := range keys {
		sample, ok, err := s.Sample(key.class(), key.slot())
		if err != nil {
			return err
		}
		if ok && !f(sample) {
			return nil
		}
	}
	return nil
}

// EachMeta implements store.Store.
func (s *Store) EachMeta(f func(string, []byte) bool) error {
	if err := s.wait(); err != nil {
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
