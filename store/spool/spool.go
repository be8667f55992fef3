// Package spool is a bounded queue in a file, in which lessons wait while their store cannot be reached. Its entries
// survive a crash. Several processes may use one file: each opens it for the time of an operation.
package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/ownedfs"
)

// ErrFull is returned by Add when there is no room.
var ErrFull = errors.New("the journal is full")

// lockTimeout is how long an operation waits for another process.
const lockTimeout = 10 * time.Second

var (
	bucketEntries = []byte("entries")
	bucketHead    = []byte("head")
	keyKey        = []byte("key")
)

// Spool is safe for concurrent use.
type Spool struct {
	file  string
	limit int

	mu    sync.Mutex
	empty os.FileInfo // the file as it was when it was last found empty
}

// New returns the spool in a file, which is created when something is put into it. It holds up to limit entries.
func New(file string, limit int) *Spool { return &Spool{file: file, limit: limit} }

// File returns the name of the file.
func (s *Spool) File() string { return s.file }

// use runs f in a transaction. Unless create is set, a file that is not there makes it return fs.ErrNotExist.
func (s *Spool) use(create bool, f func(*bbolt.Tx) error) error {
	if create {
		if err := ownedfs.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
			return err
		}
	} else if _, err := os.Stat(s.file); err != nil {
		return err
	}
	db, err := bbolt.Open(s.file, 0o600, &bbolt.Options{Timeout: lockTimeout, OpenFile: ownedfs.OpenFile})
	if err == nil {
		err = errors.Join(db.Update(f), db.Close())
	}
	if err != nil && !errors.Is(err, ErrFull) {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	return err
}

// bounds returns the numbers of the first and the one after the last entry.
func bounds(b *bbolt.Bucket) (first, end uint64) {
	first = b.Sequence() + 1
	if k, _ := b.Cursor().First(); k != nil {
		first = binary.BigEndian.Uint64(k)
	}
	return first, b.Sequence() + 1
}

// Add appends entries, all or none. It returns when they are on disk.
func (s *Spool) Add(entries ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.empty = nil
	return s.use(true, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketEntries)
		if err != nil {
			return err
		}
		if first, end := bounds(b); int(end-first)+len(entries) > s.limit {
			return fmt.Errorf("%s: %w: %d learnings are waiting", s.file, ErrFull, end-first)
		}
		for _, e := range entries {
			n, err := b.NextSequence()
			if err == nil {
				err = b.Put(binary.BigEndian.AppendUint64(nil, n), e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Len returns how many entries are waiting.
func (s *Spool) Len() (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := os.Stat(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if e := s.empty; e != nil && os.SameFile(e, now) && e.ModTime().Equal(now.ModTime()) && e.Size() == now.Size() {
		return 0, nil
	}
	err = s.use(false, func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketEntries); b != nil {
			first, end := bounds(b)
			n = int(end - first)
		}
		return nil
	})
	if err == nil && n == 0 {
		if s.empty, err = os.Stat(s.file); err != nil {
			return 0, err
		}
	}
	return n, err
}

// First returns up to n entries from the front, and the argument for Drop to remove them.
func (s *Spool) First(n int) (entries [][]byte, last uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.use(false, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketEntries)
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.First(); k != nil && len(entries) < n; k, v = c.Next() {
			entries = append(entries, append([]byte(nil), v...))
			last = binary.BigEndian.Uint64(k)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return entries, last, err
}

// Drop removes the entries up to the one numbered last.
func (s *Spool) Drop(last uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(false, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketEntries)
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, _ := c.First(); k != nil && binary.BigEndian.Uint64(k) <= last; k, _ = c.First() {
			if err := c.Delete(); err != nil {
				return err
			}
		}
		return nil
	})
}

// Key returns the key of SetKey, 0 if none.
func (s *Spool) Key() (key uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.use(false, func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketHead); b != nil {
			if v := b.Get(keyKey); len(v) == 8 {
				key = binary.BigEndian.Uint64(v)
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return key, err
}

// SetKey saves the key of the entries' store: with it, mails can be prepared for learning while the store is away.
// Entries for a store of another key are dropped, since their tokens are meaningless here.
func (s *Spool) SetKey(key uint64) error {
	old, err := s.Key()
	if err != nil || old == key {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(true, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketHead)
		if err != nil {
			return err
		}
		if old != 0 && tx.Bucket(bucketEntries) != nil {
			if err := tx.DeleteBucket(bucketEntries); err != nil {
				return err
			}
		}
		return b.Put(keyKey, binary.BigEndian.AppendUint64(nil, key))
	})
}
