// Package e2e runs the real programs that the end-to-end tests under test/ put together: sendmail, Postfix, spamd,
// miltertest. Each runs in a directory of its own, on free ports of the loopback interface, and ends with its test.
package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"asterism/config"
	"asterism/test/tool"
)

// No program of a test reads the configuration of the machine that it runs on.
func init() { os.Setenv(config.FileEnv, config.NoFile) }

// Missing ends a test for which a program is missing; see package tool.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	tool.Missing(t, format, args...)
}

// Tool returns the path of a program and ends the test if it is missing; see package tool.
func Tool(t testing.TB, name, debianPackage string) string {
	t.Helper()
	return tool.Path(t, name, debianPackage)
}

// NeedRoot ends a test that takes root as a missing program does.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "this test works as several users: run it as root")
	}
}

// Dir returns a fresh directory that every user may enter, removed after the test. Its name is short enough for unix
// sockets.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e2e")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() && os.Getenv("E2E_KEEP") != "" {
			t.Logf("kept %s", dir)
			return
		}
		os.RemoveAll(dir)
	})
	return dir
}

// FreePort returns a TCP port of 127.0.0.1 that nothing listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// Write writes a file below dir, with any directories that takes, and returns its path.
func Write(t testing.TB, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// Run runs a program to its end and returns what it printed; failing fails the test, and a missing program ends it.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		Missing(t, "%v", err)
	}
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// WaitFor polls until ok returns true, and fails the test if it does not within the time.
func WaitFor(t testing.TB, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

// WaitListening waits until something accepts connections.
func WaitListening(t testing.TB, network, addr string, p *Process) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial(network, addr)
		if err == nil {
			conn.Close()
			return
		}
		if p != nil && p.Ended() {
			t.Fatalf("%s ended instead of listening on %s:\n%s", p.Name, addr, p.Output())
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing listens on %s: %v\n%s", addr, err, p.Output())
		}
	}
}

// Process is a running program of a test. It is killed, with all it started, when the test ends.
type Process struct {
	Name string
	Cmd  *exec.Cmd
	out  syncBuffer
	done chan struct{}
	err  error
}

// Start runs a program in a process group of its own. A missing program ends the test.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Name: filepath.Base(cmd.Path), Cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.WaitDelay = time.Second
	err := cmd.Start()
	if errors.Is(err, exec.ErrNotFound) {
		Missing(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Signal(syscall.SIGKILL)
		select {
		case <-p.done:
		case <-time.After(10 * time.Second):
			t.Errorf("%s cannot be killed", p.Name)
		}
		if t.Failed() {
			t.Logf("%s printed:\n%s", p.Name, p.Output())
		}
	})
	return p
}

// Signal sends a signal to the program and all it started, as far as they stayed in its process group.
func (p *Process) Signal(sig syscall.Signal) {
	if syscall.Kill(-p.Cmd.Process.Pid, sig) != nil {
		p.Cmd.Process.Signal(sig) // it has left its group
	}
}

// Ended reports whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Wait waits for the program to end and returns its exit status as exec.Cmd.Wait does.
func (p *Process) Wait(t testing.TB, limit time.Duration) error {
	t.Helper()
	select {
	case <-p.done:
		return p.err
	case <-time.After(limit):
		t.Fatalf("%s still runs after %v:\n%s", p.Name, limit, p.Output())
		return nil
	}
}

// Output returns what the program has printed so far.
func (p *Process) Output() string {
	if p == nil {
		return ""
	}
	return p.out.String()
}

// WaitOutput waits until the program has printed a text.
func (p *Process) WaitOutput(t testing.TB, text string, limit time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(limit); !strings.Contains(p.Output(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) || p.Ended() {
			if strings.Contains(p.Output(), text) {
				return
			}
			t.Fatalf("%s has not printed %q:\n%s", p.Name, text, p.Output())
		}
	}
}

// syncBuffer is a bytes.Buffer for several goroutines.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// quoteM4 puts a text into m4 quotes.
func quoteM4(format string, args ...any) string {
	return "`" + fmt.Sprintf(format, args...) + "'"
}
