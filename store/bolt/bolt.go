// Package bolt keeps the learner's store in one bbolt file and, since only one process can open that file, the tokens
// in a compact table in memory as well, about 32 bytes a token, which lookups read without locks.
//
// On disk the tokens are packed into segments by their top bits. A commit appends its changes to a journal. When the
// journal is half as large as the segments, all segments are written again, a few megabytes a transaction, and the
// journal is emptied. Only a commit that changes much of a store, as in a training run, writes the segments itself.
// Opening reads the segments and replays the journal.
package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bbolt "go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"asterism/contain"
	"asterism/ownedfs"
	"asterism/store"
)

// lockTimeout is how long Open tries to lock the file.
const lockTimeout = 250 * time.Millisecond

// initialMmapSize is how many bytes of addresses are set aside for the file at first, more than most will ever have:
// bbolt stops and copies what it has at hand each time the file outgrows them.
const initialMmapSize = 128 << 20

// pageSize is that of a new file, in bytes. bbolt writes page by page: a commit of many segments takes four times as
// long with the system's 4 KB, one of a single mail hardly less.
const pageSize = 16 << 10

// Options say how to open a store. The zero value is usable.
type Options struct {
	// Mode is the mode of a file that is created (bayes_file_mode; its x bits are for directories and are ignored).
	// Default 0600.
	Mode fs.FileMode
	// Background makes Open return before the tokens are in memory. Until then Lookup and Totals return
	// store.ErrLoading, every other method waits, and Touch does nothing; see Loaded.
	Background bool
	// MustExist makes a missing file an error instead of creating it.
	MustExist bool
	// Failed, if given, is called once if the store fails while it is open; see Store.Failed.
	Failed func(error)
}

// Store implements store.Store.
type Store struct {
	file   string
	opt    Options
	db     *bbolt.DB
	opened *os.File // what db has open
	key    atomic.Uint64

	failure atomic.Pointer[error] // why the store has failed; nil if it has not
	lastTx  atomic.Int64          // bbolt's number of the last transaction that wrote; 0 if not known
	inHand  atomic.Pointer[group] // taken off pending, being written

	state   atomic.Int32 // one of the states below
	loaded  chan struct{}
	loadErr error // set before loaded is closed

	shards [shards]shard

	totals     atomic.Uint64 // packCounts(ham, spam)
	tokens     atomic.Int64
	seen       atomic.Int64
	oldest     atomic.Uint32
	newest     atomic.Uint32
	lastExpiry atomic.Int64
	expired    atomic.Bool // tokens or marks were removed that are still in the segments

	mu      sync.Mutex // guards what is below, and writing to shards
	room    *sync.Cond // on mu: pending has room again
	marks   [markShards]markShard
	meta    map[string][]byte
	samples map[sampleKey]*store.Sample // on their way to disk
	pending *group                      // applied, not yet being written
	seq     uint64                      // of the last group that was taken off pending
	behind  bool                        // the last transaction failed: something applied is not on disk

	checkpointing sync.Mutex // one checkpoint at a time; taken before commits
	commits       sync.Mutex // one transaction at a time; taken before mu
	failed        []*group   // taken off pending, but their transaction failed; guarded by commits
	// what a failed group changed is in no journal entry: the next writes segments; guarded by commits
	mustFold    bool
	journalSize int64 // bytes; guarded by commits

	wake   chan struct{} // a commit is wanted now
	quit   chan struct{}
	writer sync.WaitGroup
}

// States of a Store.
const (
	loading = iota
	ready
	broken // could not be loaded
	harmed // damaged while it was open: lookups go on
	closed
)

var _ store.Store = (*Store)(nil)

// File returns the name of the file of the store at a bayes_path, which is a prefix.
func File(path string) string { return path + ".bolt" }

// Open opens the store at a bayes_path and creates it, with the directory it is in, if there is none. A file that is
// no store, is damaged or was written by a later version is left as it is, and the error names it. If another process
// has it open, the error is store.ErrLocked.
func Open(path string, opt Options) (*Store, error) {
	s := &Store{
		file:    File(path),
		opt:     opt,
		loaded:  make(chan struct{}),
		meta:    map[string][]byte{},
		samples: map[sampleKey]*store.Sample{},
		pending: newGroup(),
		wake:    make(chan struct{}, 1),
		quit:    make(chan struct{}),
	}
	s.room = sync.NewCond(&s.mu)
	if err := s.open(opt); err != nil {
		return nil, s.named(err)
	}
	if opt.Background {
		go s.load()
		return s, nil
	}
	s.load()
	if s.loadErr != nil {
		s.db.Close()
		return nil, s.named(s.loadErr)
	}
	return s, nil
}

