// Package policy_test shows what becomes of a mail by its score, in the delivered mail, in sendmail's reply and in
// its quarantine.
package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

const policies = e2e.TestRules + `
body  E2E_SEVEN    /seven points/
score E2E_SEVEN    7
body  E2E_EIGHT    /eight points/
score E2E_EIGHT    8
add_header spam Flag _YESNOCAPS_
add_header all Level _STARS(*)_
add_header all Status _YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_
rewrite_header Subject [SPAM _SCORE_]
graphdefang_log 1
for rcpt reject@example.org
  reject_score 6
  reject_reply "554 5.7.1 No spam, please"
end
for rcpt_domain later.example.org
  reject_score 6
  reject_reply 451 4.7.1 Come back later
end
for rcpt discard@example.org
  discard_score 6
end
for rcpt quarantine@example.org
  quarantine_score 6
end
for rcpt redirect@example.org redirect2@example.org
  redirect_score 6
  redirect_to elsewhere@example.org
end
for rcpt copy@example.org
  add_recipient_score 6
  add_recipient_to observer@example.org
end
`

// seven is a mail of seven points or a little more.
func seven() string { return e2e.Letter("an offer", "This is worth seven points.") }

func start(t *testing.T, cf string) (*e2e.Spamd, *e2e.Sendmail) {
	spamd := e2e.StartSpamd(t, cf, "-L")
	return spamd, e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t) +
		"\nLOCAL_DOMAIN(`later.example.org')dnl"})
}

