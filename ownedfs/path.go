package ownedfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Place is a directory that was reached without following anybody's links but root's, and a name in it. Where root
// works in the directory of another, a path may mean something else by the time that it is used; a Place does not.
type Place struct {
	Dir  *os.File
	Name string // of one file in Dir

	mine bool // only root can change what is in Dir, and what is on the way there
}

// maxLinks is how many links a path may go through, as in the system's own limit.
const maxLinks = 40

// At returns the place of a path. The directory must exist. For users other than root the system resolves the path.
func At(path string) (*Place, error) {
	abs := path
	if !filepath.IsAbs(path) {
		here, err := os.Getwd()
		if err != nil {
			return nil, err
		}
		abs = here + "/" + path // not cleaned: what ".." means depends on links
	}
	dir, name := filepath.Split(abs)
	if name == "" {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("has no file name")}
	}
	if os.Geteuid() != 0 {
		f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
		if err != nil {
			return nil, err
		}
		return &Place{Dir: f, Name: name, mine: true}, nil
	}
	fd, mine, err := walk(-1, true, dir)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &Place{Dir: os.NewFile(uintptr(fd), dir), Name: name, mine: mine}, nil
}

// Close closes the directory.
func (p *Place) Close() error { return p.Dir.Close() }

// Within calls f with a path that means the place while f runs, whatever others make of the one that At was given.
func (p *Place) Within(f func(path string) error) error {
	if p.mine {
		return f(p.String())
	}
	return p.within(f)
}

// Sibling returns the place of another name in the directory, to be closed with it.
func (p *Place) Sibling(name string) *Place { return &Place{Dir: p.Dir, Name: name, mine: p.mine} }

// Open is openat(2), which follows no link.
func (p *Place) Open(flag int, mode fs.FileMode) (*os.File, error) {
	fd, err := ignoringEINTR(func() (int, error) {
		return unix.Openat(int(p.Dir.Fd()), p.Name, flag|unix.O_CLOEXEC|unix.O_NOFOLLOW, uint32(mode.Perm()))
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.String(), Err: err}
	}
	return os.NewFile(uintptr(fd), p.String()), nil
}

// String returns the path, for errors and the log.
func (p *Place) String() string { return filepath.Join(p.Dir.Name(), p.Name) }

// Stat is fstatat(2) of the file itself.
func (p *Place) Stat() (*unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(p.Dir.Fd()), p.Name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: p.String(), Err: err}
	}
	return &st, nil
}

// Remove removes a file that is no directory.
func (p *Place) Remove() error {
	if err := unix.Unlinkat(int(p.Dir.Fd()), p.Name, 0); err != nil {
		return &fs.PathError{Op: "remove", Path: p.String(), Err: err}
	}
	return nil
}

// Move gives the file the place's name and directory, which are on the same file system.
func (p *Place) Move(to *Place) error {
	if err := unix.Renameat(int(p.Dir.Fd()), p.Name, int(to.Dir.Fd()), to.Name); err != nil {
		return &os.LinkError{Op: "rename", Old: p.String(), New: to.String(), Err: err}
	}
	return nil
}

// Follow returns the place that the name is a link to, if it is one and root has made it; else the place itself,
// which must not be closed twice then.
func (p *Place) Follow() (*Place, error) {
	for links := 0; ; links++ {
		st, err := p.Stat()
		if err != nil || st.Mode&unix.S_IFMT != unix.S_IFLNK {
			return p, nil // opening it reports the error
		}
		target, err := linkIn(int(p.Dir.Fd()), p.Name, p.mine)
		if err == nil && links > maxLinks {
			err = unix.ELOOP
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: p.String(), Err: err}
		}
		start, err := unix.FcntlInt(p.Dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		dir, name := filepath.Split(target)
		fd, mine, err := walk(start, p.mine, dir)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: p.String(), Err: err}
		}
		where := filepath.Join(p.Dir.Name(), dir)
		if filepath.IsAbs(dir) {
			where = dir
		}
		if links > 0 {
			p.Close()
		}
		p = &Place{Dir: os.NewFile(uintptr(fd), where), Name: name, mine: mine}
	}
}

// walk opens a directory by its path from an open one on, which it closes, one name after the other. mine is true if
// nobody but root can change what is in the first, any between, and the last.
func walk(fd int, mine bool, path string) (_ int, _ bool, err error) {
	const how = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if strings.HasPrefix(path, "/") {
		unix.Close(fd)
		if fd, err = unix.Open("/", how, 0); err != nil {
			return -1, false, err
		}
	}
	mine = mine && roots(fd)
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	for links := 0; len(names) > 0; {
		name := names[0]
		names = names[1:]
		next, err := ignoringEINTR(func() (int, error) { return unix.Openat(fd, name, how, 0) })
		switch {
		case err == nil:
			unix.Close(fd)
			fd, mine = next, mine && roots(next)
			continue
		case !errors.Is(err, unix.ELOOP) && !errors.Is(err, unix.ENOTDIR):
			unix.Close(fd)
			return -1, false, err
		}
		target, err := linkIn(fd, name, mine)
		if links++; err == nil && links > maxLinks {
			err = unix.ELOOP
		}
		if err == nil && strings.HasPrefix(target, "/") {
			unix.Close(fd)
			fd, err = unix.Open("/", how, 0)
			mine = mine && err == nil && roots(fd)
		}
		if err != nil {
			if fd >= 0 {
				unix.Close(fd)
			}
			return -1, false, err
		}
		names = append(strings.FieldsFunc(target, func(r rune) bool { return r == '/' }), names...)
	}
	return fd, mine, nil
}

// linkIn returns where a link in a directory leads to, if root is the one who has made it.
func linkIn(fd int, name string, mine bool) (string, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", unix.ENOTDIR
	}
	if !mine && st.Uid != 0 {
		return "", fmt.Errorf("%q is a link by user %d, which root does not follow", name, st.Uid)
	}
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, name, b)
	return string(b[:max(n, 0)]), err
}

// roots reports whether nobody but root can change what is in an open directory.
func roots(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Uid == 0 && st.Mode&0o022 == 0
}

func ignoringEINTR(f func() (int, error)) (int, error) {
	for {
		n, err := f()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
