package kills_test

import (
	"fmt"
	"math/rand/v2"
	"os"
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
  sieve_before2 = %[1]s/slow.sieve
}
`

// users are those who get the mails. The stores of the first three fail at times.
var users = strings.Fields("alice bob carol dave erin frank grace heidi ivan judy")

// spamd lmtp between sendmail and Dovecot. LMTP has no word for "I have heard that you have it": where the server goes on with a mail
// after the other side was killed, that is delivered twice.
func TestLMTP(t *testing.T) {
	c, n := lmtpCampaign(t, "")
	if most := c.sides[1].killed + c.sides[2].killed; n.extra > most {
		t.Errorf("%d copies too many of %d kills", n.extra, most)
	}
}

// The same with the lines of contrib/dovecot that have Dovecot know a mail that it has.
func TestLMTPOnce(t *testing.T) {
	dir := e2e.Dir(t)
	script := e2e.Write(t, dir, "once.sieve", e2e.Contrib(t, "dovecot/once.sieve", nil), 0o644)
	e2e.CompileSieve(t, script, "")
	conf := e2e.Contrib(t, "dovecot/90-asterism-once.conf", map[string]string{
		"/etc/dovecot/sieve/once.sieve": script, "#lmtp_user": "lmtp_user",
	})
	c, n := lmtpCampaign(t, conf)
	if most := c.sides[2].killed; n.extra > most { // Dovecot, killed between storing a mail and noting it
		t.Errorf("%d copies too many of %d kills of Dovecot's", n.extra, most)
	}
}

func lmtpCampaign(t *testing.T, conf string) (*campaign, tally) {
	t.Helper()
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	dir := e2e.Dir(t)
	e2e.Write(t, dir, "bin/slow", "#!/bin/sh\nsleep 0.$(( $$ % 4 ))\n", 0o755)
	slow := fmt.Sprintf(slowConf, dir)
	e2e.CompileSieve(t, e2e.Write(t, dir, "slow.sieve", "require [\"vnd.dovecot.execute\"];\nexecute \"slow\";\n", 0o644), slow)
	dovecot := e2e.StartDovecot(t, users, slow+conf)
	c := &campaign{t: t, rcpts: users}
	for _, user := range users {
		c.boxes = append(c.boxes, dovecot.Maildir(user))
	}
	c.mta = e2e.StartSendmail(t, e2e.SendmailOptions{MC: e2e.LMTPLines(t, spamd, "--to "+dovecot.LMTP) + busy, KeepMailer: true})
	c.sides = []*side{
		daemon(t, spamd),
		{name: "spamd lmtp", find: subcommand("lmtp", spamd.Store), life: 100 * time.Millisecond},
		{name: "Dovecot's lmtp", life: 100 * time.Millisecond, find: func() []int {
			return processes(func(pid int, args []string) bool {
				return strings.HasPrefix(args[0], "dovecot/lmtp") && parent(pid) == dovecot.Pid()
			})
		}},
	}
	defer failing(c.boxes[:3])()
	n := c.run()
	t.Logf("Dovecot could not store a mail %d times", strings.Count(dovecot.Log(), "Maildir/tmp/"))
	return c, n
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

// pause sleeps up to a time, and tells whether it was ended.
func pause(stop <-chan struct{}, most time.Duration) bool {
	select {
	case <-stop:
		return true
	case <-time.After(time.Duration(rand.Int64N(int64(most)))):
		return false
	}
}
