package postfix_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"asterism/quarantine"
	"asterism/test/e2e"
)

// TestQuarantineAndReport: with Postfix, too, a mail comes out of the quarantine directory as what it was, and the
// report is attached.
func TestQuarantineAndReport(t *testing.T) {
	port, dir := e2e.FreePort(t), e2e.Dir(t)
	spamd := e2e.StartSpamd(t,
		e2e.TestRules+"report_part 1\nquarantine_dir "+dir+"/q\nfor rcpt caught@example.org\nquarantine_score 5\n"+
			"quarantine_to directory\nend\n", "-L", "--milter", fmt.Sprintf("inet:%d@127.0.0.1", port))
	mta := e2e.StartPostfix(t, contrib(t, port))
	body := "--x\n\nThis is certainly spam. gr\xfc\xdfe\n.\nFrom me\n  trailing \t \n\n--x--\n\n"
	mail := "Subject: odd\tsubject,\n   folded\nFrom: alice@example.net\nTo: caught@example.org\n" +
		"Date: Sun, 22 Nov 2026 00:00:00 +0000\n" +
		"Message-ID: <odd@example.net>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n" +
		"Content-Transfer-Encoding: 8bit\n\n" + body

	e2e.MustSend(t, mta.Addr, "alice@example.net", "caught@example.org", mail)
	_, smtp, _ := strings.Cut(mta.Addr, ":")
	cf := e2e.Write(t, dir, "submit.cf", "quarantine_submit smtp:inet:"+smtp+"@127.0.0.1\n", 0o644)
	command := func(args ...string) string {
		t.Helper()
		return e2e.Run(t, e2e.Binary(t, "spamd"), append([]string{"quarantine", "-c", spamd.Config, "-c", cf}, args...)...)
	}
	var item quarantine.Item
	if err := json.Unmarshal([]byte(command("list", "--json")), &item); err != nil {
		t.Fatal(err)
	}
	command("release", item.ID)
	got := mta.Mail(t, "caught")
	if fields := e2e.HeaderFields(got, "X-Spam-Quarantine"); len(fields) != 1 || strings.Contains(fields[0], "key=") {
		t.Errorf("the mail says of its release: %q", fields)
	}
	for _, name := range []string{"Received", "X-Spam-Quarantine", "Return-Path", "Delivered-To"} {
		for _, f := range e2e.HeaderFields(got, name) {
			got = strings.Replace(got, f+"\n", "", 1)
		}
	}
	if strings.HasPrefix(got, "From ") {
		_, got, _ = strings.Cut(got, "\n")
	}
	if got != mail {
		t.Errorf("released\n%q\nwant\n%q", got, mail)
	}

	e2e.MustSend(t, mta.Addr, "alice@example.net", "reported@example.org", mail)
	got = mta.Mail(t, "reported")
	before, after, _ := strings.Cut(body, "--x--")
	if _, text, _ := strings.Cut(got, "\n\n"); !strings.HasPrefix(text, before+"--x\n") || !strings.HasSuffix(text,
		"--x--"+after) ||
		!strings.Contains(text, "filename=\"SpamAssassinReport.txt\"") {
		t.Errorf("with the report:\n%s", got)
	}
	e2e.MustSend(t, mta.Addr, "alice@example.net", "wrapped@example.org", e2e.Letter("hi", "This is certainly spam."))
	got = mta.Mail(t, "wrapped")
	if fields := e2e.HeaderFields(got, "Content-Type"); len(fields) != 1 || !strings.Contains(fields[0],
		"multipart/mixed") ||
		!strings.Contains(got, "\nContent-Type: text/plain; charset=utf-8\n\nDear Bob,\n") ||
		!strings.Contains(got, "\nContent-Disposition: inline; filename=\"SpamAssassinReport.txt\"") {
		t.Errorf("wrapped:\n%s", got)
	}
	if out, err := exec.Command(e2e.Binary(t, "spamd"), "quarantine", "-c", spamd.Config,
		"list").CombinedOutput(); err != nil || len(out) != 0 {
		t.Errorf("left are %s, %v", out, err)
	}
}

// TestSpellings: with Postfix, too, a policy for a recipient holds however the client writes the address, and the
// recipient is removed.
func TestSpellings(t *testing.T) {
	port := e2e.FreePort(t)
	e2e.StartSpamd(t, e2e.TestRules+"for rcpt bob@example.org\nreject_score 5\nend\nfor rcpt redirect@example.org\n"+
		"redirect_score 5\n"+
		"redirect_to elsewhere@example.org\nend\n", "-L", "--milter", fmt.Sprintf("inet:%d@127.0.0.1", port))
	mta := e2e.StartPostfix(t, contrib(t, port))
	send := func(to string) string {
		c, err := e2e.DialSMTP(mta.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Hello("client.example.net"); err != nil {
			t.Fatal(err)
		}
		return e2e.SendRaw(c, "MAIL FROM:<alice@example.net>", "RCPT TO:"+to, e2e.Letter("hi", "This is certainly spam."))
	}
	for _, to := range []string{"<bob@example.org>", `<"bob"@example.org>`, `<b\ob@example.org>`, "<bob@EXAMPLE.org>",
		"<bob@example.org.>",
		"<@relay.example.net:bob@example.org>", "< bob@example.org >"} {
		if got := send(to); !strings.HasPrefix(got, "55") && !strings.HasPrefix(got, "501") {
			t.Errorf("to %s: %s", to, got)
		}
	}
	n := 0
	for _, to := range []string{`<"redirect"@example.org>`, `<re\direct@example.org>`,
		"<@relay.example.net:redirect@example.org>", "<redirect@example.org.>"} {
		if got := send(to); strings.HasPrefix(got, "250") {
			n++
		}
	}
	e2e.WaitFor(t, "the redirected mails", 30*time.Second, func() bool { return len(mta.Mails(t, "elsewhere")) == n })
	if n == 0 || len(mta.Mails(t, "redirect")) != 0 {
		t.Errorf("%d mails were taken; redirect got %d of them", n, len(mta.Mails(t, "redirect")))
	}
}
