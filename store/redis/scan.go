package redis

import (
	"context"

	"asterism/store"
)

// scanCount is how many fields the server is asked for at a time, and sampleCount how many samples, which have some
// kilobytes each: 1.2 ms.
const scanCount, sampleCount = 3000, 100

// scan calls f for every field of a hash that is there all the time, until f returns false. A field comes once,
// though the server may give it twice.
func (s *Store) scan(key string, count int64, f func(field, value string) (bool, error)) error {
	met := map[string]struct{}{}
	for cursor := uint64(0); ; {
		if s.closed.Load() {
			return store.ErrClosed
		}
		ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
		got, err := s.do(ctx, s.conn.Load().B().Hscan().Key(key).Cursor(cursor).Count(count).Build())
		cancel()
		if err != nil {
			return err
		}
		page, err := got[0].AsScanEntry()
		if err != nil {
			return errDamaged
		}
		for i := 0; i+1 < len(page.Elements); i += 2 {
			field := page.Elements[i]
			if _, dup := met[field]; dup {
				continue
			}
			met[field] = struct{}{}
			if more, err := f(field, page.Elements[i+1]); err != nil || !more {
				return err
			}
		}
		if cursor = page.Cursor; cursor == 0 {
			return nil
		}
	}
}

// scanAll scans the hashes of a kind in all groups.
func (s *Store) scanAll(kind string, count int64, f func(field, value string) (bool, error)) error {
	if err := s.usable(); err != nil {
		return err
	}
	epoch, going := s.root.Load().epoch, true
	for g := 0; g < groups && going; g++ {
		err := s.scan(s.tags.group(epoch, g, kind), count, func(field, value string) (_ bool, err error) {
			going, err = f(field, value)
			return going, err
		})
		if err != nil {
			return s.named(err)
		}
	}
	return nil
}

// Each implements store.Store.
func (s *Store) Each(f func(store.Token, store.Record) bool) error {
	return s.scanAll(kindTokens, scanCount, func(field, value string) (bool, error) {
		if len(field) != tokenSize {
			return true, nil // the group's state
		}
		r, err := decodeRecord(value)
		if err != nil {
			return false, err
		}
		return f(tokenAt(field, 0), r), nil
	})
}

// EachMark implements store.Store.
func (s *Store) EachMark(f func(store.Mark) bool) error {
	return s.scanAll(kindMarks, scanCount, func(field, value string) (bool, error) {
		m, err := decodeMark(field, value)
		return err == nil && f(m), err
	})
}

// EachSample implements store.Store.
func (s *Store) EachSample(f func(store.Sample) bool) error {
	return s.scanAll(kindSamples, sampleCount, func(field, value string) (bool, error) {
		sample, err := decodeSample(field, value)
		return err == nil && f(sample), err
	})
}

// EachMeta implements store.Store.
func (s *Store) EachMeta(f func(name string, value []byte) bool) error {
	if err := s.usable(); err != nil {
		return err
	}
	key := s.tags.group(s.root.Load().epoch, 0, kindMeta)
	return s.named(s.scan(key, scanCount, func(field, value string) (bool, error) {
		return f(field, []byte(value)), nil
	}))
}
