package kills_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

// slowConf makes Dovecot's LMTP server take its time.
const slowConf = `
protocol lmtp {
  mail_plugins = $mail_plugins sieve
}
plugin {
  sieve_plugins = sieve_extprograms
  sieve_global_extensions = +vnd.dovecot.execute
  sieve_execute_bin_dir = %[1]s/bin
  sieve_before = %[1]s/slow.sieve
}
`

// users are those who get the mails. The stores of the first three fail at times.
var users = strings.Fields("alice bob carol dave erin frank grace heidi ivan judy")

// spamd lmtp between sendmail and Dovecot.
func TestLMTP(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	dir := e2e.Dir(t)
	e2e.Write(t, dir, "bin/slow", "#!/bin/sh\nsleep 0.$(( $$ % 4 ))\n", 0o755)
	slow := fmt.Sprintf(slowConf, dir)
	e2e.CompileSieve(t, e2e.Write(t, dir, "slow.sieve", "require [\"vnd.dovecot.execute\"];\nexecute \"slow\";\n", 0o644),
		slow)
	dovecot := e2e.StartDovecot(t, users, slow)
	c := &campaign{t: t, rcpts: users}
	for _, user := range users {
		c.boxes = append(c.boxes, dovecot.Maildir(user))
	}
	c.mta = e2e.StartSendmail(t, e2e.SendmailOptions{MC: e2e.LMTPLines(t, spamd, "--to "+dovecot.LMTP) + busy,
		KeepMailer: true})
	lmtp := subcommand("lmtp", spamd.Store) // finds both processes of each
	alone := 0                              // kills of one whose other one had been killed before, or was not there yet
	// kills of Dovecot's process when it had stored a mail, and had said so to its log at most
	stored := 0
	c.sides = []*side{
		daemon(t, spamd),
		{name: "spamd lmtp", life: 100 * time.Millisecond, find: lmtp, after: func(pid int) {
			others := lmtp()
			if !slices.Contains(others, parent(pid)) && !slices.ContainsFunc(others,
				func(other int) bool { return parent(other) == pid }) {
				alone++
			}
		}},
		{name: "Dovecot's lmtp", life: 100 * time.Millisecond, find: func() []int {
			return processes(func(pid int, args []string) bool {
				return strings.HasPrefix(args[0], "dovecot/lmtp") && parent(pid) == dovecot.Pid()
			})
		}, after: func(pid int) {
			if lastLine(dovecot, pid, "stored mail into mailbox") {
				stored++
			}
		}},
	}
	defer failing(c.boxes[:3])()
	n := c.run()
	t.Logf("Dovecot could not store a mail %d times", strings.Count(dovecot.Log(), "Maildir/tmp/"))
	t.Logf("both processes of a spamd lmtp were killed %d times at most, Dovecot when it had stored a mail %d times at "+
		"most", alone, stored)
	// Whom LMTP does not let know better (RFC 1047), and one for a spamd lmtp with its hands on the answer.
	if most := alone + stored + 1; n.extra > most {
		t.Errorf("%d copies too many, want %d at most", n.extra, most)
	}
}

// lastLine reports whether a text is in the last line that a process of Dovecot's has logged.
func lastLine(dovecot *e2e.Dovecot, pid int, text string) bool {
	time.Sleep(10 * time.Millisecond) // Dovecot's log is written by another process
	last := ""
	for line := range strings.Lines(dovecot.Log()) {
		if strings.Contains(line, fmt.Sprintf("<%d>", pid)) || strings.Contains(line, fmt.Sprintf("(%d)", pid)) {
			last = line
		}
	}
	return strings.Contains(last, text)
}

// failing has Maildirs refuse mails for moments, until the function returned is called.
func failing(maildirs []string) func() {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			for _, dir := range maildirs {
				os.Chmod(dir+"/tmp", 0)
			}
			pause(stop, 500*time.Millisecond)
			for _, dir := range maildirs {
				os.Chmod(dir+"/tmp", 0o700)
			}
			if pause(stop, time.Second) {
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// pause sleeps up to a time, and reports whether it was ended.
func pause(stop <-chan struct{}, most time.Duration) bool {
	select {
	case <-stop:
		return true
	case <-time.After(time.Duration(rand.Int64N(int64(most)))):
		return false
	}
}
