package policy_test

import (
	"strings"
	"testing"

	"asterism/test/e2e"
)

// startWithAuth starts sendmail with SMTP AUTH, by Cyrus SASL, for bob.
func startWithAuth(t *testing.T, cf string) (*e2e.Spamd, *e2e.Sendmail) {
	t.Helper()
	spamd := e2e.StartSpamd(t, e2e.TestRules+cf, "-L")
	return spamd, e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t) + "\n" + e2e.AuthMC,
		SASL: e2e.SASL(t, "bob", "secret")})
}

// TestSkipAuthenticated: with skip_authenticated the mail of authenticated users is not scanned, others' is; a forged
// score goes.
func TestSkipAuthenticated(t *testing.T) {
	spamd, mta := startWithAuth(t, "skip_authenticated 1\n")
	spam := "X-Spam-Score: 0.0 ()\n" + e2e.Letter("hi", "This is certainly spam.")
	if err := e2e.SendAuth(mta.Addr, "bob", "wrong", "bob@example.org", []string{"nobody@example.org"}, spam); err == nil {
		t.Fatal("a wrong password is taken")
	}
	if err := e2e.SendAuth(mta.Addr, "bob", "secret", "bob@example.org", []string{"skipped@example.org"},
		spam); err != nil {
		t.Fatal(err)
	}
	e2e.MustSend(t, mta.Addr, "bob@example.org", "scanned@example.org", spam)
	if fields := e2e.HeaderFields(mta.Mail(t, "skipped"), "X-Spam-Score"); len(fields) != 0 {
		t.Errorf("the authenticated user's mail has %q", fields)
	}
	if fields := e2e.HeaderFields(mta.Mail(t, "scanned"), "X-Spam-Score"); len(fields) != 1 ||
		!strings.HasPrefix(fields[0], "X-Spam-Score: 1") {
		t.Errorf("the other mail has %q", fields)
	}
	if log := spamd.Output(); !strings.Contains(log, "auth=bob ") || !strings.Contains(log, "reason=authenticated") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

// TestPolicyOfAuthenticatedUsers: a policy for authenticated users holds for them alone.
func TestPolicyOfAuthenticatedUsers(t *testing.T) {
	_, mta := startWithAuth(t,
		"reject_score 5\nfor auth_user bob\nreject_score none\nend\nfor auth_user alice\nreject_score 0\nend\n")
	spam := e2e.Letter("hi", "This is certainly spam.")
	if err := e2e.SendAuth(mta.Addr, "bob", "secret", "bob@example.org", []string{"friend@example.org"},
		spam); err != nil {
		t.Errorf("bob's mail: %v", err)
	}
	mta.Mail(t, "friend")
	if err := e2e.Send(mta.Addr, "bob@example.org", []string{"friend@example.org"}, spam); err == nil ||
		!strings.HasPrefix(err.Error(), "550") {
		t.Errorf("the same from somebody else: %v", err)
	}
}
