package ownedfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// theirs makes a link as the daemon's user would.
func theirs(t *testing.T, target, link string) {
	t.Helper()
	if err := errors.Join(os.Symlink(target, link), os.Lchown(link, daemon, daemon)); err != nil {
		t.Fatal(err)
	}
}

// rootsDir returns a directory of which nobody but root can change anything, nor where it is.
func rootsDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/root", "owned-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Nothing that the daemon's user can put into the user's directory has root open, read, make or give away a file
// elsewhere.
func TestRootFollowsNobodysLinks(t *testing.T) {
	dir, secrets := place(t), rootsDir(t)
	secret := write(t, filepath.Join(secrets, "secret"), "secret")
	theirs(t, secret, filepath.Join(dir, "link"))
	theirs(t, filepath.Join(secrets, "new"), filepath.Join(dir, "dangling"))
	theirs(t, secrets, filepath.Join(dir, "dir"))
	if err := os.Link(secret, filepath.Join(dir, "hard")); err != nil {
		t.Logf("no hard links between the two: %v", err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "dangling", "dir/secret", "dir/new", "hard", "pipe", "dir/../secret"} {
		path := filepath.Join(dir, name)
		if name == "dir/../secret" {
			path = dir + "/" + name
		}
		if _, err := os.Lstat(path); name == "hard" && err != nil {
			continue
		}
		for what, do := range map[string]func() error{
			"append": func() error { return closed(OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)) },
			"for": func() error {
				return closed(OpenFileFor(daemon, daemon, path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600))
			},
			"trunc": func() error { return closed(OpenFile(path, os.O_WRONLY|os.O_TRUNC|os.O_CREATE, 0o600)) },
			"read":  func() error { _, err := ReadFile(path); return err },
			"mkdir": func() error { return Mkdir(path, 0o700) },
		} {
			if err := do(); err == nil {
				t.Errorf("%s: %s succeeds", name, what)
			}
		}
	}
	if err := MkdirAll(filepath.Join(dir, "dir/a/b"), 0o700); err == nil {
		t.Error("directories are made behind a link")
	}
	if err := MkdirAllFor(daemon, daemon, filepath.Join(dir, "dir/a/b"), 0o700); err == nil {
		t.Error("directories are made behind a link for another")
	}
	entries, _ := os.ReadDir(secrets)
	if content, _ := os.ReadFile(secret); len(entries) != 1 || string(content) != "secret" {
		t.Errorf("root's directory has %v, the secret is %q", entries, content)
	}
	if uid, _ := ownerOf(t, secret); uid != 0 {
		t.Errorf("the secret belongs to %d", uid)
	}
}

func closed(f *os.File, err error) error {
	if err == nil {
		f.Close()
	}
	return err
}

