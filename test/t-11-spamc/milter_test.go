package spamc_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// sendmail asks the real spamass-milter, which asks spamc, which asks our spamd.
func TestSpamassMilter(t *testing.T) {
	program := filepath.Join(e2e.Root(t), "var", "test", "debs", "spamass-milter", "usr", "sbin", "spamass-milter")
	if _, err := os.Stat(program); err != nil {
		e2e.Missing(t, "spamass-milter is missing: run .ci/unpack-debs var/test/debs spamass-milter, which unpacks "+
			"Debian's package")
	}
	e2e.Tool(t, "spamc", "spamc")
	dir := e2e.Dir(t)
	socket := dir + "/milter.sock"
	p := e2e.Start(t, exec.Command(program, "-p", socket, "-r", "50", "--", "-F", "/dev/null", "-p",
		fmt.Sprint(ours(t).port)))
	e2e.WaitListening(t, "unix", socket, p)
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{
		MC: fmt.Sprintf("INPUT_MAIL_FILTER(`spamassassin', `S=unix:%s, F=T, T=S:2m;R:2m;E:5m')dnl\n"+
			"define(`confMILTER_MACROS_CONNECT', `j, _, {daemon_name}, {if_name}, {if_addr}, b, i, r, Z')dnl\n"+
			"define(`confMILTER_MACROS_HELO', `s, {tls_version}')dnl\ndefine(`confMILTER_MACROS_ENVRCPT', `r, v, Z')dnl",
			socket),
	})
	for to, c := range map[string]struct{ mail, status, flag string }{
		"spam": {"X-Spam-Flag: NO\nX-Spam-Status: No\n" + spam, "X-Spam-Status: Yes, score=", "X-Spam-Flag: YES"},
		"ham":  {"X-Spam-Flag: YES\n" + ham, "X-Spam-Status: No, score=", ""},
	} {
		e2e.MustSend(t, mta.Addr, "alice@example.net", to+"@example.org", c.mail)
		got := mta.Mail(t, to)
		status, flag := e2e.HeaderFields(got, "X-Spam-Status"), e2e.HeaderFields(got, "X-Spam-Flag")
		if len(status) != 1 || !strings.HasPrefix(status[0], c.status) {
			t.Errorf("%s: %q, want %s…", to, status, c.status)
		}
		if got := strings.Join(flag, "\n"); got != c.flag {
			t.Errorf("%s: %q, want %q", to, got, c.flag)
		}
	}
}
