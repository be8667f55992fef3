package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/store"
)

// patienceOf is how long anything may take on a store that has failed.
const patienceOf = 5 * time.Second

// within fails the test if f does not return in time.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patienceOf):
		t.Fatalf("%s hangs", what)
	}
}

// TestFailed: whatever happens to the file of an open store, learnings are refused with the reason, lookups go on,
// nothing hangs, and the lock is given up.
func TestFailed(t *testing.T) {
	for name, harm := range map[string]func(*testing.T, string){
		"cp":           func(t *testing.T, file string) { overwrite(t, file, usedBytes(t, filled(t, 200))) },
		"cp of itself": func(t *testing.T, file string) { overwrite(t, file, olderCopy) },
		"truncate":     func(t *testing.T, file string) { truncate(t, file, 0) },
		"cut short":    func(t *testing.T, file string) { truncate(t, file, 3*pageSize) },
		"rename":       func(t *testing.T, file string) { replace(t, file) },
		"remove":       func(t *testing.T, file string) { must(t, os.Remove(file)) },
		"zeros":        func(t *testing.T, file string) { overwrite(t, file, make([]byte, len(olderCopy))) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 3000)
			olderCopy = usedBytes(t, path)
			told := make(chan error, 1)
			s, err := Open(path, Options{Failed: func(err error) { told <- err }})
			if err != nil {
				t.Fatal(err)
			}
			apply(t, s, crashLearning(0))
			harm(t, File(path))

			within(t, "learning", func() {
				c, err := s.Apply(crashLearning(1))
				if err == nil {
					err = c.Wait()
				}
				if err == nil || !strings.Contains(err.Error(), File(path)) {
					t.Errorf("a learning: %v", err)
				}
			})
			within(t, "the call of Options.Failed", func() {
				if err := <-told; !errors.Is(err, errDamaged) {
					t.Errorf("Options.Failed(%v)", err)
				}
			})
			if err := s.Failed(); err == nil || !strings.Contains(err.Error(), "--restore") {
				t.Errorf("Failed: %v", err)
			}
			within(t, "a second learning", func() {
				if _, err := s.Apply(crashLearning(2)); err == nil {
					t.Error("a failed store takes a learning")
				}
			})
			dst := make([]store.Record, 1)
			if err := s.Lookup([]store.Token{crashToken(0)}, dst); err != nil || dst[0].Ham == 0 {
				t.Errorf("Lookup: %+v, %v", dst[0], err)
			}
			if tot, err := s.Totals(); err != nil || tot.Tokens == 0 {
				t.Errorf("Totals: %+v, %v", tot, err)
			}
			within(t, "Sample", func() { _, _, _ = s.Sample(store.Ham, 1) })
			within(t, "Close", func() {
				if err := s.Close(); err == nil {
					t.Error("Close says nothing of the failure")
				}
			})
			must(t, os.WriteFile(File(path), olderCopy, 0o600)) // the backup, put back
			again, err := Open(path, Options{})
			if err != nil {
				t.Fatalf("with the backup: %v", err)
			}
			must(t, again.Close())
		})
	}
}

// olderCopy is a backup of the file, made by cp.
var olderCopy []byte

// TestFailureIsNoticed: a file that is replaced is noticed without a learning.
func TestFailureIsNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the check of the file, which runs every few seconds")
	}
	path := filled(t, 100)
	told := make(chan error, 1)
	s, err := Open(path, Options{Failed: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	replace(t, File(path))
	select {
	case err := <-told:
		if !errors.Is(err, errReplaced) {
			t.Error(err)
		}
	case <-time.After(10 * patience):
		t.Fatal("nobody noticed")
	}
}

// TestWaitersOfFailure: a learning that waits while another one meets the damage is told.
func TestWaitersOfFailure(t *testing.T) {
	path := filled(t, 3000)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	truncate(t, File(path), 0)
	within(t, "one of many learnings", func() {
		done := make(chan error)
		for i := range 20 {
			go func() {
				c, err := s.Apply(crashLearning(10 + i))
				if err == nil {
					err = c.Wait()
				}
				done <- err
			}()
		}
		for range 20 {
			if err := <-done; err == nil {
				t.Error("a learning succeeded")
			}
		}
	})
	within(t, "Close", func() { _ = s.Close() })
}

func overwrite(t *testing.T, file string, content []byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	must(t, err)
	_, err = f.Write(content)
	must(t, errors.Join(err, f.Close()))
}

func truncate(t *testing.T, file string, size int64) {
	t.Helper()
	must(t, os.Truncate(file, size))
}

func replace(t *testing.T, file string) {
	t.Helper()
	other := filepath.Join(t.TempDir(), "other")
	content, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(other, content, 0o600))
	must(t, os.Rename(other, file))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
