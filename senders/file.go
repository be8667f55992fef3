package senders

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	bbolt "go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"asterism/contain"
	"asterism/ownedfs"
)

// Errors of a record's file.
var (
	// ErrLocked is returned by Open if another process has the file open.
	ErrLocked = errors.New("the record of senders is in use by another process")

	errDamaged = errors.New("the file is damaged")
	errNone    = fmt.Errorf("%w, and no new one could be made", errDamaged)
	errVersion = errors.New("the file is of another version of this program")
)

// The file's buckets:
//
//	meta     version (1 byte), batch (8 bytes): the number of the last batch of this process
//	entries  key -> count, last change in seconds since 1970, bits of the total (8 bytes each, big endian)
var (
	metaBucket    = []byte("meta")
	entriesBucket = []byte("entries")
	versionKey    = []byte("version")
	batchKey      = []byte("batch")
)

const (
	fileVersion = 1
	entrySize   = 24
	lockTimeout = 250 * time.Millisecond
	growBy      = 1 << 20 // bytes by which the file grows
)

// file is a Table in a bbolt file.
type file struct {
	path string
	log  *slog.Logger
	now  func() time.Time

	mu     sync.RWMutex // held for writing while the file is replaced
	db     *bbolt.DB
	opened *os.File // what db has open
}

// Open opens the record in a file, which is made if it is not there. A damaged one is set aside.
func Open(path string, opt Options) (*Book, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	f := &file{path: path, log: opt.Log, now: time.Now}
	err := f.open()
	if errors.Is(err, errDamaged) {
		err = f.replace(err)
	}
	if err != nil {
		return nil, fmt.Errorf("senders %s: %w", path, err)
	}
	return New(path, f, opt), nil
}

// open opens the file, or makes it.
func (f *file) open() error {
	if err := ownedfs.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	f.opened = nil
	opt := &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			f.opened, err = ownedfs.OpenFile(name, flag, mode)
			return f.opened, err
		}}
	err := contain.Mapped(errDamaged, func() (err error) {
		f.db, err = bbolt.Open(f.path, 0o600, opt)
		return err
	})
	var system syscall.Errno
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		f.db, f.opened = nil, nil // bbolt has closed it
		return ErrLocked
	case errors.As(err, &system), err != nil && f.opened == nil:
		f.db, f.opened = nil, nil
		return err
	case err != nil: // what bbolt does not like of the file
		f.release()
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	f.db.AllocSize = growBy
	if err = contain.Mapped(errDamaged, func() error { return f.db.Update(prepare) }); err != nil {
		if !errors.Is(err, errDamaged) {
			f.db.Close()
		}
		f.release()
	}
	return err
}

// prepare makes an empty file a record, and begins the numbers of batches anew.
func prepare(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		var err error
		if meta, err = tx.CreateBucket(metaBucket); err == nil {
			_, err = tx.CreateBucket(entriesBucket)
		}
		if err == nil {
			err = meta.Put(versionKey, []byte{fileVersion})
		}
		if err != nil {
			return err
		}
	}
	switch v := meta.Get(versionKey); {
	case len(v) != 1 || tx.Bucket(entriesBucket) == nil:
		return errDamaged
	case v[0] != fileVersion:
		return errVersion
	}
	return meta.Put(batchKey, make([]byte, 8))
}

// view runs a transaction that reads.
func (f *file) view(do func(*bbolt.Tx) error) error { return f.run(do, (*bbolt.DB).View) }

// update runs a transaction that writes, in a new file if this one is damaged.
func (f *file) update(do func(*bbolt.Tx) error) error {
	err := f.run(do, (*bbolt.DB).Update)
	if !errors.Is(err, errDamaged) {
		return err
	}
	if err = f.renew(err); err != nil {
		return err
	}
	return f.run(do, (*bbolt.DB).Update)
}

func (f *file) run(do func(*bbolt.Tx) error, how func(*bbolt.DB, func(*bbolt.Tx) error) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.db == nil {
		return errNone
	}
	return contain.Mapped(errDamaged, func() error { return how(f.db, do) })
}

// renew takes a new file for a damaged one.
func (f *file) renew(why error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release()
	return f.replace(why)
}

// release gives the file and its lock up without bbolt, which may have panicked with its locks held.
func (f *file) release() {
	if f.opened != nil {
		_ = unix.Flock(int(f.opened.Fd()), unix.LOCK_UN)
		_ = f.opened.Close()
	}
	f.db, f.opened = nil, nil
}

// replace sets a damaged file aside and begins a new one.
func (f *file) replace(why error) error {
	aside := f.path + ".damaged-" + time.Now().UTC().Format("20060102-150405")
	if err := os.Rename(f.path, aside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(why, err)
	}
	f.log.Error("senders: the file is damaged and was set aside; a new one begins", "file", f.path, "aside", aside,
		"err", why)
	return f.open()
}

// Read implements Table.
func (f *file) Read(_ context.Context, keys []string) ([]Entry, uint64, error) {
	entries, batch := make([]Entry, len(keys)), uint64(0)
	err := f.view(func(tx *bbolt.Tx) error {
		if n := tx.Bucket(metaBucket).Get(batchKey); len(n) == 8 {
			batch = binary.BigEndian.Uint64(n)
		}
		all := tx.Bucket(entriesBucket)
		for i, k := range keys {
			entries[i], _ = decode(all.Get([]byte(k)))
		}
		return nil
	})
	return entries, batch, err
}

// Write implements Table.
func (f *file) Write(_ context.Context, batch uint64, changes map[string]Change) error {
	keys := make([]string, 0, len(changes))
	for k := range changes {
		keys = append(keys, k)
	}
	slices.Sort(keys) // neighbors share pages
	now := f.now()
	return f.update(func(tx *bbolt.Tx) error {
		all := tx.Bucket(entriesBucket)
		for _, k := range keys {
			e, _ := decode(all.Get([]byte(k)))
			e = changes[k].Apply(e)
			e.Seen = now
			var err error
			if e.Count == 0 && e.Total == 0 {
				err = all.Delete([]byte(k))
			} else {
				err = all.Put([]byte(k), encode(e))
			}
			if err != nil {
				return err
			}
		}
		return tx.Bucket(metaBucket).Put(batchKey, binary.BigEndian.AppendUint64(nil, batch))
	})
}

// Find implements Table.
func (f *file) Find(ctx context.Context, prefix string) (found []Named, err error) {
	err = f.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(entriesBucket).Cursor()
		for k, v := c.Seek([]byte(prefix)); k != nil && strings.HasPrefix(string(k), prefix); k, v = c.Next() {
			if e, ok := decode(v); ok {
				found = append(found, Named{string(k), e})
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// Close implements Table.
func (f *file) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.db == nil {
		return nil
	}
	return f.db.Close()
}

func encode(e Entry) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, entrySize), uint64(e.Count))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seen.Unix()))
	return binary.BigEndian.AppendUint64(b, math.Float64bits(e.Total))
}

// decode reads an entry. One that is damaged is empty.
func decode(b []byte) (Entry, bool) {
	if len(b) != entrySize {
		return Entry{}, false
	}
	e := Entry{Count: int64(binary.BigEndian.Uint64(b)), Seen: time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0),
		Total: math.Float64frombits(binary.BigEndian.Uint64(b[16:]))}
	if e.Count < 0 || math.IsNaN(e.Total) || math.IsInf(e.Total, 0) {
		return Entry{}, false
	}
	return e, true
}
