// Package lmtp_test puts spamd lmtp between sendmail and sendmail's own LMTP agent, mail.local.
package lmtp_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

func TestMailLocal(t *testing.T) {
	if _, err := os.Stat("/usr/libexec/sendmail/mail.local"); err != nil {
		e2e.Missing(t, "mail.local is missing: install Debian's package sendmail-bin")
	}
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	box := filepath.Join(e2e.Dir(t), "mail")
	if err := os.Mkdir(box, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(box, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: e2e.LMTPLines(t, spamd, ""), VarMail: box, KeepMailer: true})
	// Accounts that every Debian has; the last is none.
	to := []string{"games@example.org", "news@example.org", "nobody-of-e2e@example.org"}
	long := "A line of " + strings.Repeat("many, ", 150) + "words.\n.\n..\n"
	if err := e2e.Send(mta.Addr, "", to, "X-Spam-Score: -9 ()\n"+e2e.Letter("hi",
		"This is certainly spam.\n"+long)); err != nil {
		t.Fatal(err)
	}
	inbox := filepath.Join(box, "games")
	// whoever comes meanwhile finds a locked mailbox
	e2e.WaitFor(t, "the first mail for games", 30*time.Second, func() bool {
		mbox, _ := os.ReadFile(inbox)
		return bytes.HasSuffix(mbox, []byte("\n\n"))
	})
	e2e.MustSend(t, mta.Addr, "", "games@example.org", e2e.Letter("hi", "This is certainly ham."))
	for user, want := range map[string][]string{"games": {"E2E_SPAM", "E2E_HAM"}, "news": {"E2E_SPAM"}} {
		var mails []string
		e2e.WaitFor(t, "mail for "+user, 30*time.Second, func() bool {
			mbox, _ := os.ReadFile(filepath.Join(box, user))
			mails = strings.Split(string(mbox), "\nFrom MAILER-DAEMON")
			return len(mails) == len(want)+0 && strings.HasSuffix(string(mbox), "\n\n")
		})
		for i := range want {
			mail := mails[i]
			if fields := e2e.HeaderFields(mail, "X-Spam-Score"); len(fields) != 1 || !strings.Contains(strings.Join(want, " "),
				nameIn(fields[0])) {
				t.Errorf("%s: mail %d got %q", user, i, fields)
			}
			if strings.Contains(mail, "certainly spam") && !strings.Contains(mail, long) {
				t.Errorf("%s: the text has changed:\n%.300s", user, mail)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(box, "nobody-of-e2e")); err == nil {
		t.Error("mail for nobody was delivered")
	}
	e2e.WaitFor(t, "an empty queue", 30*time.Second, func() bool {
		return strings.Contains(mta.Command(t, "-bp"),
			"empty")
	})
}

func nameIn(field string) string {
	for _, name := range []string{"E2E_SPAM", "E2E_HAM"} {
		if strings.Contains(field, name) {
			return name
		}
	}
	return "neither"
}
