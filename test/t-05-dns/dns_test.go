// Package dns_test shows what a scan asks the domain name system, by a name server that counts.
package dns_test

import (
	"strings"
	"testing"
	"time"

	"asterism/dnsbl/dnstest"
	"asterism/test/e2e"
)

const lists = e2e.TestRules + `
header     E2E_RBL    eval:check_rbl('e2e', 'rbl.e2e.test.')
tflags     E2E_RBL    net
score      E2E_RBL    3
urirhssub  E2E_URIBL  uribl.e2e.test. A 127.0.0.2
body       E2E_URIBL  eval:check_uridnsbl('E2E_URIBL')
tflags     E2E_URIBL  net
score      E2E_URIBL  4
`

// letter came from a listed address and links to a listed domain.
func letter() string {
	return "Received: from mail.bad.example (mail.bad.example [93.184.216.34])\n" +
		"\tby mx.example.net (Postfix) with ESMTP id 4711\n" +
		"\tfor <bob@example.org>; Sat, 21 Nov 2026 20:00:00 +0000\n" +
		e2e.Letter("hi", "See http://www.shop-of-e2e.com/offer for more.")
}

// records are the two listings, and the entry that every list of addresses has for tests (RFC 5782, section 5).
const records = `
34.216.184.93.rbl.e2e.test.      A  127.0.0.2
2.0.0.127.rbl.e2e.test.          A  127.0.0.2
shop-of-e2e.com.uribl.e2e.test.  A  127.0.0.2
`

func scores(t *testing.T, mail string) string {
	t.Helper()
	fields := e2e.HeaderFields(mail, "X-Spam-Score")
	if len(fields) != 1 {
		t.Fatalf("%d scores, want 1:\n%s", len(fields), mail)
	}
	return fields[0]
}

func TestListedAddressAndDomain(t *testing.T) {
	dns := dnstest.Start(t, records)
	spamd := e2e.StartSpamd(t, lists, "--dns-server", dns.Addr)
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	e2e.MustSend(t, mta.Addr, "alice@example.net", "bob@example.org", letter())
	field := scores(t, mta.Mail(t, "bob"))
	for _, name := range []string{"E2E_RBL", "E2E_URIBL"} {
		if !strings.Contains(field, name) {
			t.Errorf("%s has not hit: %s\nasked: %q", name, field, dns.Asked())
		}
	}
}

func TestLocalTestsOnlyAsksNothing(t *testing.T) {
	dns := dnstest.Start(t, records)
	spamd := e2e.StartSpamd(t, lists, "--dns-server", dns.Addr, "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	e2e.MustSend(t, mta.Addr, "alice@example.net", "bob@example.org", letter())
	if field := scores(t, mta.Mail(t, "bob")); strings.Contains(field, "E2E_RBL") || strings.Contains(field, "E2E_URIBL") {
		t.Errorf("a list has hit: %s", field)
	}
	if asked := dns.Asked(); len(asked) != 0 {
		t.Errorf("asked %q, want nothing", asked)
	}
}

// A dead name server costs the deadline and no more.
func TestDeadServerCostsTheDeadlineOnly(t *testing.T) {
	dns := dnstest.Start(t, records)
	dns.Silence(true)
	spamd := e2e.StartSpamd(t, lists+"scan_deadline 3\n", "--dns-server", dns.Addr)
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	began := time.Now()
	e2e.MustSend(t, mta.Addr, "alice@example.net", "bob@example.org", letter()+"\nThis is certainly spam.\n")
	took := time.Since(began)
	if field := scores(t, mta.Mail(t, "bob")); !strings.Contains(field, "E2E_SPAM") {
		t.Errorf("the local tests are missing: %s", field)
	}
	if len(dns.Asked()) == 0 {
		t.Error("the name server was not asked")
	}
	if took > 20*time.Second { // generous to a busy machine; without a deadline it would be minutes
		t.Errorf("the mail took %v, want the deadline of 3 s at most", took)
	}
}
