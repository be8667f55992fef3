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

	"asterism/ownedfs"
)

// File has the permissions and owner of a Unix socket's file. It is ignored for network sockets.
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
// stale. What it does there it does by descriptors: the directory may be another's, who can put links into it. The
// socket
// is bound in a directory of its own and moved when its mode is right.
func listenUnix(ctx context.Context, lc *net.ListenConfig, path string, f File) (_ net.Listener, err error) {
	uid, gid, err := f.owner()
	if err != nil {
		return nil, err
	}
	place, err := ownedfs.At(path)
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
	workshop, err := place.Private(place.Name + "~")
	if err != nil {
		return nil, err
	}
	defer workshop.Remove()
	ln, file, err := f.make(ctx, lc, workshop.At("s"), uid, gid)
	if err != nil {
		return nil, err
	}
	if err := workshop.At("s").Move(place); err != nil {
		ln.Close()
		return nil, err
	}
	return &unixListener{Listener: ln, path: path, place: place, file: file}, nil
}

// make binds a socket and gives its file mode and owner, in a directory that nobody else can change: a socket's file
// has
// no descriptor that every system can do that to.
func (f File) make(ctx context.Context, lc *net.ListenConfig, fresh *ownedfs.Place, uid, gid int) (_ net.Listener,
	_ *unix.Stat_t, err error) {
	if err := fresh.Remove(); err != nil && !errors.Is(err, fs.ErrNotExist) { // of one who was killed
		return nil, nil, err
	}
	var ln net.Listener
	err = fresh.Within(func(path string) (err error) {
		ln, err = lc.Listen(ctx, "unix", path)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			ln.Close()
			_ = fresh.Remove()
		}
	}()
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	dir := int(fresh.Dir.Fd())
	if uid != -1 || gid != -1 {
		if err := unix.Fchownat(dir, fresh.Name, uid, gid, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return nil, nil, fmt.Errorf("chown %s: %w", fresh, err)
		}
	}
	if err := unix.Fchmodat(dir, fresh.Name, uint32(f.mode()), 0); err != nil {
		return nil, nil, fmt.Errorf("chmod %s: %w", fresh, err)
	}
	st, err := fresh.Stat()
	return ln, st, err
}

// checkStale returns nil if the place is free or a socket that nothing listens on.
func checkStale(ctx context.Context, place *ownedfs.Place) error {
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
	err = place.Within(func(path string) error {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err == nil {
			conn.Close()
		}
		return err
	})
	if err == nil {
		return fmt.Errorf("%s is in use: another program listens on it", place)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s may be in use: %w", place, err)
	}
	return nil
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
	place *ownedfs.Place
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
