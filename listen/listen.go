package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// File says what a unix socket's file should look like. It is ignored for sockets of the network.
type File struct {
	Mode  fs.FileMode // permission bits; 0 means 0600
	Owner string      // user name or number; empty leaves the creator
	Group string      // group name or number; empty leaves the creator's
}

// Listen opens a listening socket. The file of a unix socket is replaced only if nothing listens on it: a file that is not a
// socket and a socket that still answers are errors. The new file appears under its name with its mode and owner
// already set, and is removed when the listener is closed, unless another has taken its place by then.
func Listen(ctx context.Context, a Address, f File) (net.Listener, error) {
	if a.Network == "" {
		return nil, ErrNoAddress
	}
	var lc net.ListenConfig
	if a.Network != "unix" {
		ln, err := lc.Listen(ctx, a.Network, a.hostPort())
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", a, err)
		}
		return ln, nil
	}
	ln, err := listenUnix(ctx, &lc, a.Path, f)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", a, err)
	}
	return ln, nil
}

// listenUnix holds a lock on the directory, so that of two daemons that start at once only one finds the socket stale.
func listenUnix(ctx context.Context, lc *net.ListenConfig, path string, f File) (net.Listener, error) {
	uid, gid, err := f.owner()
	if err != nil {
		return nil, err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir.Name(), err)
	}
	if err := checkStale(ctx, path); err != nil {
		return nil, err
	}
	fresh := path + "~" // bound here, renamed when its mode is right
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	ln, err := lc.Listen(ctx, "unix", fresh)
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	file, err := install(fresh, path, f.mode(), uid, gid)
	if err != nil {
		ln.Close()
		os.Remove(fresh)
		return nil, err
	}
	return &unixListener{Listener: ln, path: path, file: file}, nil
}

// checkStale returns nil if path is free or a socket that nothing listens on.
func checkStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		conn.Close()
		return fmt.Errorf("%s is in use: another program listens on it", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s may be in use: %w", path, err)
	}
	return nil
}

// install gives a bound socket its owner, mode and final name.
func install(fresh, path string, mode fs.FileMode, uid, gid int) (fs.FileInfo, error) {
	if uid != -1 || gid != -1 {
		if err := os.Lchown(fresh, uid, gid); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(fresh, mode); err != nil {
		return nil, err
	}
	info, err := os.Lstat(fresh)
	if err != nil {
		return nil, err
	}
	return info, os.Rename(fresh, path)
}

func (f File) mode() fs.FileMode {
	if f.Mode == 0 {
		return 0o600
	}
	return f.Mode.Perm()
}

// owner looks up the numbers of the owner and group; -1 stands for "leave it".
func (f File) owner() (uid, gid int, err error) {
	uid, gid = -1, -1
	if f.Owner != "" {
		if uid, err = strconv.Atoi(f.Owner); err != nil {
			u, err := user.Lookup(f.Owner)
			if err != nil {
				return -1, -1, err
			}
			uid, _ = strconv.Atoi(u.Uid)
		}
	}
	if f.Group != "" {
		if gid, err = strconv.Atoi(f.Group); err != nil {
			g, err := user.LookupGroup(f.Group)
			if err != nil {
				return -1, -1, err
			}
			gid, _ = strconv.Atoi(g.Gid)
		}
	}
	return uid, gid, nil
}

// unixListener removes its file when it is closed.
type unixListener struct {
	net.Listener
	path string
	file fs.FileInfo
	once sync.Once
}

// Close stops listening and removes the file if it is still this listener's.
func (l *unixListener) Close() error {
	l.once.Do(func() {
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.file) {
			os.Remove(l.path)
		}
	})
	return l.Listener.Close()
}

// Addr returns the address of the socket's final name, which is not the one it was bound under.
func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// Dial connects to an address.
func Dial(ctx context.Context, a Address) (net.Conn, error) {
	if a.Network == "" {
		return nil, ErrNoAddress
	}
	var d net.Dialer
	return d.DialContext(ctx, a.Network, a.hostPort())
}
