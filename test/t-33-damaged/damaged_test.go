// Package damaged_test harms the store's file under a running spamd.
package damaged_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/spamc"
	"asterism/store"
	"asterism/test/e2e"
)

// patience is how long anything but the stop may take, and stopPatience how long that may.
const (
	patience     = 5 * time.Second
	stopPatience = 10 * time.Second
)

// TestDamagedStore: whatever happens to the file, mail is scanned with what is known, lessons are refused at once,
// /readyz and a metric say so, and spamd stops.
func TestDamagedStore(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, file, backup string){
		"cp":       func(t *testing.T, file, backup string) { e2e.Run(t, "cp", backup, file) },
		"truncate": func(t *testing.T, file, _ string) { must(t, os.Truncate(file, 0)) },
		"dd": func(t *testing.T, file, _ string) {
			e2e.Run(t, "dd", "if=/dev/urandom", "of="+file, "bs=64K", "count=16", "conv=notrunc", "status=none")
		},
		"mv": func(t *testing.T, file, backup string) { must(t, os.Rename(backup, file)) },
		"rm": func(t *testing.T, file, _ string) { must(t, os.Remove(file)) },
	} {
		t.Run(name, func(t *testing.T) { damageAt(t, filepath.Join(e2e.Dir(t), "bayes"), harm) })
	}
}

// damageAt harms the file of a store with this path.
func damageAt(t *testing.T, path string, harm func(t *testing.T, file, backup string)) {
	port := e2e.FreePort(t)
	s := e2e.StartSpamd(t,
		"local_tests_only 1\n"+e2e.TestRules+"bayes_auto_learn 0\nbayes_min_ham_num 5\nbayes_min_spam_num 5\n",
		"--http", fmt.Sprintf("inet:%d@127.0.0.1", port), "--bayes-path", path)
	s.Store, s.Control = path, "unix:"+path+".sock"
	client := s.Client(t)
	teach(t, client, 0, 40)
	file := s.Store + ".bolt"
	backup := filepath.Join(filepath.Dir(file), "backup.bolt")
	e2e.Run(t, "cp", file, backup)
	teach(t, client, 40, 45)
	if r, err := client.Check(t.Context(), []byte(letter(store.Spam, 100))); err != nil || r.Bayes < 0.5 {
		t.Fatalf("before: %+v, %v", r, err)
	}
	if code, text := e2e.Get(t, port, "/readyz"); code != 200 {
		t.Fatalf("before: /readyz says %d %s", code, text)
	}
	harm(t, file, backup)

	refused := func() (err error) {
		within(t, "a lesson", func() { _, err = client.Learn(t.Context(), []byte(letter(store.Spam, 200)), store.Spam) })
		return err
	}
	if err := refused(); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(),
		"--restore") {
		t.Errorf("a lesson: %v", err)
	}
	if err := refused(); err == nil {
		t.Error("a second lesson is taken")
	}
	within(t, "a scan", func() {
		if r, err := client.Check(t.Context(), []byte(letter(store.Spam, 100))); err != nil || r.Bayes < 0.5 {
			t.Errorf("a scan: %+v, %v", r, err)
		}
	})
	if code, text := e2e.Get(t, port, "/readyz"); code != 503 || !strings.Contains(text, file) {
		t.Errorf("/readyz says %d %s", code, text)
	}
	if _, text := e2e.Get(t, port, "/metrics"); !strings.Contains(text, "asterism_store_failed 1") {
		t.Error("/metrics has no asterism_store_failed 1")
	}
	learn := exec.CommandContext(t.Context(), e2e.Binary(t, "spam-learn"), "--bayes-path", s.Store, "--spam")
	learn.Stdin = strings.NewReader(letter(store.Spam, 300))
	within(t, "spam-learn", func() {
		// A sound file in the damaged one's place takes the lesson: it is the store from the next start on.
		if out, err := learn.CombinedOutput(); err != nil && !strings.Contains(string(out), "store has failed") {
			t.Errorf("spam-learn: %v: %s", err, out)
		}
	})
	s.WaitOutput(t, "the learner's store has failed", patience)
	s.Signal(syscall.SIGTERM)
	s.Wait(t, stopPatience)
}

// teach learns mails of both classes, numbered from one number to before another.
func teach(t *testing.T, client *spamc.Client, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		for _, class := range []store.Class{store.Ham, store.Spam} {
			if _, err := client.Learn(t.Context(), []byte(letter(class, i)), class); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func letter(class store.Class, i int) string {
	text := "minutes of the meeting, agenda and budget"
	if class == store.Spam {
		text = "casino, lottery and pills"
	}
	return fmt.Sprintf("From: a%d@%v.example.com\nTo: b@example.org\nSubject: number %d %s\n"+
		"Message-ID: <%d.%v@example.com>\n\n%s %d\n",
		i%7, class, i, text, i, class, text, i)
}

// within fails the test if f does not return in time.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s hangs", what)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
