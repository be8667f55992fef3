package log_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"asterism/test/e2e"
)

// openTerminal returns both ends of a pseudo-terminal (pty(7)).
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		e2e.Missing(t, "no terminals: %v", err)
	}
	t.Cleanup(func() { ours.Close() })
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		e2e.Missing(t, "no terminals: %v", err)
	}
	return ours, theirs
}

// TestCheckOnATerminal: it says what it waits for; classes have colors, unless nobody wants any or a file gets them;
// where
// a file gets the verdicts the terminal shows how many there are.
func TestCheckOnATerminal(t *testing.T) {
	cf := e2e.Write(t, e2e.Dir(t), "local.cf", e2e.TestRules, 0o644)
	mail := e2e.Letter("Offer", "This is certainly spam.")
	const red = "\x1b[31mspam\x1b[0m"
	for name, c := range map[string]struct {
		env      string
		toFile   bool
		has, not string
	}{
		"colors":    {"TERM=xterm", false, red, "mails checked"},
		"NO_COLOR":  {"NO_COLOR=1", false, "\tspam\t", "\x1b["},
		"dumb":      {"TERM=dumb", false, "\tspam\t", "\x1b["},
		"to a file": {"TERM=xterm", true, "mails checked", red},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := openTerminal(t)
			cmd := exec.Command(e2e.Binary(t, "spamd"), "check", "-L", "-c", cf, "--bayes-path", e2e.Dir(t)+"/bayes")
			cmd.Env = append(os.Environ(), "NO_COLOR=", "TERM=xterm", c.env)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
			if c.toFile {
				file, err := os.Create(e2e.Dir(t) + "/verdicts")
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				cmd.Stdout = file
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			theirs.Close()
			var screen strings.Builder
			done := make(chan struct{})
			asked := make(chan struct{}, 1)
			go func() {
				defer close(done)
				b := make([]byte, 4096)
				for {
					n, err := ours.Read(b) // EIO at the end
					screen.Write(b[:n])
					if strings.Contains(screen.String(), "reading a message from standard input, up to Ctrl-D") {
						select {
						case asked <- struct{}{}:
						default:
						}
					}
					if err != nil {
						return
					}
				}
			}()
			select {
			case <-asked:
			case <-time.After(time.Minute):
				t.Fatal("it waits and does not say for what")
			}
			if _, err := io.WriteString(ours, mail+"\n\x04"); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			ours.SetReadDeadline(time.Now().Add(10 * time.Second))
			<-done
			if out := screen.String(); !strings.Contains(out, c.has) || strings.Contains(out, c.not) ||
				!strings.Contains(out, "1 checked: 1 spam, 0 ham") {
				t.Errorf("the screen shows\n%q", out)
			}
		})
	}
}
