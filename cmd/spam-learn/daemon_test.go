package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/listen"
	"asterism/spamc"
	"asterism/store/bolt"
)

// TestBesideDaemon: while spamd has the store open, spam-learn teaches through it, and says so.
func TestBesideDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
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
	for deadline := time.Now().Add(30 * time.Second); client.Ping(t.Context()) != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("spamd does not answer")
		}
	}
	store, through := "--bayes-path="+path, rate+`, through spamd at unix:`+path+`\.sock`
	ham, spam := mbox(t, dir, "ham", 60), mbox(t, dir, "spam", 40)
	want(t, `ham: examined 60, learned 60, already known 0, skipped 0`+through, store, "--ham", ham)
	want(t, `spam: examined 40, learned 40, already known 0, skipped 0`+through, store, "--spam", spam)
	want(t, `ham: examined 60, learned 0, already known 60, skipped 0`+through, store, "--ham", ham)
	one := write(t, filepath.Join(dir, "one"), mail("spam", 1))
	want(t, `ham: examined 1, learned 1, already known 0, of the learned 1 were spam before, skipped 0`+through, store, "--ham", one)
	want(t, `forget: examined 1, forgotten 1, not known 0, skipped 0`+through, store, "--forget", one)
	want(t, `forget: examined 1, forgotten 0, not known 1, skipped 0`+through, store, "--forget", one)
	for _, args := range [][]string{{"--dump", "magic"}, {"--expire"}, {"--clear"}, {"--backup", filepath.Join(dir, "b")}} {
		if stdout, stderr, code := learn(t, append(args, store)...); code != 75 || stdout != "" || !strings.Contains(stderr, "in use") {
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
