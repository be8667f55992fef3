// Package spamassassin_test gives the same rules and the same mail to `spamd check` and to the installed spamassassin:
// the
// same tests must hit, and header fields must read the same.
package spamassassin_test

import (
	"bytes"
	"mime"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/dnsbl/dnstest"
	"asterism/message"
	"asterism/test/e2e"
)

// common is what all pairs are read with: top-level domains, and a field that names what hit.
const common = "use_bayes 0\nutil_rb_tld com net org de uk example\nclear_headers\nfold_headers 0\nreport_safe 0\n" +
	"add_header all Said _TESTS(,)_\n"

// pairs are rules, a mail, and the tests that hit in SpamAssassin 4.0.1. Where alone is set, Debian's spamassassin
// lacks a
// Perl module for it (Net::LibIDN2), and only spamd is tried.
var pairs = []struct {
	rules, mail, hits string
	alone             bool
}{
	{rules: "plain_len.cf", mail: "body300.eml", hits: "L_100_2000"},
	{rules: "plain_len.cf", mail: "sigonly.eml", hits: "L_NONE,L_RATIO,L_SIG100"},
	{rules: "plain_len.cf", mail: "mini.eml", hits: "L_SHORT"},
	{rules: "mime-part-no-blank.cf", mail: "mime-part-no-blank.eml", hits: "BV1,BV2,HB,UE"},
	{rules: "uri-case.cf", mail: "uri-case.eml", hits: "U_BARE,U_DOTS,U_FTP,U_HIDDENHTTP,U_RAWCASE,U_USERPORT,U_WWWMIX"},
	{rules: "uri-case.cf", mail: "saferedirect.eml", hits: "U_SAFE"},
	{rules: "uri-text.cf", mail: "uri-after-dots.eml", hits: "W1"},
	{rules: "uri-text.cf", mail: "uri-hxxp.eml", hits: "W1"},
	{rules: "uri-text.cf", mail: "uri-www-mixedcase.eml", hits: "W1"},
	{rules: "utf8-subject.cf", mail: "utf8-subject.eml", hits: "none"},
	{rules: "header-8bit.cf", mail: "mini.eml", hits: "X_BODY"},
	{rules: "header-latin1.cf", mail: "mini.eml", hits: "X_BODY"},
	{rules: "capture-askdns.cf", mail: "capture.eml", hits: "X_ASK,X_HASHBL_TAG,X_HASHBL_TAG2,X_HASHBL_TAG3"},
	{rules: "idn-dots.cf", mail: "idn-dots.eml", hits: "IDNBL,U2,U3,U4,U5,U6", alone: true},
	{rules: "idn-dots.cf", mail: "idn-dots-html.eml", hits: "IDNBL", alone: true},
}

// zone is what the rules that ask lists are answered.
const zone = `
1234567890123.hashbltest5.spamassassin.org. A 127.0.0.2
a.example.hashbltest5.spamassassin.org.     A 127.0.0.2
domutf6.com.dnsbltest.spamassassin.org.     A 127.0.0.2
domhtml3.com.dnsbltest.spamassassin.org.    A 127.0.0.2
`

// TestPairs: each pair hits what it hits in SpamAssassin.
func TestPairs(t *testing.T) {
	_, err := exec.LookPath("spamassassin")
	installed := err == nil
	server := dnstest.Start(t, zone)
	for _, p := range pairs {
		t.Run(p.rules+" "+p.mail, func(t *testing.T) {
			rules, site := configuration(t, p.rules, server.Addr)
			raw, err := os.ReadFile(filepath.Join("testdata", p.mail))
			if err != nil {
				t.Fatal(err)
			}
			ours := said(spamd(t, rules, site, raw))
			if ours != p.hits {
				t.Errorf("spamd: %s, want %s", ours, p.hits)
			}
			if !installed || p.alone {
				return
			}
			if theirs := said(spamassassin(t, rules, site, raw)); theirs != p.hits {
				t.Errorf("spamassassin: %s, recorded is %s", theirs, p.hits)
			}
		})
	}
}

// TestHeaders: descriptions and templates that are not ASCII become encoded words, and read as they were written.
func TestHeaders(t *testing.T) {
	for _, name := range []string{"header-8bit.cf", "header-latin1.cf"} {
		rules, site := configuration(t, name, "127.0.0.1:9")
		raw, err := os.ReadFile("testdata/mini.eml")
		if err != nil {
			t.Fatal(err)
		}
		out := spamd(t, rules, site, raw)
		if i := bytes.IndexFunc(out, func(r rune) bool { return r > '~' }); i >= 0 {
			t.Errorf("%s: not ASCII: %q", name, out)
		}
		h := message.Parse(out).Header()
		for field, want := range map[string]string{"X-Spam-Report": "Beschreibung mit Umläuten ® ü",
			"X-Spam-Note": "größe 7.0"} {
			got, err := new(mime.WordDecoder).DecodeHeader(h.Get(field))
			if err != nil || !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q (%v)", name, field, got, want, err)
			}
		}
	}
}

// configuration returns directories of rules and of a site's files that hold one file of testdata and the plug-ins it
// needs.
func configuration(t *testing.T, name, dns string) (rules, site string) {
	t.Helper()
	rules, site = t.TempDir(), t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	local := strings.ReplaceAll(string(text), "127.0.0.1:21053", dns)
	if !strings.Contains(local, "dns_server") {
		local = "dns_available no\n" + local
	}
	e2e.Write(t, rules, "10.cf", common+local, 0o644)
	var plugins strings.Builder
	for _, p := range []string{"Check", "BodyEval", "HeaderEval", "MIMEEval", "URIDNSBL", "AskDNS", "HashBL"} {
		plugins.WriteString("loadplugin Mail::SpamAssassin::Plugin::" + p + "\n")
	}
	e2e.Write(t, site, "init.pre", plugins.String(), 0o644)
	return rules, site
}

// said returns the names of the tests in the field that names them.
func said(out []byte) string {
	names := strings.Split(message.Parse(out).Header().Get("X-Spam-Said"), ",")
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

func spamd(t *testing.T, rules, site string, raw []byte) []byte {
	t.Helper()
	cmd := exec.Command(e2e.Binary(t, "spamd"), "check", "--configpath", rules, "--siteconfigpath", site, "--bayes-path",
		t.TempDir(), "--headers")
	return output(t, cmd, raw)
}

func spamassassin(t *testing.T, rules, site string, raw []byte) []byte {
	t.Helper()
	cmd := exec.Command("spamassassin", "-x", "-C", rules, "--siteconfigpath="+site, "-p", "/dev/null")
	return output(t, cmd, raw)
}

func output(t *testing.T, cmd *exec.Cmd, stdin []byte) []byte {
	t.Helper()
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C", "TZ=UTC", "ASTERISM_CONFIG=none")
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, stderr.String())
	}
	return out
}
