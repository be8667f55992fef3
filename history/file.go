package history

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"

	bbolt "go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"asterism/contain"
	"asterism/ownedfs"
)

// Errors of a history's file.
var (
	// ErrLocked is returned by Open if another process has the file open.
	ErrLocked = errors.New("the history is in use by another process")

	errDamaged = errors.New("the file is damaged")
	errVersion = errors.New("the file is of another version of this program")
)

// The file's buckets. Records and lessons are in the buckets of segments, which hold the records of some hours and are
// dropped as a whole:
//
//	meta      version, seed, hide, stream
//	names     number (4 bytes) -> word
//	taught    ID -> what was taught of it
//	segments  ID of its first record -> bucket: records (ID -> record), lessons (ID -> lesson), index of a closed one
var (
	metaBucket     = []byte("meta")
	namesBucket    = []byte("names")
	taughtBucket   = []byte("taught")
	segmentsBucket = []byte("segments")
	recordsBucket  = []byte("records")
	lessonsBucket  = []byte("lessons")
	indexKey       = []byte("index")

	versionKey = []byte("version")
	seedKey    = []byte("seed")   // of hasher
	hideKey    = []byte("hide")   // of hider
	streamKey  = []byte("stream") // position in the stream of a shared history
)

const fileVersion = 1

const (
	lockTimeout     = 250 * time.Millisecond
	pageSize        = 16 << 10
	growBy          = 1 << 20  // bytes by which the file grows
	initialMmapSize = 64 << 20 // addresses set aside; bbolt waits for its readers whenever the file outgrows them
)

// file is the open file.
type file struct {
	path   string
	db     *bbolt.DB
	opened *os.File // what db has open
	names  *names
	hash   hasher
	hide   hider
	stream string // last entry of the stream that is in the file
}

// openFile opens the file, or makes it.
func openFile(path string) (*file, error) {
	if err := ownedfs.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f := &file{path: path, names: newNames()}
	opt := &bbolt.Options{
		Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, InitialMmapSize: initialMmapSize, PageSize: pageSize,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			f.opened, err = ownedfs.OpenFile(name, flag, mode)
			return f.opened, err
		},
	}
	err := contain.Mapped(errDamaged, func() (err error) {
		f.db, err = bbolt.Open(path, 0o600, opt)
		return err
	})
	var system syscall.Errno
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, ErrLocked
	case errors.As(err, &system), err != nil && f.opened == nil:
		return nil, err
	case err != nil: // what bbolt does not like of the file
		f.release()
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	f.db.AllocSize = growBy
	if err := contain.Mapped(errDamaged, f.readHead); err != nil {
		if errors.Is(err, errDamaged) {
			f.release()
		} else {
			f.db.Close()
		}
		return nil, err
	}
	return f, nil
}

// readHead reads the parts of the file that are kept in memory. It initializes an empty file.
func (f *file) readHead() error {
	read := func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if meta == nil {
			return fs.ErrNotExist
		}
		switch v := meta.Get(versionKey); {
		case len(v) != 1 || len(meta.Get(seedKey)) != 8 || len(meta.Get(hideKey)) != 8:
			return errDamaged
		case v[0] != fileVersion:
			return errVersion
		}
		f.hash = hasher(binary.BigEndian.Uint64(meta.Get(seedKey)))
		f.hide = hider(binary.BigEndian.Uint64(meta.Get(hideKey)))
		f.stream = string(meta.Get(streamKey))
		for _, name := range [...][]byte{namesBucket, taughtBucket, segmentsBucket} {
			if tx.Bucket(name) == nil {
				return errDamaged
			}
		}
		return tx.Bucket(namesBucket).ForEach(func(_, name []byte) error {
			f.names.number(string(name))
			return nil
		})
	}
	err := f.db.View(read)
	if errors.Is(err, fs.ErrNotExist) {
		err = f.db.Update(func(tx *bbolt.Tx) error { return create(tx, nil) })
		if err == nil {
			err = f.db.View(read)
		}
	}
	f.names.settle(true)
	return err
}

// create makes an empty history, with the keys of another one if there is one.
func create(tx *bbolt.Tx, like *file) error {
	var keys [16]byte
	rand.Read(keys[:])
	if like != nil {
		binary.BigEndian.PutUint64(keys[:], uint64(like.hash))
		binary.BigEndian.PutUint64(keys[8:], uint64(like.hide))
	}
	for _, name := range [...][]byte{metaBucket, namesBucket, taughtBucket, segmentsBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(metaBucket)
	return errors.Join(meta.Put(seedKey, keys[:8]), meta.Put(hideKey, keys[8:]),
		meta.Put(versionKey, []byte{fileVersion}))
}

// view and update run transactions.
func (f *file) view(do func(*bbolt.Tx) error) error {
	return contain.Mapped(errDamaged, func() error { return f.db.View(do) })
}

func (f *file) update(do func(*bbolt.Tx) error) error {
	err := contain.Mapped(errDamaged, func() error { return f.db.Update(do) })
	f.names.settle(err == nil)
	return err
}

// close closes the file.
func (f *file) close() error { return f.db.Close() }

// release gives the file and its lock up without bbolt, which may have panicked with its locks held.
func (f *file) release() {
	if f.opened != nil {
		_ = unix.Flock(int(f.opened.Fd()), unix.LOCK_UN)
		_ = f.opened.Close()
	}
}

// used returns how many bytes of the file hold something, and how large it is.
func (f *file) used() (used, all int64) {
	_ = f.view(func(tx *bbolt.Tx) error {
		all = tx.Size()
		s := f.db.Stats()
		used = all - int64(s.FreePageN+s.PendingPageN)*pageSize
		return nil
	})
	return used, all
}

// releasePages gives back the memory of the file's pages: they stay in the system's cache.
func (f *file) releasePages() {
	_ = f.view(func(tx *bbolt.Tx) error { // which keeps the mapping where it is
		start := *(*unsafe.Pointer)(unsafe.Pointer(&f.db.Info().Data))
		return unix.Madvise(unsafe.Slice((*byte)(start), tx.Size()), unix.MADV_DONTNEED)
	})
}

// setAside renames a damaged file, so that a new one can take its place.
func setAside(path string) (string, error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102-150405")
	return aside, os.Rename(path, aside)
}

// key returns an ID as a key.
func (id ID) key() []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

// idOf reads it; 0 if it is not an ID.
func idOf(key []byte) ID {
	if len(key) != 8 {
		return 0
	}
	return ID(binary.BigEndian.Uint64(key))
}
