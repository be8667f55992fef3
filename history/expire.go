package history

import (
	"errors"
	"os"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/contain"
	"asterism/ownedfs"
)

// expireEvery is the interval between deletions of old records.
const expireEvery = 10 * time.Minute

// lessonsAge is how old a segment's lessons are at least when they are deleted to make room, rather than the oldest
// records.
const lessonsAge = 24 * time.Hour

// tidy deletes old records, also while no mail comes.
func (l *Log) tidy() {
	err := contain.Call(func() error { return errors.Join(l.closeSegment(time.Now()), l.expire()) })
	if errors.Is(err, errDamaged) {
		err = l.replaceDamaged(err)
	}
	if err != nil {
		l.opt.Load().Log.Error("history: old records could not be deleted", "file", l.path, "err", err)
	}
}

// expire deletes segments that are too old, or too much. Of the latter, lessons of more than a day ago go first.
func (l *Log) expire() error {
	opt := l.opt.Load()
	if opt.Expire > 0 {
		if err := l.expireBefore(time.Now().Add(-opt.Expire)); err != nil {
			return err
		}
	}
	for opt.MaxSize > 0 {
		used, _ := l.file.used()
		if used <= opt.MaxSize {
			break
		}
		if done, err := l.makeRoom(); err != nil || done {
			return err
		}
	}
	if used, all := l.file.used(); all > compactFrom && used < all/2 {
		return l.compact()
	}
	return nil
}

// expireBefore deletes the segments of which all records are older than a time.
func (l *Log) expireBefore(t time.Time) error {
	limit := newID(t)
	var old []ID
	err := l.file.view(func(tx *bbolt.Tx) error {
		return segments(tx, func(s segment) (bool, error) {
			if lastOf(&s) < limit {
				old = append(old, s.start)
			}
			return true, nil
		})
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return l.dropSegments(old...)
}

// lastOf returns the ID of a segment's last record.
func lastOf(s *segment) ID {
	b := s.Bucket.Bucket(recordsBucket)
	if b == nil {
		return 0
	}
	k, _ := b.Cursor().Last()
	return idOf(k)
}

// dropSegments deletes segments.
func (l *Log) dropSegments(starts ...ID) error {
	err := l.file.update(func(tx *bbolt.Tx) error {
		for _, start := range starts {
			seg, ok := segmentOf(tx, start)
			if !ok || seg.start != start {
				continue
			}
			last := lastOf(&seg)
			taught := tx.Bucket(taughtBucket)
			c := taught.Cursor()
			for k, _ := c.Seek(start.key()); k != nil && idOf(k) <= last; k, _ = c.Seek(start.key()) {
				if err := taught.Delete(k); err != nil {
					return err
				}
			}
			if err := tx.Bucket(segmentsBucket).DeleteBucket(start.key()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, start := range starts {
		if start == l.start {
			l.start, l.tail, l.bytes = 0, &tail{}, 0
		}
	}
	return nil
}

// makeRoom deletes the oldest lessons of more than a day ago or, if there are none, the oldest segment. done is true if
// nothing is left.
func (l *Log) makeRoom() (done bool, err error) {
	var oldest, lessons ID
	err = l.file.view(func(tx *bbolt.Tx) error {
		return segments(tx, func(s segment) (bool, error) {
			if oldest = s.start; s.teachable() && time.Since(s.start.Time()) > lessonsAge {
				lessons = s.start
			}
			return true, nil
		})
	})
	switch {
	case err != nil || oldest == 0:
		return true, err
	case lessons == 0:
		return false, l.dropSegments(oldest)
	}
	return false, l.file.update(func(tx *bbolt.Tx) error {
		return tx.Bucket(segmentsBucket).Bucket(lessons.key()).DeleteBucket(lessonsBucket)
	})
}

const (
	newSuffix   = ".new"
	compactFrom = 64 << 20 // bytes of a file from which on it is made smaller when half of it is free
	compactStep = 4 << 20  // bytes copied in one transaction
)

// compact rewrites the file, without its free pages and their content.
func (l *Log) compact() error {
	path := l.path + newSuffix
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := &file{path: l.path, names: l.file.names, hash: l.file.hash, hide: l.file.hide, stream: l.file.stream}
	var err error
	fresh.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, InitialMmapSize: initialMmapSize, PageSize: pageSize,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			fresh.opened, err = ownedfs.OpenFile(name, flag, mode)
			return fresh.opened, err
		},
	})
	if err != nil {
		return err
	}
	fresh.db.AllocSize = growBy
	err = contain.Mapped(errDamaged, func() error { return bbolt.Compact(fresh.db, l.file.db, compactStep) })
	if err == nil {
		err = fresh.opened.Sync()
	}
	if err == nil {
		err = os.Rename(path, l.path)
	}
	if err != nil {
		fresh.db.Close()
		_ = os.Remove(path)
		return err
	}
	l.mu.Lock()
	old := l.file
	l.file = fresh
	l.mu.Unlock()
	return old.close()
}