// Links that root has made are followed, absolute and relative ones, to files and to directories.
func TestRootFollowsItsOwnLinks(t *testing.T) {
	dir, elsewhere := place(t), rootsDir(t)
	target := write(t, filepath.Join(elsewhere, "target"), "here")
	below := filepath.Join(elsewhere, "a")
	if err := errors.Join(os.Mkdir(below, 0o700), os.Symlink("../target", filepath.Join(below, "relative")),
		os.Symlink(target, filepath.Join(dir, "absolute")),
		os.Symlink(below, filepath.Join(dir, "dir")), os.Symlink("absolute", filepath.Join(dir, "twice")),
		os.Symlink("loop", filepath.Join(dir, "loop"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"absolute", "twice", "dir/relative", "dir/../target"} {
		if b, err := ReadFile(dir + "/" + name); err != nil || string(b) != "here" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if _, err := ReadFile(filepath.Join(dir, "loop")); !errors.Is(err, unix.ELOOP) {
		t.Errorf("a loop: %v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "absolute", "below")); err == nil {
		t.Error("a file is a directory")
	}
	if _, err := ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// A file for another is the other's if it is new, or if only root can have made it.
func TestOpenFileFor(t *testing.T) {
	open := func(dir string) string {
		t.Helper()
		name := filepath.Join(dir, "log")
		if err := closed(OpenFileFor(daemon+1, daemon+1, name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for what, c := range map[string]struct {
		dir  string
		want uint32
	}{"root's directory": {rootsDir(t), daemon + 1}, "another's directory": {place(t), 0}} {
		write(t, filepath.Join(c.dir, "log"), "")
		if uid, _ := ownerOf(t, open(c.dir)); uid != c.want {
			t.Errorf("a file that was there, in %s, belongs to %d, want %d", what, uid, c.want)
		}
		if err := os.Remove(filepath.Join(c.dir, "log")); err != nil {
			t.Fatal(err)
		}
		if uid, gid := ownerOf(t, open(c.dir)); uid != daemon+1 || gid != daemon+1 {
			t.Errorf("a new file, in %s, belongs to %d:%d", what, uid, gid)
		}
	}
}

func TestMkdirAllFor(t *testing.T) {
	dir := filepath.Join(rootsDir(t), "a/b")
	if err := errors.Join(MkdirAllFor(daemon, daemon, dir, 0o700), MkdirAllFor(daemon, daemon, dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	if uid, _ := ownerOf(t, dir); uid != daemon {
		t.Errorf("it belongs to %d", uid)
	}
	if uid, _ := ownerOf(t, filepath.Dir(dir)); uid != 0 {
		t.Errorf("the one around it belongs to %d", uid)
	}
}

// A place stays the same whatever becomes of its path.
func TestPlaceStays(t *testing.T) {
	dir, secrets := place(t), rootsDir(t)
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := At(filepath.Join(sub, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := os.Rename(sub, filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	theirs(t, secrets, sub)
	if err := closed(p.Open(os.O_CREATE|os.O_WRONLY, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Within(func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) }),
		p.Move(p.Sibling("renamed"))); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(secrets); len(entries) != 0 {
		t.Errorf("root's directory has %v", entries)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "moved/renamed")); err != nil || string(b) != "x" {
		t.Errorf("the file: %q, %v", b, err)
	}
	if err := p.Sibling("renamed").Remove(); err != nil {
		t.Error(err)
	}
	if _, err := At(dir + "/"); err == nil || !strings.Contains(err.Error(), "has no file name") {
		t.Errorf("a path without a name: %v", err)
	}
}

func TestPrivate(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dir string) error{
		"nothing":     func(*testing.T, string) error { return nil },
		"a file":      func(t *testing.T, dir string) error { return os.WriteFile(dir+"/work", nil, 0o600) },
		"a link":      func(t *testing.T, dir string) error { return os.Symlink(rootsDir(t), dir+"/work") },
		"left behind": func(t *testing.T, dir string) error { return os.Mkdir(dir+"/work", 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			if err := prepare(t, dir); err != nil {
				t.Fatal(err)
			}
			p, err := At(dir + "/file")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			private, err := p.Private("work")
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(dir + "/work")
			if err != nil || info.Mode() != fs.ModeDir|0o700 {
				t.Errorf("the directory: %v, %v", info, err)
			}
			if uid, _ := ownerOf(t, dir+"/work"); int(uid) != os.Geteuid() {
				t.Errorf("it belongs to %d", uid)
			}
			made, err := private.At("x").Open(os.O_CREATE|os.O_WRONLY, 0o600)
			if err := errors.Join(closed(made, err), private.At("x").Move(p), private.Remove()); err != nil {
				t.Error(err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 || entries[0].Name() != "file" {
				t.Errorf("there is %v", entries)
			}
		})
	}
	t.Run("open to others", func(t *testing.T) {
		dir := place(t)
		if err := errors.Join(os.Mkdir(dir+"/work", 0o700), os.Chmod(dir+"/work", 0o770)); err != nil {
			t.Fatal(err)
		}
		p, err := At(dir + "/file")
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Private("work"); err == nil || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("others may write there: %v", err)
		}
	})
}
