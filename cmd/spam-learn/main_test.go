package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"asterism/config"
)

// runMain makes the test binary spam-learn itself: the only way to have it checked for races, but slow then.
const runMain = "SPAM_LEARN_TEST_MAIN"

// bin is where TestMain builds the programs that the tests run.
var bin string

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
	}
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "spam-learn-test-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	os.Setenv(config.FileEnv, config.NoFile) // not the configuration of the machine that the tests run on
	for _, name := range []string{"spam-learn", "spamd"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, name),
			"asterism/cmd/"+name).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %s", err, out)
			return 1
		}
	}
	return m.Run()
}

// command returns a spam-learn that is ready to start.
func command(args ...string) *exec.Cmd {
	return exec.Command(filepath.Join(bin, "spam-learn"), args...)
}

// raceCommand is the same under the race detector, if the tests run under it.
func raceCommand(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), runMain+"=1")
	return c
}

// learn runs spam-learn and returns what it printed and its exit code.
func learn(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return learnFrom(t, "", args...)
}

func learnFrom(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := command(args...)
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &errs
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// want runs spam-learn, which must print on standard output what the expression matches, nothing on standard error,
// and end with code 0.
func want(t *testing.T, expr string, args ...string) {
	t.Helper()
	stdout, stderr, code := learn(t, args...)
	if !regexp.MustCompile(`^(?:`+expr+`)$`).MatchString(strings.TrimSuffix(stdout, "\n")) || stderr != "" || code != 0 {
		t.Errorf("spam-learn %s:\nstdout %q\nstderr %q\ncode %d; want %s", strings.Join(args, " "), stdout, stderr, code,
			expr)
	}
}

const rate = ` \(\d+\.\d s, \d+ messages/s\)`

// inStore ends the summary of a spam-learn that opened the store itself.
const inStore = rate + `, in /.*\.bolt`

// mail is the i-th mail of a kind: each has words of its own and some that all mails of the kind share.
func mail(kind string, i int) string {
	return fmt.Sprintf("From: %s%d@example.com\nTo: bob@example.org\nMessage-ID: <%s.%d@example.com>\nSubject: %s number "+
		"%d\n"+
		"Date: Thu, 1 Oct 2026 10:%02d:%02d +0200\n\nThis is %s of a kind: %s\n\nword%s%d another%s%d\n",
		kind, i, kind, i, kind, i, i/60%60, i%60, kind, strings.Repeat(kind+" ", 5), kind, i, kind, i)
}

const fromLine = "From alice@example.com Thu Oct  1 10:00:00 2026\n"

// mbox writes an mbox of n mails and returns its name.
func mbox(t *testing.T, dir, kind string, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		b.WriteString(fromLine + mail(kind, i) + "\n")
	}
	return write(t, filepath.Join(dir, kind+".mbox"), b.String())
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// magic returns the totals by name, as --dump magic prints them.
func magic(t *testing.T, path string) map[string]int {
	t.Helper()
	stdout, stderr, code := learn(t, "--bayes-path", path, "--dump", "magic")
	if code != 0 || stderr != "" {
		t.Fatalf("--dump magic: %q, code %d", stderr, code)
	}
	totals := map[string]int{}
	for line := range strings.Lines(stdout) {
		var p float64
		var a, n, b int
		values, name, ok := strings.Cut(strings.TrimSpace(line), "  non-token data: ")
		if _, err := fmt.Sscan(values, &p, &a, &n, &b); err != nil || !ok {
			t.Fatalf("line %q: %v", line, err)
		}
		totals[name] = n
	}
	return totals
}

func wantMagic(t *testing.T, path string, ham, spam int) {
	t.Helper()
	if m := magic(t, path); m["nham"] != ham || m["nspam"] != spam || m["nseen"] != ham+spam {
		t.Errorf("totals %v; want %d ham, %d spam", m, ham, spam)
	}
}
