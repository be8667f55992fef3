package main

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
func startDaemon(t *testing.T, path string, args ...string) (*exec.Cmd, *spamc.Client) {
	t.Helper()
	daemon := exec.Command(filepath.Join(bin, "spamd"), append([]string{"-L", "--bayes-path", path, "--milter", "none"},
		args...)...)
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
	want(t, `ham: examined 1, learned 1, already known 0, of the learned 1 were spam before, skipped 0`+through, bayes,
		"--ham", one)
	want(t, `forget: examined 1, forgotten 1, not known 0, skipped 0`+through, bayes, "--forget", one)
	want(t, `forget: examined 1, forgotten 0, not known 1, skipped 0`+through, bayes, "--forget", one)
	saved := filepath.Join(dir, "saved.txt")
	for _, args := range [][]string{{"--clear"}, {"--restore", saved}} {
		if stdout, stderr, code := learn(t, append(args, bayes)...); code != 75 || stdout != "" || !strings.Contains(stderr,
			"in use") {
			t.Errorf("%v: code %d, %q, %q", args, code, stdout, stderr)
		}
	}
	// What changes nothing, or only what nobody would miss, is done beside it.
	wantMagic(t, path, 60, 39)
	want(t, `expired 0 tokens; the store has \d+ tokens of 60 ham and 39 spam`, bayes, "--expire")
	want(t, `backed up to .*; the store has \d+ tokens of 60 ham and 39 spam`, bayes, "--backup", saved)
	beside, _, code := learn(t, bayes, "--dump", "all")
	if code != 0 || strings.Count(beside, "\n") < 200 {
		t.Errorf("--dump all beside spamd: code %d, %.200q", code, beside)
	}
	piped, _, _ := learn(t, bayes, "--backup", "-")
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Errorf("spamd: %v", err)
	}
	wantMagic(t, path, 60, 39)
	if alone, _, _ := learn(t, bayes, "--dump", "all"); !slices.Equal(sorted(beside), sorted(alone)) {
		t.Errorf("--dump beside spamd:\n%.500s\nalone:\n%.500s", beside, alone)
	}
	text, err := os.ReadFile(saved)
	alone, _, _ := learn(t, bayes, "--backup", "-")
	if err != nil || !slices.Equal(sorted(string(text)), sorted(alone)) || !slices.Equal(sorted(piped), sorted(alone)) {
		t.Errorf("backups beside spamd and alone differ; %v", err)
	}
}

// TestExpireBesideDaemon: it is the daemon's limit that counts, for spam-learn may know another configuration.
func TestExpireBesideDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	bayes := "--bayes-path=" + path
	want(t, `ham: .*`, bayes, "--ham", mbox(t, dir, "ham", 100))
	limit := write(t, filepath.Join(dir, "limit.cf"), "bayes_expiry_max_db_size 100\n")
	startDaemon(t, path, "-c", limit)
	want(t, `expired \d\d+ tokens; the store has 100 tokens of 100 ham and 0 spam`, bayes, "--expire")
	if m := magic(t, path); m["ntokens"] != 100 || m["last expiry atime"] == 0 {
		t.Errorf("%v", m)
	}
}

// TestBackupCutShort: a backup that ends too early, because spamd does, leaves nothing that could be taken for one.
func TestBackupCutShort(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	bayes := "--bayes-path=" + path
	want(t, `ham: .*`, bayes, "--ham", mbox(t, dir, "ham", 2000))
	daemon, _ := startDaemon(t, path)
	c := command(bayes, "--backup", "-")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	daemon.Process.Kill() // the rest waits for us to read
	io.Copy(io.Discard, out)
	if c.Wait(); c.ProcessState.ExitCode() != 74 || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("code %d, %q", c.ProcessState.ExitCode(), stderr.String())
	}
	want(t, `backed up to .*`, bayes, "--backup", filepath.Join(dir, "whole.txt"))
}

