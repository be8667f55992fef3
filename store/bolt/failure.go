package bolt

import (
	"errors"
	"fmt"
	"os"

	bbolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"asterism/contain"
)

var (
	errReplaced = fmt.Errorf("%w: the file was replaced by another one", errDamaged)
	errChanged  = fmt.Errorf("%w: another program has written to the file", errDamaged)
)

// Failed returns why the store accepts no lessons, nil if it does. A store fails when its file is damaged, replaced or
// changed by another program while it is open, or cannot be read or written (EIO). Lookups continue with the tokens in
// memory.
func (s *Store) Failed() error { return s.named(s.cause()) }

// cause is Failed without the file's name.
func (s *Store) cause() error {
	if f := s.failure.Load(); f != nil {
		return *f
	}
	return nil
}

// fail marks the store as failed. bbolt may have panicked with its locks held, so nothing calls it from then on; all
// waiters get the error. It takes no locks: the caller may hold any.
func (s *Store) fail(cause error) {
	err := fmt.Errorf("the store has failed: %w; nothing is learned until the program is started again on a sound file "+
		"(spam-learn --restore puts a backup there)", cause)
	if !s.failure.CompareAndSwap(nil, &err) {
		return
	}
	s.state.CompareAndSwap(ready, harmed)
	go func() {
		if g := s.inHand.Load(); g != nil {
			g.finish(err)
		}
		s.mu.Lock()
		s.pending.finish(err)
		s.room.Broadcast()
		s.mu.Unlock()
		if s.opt.Failed != nil {
			s.opt.Failed(s.named(err))
		}
	}()
}

// view runs a read transaction.
func (s *Store) view(f func(*bbolt.Tx) error) error {
	return s.transact(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			// A transaction that has just ended may not be noted yet.
			if last := s.lastTx.Load(); last != 0 && tx.ID() != int(last) && tx.ID() != int(last)+1 {
				return errChanged
			}
			return f(tx)
		})
	})
}

// update runs a transaction that writes.
func (s *Store) update(f func(*bbolt.Tx) error) error {
	if err := s.sameFile(); err != nil {
		s.fail(err)
		return s.cause()
	}
	id := 0
	err := s.transact(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			if last := s.lastTx.Load(); last != 0 && tx.ID() != int(last)+1 {
				return errChanged
			}
			id = tx.ID()
			return f(tx)
		})
	})
	if err != nil {
		id = 0 // it may have reached the disk all the same
	}
	s.lastTx.Store(int64(id))
	return err
}

// transact runs a transaction, and marks the store as failed if it finds the file damaged.
func (s *Store) transact(f func() error) error {
	if err := s.cause(); err != nil {
		return err
	}
	err := contain.Mapped(errDamaged, f)
	if errors.Is(err, errDamaged) || errors.Is(err, unix.EIO) { // what the disk has after EIO is not known
		s.fail(err)
		return s.cause()
	}
	return err
}

// sameFile returns an error if the file of the store's name is not the one that is open.
func (s *Store) sameFile() error {
	open, err := s.opened.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(s.file)
	if err != nil || !os.SameFile(open, there) {
		return errReplaced
	}
	return nil
}

// release gives the file and its lock up without bbolt. The mapping, which stays, would keep the lock of a file that
// is only closed.
func (s *Store) release() error {
	return errors.Join(unix.Flock(int(s.opened.Fd()), unix.LOCK_UN), s.opened.Close())
}

// finish ends the wait for a group.
func (g *group) finish(err error) {
	g.once.Do(func() {
		g.err = err
		close(g.done)
	})
}
