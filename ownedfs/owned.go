// Package ownedfs creates files and directories with the owner of their directory. The daemon, which is not root, must
// be able to open the files that an administrator creates as root. For other users it works like package os.
//
// In another user's directory, root works by descriptors and follows only its own links: the directory's owner may
// place a link to any file there at any time.
package ownedfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenFile is os.OpenFile. A file that root creates gets the owner and the group of its directory.
func OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	return open(name, flag, mode, func(dir *unix.Stat_t) (uid, gid int) { return int(dir.Uid), int(dir.Gid) })
}

// OpenFileFor is os.OpenFile. A file that root creates belongs to the user and the group given; one that is there is
// given to them only where nobody but root can have put it there.
func OpenFileFor(uid, gid int, name string, flag int, mode fs.FileMode) (*os.File, error) {
	f, err := open(name, flag, mode, func(*unix.Stat_t) (int, int) { return uid, gid })
	if err != nil || os.Geteuid() != 0 {
		return f, err
	}
	p, err := At(name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	defer p.Close()
	var st unix.Stat_t
	at, err := p.Stat()
	if err == nil {
		err = unix.Fstat(int(f.Fd()), &st)
	}
	if err == nil && p.mine && at.Ino == st.Ino && at.Dev == st.Dev && st.Nlink == 1 && int(st.Uid) != uid {
		err = f.Chown(uid, gid)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open opens a file; what root creates belongs to whom the owner of its directory says.
func open(name string, flag int, mode fs.FileMode, owner func(dir *unix.Stat_t) (uid, gid int)) (*os.File, error) {
	if os.Geteuid() != 0 {
		return os.OpenFile(name, flag, mode)
	}
	p, err := At(name)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if flag&os.O_CREATE == 0 {
		return p.regular(flag, mode)
	}
	// Only what is certainly new is given away.
	f, err := p.Open(flag|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) && flag&os.O_EXCL == 0 {
		return p.regular(flag&^os.O_CREATE, mode)
	}
	if err != nil {
		return nil, err
	}
	var dir unix.Stat_t
	if err = unix.Fstat(int(p.Dir.Fd()), &dir); err == nil {
		uid, gid := owner(&dir)
		err = f.Chown(uid, gid)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// regular opens a file that is there. In the directory of another it must be a regular file: a pipe could hold root
// up. One with several names must be its owner's, as its other name may be in a directory of root's.
func (p *Place) regular(flag int, mode fs.FileMode) (*os.File, error) {
	q, err := p.Follow()
	if err != nil {
		return nil, err
	}
	if q != p {
		defer q.Close()
	}
	if q.mine {
		return q.Open(flag, mode)
	}
	f, err := q.Open(flag&^os.O_TRUNC|unix.O_NONBLOCK, mode)
	if err != nil {
		return nil, err
	}
	if err = q.isPlain(f); err == nil && flag&os.O_TRUNC != 0 {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (p *Place) isPlain(f *os.File) error {
	var st, dir unix.Stat_t
	if err := errors.Join(unix.Fstat(int(f.Fd()), &st), unix.Fstat(int(p.Dir.Fd()), &dir)); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 && st.Uid != dir.Uid {
		return &fs.PathError{Op: "open", Path: p.String(),
			Err: errors.New("in another user's directory, root opens only that user's regular files")}
	}
	return nil
}

// ReadFile is os.ReadFile.
func ReadFile(name string) ([]byte, error) {
	f, err := OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

// Mkdir is os.Mkdir. A directory that root makes gets the owner and the group of the one around it.
func Mkdir(path string, mode fs.FileMode) error {
	return mkdir(path, mode, func(dir *unix.Stat_t) (uid, gid int) { return int(dir.Uid), int(dir.Gid) })
}

func mkdir(path string, mode fs.FileMode, owner func(dir *unix.Stat_t) (uid, gid int)) error {
	if os.Geteuid() != 0 {
		return os.Mkdir(path, mode)
	}
	p, err := At(strings.TrimRight(path, "/"))
	if err != nil {
		return err
	}
	defer p.Close()
	if err := unix.Mkdirat(int(p.Dir.Fd()), p.Name, uint32(mode.Perm())); err != nil {
		return &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	made, err := p.Open(os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	var dir unix.Stat_t
	if err = unix.Fstat(int(p.Dir.Fd()), &dir); err == nil {
		uid, gid := owner(&dir)
		err = made.Chown(uid, gid)
	}
	return errors.Join(err, made.Close())
}

// MkdirAll is os.MkdirAll. Directories that root makes get the owner and the group of the nearest that was there.
func MkdirAll(path string, mode fs.FileMode) error { return mkdirAll(path, mode, Mkdir) }

// MkdirAllFor is os.MkdirAll. The last directory, if root makes it, belongs to the user and the group given, those
// above it to root.
func MkdirAllFor(uid, gid int, path string, mode fs.FileMode) error {
	path = filepath.Clean(path)
	return mkdirAll(path, mode, func(dir string, mode fs.FileMode) error {
		if dir != path {
			return mkdir(dir, mode, func(*unix.Stat_t) (int, int) { return 0, 0 })
		}
		return mkdir(dir, mode, func(*unix.Stat_t) (int, int) { return uid, gid })
	})
}

func mkdirAll(path string, mode fs.FileMode, mkdir func(string, fs.FileMode) error) error {
	path = filepath.Clean(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(path); parent != path {
		if err := mkdirAll(parent, mode, mkdir); err != nil {
			return err
		}
	}
	err := mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) {
		if info, failed := os.Stat(path); failed == nil && info.IsDir() { // made by another meanwhile
			return nil
		}
	}
	return err
}
