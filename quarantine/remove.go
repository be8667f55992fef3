package quarantine

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lock keeps other processes from releasing or deleting a mail until the file returned is closed.
func (d *Dir) lock(id string) (*os.File, error) {
	folder, err := d.folder(id)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, found(id, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrBusy
		}
		return nil, err
	}
	if _, err := os.Stat(folder); err != nil { // deleted before we had the lock
		f.Close()
		return nil, found(id, err)
	}
	return f, nil
}

// remove deletes a mail whose lock the caller holds. The mail is gone in one step, its files follow.
func (d *Dir) remove(id string) error {
	old := filepath.Join(d.path, oldPrefix+id)
	if err := os.Rename(filepath.Join(d.path, id), old); err != nil {
		return err
	}
	return os.RemoveAll(old)
}

// Delete deletes a mail.
func (d *Dir) Delete(id string) error {
	lock, err := d.lock(id)
	if err != nil {
		return err
	}
	defer lock.Close()
	return d.remove(id)
}

// leftover is the age of an unfinished folder from which on it counts as left behind by a killed process.
const leftover = time.Hour

// Expire deletes the mails that have been here for longer than age, then the oldest until all take at most maxBytes
// of space; 0 means no limit. It returns how many it has deleted.
func (d *Dir) Expire(age time.Duration, maxBytes int64) (deleted int, err error) {
	if err := d.sweep(); err != nil {
		return 0, err
	}
	ids, err := d.ids()
	if err != nil {
		return 0, err
	}
	sizes, total := make([]int64, len(ids)), int64(0)
	for i, id := range ids {
		sizes[i] = d.space(id)
		total += sizes[i]
	}
	var errs []error
	for i, id := range ids {
		if (age <= 0 || time.Since(received(id)) <= age) && (maxBytes <= 0 || total <= maxBytes) {
			continue
		}
		err := d.Delete(id)
		switch {
		case errors.Is(err, ErrBusy):
			continue // is being released, or the next one's turn
		case err != nil && !errors.Is(err, ErrNotFound):
			errs = append(errs, err)
			continue
		case err == nil:
			deleted++
		}
		total -= sizes[i]
	}
	return deleted, errors.Join(errs...)
}

// space returns the bytes that a mail's files have.
func (d *Dir) space(id string) int64 {
	entries, _ := os.ReadDir(filepath.Join(d.path, id)) // none if it has gone
	var n int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// sweep deletes the folders under way that killed processes have left behind.
func (d *Dir) sweep() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !strings.HasPrefix(e.Name(), newPrefix) && !strings.HasPrefix(e.Name(), oldPrefix)
	})
	for _, e := range entries {
		if info, ierr := e.Info(); ierr == nil && time.Since(info.ModTime()) > leftover {
			err = cmp.Or(err, os.RemoveAll(filepath.Join(d.path, e.Name())))
		}
	}
	return err
}
