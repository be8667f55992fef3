// Package quarantine_test follows mails into the quarantine directory and out of it again, with real sendmail.
package quarantine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"asterism/quarantine"
	"asterism/test/e2e"
)

// site is sendmail, spamd and a quarantine that mails to caught@example.org go into.
type site struct {
	*e2e.Sendmail
	spamd *e2e.Spamd
	dir   string
}

// start starts a site with more configuration lines. Its spamd knows what takes released mails only once sendmail runs.
func start(t *testing.T, cf string) *site {
	t.Helper()
	s := &site{dir: filepath.Join(e2e.Dir(t), "quarantine")}
	s.spamd = e2e.StartSpamd(t,
		e2e.TestRules+"quarantine_dir "+s.dir+"\nfor rcpt caught@example.org\nquarantine_score 5\n"+
			"quarantine_to directory\nend\n"+cf, "-L")
	s.Sendmail = e2e.StartSendmail(t, e2e.SendmailOptions{MC: s.spamd.InputMailFilter(t)})
	return s
}

// command runs spamd quarantine with sendmail's submission program.
func (s *site) command(t *testing.T, submit string, args ...string) (string, error) {
	t.Helper()
	extra := e2e.Write(t, filepath.Dir(s.spamd.Config), "submit.cf", "quarantine_submit "+submit+"\n", 0o644)
	args = append([]string{"quarantine", args[0], "-c", s.spamd.Config, "-c", extra}, args[1:]...)
	out, err := exec.Command(e2e.Binary(t, "spamd"), args...).CombinedOutput()
	return string(out), err
}

func (s *site) must(t *testing.T, submit string, args ...string) string {
	t.Helper()
	out, err := s.command(t, submit, args...)
	if err != nil {
		t.Fatalf("spamd quarantine %v: %v\n%s", args, err, out)
	}
	return out
}

// items returns what is in the quarantine.
func (s *site) items(t *testing.T) []quarantine.Item {
	t.Helper()
	var items []quarantine.Item
	for line := range strings.Lines(s.must(t, "/bin/false", "list", "--json")) {
		var i quarantine.Item
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		items = append(items, i)
	}
	return items
}

// odd is a spam that not everybody would pass on as it is.
const odd = "X-Spam-Score: -9.0 ()\nX-Spam-Quarantine: released by me; today; key=abc\nReceived: from a by b;\n" +
	"\tTue, 1 Sep 2026 00:00:00 +0000\n" +
	"From: =?utf-8?q?Ren=C3=A9?= <rene@example.net>\nTo: Bob <caught@example.org>\nSubject: odd\tsubject,\n" +
	"   folded \x1b[31m\n" +
	"Date: Tue, 1 Sep 2026 00:00:00 +0000\nMessage-ID: <odd@example.net>\nX-Empty:\nMIME-Version: 1.0\n" +
	"Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: 8bit\n\npreamble\n--x\n\n" +
	"This is certainly spam. gr\xfc\xdfe \xff\n" +
	".\n..\nFrom here on\n>From there\n  trailing blanks \t \n\n--x\nContent-Type: application/octet-stream\n" +
	"Content-Transfer-Encoding: base64\n\n" +
	"AAECAw==\n--x--\n\n\n"

