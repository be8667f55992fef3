package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os/user"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"asterism/owned"
)

// File says what a unix socket's file should look like. It is ignored for sockets of the network.
type File struct {
	Mode  fs.FileMode // permission bits; 0 means 0600
	Owner string      // user name or number; empty leaves the creator
	Group string      // group name or number; empty leaves the creator's
}

// Listen opens a listening socket. The file of a unix socket is replaced only if nothing listens on it: a file that
// is not a socket and a socket that still answers are errors. The new file appears under its name with its mode and
// owner already set, and is removed when the listener is closed, unless another has taken its place by then.
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

// listenUnix holds a lock on the directory, so that of two daemons that start at once only one finds the socket
// stale. What it does there it does by descriptors: the directory may be another's, who can put links into it.
func listenUnix(ctx context.Context, lc *net.ListenConfig, path string, f File) (_ net.Listener, err error) {
	uid, gid, err := f.owner()
	if err != nil {
		return nil, err
	}
	place, err := owned.At(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			place.Close()
		}
	}()
	if err := unix.Flock(int(place.Dir.Fd()), unix.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock %s: %w", place.Dir.Name(), err)
	}
	defer unix.Flock(int(place.Dir.Fd()), unix.LOCK_UN)
	if err := checkStale(ctx, place); err != nil {
		return nil, err
	}
	fresh := place.Sibling(place.Name + "~") // bound here, renamed when its mode is right
	if err := fresh.Remove(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	ln, err := lc.Listen(ctx, "unix", fresh.Path())
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	file, err := install(fresh, place.Name, f.mode(), uid, gid)
	if err != nil {
		ln.Close()
		fresh.Remove()
		return nil, err
	}
	return &unixListener{Listener: ln, path: path, place: place, file: file}, nil
}

// checkStale returns nil if the place is free or a socket that nothing listens on.
func checkStale(ctx context.Context, place *owned.Place) error {
	st, err := place.Stat()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return fmt.Errorf("%s exists and is not a socket", place)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", place.Path())
	if err == nil {
		conn.Close()
		return fmt.Errorf("%s is in use: another program listens on it", place)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s may be in use: %w", place, err)
	}
	return nil
}

// install gives a bound socket its owner, mode and final name.
func install(fresh *owned.Place, name string, mode fs.FileMode, uid, gid int) (*unix.Stat_t, error) {
	socket, err := fresh.Open(unix.O_PATH, 0)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(socket.Fd()), &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil, fmt.Errorf("%s was replaced by another file", fresh)
	}
	if uid != -1 || gid != -1 {
		if err := unix.Fchownat(int(socket.Fd()), "", uid, gid, unix.AT_EMPTY_PATH); err != nil {
			return nil, fmt.Errorf("chown %s: %w", fresh, err)
		}
	}
	// chmod(2) of what the descriptor is open at: fchmod(2) takes none that is open by its path alone.
	if err := unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", socket.Fd()), uint32(mode.Perm())); err != nil {
		return nil, fmt.Errorf("chmod %s: %w", fresh, err)
	}
	return &st, fresh.Rename(name)
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
	path  string
	place *owned.Place
	file  *unix.Stat_t
	once  sync.Once
}

// Close stops listening and removes the file if it is still this listener's.
func (l *unixListener) Close() error {
	l.once.Do(func() {
		if now, err := l.place.Stat(); err == nil && now.Ino == l.file.Ino && now.Dev == l.file.Dev {
			_ = l.place.Remove()
		}
		l.place.Close()
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
