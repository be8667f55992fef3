// Package crash_test kills spamd under the feet of a sendmail that runs it with F=T: mail is deferred, and delivered
// with its verdict when spamd is back.
package crash_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

func TestMailWaitsForSpamd(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	mx := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	host, port, _ := strings.Cut(mx.Addr, ":")
	// The sender's own MTA, which passes everything on and tries again every second.
	sender := e2e.StartSendmail(t, e2e.SendmailOptions{Name: "relay.example.net", Relay: host, RelayPort: port})

	e2e.MustSend(t, sender.Addr, "alice@example.net", "before@example.org", e2e.Letter("hi", "This is certainly spam."))
	tagged(t, mx, "before")
	spamd.Kill(t)
	for i := range 5 {
		e2e.MustSend(t, sender.Addr, "alice@example.net", fmt.Sprintf("during%d@example.org", i),
			e2e.Letter("hi", "This is certainly spam."))
	}
	if err := e2e.Send(mx.Addr, "alice@example.net", []string{"direct@example.org"}, e2e.Letter("hi", "x")); err == nil ||
		err.Error()[0] != '4' {
		t.Errorf("without spamd the MX says %v, want to be asked again later", err)
	}
	e2e.WaitFor(t, "deferred mail", 30*time.Second, func() bool {
		return strings.Contains(sender.Command(t, "-bp"),
			"Deferred")
	})
	spamd.Restart(t)
	for i := range 5 {
		tagged(t, mx, fmt.Sprintf("during%d", i))
	}
	if mails := mx.Mails(t, "direct"); len(mails) != 0 {
		t.Errorf("a mail that was refused has been delivered:\n%s", mails[0])
	}
}

func tagged(t *testing.T, mx *e2e.Sendmail, to string) {
	t.Helper()
	fields := e2e.HeaderFields(mx.Mail(t, to), "X-Spam-Score")
	if len(fields) != 1 || !strings.Contains(fields[0], "E2E_SPAM") {
		t.Errorf("%s got %q", to, fields)
	}
}
