package ownedfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// daemon is a user who is not root.
const daemon = 12345

// place returns a directory of the daemon's.
func place(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test gives files away: run it as root")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, daemon, daemon); err != nil {
		t.Fatal(err)
	}
	return dir
}

func ownerOf(t *testing.T, path string) (uid, gid uint32) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return s.Uid, s.Gid
}

func TestNewBelongsToTheDirectorysOwner(t *testing.T) {
	dir := filepath.Join(place(t), "a/b")
	if err := errors.Join(MkdirAll(dir, 0o700), MkdirAll(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "store")
	for range 2 {
		f, err := OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("x"); err != nil {
			t.Error(err)
		}
		f.Close()
	}
	for _, path := range []string{filepath.Dir(dir), dir, name} {
		if uid, gid := ownerOf(t, path); uid != daemon || gid != daemon {
			t.Errorf("%s belongs to %d:%d", path, uid, gid)
		}
	}
}

// What was there before keeps its owner, and so does what a link of the daemon's leads to.
func TestOldKeepsItsOwner(t *testing.T) {
	dir, elsewhere := place(t), t.TempDir()
	for _, target := range []string{"secret", "not-there"} {
		if err := os.Symlink(filepath.Join(elsewhere, target), filepath.Join(dir, target)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "secret"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(filepath.Join(dir, "secret"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if uid, _ := ownerOf(t, filepath.Join(elsewhere, "secret")); uid != 0 {
		t.Errorf("a file of root's now belongs to %d", uid)
	}
	if _, err := OpenFile(filepath.Join(dir, "not-there"), os.O_RDWR|os.O_CREATE, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link to nothing: %v", err)
	}
}

func TestErrors(t *testing.T) {
	dir := place(t)
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that must be new: %v", err)
	}
	for _, path := range []string{name, filepath.Join(name, "below")} {
		if err := MkdirAll(path, 0o700); err == nil {
			t.Errorf("%s was made where a file is", path)
		}
	}
}
