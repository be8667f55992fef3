package spamassassin_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// TestSendersCommand: an administrator sees and erases what is known of an address, of the running daemon and without
// one, and a daemon that was killed has lost at most what came in the last second.
func TestSendersCommand(t *testing.T) {
	s := e2e.StartSpamd(t, "use_auto_welcomelist 1\nuse_bayes 0\n", "-L")
	client := s.Client(t)
	for _, raw := range letters() {
		if _, err := client.Check(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(e2e.Binary(t, "spamd"), append([]string{"-c", s.Config, "--bayes-path", s.Store, "senders"},
			args...)...)
		return string(output(t, cmd, nil))
	}
	contains := func(text string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%q is missing:\n%s", w, text)
			}
		}
	}
	contains(run("show", "Joe@Example.com"), "joe@example.com  8.2 ", "joe@example.com  9.2 ")
	contains(run("show", "--json", "ann@example.com"), `"network":"8.2"`, `"messages":`)
	contains(run("show", "nobody@example.com"), "no messages are recorded")
	contains(run("forget", "joe@example.com", "mia@example.org"), "joe@example.com: 2 entries", "mia@example.org: 1 ")
	contains(run("show", "joe@example.com"), "no messages are recorded")
	s.Kill(t)
	contains(run("show", "ann@example.com"), "ann@example.com  8.2 ")
	s.Restart(t)
	contains(run("show", "ann@example.com"), "ann@example.com  8.2 ")
	s.Signal(syscall.SIGTERM)
	s.Wait(t, 10*time.Second)
	contains(run("forget", "ann@example.com"), "ann@example.com: 1 entries")
	contains(run("show", "ann@example.com"), "no messages are recorded")
}
