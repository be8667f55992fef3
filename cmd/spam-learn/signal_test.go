package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/tool"
)

// TestInterrupt: Ctrl-C ends a run cleanly; what was learned is kept, and told.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := raceCommand("--bayes-path", path, "--spam", "-")
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = r, &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	for i := range 2000 {
		if _, err := io.WriteString(w, fromLine+mail("spam", i)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	// Ctrl-C in a pipeline ends the writer as well; a reader that did not stop would learn what follows.
	for i := 0; err == nil; i++ {
		_, err = io.WriteString(w, fromLine+mail("more", i)+"\n")
	}
	w.Close()
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("%v", err)
	}
	summary := regexp.MustCompile(`^spam: examined (\d+), learned (\d+), `).FindStringSubmatch(out.String())
	told := regexp.MustCompile(
		`^spam-learn: interrupted after (\d+) messages, before the end of -:\d+; .*\n$`).FindStringSubmatch(errs.String())
	if summary == nil || told == nil || summary[1] != summary[2] || summary[1] != told[1] {
		t.Fatalf("stdout %q, stderr %q", &out, &errs)
	}
	n, _ := strconv.Atoi(summary[2])
	if n == 0 {
		t.Error("nothing learned")
	}
	wantMagic(t, path, 0, n)
	n = min(n, 2000) // the one it was waiting for may be from behind
	want(t, fmt.Sprintf(`spam: examined 2000, learned %d, already known %d, .*`, 2000-n, n),
		"--bayes-path", path, "--spam", mbox(t, dir, "spam", 2000))
}

// TestKilled: after kill -9 the store opens, every mail is learned wholly or not at all, and none that was is lost.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	ham := mbox(t, dir, "ham", 4000)
	known, rounds := 0, 20
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		c := command("--bayes-path", path, "--ham", ham)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(30*(round+1))) * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		if _, err := os.Stat(path + ".bolt"); err != nil {
			continue // killed before it began
		}
		m := magic(t, path)
		if m["nham"] != m["nseen"] || m["nham"] < known {
			t.Fatalf("after kill -9: %v; %d were known before", m, known)
		}
		known = m["nham"]
	}
	want(t, fmt.Sprintf(`ham: examined 4000, learned %d, already known %d, .*`, 4000-known, known), "--bayes-path", path,
		"--ham", ham)
	want(t, `forget: examined 4000, forgotten 4000, .*`, "--bayes-path", path, "--forget", ham)
	wantMagic(t, path, 0, 0)
	if n := magic(t, path)["ntokens"]; n != 0 {
		t.Errorf("%d tokens are left", n)
	}
}

// TestProgress: a terminal gets a progress bar on standard error, and the summary line all the same.
func TestProgress(t *testing.T) {
	script := tool.Path(t, "script", "bsdutils")
	dir := t.TempDir()
	ham := mbox(t, dir, "ham", 2000)
	learn := command("--bayes-path", filepath.Join(dir, "bayes"), "--ham", ham)
	c := exec.Command(script, "-qec", "'"+strings.Join(learn.Args, "' '")+"'", "/dev/null")
	c.Env = append(os.Environ(), "TERM=xterm")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if s := string(out); !strings.Contains(s, "learning ") || !strings.Contains(s, "%") ||
		!strings.Contains(s, "ham: examined 2000, learned 2000,") {
		t.Errorf("%q", s)
	}
}

// TestTerminated: SIGTERM ends it as Ctrl-C does, with the exit code of that.
func TestTerminated(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bayes")
	c := command("--bayes-path", path, "--ham", "-")
	c.Stdin = r
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	for i := range 2000 {
		if _, err := io.WriteString(w, fromLine+mail("ham", i)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for i := 2000; err == nil; i++ { // until nobody reads any more
		_, err = io.WriteString(w, fromLine+mail("ham", i)+"\n")
	}
	w.Close()
	if c.Wait(); c.ProcessState.ExitCode() != 143 {
		t.Errorf("exit code %d", c.ProcessState.ExitCode())
	}
}
