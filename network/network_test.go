package network_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"asterism/classifier"
	"asterism/config"
	"asterism/dnsbl/dnstest"
	"asterism/dnsbl/resolver"
	"asterism/network"
	"asterism/rules"
	"asterism/tag"
)

const letter = "From: Joe <joe@bad.com>\r\nTo: <sue@example.org>\r\nSubject: hello\r\n" +
	"Date: Fri, 20 Nov 2026 21:00:37 " +
	"-0700\r\n" +
	"Message-ID: <1@bad.com>\r\n\r\nPlease look at http://www.crook.com/page for this offer\r\nthat nobody can refuse, " +
	"says Joe.\r\n"

// testRules are rules of every kind of service.
const testRules = `
header   __RBL      eval:check_rbl('zen', 'zen.example.')
header   RBL_A      eval:check_rbl_sub('zen', '127.0.0.2')
score    RBL_A      1
urirhssub URI_B     uri.example. A 2
body     URI_B      eval:check_uridnsbl('URI_B')
score    URI_B      1
askdns   SIGNER     _DKIMDOMAIN_.signers.example.net A 127.0.0.3
score    SIGNER     1
askdns   SENDER     _SENDERDOMAIN_.senders.example.net A
score    SENDER     1
header   SPF_PASS   eval:check_for_spf_pass()
score    SPF_PASS   -0.1
full     DKIM_VALID eval:check_dkim_valid()
score    DKIM_VALID -0.1
full     DKIM_VALID_AU eval:check_dkim_valid_author_sig()
score    DKIM_VALID_AU -0.1
header   DMARC_PASS eval:check_dmarc_pass()
score    DMARC_PASS -0.1
header   WELCOME_SPF  eval:check_for_spf_welcomelist_from()
score    WELCOME_SPF  -1
header   WELCOME_DKIM eval:check_for_dkim_welcomelist_from()
score    WELCOME_DKIM -1
full     PYZOR_CHECK eval:check_pyzor()
score    PYZOR_CHECK 1
full     DCC_CHECK  eval:check_dcc()
score    DCC_CHECK  1
full     DCC_REPUT_70_100 eval:check_dcc_reputation_range(70,100)
score    DCC_REPUT_70_100 1
full     RAZOR2_CHECK eval:check_razor2()
score    RAZOR2_CHECK 1
use_bayes 0
internal_networks 192.0.2.0/24
`

// site is a classifier with everything it asks.
type site struct {
	*classifier.Classifier
	checks *network.Checks
	dns    *dnstest.Server
}