// TestForeignParameters: with a store that another version wrote, spamd goes on without Bayes, all programs say in
// one line what to do, and the store can be saved and begun anew.
func TestForeignParameters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	bayes := "--bayes-path=" + path
	ham := mbox(t, dir, "ham", 60)
	want(t, `ham: .*`, bayes, "--ham", ham)
	st, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	commit, err := st.Apply(store.Learning{Meta: map[string][]byte{"bayes": {9, 1, 2, 3}}})
	if err == nil {
		err = commit.Wait()
	}
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	says := regexp.MustCompile(`(?m)^.*version is 9, and this program reads versions up to \d+; .*--restore.*--clear.*$`)
	stdout, stderr, code := learn(t, bayes, "--ham", ham)
	if code != 74 || stdout != "" || !says.MatchString(stderr) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
	daemon, client := startDaemon(t, path)
	if r, err := client.Check(t.Context(), []byte(mail("spam", 1))); err != nil || r.Bayes >= 0 {
		t.Errorf("check: %+v, %v", r, err)
	}
	if _, err := client.Learn(t.Context(), []byte(mail("spam", 1)), store.Spam); err == nil ||
		!says.MatchString(err.Error()) {
		t.Errorf("learning: %v", err)
	}
	wantMagic(t, path, 60, 0)
	want(t, `backed up to .*; the store has \d+ tokens of 60 ham and 0 spam`, bayes, "--backup",
		filepath.Join(dir, "saved.txt"))
	daemon.Process.Signal(syscall.SIGTERM)
	if err := daemon.Wait(); err != nil {
		t.Errorf("spamd: %v", err)
	}
	// at the start, and when it was to learn
	if log := daemon.Stderr.(*bytes.Buffer).String(); len(says.FindAllString(log, -1)) != 2 {
		t.Errorf("log:\n%s", log)
	}
	want(t, `cleared; .*`, bayes, "--clear")
	want(t, `ham: examined 60, learned 60, .*`, bayes, "--ham", ham)
}

// TestDaemonKilled kills spamd with -9 while it is being taught, again and again: what it had acknowledged is there.
func TestDaemonKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	var mu sync.Mutex
	acknowledged := map[int]bool{}
	next := 0
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for range rounds {
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
	if len(acknowledged) < 5*rounds {
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

// TestLockedWithoutDaemon: if whoever has the store open does not answer, nothing is learned, and it can be tried
// again.
func TestLockedWithoutDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	st, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	stdout, stderr, code := learn(t, "--bayes-path", path, "--ham", mbox(t, dir, "ham", 1))
	if code != 75 || stdout != "" || !strings.Contains(stderr, path+".bolt: store is in use") || !strings.Contains(stderr,
		path+".sock") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// TestOtherControl: who may teach by another socket than that beside the store does not get the store, which has the
// key in it.
func TestOtherControl(t *testing.T) {
	dir := t.TempDir()
	other := listen.Address{Network: "unix", Path: filepath.Join(dir, "other.sock")}
	_, own := startDaemon(t, filepath.Join(dir, "bayes"), "--control", other.String())
	client := &spamc.Client{Addr: other}
	if _, err := client.Learn(t.Context(), []byte(mail("spam", 1)), store.Spam); err != nil {
		t.Error(err)
	}
	if tot, err := own.Totals(t.Context()); err != nil || tot.Spam != 1 || tot.Seen != 1 || tot.Tokens == 0 ||
		tot.Newest.IsZero() {
		t.Errorf("%+v, %v", tot, err)
	}
	_, totals := client.Totals(t.Context())
	_, _, expired := client.Expire(t.Context())
	backup := client.Backup(t.Context(), func(r io.Reader) error {
		text, err := io.ReadAll(r)
		t.Errorf("%.100q, %v", text, err)
		return nil
	})
	for _, err := range []error{totals, expired, backup} {
		var refused *spamc.ServerError
		if !errors.As(err, &refused) {
			t.Errorf("%v", err)
		}
	}
}
