// Package mda_test puts spamd mda between sendmail and a delivery agent.
package mda_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// mda runs spamd mda with a mail and returns what it printed and its exit code.
func mda(t *testing.T, mail string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), append([]string{"mda"}, args...)...)
	cmd.Stdin = strings.NewReader(mail)
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestTaggingAndExitCodes(t *testing.T) {
	e2e.Tool(t, "cat", "coreutils")
	dir := e2e.Dir(t)
	cf := e2e.Write(t, dir, "local.cf", e2e.TestRules, 0o644)
	running := e2e.StartSpamd(t, e2e.TestRules, "-L")
	for name, where := range map[string][]string{
		"in process":    {"-L", "-c", cf, "--bayes-path", dir + "/bayes"},
		"by the daemon": {"-L", "-c", running.Config, "--bayes-path", running.Store},
	} {
		t.Run(name, func(t *testing.T) {
			mail := "From alice@example.net Sat Nov 21 20:00:00 2026\nX-Spam-Score: -9 ()\n" +
				e2e.Letter("hi", "This is certainly spam.")
			out, code := mda(t, mail, append(where, "--sender", "alice@example.net", "--recipient", "bob", "--", "cat")...)
			fields := e2e.HeaderFields(out, "X-Spam-Score")
			if code != 0 || len(fields) != 1 || !strings.Contains(fields[0], "E2E_SPAM") {
				t.Errorf("exit %d, %q", code, fields)
			}
			if !strings.HasPrefix(out, "From alice@example.net ") || !strings.HasSuffix(out,
				mail[strings.Index(mail, "From: "):]) {
				t.Errorf("the mail has changed:\n%s", out)
			}
			out, code = mda(t, mail, append(where, "--", "sh", "-c", "echo user unknown >&2; exit 67")...)
			if code != 67 || out != "user unknown\n" {
				t.Errorf("exit %d, want the agent's 67; printed %q", code, out)
			}
			out, _ = mda(t, "X-Spam-Score: 1\n"+e2e.Letter("big", strings.Repeat("This is certainly spam.\n", 5000)),
				append(where, "--", "cat")...)
			if fields := e2e.HeaderFields(out, "X-Spam-Score"); len(fields) != 0 {
				t.Errorf("a large mail has %q", fields)
			}
			for _, args := range [][]string{{"--", "/no/such/agent"}, {"--no-such-flag", "--", "cat"}, {"--"}} {
				if out, code := mda(t, mail, append(where, args...)...); code != 75 {
					t.Errorf("%q: exit %d, want 75; printed %q", args, code, out)
				}
			}
		})
	}
}

func TestFailures(t *testing.T) {
	e2e.Tool(t, "cat", "coreutils")
	dir := e2e.Dir(t)
	broken := e2e.Write(t, dir, "bayes.bolt", "this is no store", 0o600)
	mail := "X-Spam-Score: -9 ()\n" + e2e.Letter("hi", "This is certainly spam.")
	for onError, want := range map[string]int{"accept": 0, "tempfail": 75} {
		cf := e2e.Write(t, dir, onError+".cf", "on_error "+onError+"\n", 0o644)
		out, code := mda(t, mail, "-L", "-c", cf, "--bayes-path", strings.TrimSuffix(broken, ".bolt"), "--", "cat")
		if code != want || strings.Contains(out, "This is certainly spam.") != (want == 0) ||
			len(e2e.HeaderFields(out, "X-Spam-Score")) != 0 {
			t.Errorf("on_error %s: exit %d, want %d; printed %q", onError, code, want, out)
		}
	}
	if out, code := mda(t, mail, "-c", dir+"/missing.cf", "--", "cat"); code != 75 {
		t.Errorf("a missing configuration: exit %d, want 75; printed %q", code, out)
	}
}

