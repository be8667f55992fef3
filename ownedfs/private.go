package ownedfs

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Private is a directory, in another that may be anybody's, whose files nobody else can change.
type Private struct {
	dir    *os.File
	around *Place
}

// Private makes a private directory beside the place, or takes over one that was left behind. A file of that name is
// removed.
func (p *Place) Private(name string) (*Private, error) {
	around := p.Sibling(name)
	st, err := around.Stat()
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		err = around.Remove()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := unix.Mkdirat(int(p.Dir.Fd()), name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, &fs.PathError{Op: "mkdir", Path: around.String(), Err: err}
	}
	dir, err := around.Open(os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	var is unix.Stat_t
	if err = unix.Fstat(int(dir.Fd()), &is); err == nil && (int(is.Uid) != os.Geteuid() || is.Mode&0o077 != 0) {
		err = &fs.PathError{Op: "open", Path: around.String(),
			Err: errors.New("belongs to another user, or other users can write to it; remove it")}
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return &Private{dir, around}, nil
}

// At returns the place of a name in the directory, to be used before the directory is removed.
func (d *Private) At(name string) *Place { return &Place{Dir: d.dir, Name: name, mine: d.around.mine} }

// Remove removes the directory, which is empty.
func (d *Private) Remove() error {
	err := unix.Unlinkat(int(d.around.Dir.Fd()), d.around.Name, unix.AT_REMOVEDIR)
	return errors.Join(err, d.dir.Close())
}
