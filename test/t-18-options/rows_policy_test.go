package options_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
	"asterism/quarantine"
	"asterism/test/e2e"
)

// spammy is a rule that the letter hits.
const spammy = "body OFFER /nobody can refuse/\nscore OFFER 7\n"

// policyRows are what becomes of a mail. Most of it shows in the mail servers' tests.
func policyRows() []row {
	const actions, quarantine = "test/t-10-policy TestActions", "test/t-16-quarantine TestDigest"
	return []row{
		{option: "required_score", base: spammy, with: "required_score 9", came: "of 9.0", gone: "of 5.0"},
		{option: "score", base: "body OFFER /nobody can refuse/", with: "score OFFER 3", came: "hit OFFER 3.000",
			gone: "hit OFFER 1.000"},
		{option: "score_limit", test: "rules TestScoreLimit"},
		{option: "shortcircuit_spam_score", base: spammy + "shortcircuit OFFER spam\npriority OFFER -100",
			with: "shortcircuit_spam_score 50", came: "hit SHORTCIRCUIT 50", gone: "hit SHORTCIRCUIT 100"},
		{option: "shortcircuit_ham_score", base: spammy + "shortcircuit OFFER ham\npriority OFFER -100",
			with: "shortcircuit_ham_score -50", came: "hit SHORTCIRCUIT -50", gone: "hit SHORTCIRCUIT -100"},
		{option: "reject_score", test: actions},
		{option: "reject_reply", test: actions},
		{option: "discard_score", test: actions},
		{option: "quarantine_score", test: actions},
		{option: "quarantine_to", test: quarantine},
		{option: "redirect_score", test: actions},
		{option: "redirect_to", test: actions},
		{option: "add_recipient_score", test: actions},
		{option: "add_recipient_to", test: actions},
		{option: "for", test: actions},
		{option: "end", test: actions},
		{option: "quarantine_dir", test: "test/t-16-quarantine TestOrdinaryUse"},
		{option: "user_digest_domains", test: "test/t-38-web TestPages"},
		{option: "web_url", test: "test/t-38-web TestPages"},
		{option: "web_dir", test: "test/t-39-http-api TestWebDir"},
		{option: "quarantine_submit", test: "test/t-16-quarantine TestDailyDigest"},
		{option: "admin_address", test: quarantine},
		{option: "quarantine_expire", with: "quarantine_expire 1h", answer: quarantined, gone: "mails"},
		{option: "quarantine_max_size", with: "quarantine_max_size 1", answer: quarantined, gone: "mails"},
		{option: "send_quarantine_notifications", base: "admin_address admin@our.example",
			with:   "send_quarantine_notifications 0",
			answer: notified, gone: "sent"},
		{option: "daemon_address", base: "admin_address admin@our.example", with: "daemon_address filter@our.example",
			answer: notified, came: "filter@our.example", gone: "MAILER-DAEMON"},
		{option: "max_size", test: "test/t-08-miltertest TestMiltertest"},
		{option: "spamd_max_size", test: "test/t-11-spamc TestLargeMail"},
		{option: "skip_authenticated", test: "test/t-10-policy TestSkipAuthenticated"},
		{option: "skip_trusted", test: "test/t-08-miltertest TestMiltertest"},
		{option: "on_error", test: "test/t-12-mda TestFailures"},
		{option: "on_overload", with: "on_overload accept", answer: overloaded, came: "accept", gone: "tempfail"},
		{option: "update_from", test: "test/t-45-update TestConfigured"},
		{option: "update_key", test: "test/t-45-update TestConfigured"},
		{option: "user_prefs_path", test: "test/t-41-users TestPreferences"},
		{option: "scan_deadline", test: "test/t-05-dns TestDeadServerCostsTheDeadlineOnly"},
		{option: "log_subject", test: "test/t-36-log TestJournal"},
		{option: "spam_header_when", test: "test/t-10-policy TestHeaderOnlyWhenSpam"},
		{option: "graphdefang_log", test: actions},
	}
}

// quarantined tells how many mails of yesterday an expiry leaves.
func quarantined(t *testing.T, _ *row, text string) string {
	dir := t.TempDir()
	q := quarantine.At(filepath.Join(dir, "q"))
	if err := q.Create(); err != nil {
		t.Fatal(err)
	}
	put(t, q, filepath.Join(dir, "q"), 24*time.Hour)
	cf := e2e.Write(t, dir, "spamd.cf", text+"quarantine_dir "+dir+"/q\n", 0o600)
	e2e.Run(t, e2e.Binary(t, "spamd"), "quarantine", "expire", "-c", cf)
	items, err := q.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(items) == 0 {
		return "nothing"
	}
	return fmt.Sprint(len(items), " mails")
}