func newSite(t testing.TB, dns *dnstest.Server, options string) *site {
	t.Helper()
	cfg := config.New()
	for _, p := range cfg.Parse("test.cf", []byte(testRules+options)) {
		t.Error(p)
	}
	set, problems := rules.Compile(cfg, network.Functions())
	for _, p := range problems {
		t.Error(p)
	}
	var res *resolver.Resolver
	if !cfg.Network.LocalOnly {
		var err error
		if res, err = resolver.New(resolver.Options{Servers: []string{dns.Addr},
			Timeout: cfg.Network.DNSTimeout}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(res.Close)
	}
	log := slog.New(slog.DiscardHandler)
	s := &site{dns: dns}
	opt := classifier.Options{Required: 5, Rules: set, Deadline: 5 * time.Second, Log: log}
	if !cfg.Network.LocalOnly {
		s.checks, problems = network.New(cfg, res, set, log)
		for _, p := range problems {
			t.Error(p)
		}
		t.Cleanup(s.checks.Close)
		opt.Network = s.checks
	}
	s.Classifier = classifier.New(opt)
	t.Cleanup(s.Classifier.Close)
	return s
}

// check returns the names of the tests that hit, sorted, and the verdict.
func (s *site) check(t testing.TB, in *classifier.Input) (string, *classifier.Verdict) {
	t.Helper()
	v, err := s.Check(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	names := v.Names()
	slices.Sort(names)
	return strings.Join(names, " "), v
}

// helper writes a program and returns its path.
func helper(t testing.TB, name, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// zone is what a DNS server must know for every rule to hit, and the letter signed accordingly.
func zone(t testing.TB) (records, signed string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = dkim.Sign(&out, strings.NewReader(letter), &dkim.SignOptions{
		Domain: "bad.com", Selector: "s", Signer: private, Hash: crypto.SHA256, HeaderKeys: []string{"From", "Subject",
			"Date"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return `
4.3.2.8.zen.example.             A 127.0.0.2
2.0.0.127.zen.example.           A 127.0.0.2
crook.com.uri.example.           A 127.0.0.2
bad.com.signers.example.net.     A 127.0.0.3
bad.com.senders.example.net.     A 127.0.0.9
bad.com.                         TXT "v=spf1 ip4:8.2.3.4 -all"
_dmarc.bad.com.                  TXT "v=DMARC1; p=reject"
s._domainkey.bad.com.            TXT "v=DKIM1; k=ed25519; p=` + base64.StdEncoding.EncodeToString(public) + `"
`, out.String()
}

func input(raw string) *classifier.Input {
	return &classifier.Input{
		Raw: []byte(raw), Client: netip.MustParseAddr("8.2.3.4"), ClientName: "mail.bad.com", Helo: "mail.bad.com",
		Sender: "joe@bad.com", Recipients: []string{"sue@example.org"}, Host: "mx.example.org",
	}
}

// programs are stand-ins for the helpers of the configuration's DCC, Pyzor and Razor lines; each notes that it ran.
func programs(t testing.TB, ran string) string {
	note := "echo ran >>" + ran + "\n"
	return "use_dcc 1\ndcc_timeout 10\ndcc_path " +
		helper(t, "dccproc", note+"cat >/dev/null; echo 'X-DCC-x-Metrics: h 1; Body=many Fuz1=many rep=80%'") +
		"\nuse_pyzor 1\npyzor_timeout 10\npyzor_path " +
		helper(t, "pyzor", note+`cat >/dev/null; printf "public:24441\t(200, 'OK')\t7\t0\n"`) +
		"\nuse_razor2 1\nrazor_path " + helper(t, "razor-check", note+"cat >/dev/null") + "\n"
}

const everything = "DCC_CHECK DCC_REPUT_70_100 DKIM_VALID DKIM_VALID_AU DMARC_PASS PYZOR_CHECK RAZOR2_CHECK RBL_A " +
	"SENDER SIGNER SPF_PASS URI_B"

func TestEverything(t *testing.T) {
	records, signed := zone(t)
	ran := filepath.Join(t.TempDir(), "ran")
	s := newSite(t, dnstest.Start(t, records), programs(t, ran))
	if got, v := s.check(t, input(signed)); got != everything || len(v.Notes) != 0 {
		t.Errorf("hits %s, want %s; notes %q", got, everything, v.Notes)
	}
	in := input(signed)
	in.AuthUser = "joe"
	if got, _ := s.check(t, in); strings.Contains(got, "RBL") || strings.Contains(got, "SPF") {
		t.Errorf("an authenticated user's address was looked up: %s", got)
	}
	in = input(letter)
	in.AuthUser = "joe"
	if got, _ := newSite(t, s.dns, "header DMARC_REJECT eval:check_dmarc_reject()\nscore DMARC_REJECT 3\n").check(t,
		in); strings.Contains(got, "DMARC") {
		t.Errorf("our own user's mail, not signed yet, counts as forged: %s", got)
	}
}

// TestLocalTestsOnly: with local_tests_only not one question is asked and not one program started.
func TestLocalTestsOnly(t *testing.T) {
	records, signed := zone(t)
	ran := filepath.Join(t.TempDir(), "ran")
	s := newSite(t, dnstest.Start(t, records), programs(t, ran)+"local_tests_only 1\n")
	if got, _ := s.check(t, input(signed)); got != "" {
		t.Errorf("hits %s", got)
	}
	if asked := s.dns.Asked(); len(asked) != 0 {
		t.Errorf("asked %q", asked)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program was started")
	}
}

// TestScoreZero: a score of 0 is how an administrator says not to ask.
func TestScoreZero(t *testing.T) {
	records, signed := zone(t)
	s := newSite(t, dnstest.Start(t, records), "score URI_B 0\nscore SENDER 0\nscore SIGNER 0\n")
	s.check(t, input(signed))
	asked := strings.Join(s.dns.Asked(), "\n")
	for _, zone := range []string{"uri.example", "senders.example.net", "signers.example.net"} {
		if strings.Contains(asked, zone) {
			t.Errorf("%s was asked:\n%s", zone, asked)
		}
	}
	if !strings.Contains(asked, "4.3.2.8.zen.example") {
		t.Errorf("zen.example was not asked:\n%s", asked)
	}
}

// TestRegistries: below a name of util_rb_2tld each host is somebody's.
func TestRegistries(t *testing.T) {
	records, _ := zone(t)
	s := newSite(t, dnstest.Start(t, records), "util_rb_2tld crook.com\n")
	in := input(strings.ReplaceAll(letter, "www.crook.com", "a.b.crook.com"))
	if got, _ := s.check(t, in); strings.Contains(got, "URI_B") {
		t.Errorf("hits %s", got)
	}
	if asked := strings.Join(s.dns.Asked(), "\n"); !strings.Contains(asked, "b.crook.com.uri.example") ||
		strings.Contains(asked, "a.b.crook.com") {
		t.Errorf("asked %s", asked)
	}
}

func TestWelcomeLists(t *testing.T) {
	records, signed := zone(t)
	for _, tc := range []struct{ name, options, mail, want string }{
		{"by SPF", "welcomelist_from_spf *@BAD.com", signed, "WELCOME_SPF"},
		{"by DKIM", "welcomelist_from_dkim joe@bad.com", signed, "WELCOME_DKIM"},
		{"by DKIM of a domain", "welcomelist_from_dkim *@bad.com bad.com", signed, "WELCOME_DKIM"},
		{"by DKIM of another domain", "welcomelist_from_dkim *@bad.com other.com", signed, ""},
		{"by either", "welcomelist_auth *@bad.com", signed, "WELCOME_DKIM WELCOME_SPF"},
		{"unsigned", "welcomelist_auth *@bad.com", letter, "WELCOME_SPF"},
		{"another sender", "welcomelist_auth *@sub.bad.com", signed, ""},
	} {
		s := newSite(t, dnstest.Start(t, records), tc.options+"\n")
		got, _ := s.check(t, input(tc.mail))
		var welcome []string
		for _, name := range strings.Fields(got) {
			if strings.HasPrefix(name, "WELCOME") {
				welcome = append(welcome, name)
			}
		}
		if strings.Join(welcome, " ") != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, welcome, tc.want)
		}
	}
}

// TestTrustedFilters: what an earlier milter found is believed only if it is named, and stands where only ours can be.
func TestTrustedFilters(t *testing.T) {
	const ours = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=joe@bad.com; dkim=pass " +
		"header.d=bad.com; dmarc=pass header.from=bad.com\r\n"
	const hop = "Received: from a.example (a.example [8.9.9.9])\r\n\tby b.example with ESMTP id 1; Fri, 20 Nov 2026 " +
		"21:00:37 -0700\r\n"
	const all = "DKIM_VALID DKIM_VALID_AU DMARC_PASS SPF_PASS"
	for _, tc := range []struct{ name, options, mail, want string }{
		{"nobody is trusted", "", ours + letter, ""},
		{"named", "authres_trusted_authserv mx.example.org", ours + letter, all},
		{"another's name", "authres_trusted_authserv mx2.example.org", ours + letter, ""},
		{"from before the last hop", "authres_trusted_authserv mx.example.org", hop + ours + letter, ""},
		{"from before the last hop, all believed", "authres_trusted_authserv mx.example.org\nauthres_networks all", hop +
			ours + letter, all},
	} {
		s := newSite(t, dnstest.Start(t, ""), tc.options+"\n")
		if got, _ := s.check(t, input(tc.mail)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestDeadServices: what hangs is left out and named, then left alone, and used again when it is back.
func TestDeadServices(t *testing.T) {
	dead := filepath.Join(t.TempDir(), "dead")
	if err := os.WriteFile(dead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	body := "cat >/dev/null; [ -f " + dead + " ] && sleep 100; echo 'X-DCC-x-Metrics: h 1; bulk'"
	s := newSite(t, dnstest.Start(t, ""), "use_dcc 1\ndcc_timeout 0.3\ndcc_path "+helper(t, "dccproc", body)+"\n")
	got, v := s.check(t, input(letter))
	if got != "" || len(v.Notes) != 1 || !strings.HasPrefix(v.Notes[0], "dcc: ") {
		t.Errorf("hits %q, notes %q", got, v.Notes)
	}
	if got, v = s.check(t, input(letter)); got != "" || len(v.Notes) != 0 {
		t.Errorf("left alone: hits %q, notes %q", got, v.Notes)
	}
	if st := s.checks.Services(); len(st) == 0 || st[0] != (network.ServiceStatus{Name: "dcc", Alone: true, Failed: 1}) {
		t.Errorf("status %+v", st)
	}
}

func TestBadOptions(t *testing.T) {
	for options, want := range map[string]string{
		"use_dcc 1\ndcc_path /nonexistent/dccproc":            "/nonexistent/dccproc",
		"use_pyzor 1\npyzor_path /dev/null":                   "not a program",
		"use_pyzor 1\npyzor_server_file /nonexistent/servers": "/nonexistent/servers",
		"header BAD eval:check_rbl('x')\nscore BAD 1":         "BAD",
	} {
		cfg := config.New()
		cfg.Parse("test.cf", []byte(testRules+options+"\n"))
		set, _ := rules.Compile(cfg, network.Functions())
		checks, problems := network.New(cfg, nil, set, slog.New(slog.DiscardHandler))
		if strings.Contains(options, "BAD") {
			res, err := resolver.New(resolver.Options{Servers: []string{"127.0.0.1:1"}})
			if err != nil {
				t.Fatal(err)
			}
			defer res.Close()
			checks, problems = network.New(cfg, res, set, slog.New(slog.DiscardHandler))
		}
		checks.Close()
		if text := fmt.Sprint(problems); !strings.Contains(text, want) {
			t.Errorf("%q: problems %s, want one with %q", options, text, want)
		}
	}
}

// TestNothingLeftOver: after many messages, with services dead and alive, no goroutine and no descriptor is left.
func TestNothingLeftOver(t *testing.T) {
	records, signed := zone(t)
	s := newSite(t, dnstest.Start(t, records), "")
	s.check(t, input(signed))
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	for i := range 300 {
		mail := strings.ReplaceAll(signed, "www.crook.com", fmt.Sprintf("www.crook%d.com", i))
		s.check(t, input(mail))
	}
	for range 200 {
		if runtime.NumGoroutine() <= goroutines && openFiles(t) <= descriptors {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before; %d descriptors, %d before\n%s", runtime.NumGoroutine(), goroutines, openFiles(t),
		descriptors,
		buf[:runtime.Stack(buf, true)])
}

func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestAddedResults: the field is the MTA's, and replaces those that claim to be.
func TestAddedResults(t *testing.T) {
	records, signed := zone(t)
	s := newSite(t, dnstest.Start(t, records), "add_authentication_results 1\n")
	forged := "Authentication-Results: other.example; spf=pass\r\nAuthentication-Results: MX.example.org; dkim=pass " +
		"header.d=paypal.com\r\n" +
		"authentication-results: mx.example.org 1; dmarc=pass\r\n"
	_, v := s.check(t, input(forged+signed))
	if v.AuthResults == nil || v.AuthResults.Authserv != "mx.example.org" {
		t.Fatalf("%+v", v.AuthResults)
	}
	got := string(tag.Options{Authserv: "host.example.org"}.Rewrite([]byte(forged+signed), v))
	want := "Authentication-Results: mx.example.org;\r\n\tspf=pass smtp.mailfrom=joe@bad.com;\r\n\tdkim=pass " +
		"header.d=bad.com header.i=@bad.com;\r\n" +
		"\tdmarc=pass header.from=bad.com\r\n"
	if !strings.HasPrefix(got, want) || strings.Contains(got, "paypal") || !strings.Contains(got, "other.example") ||
		strings.Contains(got, "mx.example.org 1") {
		t.Errorf("%.600s", got)
	}
	if _, v := newSite(t, s.dns, "").check(t, input(signed)); v.AuthResults != nil {
		t.Errorf("added without being asked to: %+v", v.AuthResults)
	}
}