func TestReleasedMailIsWhatItWas(t *testing.T) {
	s := start(t, "")
	submitter := s.Submitter(t)
	for _, by := range []string{submitter, "smtp:" + socket(s.Addr)} {
		name := filepath.Base(strings.SplitN(by, ":", 2)[0])
		t.Run(name, func(t *testing.T) {
			if err := e2e.Send(s.Addr, "alice@example.net", []string{"caught@example.org", name + "@example.org"},
				odd); err != nil {
				t.Fatal(err)
			}
			items := s.items(t)
			if len(items) != 1 || items[0].Envelope.Sender != "alice@example.net" || len(items[0].Envelope.Recipients) != 2 ||
				items[0].Verdict.Score < 10 || items[0].Envelope.QueueID == "" || items[0].Envelope.Client != "127.0.0.1" {
				t.Fatalf("the quarantine has %+v", items)
			}
			private(t, s.dir)
			if kept := s.must(t, by, "show", "--message", items[0].ID); !strings.HasSuffix(strings.ReplaceAll(kept, "\r\n",
				"\n"), odd) {
				t.Errorf("the quarantine keeps %q\nof %q", kept, odd)
			}
			for _, args := range [][]string{{"list"}, {"show", items[0].ID}, {"list", "--json"}} {
				if out := s.must(t, by, args...); strings.ContainsAny(out, "\x1b\u009b") || !utf8.ValidString(out) {
					t.Errorf("%v sends a terminal control characters:\n%q", args, out)
				}
			}
			s.must(t, by, "release", items[0].ID)
			delivered := s.Mail(t, name)
			sameMail(t, delivered, odd)
			if fields := e2e.HeaderFields(delivered, "X-Spam-Quarantine"); len(fields) != 1 || strings.Contains(fields[0],
				"key") ||
				!strings.HasPrefix(fields[0], "X-Spam-Quarantine: released "+items[0].ID+"; ") {
				t.Errorf("the mail says of its release: %q", fields)
			}
			if left := s.items(t); len(left) != 0 {
				t.Errorf("still there: %+v", left)
			}
		})
	}
	if log := s.spamd.Output(); strings.Count(log, " quarantine=2") != 2 || strings.Count(log, "reason=released") != 2 {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// socket writes host:port as sendmail does.
func socket(addr string) string {
	host, port, _ := strings.Cut(addr, ":")
	return "inet:" + port + "@" + host
}

// private checks that nobody else may read what is in the quarantine.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s has mode %o", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// sameMail compares a delivered mail with what was sent, except for forged fields, and fields that say what way it
// took.
func sameMail(t *testing.T, delivered, sent string) {
	t.Helper()
	strip := func(mail string) string {
		for _, name := range []string{"Received", "X-Spam-Score", "X-Spam-Quarantine", "X-Authentication-Warning",
			"Return-Path"} {
			for _, f := range e2e.HeaderFields(mail, name) {
				mail = strings.Replace(mail, f+"\n", "", 1)
			}
		}
		if strings.HasPrefix(mail, "From ") {
			_, mail, _ = strings.Cut(mail, "\n")
		}
		return mail
	}
	if got, want := strip(delivered), strip(sent); got != want {
		t.Errorf("delivered\n%q\nwant\n%q", got, want)
	}
}

// TestFreedFromTheQueue: a mail in sendmail's own quarantine is what it was, too, when it is freed by its ID.
func TestFreedFromTheQueue(t *testing.T) {
	s := start(t, "for rcpt queued@example.org\nquarantine_score 5\nend\n")
	for range 2 {
		e2e.MustSend(t, s.Addr, "alice@example.net", "queued@example.org", odd)
	}
	queue := s.Command(t, "-bp", "-qQ")
	if strings.Count(queue, "QUARANTINE: X-Spam-Score: ") != 2 || strings.Contains(s.Command(t, "-bp"), "alice") {
		t.Fatalf("mailq -qQ shows:\n%s", queue)
	}
	id := regexp.MustCompile(`(?m)^\w{14}`).FindString(queue)
	s.Command(t, "-qQ", "-qI"+id, "-Q")
	sameMail(t, s.Mail(t, "queued"), odd)
	if queue := s.Command(t, "-bp", "-qQ"); strings.Count(queue, "QUARANTINE: ") != 1 {
		t.Errorf("afterwards mailq -qQ shows:\n%s", queue)
	}
}

// TestKilledWhileQuarantining: whatever sendmail has accepted is in the quarantine, however often spamd is killed,
// and nothing half is.
func TestKilledWhileQuarantining(t *testing.T) {
	s := start(t, "")
	accepted := map[string]bool{}
	for i := range 60 {
		subject := fmt.Sprintf("mail %d", i)
		mail := e2e.Letter(subject, "This is certainly spam.")
		sent := make(chan error, 1)
		go func() { sent <- e2e.Send(s.Addr, "alice@example.net", []string{"caught@example.org"}, mail) }()
		if i%6 == 5 {
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			s.spamd.Kill(t)
		}
		if err := <-sent; err == nil {
			accepted[subject] = true
		} else if !strings.HasPrefix(err.Error(), "4") {
			t.Errorf("%s: %v", subject, err)
		}
		if i%6 == 5 {
			s.spamd.Restart(t)
		}
	}
	for _, item := range s.items(t) {
		delete(accepted, item.Subject)
	}
	if len(accepted) > 0 || len(s.Mails(t, "caught")) > 0 {
		t.Errorf("lost: %v; delivered: %d", accepted, len(s.Mails(t, "caught")))
	}
}

func TestOrdinaryUse(t *testing.T) {
	s := start(t, "")
	for i := range 3 {
		e2e.MustSend(t, s.Addr, "alice@example.net", "caught@example.org", e2e.Letter(fmt.Sprint("offer ", i),
			"This is certainly spam."))
	}
	submitter := s.Submitter(t)
	table := s.must(t, submitter, "list")
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "ID ") || !strings.Contains(lines[3],
		"<alice@example.net>  caught@example.org  offer 2") {
		t.Fatalf("list prints:\n%s", table)
	}
	ids := []string{}
	for _, line := range lines[1:] {
		ids = append(ids, strings.Fields(line)[0])
	}
	if show := s.must(t, submitter, "show", ids[0]); !strings.Contains(show, "recipient  <caught@example.org>") ||
		!strings.Contains(show, "E2E_SPAM") || !strings.Contains(show, "Subject: offer 0") {
		t.Errorf("show prints:\n%s", show)
	}
	s.must(t, submitter, "delete", ids[0])
	out, err := s.command(t, submitter, "release", ids[0], "../../etc", ids[1])
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 66 || strings.Count(out, "no such mail") != 2 ||
		!strings.Contains(out, ids[1]+" released") {
		t.Errorf("release of one that is gone, one that never was and one that is there: %v\n%s", err, out)
	}
	s.Mail(t, "caught")
	if _, err := s.command(t, "/bin/false", "release", ids[2]); err == nil {
		t.Error("a release that nobody takes succeeds")
	}
	if items := s.items(t); len(items) != 1 || items[0].ID != ids[2] {
		t.Errorf("left are %+v", items)
	}
	s.must(t, submitter, "expire", "--older-than", "1h")
	if items := s.items(t); len(items) != 1 {
		t.Error("a mail has expired too early")
	}
	s.must(t, submitter, "expire", "--max-total", "1")
	if items := s.items(t); len(items) != 0 {
		t.Error("a mail stays above the total")
	}
}
