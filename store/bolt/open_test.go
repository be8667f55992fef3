package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"asterism/store"
)

// filled makes a store with n tokens, some of them in segments and some in the journal, and returns its path.
func filled(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bayes")
	s := open(t, path)
	var l store.Learning
	for i := range n {
		l.Changes = append(l.Changes, store.Change{Token: crashToken(i), Ham: 1})
	}
	for range 2 {
		for i := range 50 {
			apply(t, s, crashLearning(n+i))
		}
		apply(t, s, l)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
	}
	apply(t, s, l)
	s.mu.Lock() // leave as a crash would: with a journal
	s.state.Store(closed)
	s.mu.Unlock()
	close(s.quit)
	s.writer.Wait()
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func apply(t testing.TB, s *Store, l ...store.Learning) {
	t.Helper()
	c, err := s.Apply(l...)
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refused opens a file that must be refused with an error that names it, left as it is.
func refused(t *testing.T, path, because string) {
	t.Helper()
	before, err := os.ReadFile(File(path))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err == nil {
		s.Close()
		t.Fatal("it was opened")
	}
	if !strings.HasPrefix(err.Error(), File(path)+": ") || !strings.Contains(err.Error(), because) {
		t.Errorf("error %q does not name the file and say %q", err, because)
	}
	if after, _ := os.ReadFile(File(path)); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	for _, content := range []string{"x", "From alice Thu Jan  1 00:00:00 1970\n", strings.Repeat("SQLite format 3\x00",
		5000)} {
		if err := os.WriteFile(File(path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, "not a store of Asterism")
	}
	if err := os.Remove(File(path)); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(File(path), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("somebody's")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "not a store of Asterism")
}

func TestNewerFormat(t *testing.T) {
	path := filled(t, 10)
	db, err := bbolt.Open(File(path), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketHead).Put(keyFormat, binary.LittleEndian.AppendUint32(nil, formatVersion+1))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "later version")
}

// usedBytes returns the content of a store's file without the space that bbolt allocated in advance.
func usedBytes(t *testing.T, path string) []byte {
	t.Helper()
	db, err := bbolt.Open(File(path), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	var used int64
	err = db.View(func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(File(path))
	if err != nil {
		t.Fatal(err)
	}
	return whole[:used]
}

func TestTruncatedFile(t *testing.T) {
	path := filled(t, 3000)
	whole := usedBytes(t, path)
	for size := len(whole) - 4096; size > 0; size -= max(4096, len(whole)/20) {
		if err := os.WriteFile(File(path), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, "")
	}
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	s := open(t, path)
	start := time.Now()
	_, err := Open(path, Options{})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), File(path)) {
		t.Errorf("error: %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path).Close()
}

func TestMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	for mode, want := range map[fs.FileMode][2]fs.FileMode{
		0: {0o600, 0o700}, 0o700: {0o600, 0o700}, 0o770: {0o660, 0o700}, 0o640: {0o640, 0o700},
	} {
		path := filepath.Join(t.TempDir(), "new", "bayes")
		s, err := Open(path, Options{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for i, name := range []string{File(path), filepath.Dir(path)} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want[i] {
				t.Errorf("bayes_file_mode %o: %s has mode %v, %v; want %v", mode, name, info.Mode(), err, want[i])
			}
		}
	}
}

func TestMustExist(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	if _, err := Open(path, Options{MustExist: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error: %v", err)
	}
	if _, err := os.Stat(File(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file was made: %v", err)
	}
}

func TestBackground(t *testing.T) {
	path := filled(t, 3000)
	s, err := Open(path, Options{Background: true})
	if err != nil {
		t.Fatal(err)
	}
	toks, dst := []store.Token{crashToken(1)}, make([]store.Record, 1)
	if err := s.Lookup(toks, dst); err != nil && !errors.Is(err, store.ErrLoading) {
		t.Errorf("at once: %v", err)
	}
	apply(t, s, store.Learning{Changes: []store.Change{{Token: crashToken(1), Spam: 1}}}) // waits for the tokens
	<-s.Loaded()
	if err := s.Lookup(toks, dst); err != nil || dst[0].Ham != 3 || dst[0].Spam != 1 {
		t.Errorf("loaded: %+v, %v", dst[0], err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	db, err := bbolt.Open(File(path), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketTokens).Put([]byte{0, 1}, []byte("damaged")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path, Options{Background: true}); err != nil {
		t.Fatal(err)
	}
	<-s.Loaded()
	for name, err := range map[string]error{"Lookup": s.Lookup(toks, dst), "Expire": func() error {
		_,
			err := s.Expire(1, 1)
		return err
	}()} {
		if err == nil || errors.Is(err, store.ErrLoading) || !strings.Contains(err.Error(), File(path)) {
			t.Errorf("%s of a damaged store: %v", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestDiskFull: a learning that cannot be written is not acknowledged, and is not lost if there is room later.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	s := open(t, path)
	apply(t, s, crashLearning(0))
	s.commits.Lock()
	s.db.MaxSize = 1 // the file must not grow
	s.commits.Unlock()
	var big store.Learning
	for i := range 50_000 {
		big.Changes = append(big.Changes, store.Change{Token: crashToken(1000 + i), Spam: 1})
	}
	for range 2 {
		c, err := s.Apply(big)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); !errors.Is(err, bbolterrors.ErrMaxSizeReached) || !strings.Contains(err.Error(), File(path)) {
			t.Errorf("error: %v", err)
		}
		if c, err := s.Apply(); err != nil || c.Wait() == nil {
			t.Errorf("what is not on disk is taken to be: %v", err)
		}
	}
	s.commits.Lock()
	s.db.MaxSize = 0
	s.commits.Unlock()
	if c, err := s.Apply(); err != nil || c.Wait() != nil {
		t.Errorf("with room again: %v", err)
	}
	apply(t, s, crashLearning(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	dst := make([]store.Record, 3)
	if err := s.Lookup([]store.Token{crashToken(0), crashToken(1), crashToken(1000)}, dst); err != nil {
		t.Fatal(err)
	}
	if dst[0].Ham != 1 || dst[1].Ham != 1 || dst[2].Spam != 2 {
		t.Errorf("after the disk had room again: %+v", dst)
	}
}
