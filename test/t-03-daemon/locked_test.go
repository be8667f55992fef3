package daemon_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// TestLockedStore: a daemon that waits for a store which another process has open says so at once, and goes on when it
// gets it.
func TestLockedStore(t *testing.T) {
	dir := e2e.Dir(t)
	e2e.Run(t, e2e.Binary(t, "spam-learn"), "--bayes-path", dir+"/bayes", "--ham", e2e.Write(t, dir, "mail",
		e2e.Letter("a", "b"), 0o644))
	held, err := os.OpenFile(dir+"/bayes.bolt", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	s := e2e.Start(t, exec.Command(e2e.Binary(t, "spamd"), "-L", "-c", e2e.Write(t, dir, "local.cf", "", 0o644),
		"--bayes-path", dir+"/bayes",
		"--milter", "unix:"+dir+"/milter.sock"))
	s.WaitOutput(t, "waiting for the learner's store, which another process has open", 5*time.Second)
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	s.WaitOutput(t, "msg=listening", 30*time.Second)
}
