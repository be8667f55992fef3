// Package owned makes files and directories that belong to whom the directory around them belongs to. What an administrator's first
// lessons make as root, the daemon, which is not root, must be able to open. For anybody but root it does what package os does.
package owned

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// OpenFile is os.OpenFile. A file that root creates gets the owner and the group of its directory.
func OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	if os.Geteuid() != 0 || flag&os.O_CREATE == 0 {
		return os.OpenFile(name, flag, mode)
	}
	// Only what is certainly new is given away: the directory's owner may put a link to another's file there at any time.
	f, err := os.OpenFile(name, flag|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) && flag&os.O_EXCL == 0 {
		return os.OpenFile(name, flag&^os.O_CREATE, mode)
	}
	if err != nil {
		return nil, err
	}
	if err := give(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Mkdir is os.Mkdir. A directory that root makes gets the owner and the group of the one around it.
func Mkdir(path string, mode fs.FileMode) error {
	if err := os.Mkdir(path, mode); err != nil || os.Geteuid() != 0 {
		return err
	}
	dir, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(give(dir), dir.Close())
}

// MkdirAll is os.MkdirAll. Directories that root makes get the owner and the group of the nearest that was there.
func MkdirAll(path string, mode fs.FileMode) error {
	path = filepath.Clean(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(path); parent != path {
		if err := MkdirAll(parent, mode); err != nil {
			return err
		}
	}
	err := Mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) {
		if info, failed := os.Stat(path); failed == nil && info.IsDir() { // made by another meanwhile
			return nil
		}
	}
	return err
}

// give makes the owner of the directory in which an open file is that of the file.
func give(f *os.File) error {
	dir, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	owner := dir.Sys().(*syscall.Stat_t)
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
