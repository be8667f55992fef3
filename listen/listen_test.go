package listen

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"unix:/run/spamd.sock":     "unix:/run/spamd.sock",
		"local:/run/spamd.sock":    "unix:/run/spamd.sock",
		"/run/spamd.sock":          "unix:/run/spamd.sock",
		"inet:8891@127.0.0.1":      "inet:8891@127.0.0.1",
		"INET:8891@localhost":      "inet:8891@localhost",
		"inet:8891":                "inet:8891",
		"inet:smtp@127.0.0.1":      "inet:25@127.0.0.1",
		"inet6:8891@::1":           "inet6:8891@::1",
		"inet6:8891@[2001:db8::1]": "inet6:8891@2001:db8::1",
	} {
		t.Run(in, func(t *testing.T) {
			a, err := Parse(in)
			if err != nil || a.String() != want {
				t.Errorf("Parse(%q) = %q, %v, want %q", in, a, err, want)
			}
		})
	}
	for _, in := range []string{
		"", "spamd.sock", "unix:", "unix:spamd.sock", "inet:", "inet:@127.0.0.1", "inet:65536@127.0.0.1", "inet:-1@127.0.0.1",
		"inet:25@::1", "inet6:25@127.0.0.1", "tcp:25@127.0.0.1", "unix:/" + strings.Repeat("x", 107), "unix:/a\x00b",
	} {
		if a, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", in, a)
		} else if !strings.Contains(err.Error(), "socket ") {
			t.Errorf("Parse(%q): error %q does not name the socket", in, err)
		}
	}
}

func TestUnixSocket(t *testing.T) {
	addr := unixSocket(t)
	ln, err := Listen(t.Context(), addr, File{Mode: 0o660, Group: "0"})
	if os.Getuid() != 0 && err != nil {
		ln, err = Listen(t.Context(), addr, File{Mode: 0o660})
	}
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(addr.Path)
	if err != nil || info.Mode() != fs.ModeSocket|0o660 {
		t.Fatalf("socket file: %v, %v, want mode 0660", info, err)
	}
	if _, err := Listen(t.Context(), addr, File{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("second listener on a live socket: %v, want: in use", err)
	}
	conn, err := Dial(t.Context(), addr)
	if err != nil {
		t.Fatalf("the live socket no longer answers: %v", err)
	}
	conn.Close()
	ln.Close()
	ln.Close() // closing twice must not remove a successor's file
	if names, _ := filepath.Glob(filepath.Dir(addr.Path) + "/*"); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	addr := unixSocket(t)
	stale, err := net.Listen("unix", addr.Path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close() // as after kill -9
	ln, err := Listen(t.Context(), addr, File{})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if info, err := os.Lstat(addr.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket file: %v, %v, want mode 0600", info, err)
	}
}

func TestOtherFilesAreKept(t *testing.T) {
	addr := unixSocket(t)
	if err := os.WriteFile(addr.Path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), addr, File{}); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("got %v, want: not a socket", err)
	}
	if b, err := os.ReadFile(addr.Path); string(b) != "precious" {
		t.Errorf("the file now holds %q, %v", b, err)
	}
}

func TestClosingKeepsTheSuccessor(t *testing.T) {
	addr := unixSocket(t)
	old, err := Listen(t.Context(), addr, File{})
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(addr.Path) // an impatient administrator
	next, err := Listen(t.Context(), addr, File{})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	old.Close()
	if conn, err := Dial(t.Context(), addr); err != nil {
		t.Errorf("the successor's socket is gone: %v", err)
	} else {
		conn.Close()
	}
}

func TestOneOfManyWins(t *testing.T) {
	addr := unixSocket(t)
	var won sync.Map
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if ln, err := Listen(t.Context(), addr, File{}); err == nil {
				won.Store(i, ln)
			}
		})
	}
	wg.Wait()
	n := 0
	won.Range(func(_, ln any) bool {
		n++
		ln.(net.Listener).Close()
		return true
	})
	if n != 1 {
		t.Errorf("%d of 20 listeners opened the socket, want 1", n)
	}
}

func TestUnknownOwner(t *testing.T) {
	addr := unixSocket(t)
	for _, f := range []File{{Owner: "no-such-user"}, {Group: "no-such-group"}} {
		if _, err := Listen(t.Context(), addr, f); err == nil || !strings.Contains(err.Error(), "no-such") {
			t.Errorf("Listen with %+v: %v, want an error naming it", f, err)
		}
	}
	if _, err := Listen(t.Context(), Address{Network: "unix", Path: filepath.Dir(addr.Path) + "/missing/x"},
		File{}); err == nil {
		t.Error("Listen in a missing directory: no error")
	}
}

func TestInet(t *testing.T) {
	addr, err := Parse("inet:0@127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(t.Context(), addr, File{})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	addr.Port = uint16(ln.Addr().(*net.TCPAddr).Port)
	conn, err := Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// unixSocket returns an address in a fresh directory with a short name.
func unixSocket(t *testing.T) Address {
	t.Helper()
	dir, err := os.MkdirTemp("", "listen")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return Address{Network: "unix", Path: filepath.Join(dir, "s")}
}

// theirs returns a directory of a user who is not root.
func theirs(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test gives files away: run it as root")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	return dir
}

// theirLink makes a link as the owner of its directory would.
func theirLink(t *testing.T, target, link string) {
	t.Helper()
	if err := errors.Join(os.Symlink(target, link), os.Lchown(link, 12345, 12345)); err != nil {
		t.Fatal(err)
	}
}

// TestLinksInTheDirectoryOfAnother: whoever owns the directory of a socket cannot have root change, or bind, anything
// elsewhere.
func TestLinksInTheDirectoryOfAnother(t *testing.T) {
	dir, secrets := theirs(t), t.TempDir()
	secret := filepath.Join(secrets, "secret")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	theirLink(t, secret, filepath.Join(dir, "sock"))
	theirLink(t, secret, filepath.Join(dir, "other~"))
	theirLink(t, secrets, filepath.Join(dir, "sub"))
	file := File{Mode: 0o666, Owner: "12345", Group: "12345"}
	for _, name := range []string{"sock", "sub/sock"} {
		if ln, err := Listen(t.Context(), Address{Network: "unix", Path: filepath.Join(dir, name)}, file); err == nil {
			ln.Close()
			t.Errorf("%s: root listens behind a link", name)
		}
	}
	// in the place of the link
	ln, err := Listen(t.Context(), Address{Network: "unix", Path: filepath.Join(dir, "other")}, file)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	info, err := os.Lstat(filepath.Join(dir, "other"))
	if err != nil || info.Mode() != fs.ModeSocket|0o666 || info.Sys().(*syscall.Stat_t).Uid != 12345 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if info, err := os.Stat(secret); err != nil || info.Mode() != 0o600 || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("the secret: %v, %v", info, err)
	}
}

// TestLeftBehind: what a killed daemon has left beside its socket is in nobody's way.
func TestLeftBehind(t *testing.T) {
	addr := unixSocket(t)
	if err := os.Mkdir(addr.Path+"~", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(addr.Path+"~/s", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(t.Context(), addr, File{})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if names, _ := filepath.Glob(addr.Path + "?*"); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}
