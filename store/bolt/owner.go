package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// openOwned opens a store's file. One that root creates is given to whoever owns its directory: the daemon, which is not root,
// must be able to open what an administrator's first lessons have made.
func openOwned(name string, flag int, mode fs.FileMode) (*os.File, error) {
	_, err := os.Lstat(name)
	fresh := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(name, flag, mode)
	if err != nil || !fresh || os.Geteuid() != 0 {
		return f, err
	}
	dir, err := os.Stat(filepath.Dir(name))
	if err == nil {
		if owner, ok := dir.Sys().(*syscall.Stat_t); ok {
			err = f.Chown(int(owner.Uid), int(owner.Gid))
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
