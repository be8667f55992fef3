package main

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"asterism/listen"
	"asterism/message"
	"asterism/spamc"
	"asterism/store"
	"asterism/store/bolt"
)

// startDaemon starts spamd on a store, and returns it and its control socket's client as soon as it answers.
func startDaemon(t *testing.T, path string) (*exec.Cmd, *spamc.Client) {
	t.Helper()
	daemon := exec.Command(filepath.Join(bin, "spamd"), "-L", "--bayes-path", path, "--milter", "none")
	var log bytes.Buffer
	daemon.Stderr = &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait()
		if t.Failed() {
			t.Logf("spamd's log:\n%s", &log)
		}
	})
	addr, err := listen.Parse("unix:" + path + ".sock")
	if err != nil {
		t.Fatal(err)
	}
	client := &spamc.Client{Addr: addr}
	for deadline := time.Now().Add(30 * time.Second); client.Ping(t.Context()) != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("spamd does not answer")
		}
	}
	return daemon, client
}

// TestBesideDaemon: while spamd has the store open, spam-learn teaches through it, and says so.
func TestBesideDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	daemon, _ := startDaemon(t, path)
	bayes, through := "--bayes-path="+path, rate+`, through spamd at unix:`+path+`\.sock`
	ham, spam := mbox(t, dir, "ham", 60), mbox(t, dir, "spam", 40)
	want(t, `ham: examined 60, learned 60, already known 0, skipped 0`+through, bayes, "--ham", ham)
	want(t, `spam: examined 40, learned 40, already known 0, skipped 0`+through, bayes, "--spam", spam)
	want(t, `ham: examined 60, learned 0, already known 60, skipped 0`+through, bayes, "--ham", ham)
	one := write(t, filepath.Join(dir, "one"), mail("spam", 1))
	want(t, `ham: examined 1, learned 1, already known 0, of the learned 1 were spam before, skipped 0`+through, bayes, "--ham", one)
	want(t, `forget: examined 1, forgotten 1, not known 0, skipped 0`+through, bayes, "--forget", one)
	want(t, `forget: examined 1, forgotten 0, not known 1, skipped 0`+through, bayes, "--forget", one)
	for _, args := range [][]string{{"--dump", "magic"}, {"--expire"}, {"--clear"}, {"--backup", filepath.Join(dir, "b")}} {
		if stdout, stderr, code := learn(t, append(args, bayes)...); code != 75 || stdout != "" || !strings.Contains(stderr, "in use") {
			t.Errorf("%v: code %d, %q, %q", args, code, stdout, stderr)
		}
	}
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Errorf("spamd: %v", err)
	}
	wantMagic(t, path, 60, 39)
}

// TestDaemonKilled kills spamd with -9 while it is being taught, again and again: what it had acknowledged is there.
func TestDaemonKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	var mu sync.Mutex
	acknowledged := map[int]bool{}
	next := 0
	for range 20 {
		daemon, client := startDaemon(t, path)
		timer := time.AfterFunc(time.Duration(10+rand.IntN(150))*time.Millisecond, func() { daemon.Process.Kill() })
		var tellers sync.WaitGroup
		for range 3 {
			tellers.Go(func() {
				for {
					mu.Lock()
					i := next
					next++
					mu.Unlock()
					if _, err := client.Learn(t.Context(), []byte(mail("spam", i)), store.Spam); err != nil {
						return
					}
					mu.Lock()
					acknowledged[i] = true
					mu.Unlock()
				}
			})
		}
		tellers.Wait()
		timer.Stop()
		daemon.Wait()

		st, err := bolt.Open(path, bolt.Options{MustExist: true})
		if err != nil {
			t.Fatal(err)
		}
		tot, err := st.Totals()
		if err != nil || int(tot.Spam) != tot.Seen || tot.Seen < len(acknowledged) || tot.Seen > next {
			t.Fatalf("%d mails told, %d acknowledged, in the store: %+v, %v", next, len(acknowledged), tot, err)
		}
		for i := range acknowledged {
			if c, err := st.Seen(message.Parse([]byte(mail("spam", i))).Digest()); err != nil || c != store.Spam {
				t.Fatalf("mail %d was acknowledged, but is not known: %v, %v", i, c, err)
			}
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acknowledged) < 100 {
		t.Errorf("only %d mails were acknowledged in all: too few to tell", len(acknowledged))
	}
}

// TestNamedDaemon: who names a daemon's socket teaches that daemon and touches no store, not even one of his own.
func TestNamedDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	daemon, _ := startDaemon(t, path)
	own := "--bayes-path=" + filepath.Join(dir, "no", "such", "place", "bayes")
	spam := mbox(t, dir, "spam", 3)
	want(t, `spam: examined 3, learned 3, already known 0, skipped 0`+rate+`, through spamd at unix:`+path+`\.sock`,
		own, "--control", "unix:"+path+".sock", "--spam", spam)
	daemon.Process.Kill()
	daemon.Wait()
	stdout, stderr, code := learn(t, own, "--control", "unix:"+path+".sock", "--ham", spam)
	if code != 75 || stdout != "" || !strings.Contains(stderr, path+".sock") {
		t.Errorf("without the daemon: code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "no")); len(files) != 0 {
		t.Errorf("made %q", files)
	}
	wantMagic(t, path, 0, 3)
}

// TestLockedWithoutDaemon: if whoever has the store open does not answer, nothing is learned, and it can be tried again.
func TestLockedWithoutDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	st, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	stdout, stderr, code := learn(t, "--bayes-path", path, "--ham", mbox(t, dir, "ham", 1))
	if code != 75 || stdout != "" || !strings.Contains(stderr, path+".bolt: store is in use") || !strings.Contains(stderr, path+".sock") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
