package policy_test

import (
	"strings"
	"testing"

	"asterism/test/e2e"
)

// TestReportPart: the report comes as a part of the mail, and the mail's own parts are what they were.
func TestReportPart(t *testing.T) {
	_, mta := start(t, e2e.TestRules+"report_part 1\n")
	mixed := "--x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n" +
		"This is certainly spam. gr\xfc\xdfe\n.\nFrom me\n\n" +
		"--x\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAECAw==\n"
	signed := "--x\nContent-Type: text/plain\n\nThis is certainly spam. \n\n--x\n" +
		"Content-Type: application/pgp-signature\n\nsignature\n--x--\n"
	large := "This is certainly spam.\n" + strings.Repeat(strings.Repeat("0123456789", 7)+"\n", 1200)
	for name, c := range map[string]struct {
		fields, body string
		want         []string // in the mail
		report       bool
	}{
		"plain": {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n",
			"This is certainly spam. grüße\n\n",
			[]string{"\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" +
				"This is certainly spam. grüße\n\n\n--=_spamd_"}, true},
		"html": {"Content-Type: text/html\n", "<b>This is certainly spam.</b>\n",
			[]string{"\nContent-Type: text/html\n\n<b>This is certainly spam.</b>\n\n--=_spamd_"}, true},
		"mixed": {"Content-Type: multipart/mixed; boundary=x\n", mixed + "--x--\nepilogue\n", []string{"\n\n" + mixed +
			"--x\n", "\n--x--\nepilogue\n"}, true},
		"signed": {"Content-Type: multipart/signed; boundary=x; protocol=\"application/pgp-signature\"\n", signed,
			[]string{"\n\n" + signed}, false},
		"large": {"", large, []string{large}, true},
		"ham":   {"", "This is certainly ham.\n", []string{"\n\nThis is certainly ham.\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e2e.MustSend(t, mta.Addr, "alice@example.net", name+"@example.org",
				"From: alice@example.net\nTo: bob@example.org\nSubject: hi\nMIME-Version: 1.0\n"+c.fields+"\n"+c.body)
			mail := mta.Mail(t, name)
			for _, want := range c.want {
				if !strings.Contains(mail, want) {
					t.Errorf("the mail lacks %.200q:\n%.3000s", want, mail)
				}
			}
			report := strings.Contains(mail, "\nContent-Disposition: inline; filename=\"SpamAssassinReport.txt\"\n") &&
				strings.Contains(mail, "E2E_SPAM               Says that it is spam\n")
			if report != c.report {
				t.Errorf("the report is there: %v, want %v:\n%.3000s", report, c.report, mail)
			}
			if n := len(e2e.HeaderFields(mail, "Content-Type")); n > 1 || n == 0 && c.report {
				t.Errorf("%d types:\n%.3000s", n, mail)
			}
		})
	}
}