func TestSendmailWithProcmail(t *testing.T) {
	procmail := e2e.Tool(t, "procmail", "procmail")
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	dir := e2e.Dir(t)
	if err := os.Mkdir(dir+"/mail", 0o777); err != nil {
		t.Fatal(err)
	}
	rc := e2e.Write(t, dir, "procmailrc", "SHELL=/bin/sh\nVERBOSE=off\nDEFAULT="+dir+"/mail/inbox\n\n:0:\n* "+
		"^X-Spam-Score: .*\\(\\*\\*\\*\\*\\*\n"+dir+"/mail/spam\n", 0o644)
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: e2e.MDALines(t, spamd, procmail+" -m "+rc)})
	e2e.MustSend(t, mta.Addr, "alice@example.net", "bob@example.org", e2e.Letter("hi", "This is certainly spam."))
	e2e.MustSend(t, mta.Addr, "alice@example.net", "bob@example.org", e2e.Letter("hi", "This is certainly ham."))
	for name, text := range map[string]string{"inbox": "E2E_HAM", "spam": "E2E_SPAM"} {
		e2e.WaitFor(t, name, 30*time.Second, func() bool {
			mail, _ := os.ReadFile(filepath.Join(dir, "mail", name))
			return strings.Contains(string(mail), text) && strings.HasSuffix(string(mail), "\n\n")
		})
	}
}

// Whoever is killed, and whenever, each mail that was accepted is delivered once.
func TestKillsLoseAndDoubleNothing(t *testing.T) {
	e2e.Tool(t, "cat", "coreutils")
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	dir := e2e.Dir(t)
	if err := os.Mkdir(dir+"/box", 0o777); err != nil {
		t.Fatal(err)
	}
	// An agent that takes its time, stores under a name that the mail has, and says so if that is there already.
	agent := e2e.Write(t, dir, "agent", fmt.Sprintf(`#!/bin/sh
umask 0
f="%[1]s/box/$1"
cat > "$f.$$.tmp" || exit 75
sleep 0.0$(( $$ %% 9 ))
ln "$f.$$.tmp" "$f" || echo twice > "$f.twice"
rm "$f.$$.tmp"
`, dir), 0o755)
	bin := e2e.Binary(t, "spamd")
	const mails = 60
	var wg sync.WaitGroup
	slots := make(chan struct{}, 3)
	for i := range mails {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for attempt := 0; ; attempt++ { // as an MTA does until the agent exits with 0
				cmd := exec.Command(bin, "mda", "-L", "-c", spamd.Config, "--bayes-path", spamd.Store, "--", agent, fmt.Sprint(i))
				cmd.Stdin = strings.NewReader(e2e.Letter("hi", fmt.Sprintf("This is mail %d.", i)))
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				if i%2 == 0 && attempt == 0 {
					time.Sleep(time.Duration(i) * 200 * time.Microsecond)
					if delivered, _ := os.Stat(filepath.Join(dir, "box", fmt.Sprint(i))); delivered == nil {
						cmd.Process.Signal(syscall.SIGKILL)
					}
				}
				if cmd.Wait() == nil {
					return
				}
				if _, err := os.Stat(filepath.Join(dir, "box", fmt.Sprint(i))); err == nil {
					return // killed between its delivery and its exit, as the agent alone could have been
				}
				if attempt > 50 {
					t.Errorf("mail %d is not delivered", i)
					return
				}
			}
		})
	}
	delivered := make(chan struct{})
	go func() {
		wg.Wait()
		close(delivered)
	}()
	for again := true; again; { // meanwhile the daemon is killed again and again
		select {
		case <-delivered:
			again = false
		case <-time.After(200 * time.Millisecond):
			spamd.Kill(t)
			spamd.Restart(t)
		}
	}
	for i := range mails {
		f, err := os.Open(filepath.Join(dir, "box", fmt.Sprint(i)))
		if err != nil {
			t.Errorf("mail %d is lost", i)
			continue
		}
		mail, _ := io.ReadAll(f)
		f.Close()
		if !strings.Contains(string(mail), fmt.Sprintf("This is mail %d.", i)) || !strings.HasSuffix(string(mail),
			"Yours, Alice\n") {
			t.Errorf("mail %d is not whole:\n%s", i, mail)
		}
	}
	if twice, _ := filepath.Glob(dir + "/box/*.twice"); len(twice) != 0 {
		t.Errorf("delivered twice: %v", twice)
	}
}