// put puts a mail into the quarantine that has been there for a time. Its folder's name begins with the hour.
func put(t *testing.T, q *quarantine.Dir, dir string, age time.Duration) {
	t.Helper()
	v := &classifier.Verdict{Score: 17, Required: 5, Hits: []classifier.Hit{{Name: "A_TEST", Score: 17}}}
	id, err := q.Put([]byte(letter), &quarantine.Envelope{Received: time.Now(), Sender: "a@example.net",
		Recipients: []string{"b@our.example"}}, v)
	if err != nil {
		t.Fatal(err)
	}
	if age == 0 {
		return
	}
	const hour = "20060102-150405"
	if err := os.Rename(filepath.Join(dir, id),
		filepath.Join(dir, time.Now().UTC().Add(-age).Format(hour)+id[len(hour):])); err != nil {
		t.Fatal(err)
	}
}

// notified tells the daemon's digest about a quarantined mail. That it has looked shows by a mail that it has deleted.
func notified(t *testing.T, _ *row, text string) string {
	dir := e2e.Dir(t)
	q := quarantine.At(filepath.Join(dir, "q"))
	if err := q.Create(); err != nil {
		t.Fatal(err)
	}
	put(t, q, filepath.Join(dir, "q"), 0)
	put(t, q, filepath.Join(dir, "q"), 1000*time.Hour)
	sent := filepath.Join(dir, "sent")
	submit := e2e.Write(t, dir, "sendmail", "#!/bin/sh\n{ echo sent; cat; } >"+sent+".new; mv "+sent+".new "+sent+"\n",
		0o755)
	daemon := e2e.StartSpamd(t, text+"quarantine_dir "+dir+"/q\nquarantine_submit "+submit+"\n", "-L")
	daemon.WaitOutput(t, "quarantine: expired", 30*time.Second)
	for range 20 {
		if text, err := os.ReadFile(sent); err == nil {
			return string(text)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "nothing"
}

// overloaded tells the milter's reply to a mail that is one more than those that may be scanned and wait.
func overloaded(t *testing.T, _ *row, text string) string {
	dir := e2e.Dir(t)
	began := filepath.Join(dir, "began")
	slow := e2e.Write(t, dir, "dccproc", "#!/bin/sh\ncat >/dev/null; : >"+began+"; sleep 20\n", 0o755)
	daemon := e2e.StartSpamd(t,
		text+"dns_available no\nuse_bayes 0\nscan_deadline 30\nuse_dcc 1\ndcc_timeout 30\ndcc_path "+slow+"\n",
		"--max-scans", "1", "--max-waiting", "1")
	path := strings.TrimPrefix(daemon.Milter, "unix:")
	replies := make(chan string, 3)
	send := func() {
		session, err := gomilter.NewClient("unix", path).Session(nil)
		if err != nil {
			replies <- err.Error()
			return
		}
		defer session.Close()
		replies <- reply(session)
	}
	go send()
	e2e.WaitFor(t, "the first scan", 30*time.Second, func() bool { _, err := os.Stat(began); return err == nil })
	go send() // one of these two waits, the other one is answered
	go send()
	return <-replies
}

// reply hands over the letter as an MTA does, and tells the reply.
func reply(s *gomilter.ClientSession) string {
	head, body, _ := strings.Cut(letter, "\r\n\r\n")
	var last *gomilter.Action
	steps := []func() (*gomilter.Action, error){
		func() (*gomilter.Action, error) { return s.Conn("mail.bad.com", gomilter.FamilyInet, 25, "8.2.3.4") },
		func() (*gomilter.Action, error) { return s.Helo("mail.bad.com") },
		func() (*gomilter.Action, error) { return s.Mail("joe@bad.com", "") },
		func() (*gomilter.Action, error) { return s.Rcpt("sue@our.example", "") },
		func() (*gomilter.Action, error) { return s.DataStart() },
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(head, "\r\n\t", " "), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		steps = append(steps, func() (*gomilter.Action, error) { return s.HeaderField(name, value, nil) })
	}
	steps = append(steps, s.HeaderEnd, func() (*gomilter.Action, error) {
		_, action, err := s.BodyReadFrom(strings.NewReader(body))
		return action, err
	})
	for _, step := range steps {
		action, err := step()
		if err != nil {
			return err.Error()
		}
		last = action
		if action != nil && action.Type != gomilter.ActionContinue {
			break
		}
	}
	switch last.Type {
	case gomilter.ActionAccept, gomilter.ActionContinue:
		return "accept"
	case gomilter.ActionTempFail, gomilter.ActionRejectWithCode:
		return "tempfail"
	}
	return fmt.Sprint("action ", last.Type)
}