// Loaded is closed as soon as the tokens are in memory, or cannot be.
func (s *Store) Loaded() <-chan struct{} { return s.loaded }

// named adds the file's name to an error, once.
func (s *Store) named(err error) error {
	var path *fs.PathError
	if err == nil || errors.As(err, &path) && path.Path == s.file {
		return err
	}
	return fmt.Errorf("%s: %w", s.file, err)
}

// open opens the file and makes sure that it is a store, or makes it one.
func (s *Store) open(opt Options) error {
	mode := opt.Mode.Perm() &^ 0o111
	if mode == 0 {
		mode = 0o600
	}
	_, err := os.Stat(s.file)
	isNew := errors.Is(err, fs.ErrNotExist)
	switch {
	case isNew && opt.MustExist, err != nil && !isNew:
		return err
	case isNew:
		if err := ownedfs.MkdirAll(filepath.Dir(s.file), mode|mode&0o444>>2); err != nil {
			return err
		}
	}
	if err := s.openDB(mode, opt.MustExist); err != nil {
		return err
	}
	err = contain.Mapped(errDamaged, func() error { return s.db.View(s.readHead) })
	if errors.Is(err, errEmpty) {
		err = s.db.Update(s.create)
	}
	if err == nil && isNew {
		err = errors.Join(s.opened.Chmod(mode), syncDir(filepath.Dir(s.file)))
	}
	if err != nil {
		s.db.Close()
	}
	return err
}

// openDB opens the file with bbolt, which would crash on some damaged files.
func (s *Store) openDB(mode fs.FileMode, mustExist bool) error {
	opt := &bbolt.Options{
		Timeout:         lockTimeout,
		FreelistType:    bbolt.FreelistMapType,
		NoStatistics:    true,
		InitialMmapSize: initialMmapSize,
		PageSize:        pageSize,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			s.opened, err = ownedfs.OpenFile(name, flag, mode)
			return s.opened, err
		},
	}
	err := contain.Mapped(errDamaged, func() (err error) {
		s.db, err = bbolt.Open(s.file, mode, opt)
		return err
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bbolterrors.ErrTimeout):
		return store.ErrLocked
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrVersionMismatch):
		return errForeign
	case errors.Is(err, errDamaged), errors.Is(err, bbolterrors.ErrChecksum):
		if s.opened != nil {
			_ = s.release()
		}
		return errDamaged
	}
	return err
}

// syncDir makes the name of a new file in the directory survive a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// wait returns once the store is loaded, with the reason if it is not usable.
func (s *Store) wait() error {
	<-s.loaded
	return s.usable()
}

// waitReadable returns once the store is loaded, with the reason if not even what is in memory can be used.
func (s *Store) waitReadable() error {
	<-s.loaded
	return s.readable()
}

// readable returns why what is in memory cannot be used now, if so.
func (s *Store) readable() error {
	if s.state.Load() == harmed {
		return nil
	}
	return s.usable()
}

// usable returns why the store cannot be used now, if so.
func (s *Store) usable() error {
	switch s.state.Load() {
	case ready:
		return nil
	case harmed:
		return s.Failed()
	case loading:
		return s.named(store.ErrLoading)
	case broken:
		return s.named(s.loadErr)
	}
	return s.named(store.ErrClosed)
}

// Close writes pending changes, with the times of last use, and closes the file. After a failure it only closes the
// file.
func (s *Store) Close() error {
	<-s.loaded
	was := s.state.Swap(closed)
	if was == closed {
		return nil
	}
	if s.loadErr != nil {
		return s.named(s.db.Close())
	}
	close(s.quit)
	if was == harmed {
		return errors.Join(s.Failed(), s.release())
	}
	s.writer.Wait()
	err := s.checkpoint()
	if s.cause() != nil {
		return errors.Join(s.Failed(), s.release())
	}
	return s.named(errors.Join(err, s.db.Close()))
}
