// Package postfix_test sends mails through a real Postfix, configured with contrib's lines, that has a real spamd as
// its filter, and looks at what is delivered.
package postfix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// contrib returns the lines of contrib/postfix-main.cf for another socket.
func contrib(t *testing.T, port int) string {
	t.Helper()
	cf, err := os.ReadFile(filepath.Join(e2e.Root(t), "contrib", "postfix-main.cf"))
	if err != nil {
		t.Fatal(err)
	}
	const shipped = "\nsmtpd_milters = inet:127.0.0.1:8891\n"
	if strings.Count(string(cf), shipped) != 1 {
		t.Fatalf("contrib/postfix-main.cf lacks %q", shipped)
	}
	return strings.Replace(string(cf), shipped, fmt.Sprintf("\nsmtpd_milters = inet:127.0.0.1:%d\n", port), 1)
}

func TestPostfix(t *testing.T) {
	port := e2e.FreePort(t)
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L", "--milter", fmt.Sprintf("inet:%d@127.0.0.1", port))
	mta := e2e.StartPostfix(t, contrib(t, port))
	forged := "X-Spam-Score: -99.0 ()\nx-spam-SCORE: -98.0\n\t()\nX-Other: x\nX-Spam-Score : -97.0 ()\nX-Spam-Score:\n"
	for _, c := range []struct {
		to, mail, want string
	}{
		{"spam", e2e.Letter("hi", "This is certainly spam."), "E2E_SPAM"},
		{"ham", e2e.Letter("hi", "This is certainly ham."), "E2E_HAM"},
		{"forged", forged + e2e.Letter("hi", "This is certainly spam."), "E2E_SPAM"},
		{"large", forged + e2e.Letter("hi", strings.Repeat("This is certainly spam.\n", 5000)), ""},
		{"noheader", "\nThis is certainly spam.\n", "E2E_SPAM"},
	} {
		e2e.MustSend(t, mta.Addr, "alice@example.net", c.to+"@example.org", c.mail)
		got := mta.Mail(t, c.to)
		fields := e2e.HeaderFields(got, "X-Spam-Score")
		if c.want == "" {
			if len(fields) != 0 {
				t.Errorf("%s: %q, want none", c.to, fields)
			}
			continue
		}
		if len(fields) != 1 || !strings.Contains(fields[0], c.want) || !strings.HasPrefix(fields[0], "X-Spam-Score: ") {
			t.Errorf("%s: %q, want one with %s", c.to, fields, c.want)
		}
		header, _, _ := strings.Cut(got, "\n\n")
		if i := strings.Index(header, "X-Spam-Score:"); i < strings.Index(header, "Received:") {
			t.Errorf("%s: the score is above the Received field:\n%s", c.to, header)
		}
	}
	e2e.CheckForgeries(t, mta.Addr, mta.Mail)
	if log := spamd.Output(); strings.Contains(log, "level=ERROR") {
		t.Errorf("spamd complains:\n%s", log)
	}
}