func TestActions(t *testing.T) {
	spamd, mta := start(t, policies)
	send := func(to ...string) error {
		for i := range to {
			if !strings.Contains(to[i], "@") {
				to[i] += "@example.org"
			}
		}
		return e2e.Send(mta.Addr, "alice@example.net", to, seven())
	}
	t.Run("reject", func(t *testing.T) {
		if err := send("reject"); err == nil || !strings.Contains(err.Error(), "5.7.1 No spam, please") ||
			!strings.HasPrefix(err.Error(), "554") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("reject, other text", func(t *testing.T) {
		if err := send("a@later.example.org"); err == nil || !strings.HasPrefix(err.Error(), "451") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the strictest wins", func(t *testing.T) {
		if err := send("both", "reject", "copy"); err == nil || !strings.HasPrefix(err.Error(), "554") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("below the score", func(t *testing.T) {
		if err := e2e.Send(mta.Addr, "alice@example.net", []string{"reject@example.org"},
			e2e.Letter("hi", "This is certainly ham.")); err != nil {
			t.Fatal(err)
		}
		mail := mta.Mail(t, "reject")
		if len(e2e.HeaderFields(mail, "X-Spam-Flag")) != 0 || !strings.Contains(mail, "\nSubject: hi\n") {
			t.Errorf("ham is marked:\n%s", mail)
		}
	})
	t.Run("redirect", func(t *testing.T) {
		if err := send("redirect", "redirect2"); err != nil {
			t.Fatal(err)
		}
		mta.Mail(t, "elsewhere")
	})
	t.Run("redirect to one of the recipients", func(t *testing.T) {
		if err := send("redirect", "elsewhere"); err != nil {
			t.Fatal(err)
		}
		e2e.WaitFor(t, "the mail", 30*time.Second, func() bool { return len(mta.Mails(t, "elsewhere")) == 2 })
	})
	t.Run("copy", func(t *testing.T) {
		if err := send("copy"); err != nil {
			t.Fatal(err)
		}
		mta.Mail(t, "copy")
		mta.Mail(t, "observer")
	})
	t.Run("discard", func(t *testing.T) {
		if err := send("discard"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("header fields and subject", func(t *testing.T) {
		if err := e2e.Send(mta.Addr, "alice@example.net", []string{"fields@example.org"},
			"X-Spam-Flag: NO\nx-spam-level: \nX-Spam-Status: No\n"+seven()); err != nil {
			t.Fatal(err)
		}
		mail := mta.Mail(t, "fields")
		for name, want := range map[string]string{"X-Spam-Flag": ": YES", "X-Spam-Level": ": *******",
			"X-Spam-Status": ": Yes, score=", "Subject": ": [SPAM "} {
			if got := e2e.HeaderFields(mail, name); len(got) != 1 || !strings.HasPrefix(got[0], name+want) {
				t.Errorf("%s: %q, want %q", name, got, name+want)
			}
		}
		if !strings.HasSuffix(e2e.HeaderFields(mail, "Subject")[0], "] an offer") {
			t.Errorf("the subject has lost its text: %q", e2e.HeaderFields(mail, "Subject"))
		}
	})
	t.Run("quarantine", func(t *testing.T) {
		if err := send("quarantine"); err != nil {
			t.Fatal(err)
		}
		if queue := mta.Command(t, "-bp", "-qQ"); !strings.Contains(queue, "QUARANTINE: X-Spam-Score: 7") {
			t.Errorf("mailq -qQ shows:\n%s", queue)
		}
		if len(mta.Mails(t, "quarantine")) != 0 {
			t.Error("a quarantined mail has been delivered")
		}
		mta.Command(t, "-qQ", "-Q") // frees all
		mail := mta.Mail(t, "quarantine")
		if fields := e2e.HeaderFields(mail, "X-Spam-Score"); len(fields) != 1 || !strings.Contains(mail,
			"This is worth seven points.") {
			t.Errorf("the freed mail:\n%s", mail)
		}
	})
	time.Sleep(100 * time.Millisecond)
	for _, nobody := range []string{"discard", "redirect", "redirect2", "both"} {
		if mails := mta.Mails(t, nobody); len(mails) != 0 {
			t.Errorf("%s got a mail:\n%s", nobody, mails[0])
		}
	}
	log := spamd.Output()
	for _, action := range []string{"reject", "discard", "quarantine", "redirect", "copy", "tag"} {
		if !strings.Contains(log, "action="+action+" ") {
			t.Errorf("no log line with action=%s", action)
		}
	}
	if want := ",spam,7"; !strings.Contains(log, "MDLOG,") || !strings.Contains(log, want) ||
		!strings.Contains(log, ",127.0.0.1,<alice@example.net>,<copy@example.org>,an offer") {
		t.Errorf("no line for graphdefang in:\n%s", log)
	}
}

func TestHeaderOnlyWhenSpam(t *testing.T) {
	_, mta := start(t, e2e.TestRules+"spam_header_when spam\n")
	for to, text := range map[string]string{"spam": "This is certainly spam.", "ham": "This is certainly ham."} {
		e2e.MustSend(t, mta.Addr, "alice@example.net", to+"@example.org", "X-Spam-Score: 3.0 (***)\n"+e2e.Letter("hi", text))
		if n := len(e2e.HeaderFields(mta.Mail(t, to), "X-Spam-Score")); (n == 1) != (to == "spam") {
			t.Errorf("%s got %d scores", to, n)
		}
	}
}

func TestExceptions(t *testing.T) {
	for _, c := range []struct {
		exception string
		sender    string
		refused   bool
	}{
		{"sender boss@example.net", "boss@example.net", false},
		{"sender boss@example.net", "clerk@example.net", true},
		{"sender_domain example.net", "clerk@mail.example.net", false},
		{"client 127.0.0.0/8", "clerk@example.net", false},
		{"client 192.0.2.0/24", "clerk@example.net", true},
		{"auth_user *", "clerk@example.net", true},
	} {
		t.Run(fmt.Sprint(c.exception, " ", c.sender), func(t *testing.T) {
			_, mta := start(t, e2e.TestRules+"reject_score 5\nfor "+c.exception+"\nreject_score none\nend\n")
			err := e2e.Send(mta.Addr, c.sender, []string{"bob@example.org"}, e2e.Letter("hi", "This is certainly spam."))
			if (err != nil) != c.refused {
				t.Errorf("got %v, want refused: %v", err, c.refused)
			}
		})
	}
}

// TestSpellings: a policy for a recipient or a sender holds however the client writes the address (RFC 5321, section
// 4.1.2 and appendix C), and the recipient that is removed is the one that sendmail knows.
func TestSpellings(t *testing.T) {
	_, mta := start(t, e2e.TestRules+"for rcpt bob@example.org\nreject_score 5\nend\nfor rcpt redirect@example.org\n"+
		"redirect_score 5\n"+
		"redirect_to elsewhere@example.org\nend\nfor sender mallory@example.net\nreject_score 5\nend\n")
	spam := e2e.Letter("hi", "This is certainly spam.")
	send := func(from, to string) string {
		c, err := e2e.DialSMTP(mta.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Hello("client.example.net"); err != nil {
			t.Fatal(err)
		}
		return e2e.SendRaw(c, "MAIL FROM:"+from, "RCPT TO:"+to, spam)
	}
	for _, to := range []string{"<bob@example.org>", `<"bob"@example.org>`, `<b\ob@example.org>`, "<bob@EXAMPLE.org>",
		"<bob@example.org.>",
		"<@relay.example.net:bob@example.org>", "< bob@example.org >", "<bob>", `<"b\ob"@example.org>`, "bob@example.org"} {
		if got := send("<alice@example.net>", to); !strings.HasPrefix(got, "550") && !strings.HasPrefix(got, "553") &&
			!strings.HasPrefix(got, "501") {
			t.Errorf("to %s: %s", to, got)
		}
	}
	for _, from := range []string{"<mallory@example.net>", `<"mallory"@example.net>`, `<mal\lory@example.net>`,
		"<@relay.example.net:mallory@example.net>",
		"<mallory@EXAMPLE.net.>"} {
		if got := send(from, "<ann@example.org>"); !strings.HasPrefix(got, "55") && !strings.HasPrefix(got, "501") {
			t.Errorf("from %s: %s", from, got)
		}
	}
	n := 0
	for _, to := range []string{`<"redirect"@example.org>`, `<re\direct@example.org>`,
		"<@relay.example.net:redirect@example.org>", "<redirect>"} {
		if got := send("<alice@example.net>", to); strings.HasPrefix(got, "250") {
			n++
		}
	}
	e2e.WaitFor(t, "the redirected mails", 30*time.Second, func() bool { return len(mta.Mails(t, "elsewhere")) == n })
	if n == 0 || len(mta.Mails(t, "redirect")) != 0 {
		t.Errorf("%d mails were taken; redirect got %d of them", n, len(mta.Mails(t, "redirect")))
	}
}
