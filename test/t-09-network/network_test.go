// Package network_test has spamd ask real servers on loopback: rbldnsd, pyzord, clamd, and a name server with the
// records of a sender; and shows that with --local-tests-only it asks nobody and starts nothing.
package network_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
	"asterism/test/e2e"
)

const virus = "this-is-the-virus-of-our-own-test"

// hop is what the site's own MTA wrote: it took the mail from 8.2.3.4.
const hop = "Return-Path: <joe@bad.com>\r\nReceived: from mail.bad.com (mail.bad.com [8.2.3.4])\r\n" +
	"\tby mx.example.org (8.18.1/8.18.1) with ESMTP id 1;\r\n" +
	"\tFri, 20 Nov 2026 21:00:38 -0700\r\n"

const letter = "From: Joe <joe@bad.com>\r\nTo: <sue@example.org>\r\nSubject: hello\r\n" +
	"Date: Fri, 20 Nov 2026 21:00:37 -0700\r\n" +
	"Message-ID: <1@bad.com>\r\n\r\nPlease look at http://www.crook.com/page for this offer\r\n" +
	"that nobody can refuse, says Joe, " + virus + ".\r\n"

// addresses and domains are what rbldnsd lists, under the names of the lists that the shipped rules ask.
const addresses = `:127.0.0.2:listed
127.0.0.2
8.2.3.4 :127.0.0.2:spam source
8.2.3.4 :127.0.0.4:bot
`
const domains = `:127.0.0.2:listed
test.uribl.com
crook.com
`

// sender signs the letter and returns it with the records that vouch for it.
func sender(t *testing.T) (mail, records string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var signed strings.Builder
	if err := dkim.Sign(&signed, strings.NewReader(letter), &dkim.SignOptions{
		Domain: "bad.com", Selector: "s", Signer: private, Hash: crypto.SHA256, HeaderKeys: []string{"From", "Subject",
			"Date"},
	}); err != nil {
		t.Fatal(err)
	}
	return hop + signed.String(), `
bad.com.              TXT "v=spf1 ip4:8.2.3.4 -all"
_dmarc.bad.com.       TXT "v=DMARC1; p=reject"
s._domainkey.bad.com. TXT "v=DKIM1; k=ed25519; p=` + base64.StdEncoding.EncodeToString(public) + `"
`
}

// verdict is what "spamd check --json" prints.
type verdict struct {
	Tests []struct {
		Name, Detail string
	}
	Notes []string
}

// check has spamd judge a mail, and returns the tests that hit with their details, and what was noted.
func check(t *testing.T, mail, conf string, args ...string) (map[string]string, []string) {
	t.Helper()
	dir := e2e.Dir(t)
	all := append([]string{"check", "--json", "-c", e2e.Write(t, dir, "local.cf", conf, 0o600), "--bayes-path",
		filepath.Join(dir, "bayes")}, args...)
	cmd := exec.Command(e2e.Binary(t, "spamd"), append(all, e2e.Write(t, dir, "mail", mail, 0o600))...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamd check: %v\n%s", err, &stderr)
	}
	var v verdict
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	hits := make(map[string]string)
	for _, h := range v.Tests {
		hits[h.Name] = h.Detail
	}
	return hits, v.Notes
}

// helpers writes stand-ins for programs that Debian does not have, or that are too slow to start here. Each notes
// that it ran.
func helpers(t *testing.T, ran string) (dccproc, pyzor string) {
	t.Helper()
	dir := e2e.Dir(t)
	note := "#!/bin/sh\necho $0 >>" + ran + "\ncat >/dev/null\n"
	return e2e.Write(t, dir, "dccproc", note+"echo 'X-DCC-x-Metrics: h 1; bulk Body=many'\n", 0o755),
		e2e.Write(t, dir, "pyzor", note+`printf "public:24441\t(200, 'OK')\t7\t0\n"`+"\n", 0o755)
}

func TestRealServers(t *testing.T) {
	mail, records := sender(t)
	rbldnsd := e2e.StartRBLDNSD(t, [2]string{"zen.spamhaus.org:ip4set", addresses}, [2]string{"multi.uribl.com:dnset",
		domains})
	resolver := dnstest.Start(t, records)
	resolver.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
		if name := q.Question[0].Name; !strings.HasSuffix(name, ".zen.spamhaus.org.") && !strings.HasSuffix(name,
			".multi.uribl.com.") {
			return false
		}
		if m, err := dns.Exchange(q, rbldnsd); err == nil {
			_ = w.WriteMsg(m)
		}
		return true
	})
	pyzord := e2e.StartPyzord(t)
	home := e2e.Dir(t)
	e2e.Write(t, home, "servers", pyzord+"\n", 0o600)
	report := exec.Command(e2e.Tool(t, "pyzor", "pyzor"), "--homedir", home, "report")
	report.Stdin = strings.NewReader(mail)
	if out, err := report.CombinedOutput(); err != nil {
		t.Fatalf("pyzor report: %v\n%s", err, out)
	}
	socket, _ := e2e.StartClamd(t, virus)
	dccproc, _ := helpers(t, filepath.Join(home, "ran"))
	conf := fmt.Sprintf("internal_networks 192.0.2.0/24\nuse_pyzor 1\npyzor_server_file %s/servers\npyzor_count_min 1\n"+
		"clamd_socket unix:%s\nuse_dcc 1\ndcc_timeout 10\ndcc_path %s\n", home, socket, dccproc)
	hits, notes := check(t, mail, conf, "--dns-server", resolver.Addr)
	for name, detail := range map[string]string{
		"RCVD_IN_SBL": "8.2.3.4 in zen.spamhaus.org (127.0.0.2)", "RCVD_IN_XBL": "8.2.3.4 in zen.spamhaus.org (127.0.0.4)",
		"URIBL_BLACK": "crook.com in multi.uribl.com (127.0.0.2)", "SPF_PASS": "bad.com", "DKIM_VALID_AU": "bad.com",
		"DMARC_PASS":  "bad.com",
		"PYZOR_CHECK": "1 reports", "CLAMAV": "Asterism.Test.Virus", "DCC_CHECK": "body 999999",
	} {
		if got, ok := hits[name]; !ok || !strings.Contains(got, detail) {
			t.Errorf("%s: %q, want %q", name, got, detail)
		}
	}
	if len(notes) > 0 {
		t.Errorf("notes %q", notes)
	}
	if t.Failed() {
		t.Logf("hits %v\nasked %q", hits, resolver.Asked())
	}
}

// TestProgramsOfTheSeed: the DCC and Pyzor lines of a MIMEDefang site take effect, with programs at their paths.
func TestProgramsOfTheSeed(t *testing.T) {
	ran := filepath.Join(e2e.Dir(t), "ran")
	dccproc, pyzor := helpers(t, ran)
	conf := "use_dcc 1\ndcc_timeout 10\ndcc_path " + dccproc + "\nuse_pyzor 1\npyzor_timeout 10\npyzor_path " + pyzor +
		"\n"
	hits, notes := check(t, hop+letter, conf, "--dns-server", dnstest.Start(t, "").Addr)
	if _, ok := hits["DCC_CHECK"]; !ok {
		t.Errorf("no DCC_CHECK: %v, %q", hits, notes)
	}
	if _, ok := hits["PYZOR_CHECK"]; !ok {
		t.Errorf("no PYZOR_CHECK: %v, %q", hits, notes)
	}
}

// TestLocalTestsOnly counts whatever could arrive anywhere: nothing does.
func TestLocalTestsOnly(t *testing.T) {
	ran := filepath.Join(e2e.Dir(t), "ran")
	dccproc, pyzor := helpers(t, ran)
	resolver := dnstest.Start(t, "")
	var contacts atomic.Int32
	clamd, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer clamd.Close()
	go func() {
		for {
			conn, err := clamd.Accept()
			if err != nil {
				return
			}
			contacts.Add(1)
			_, _ = io.WriteString(conn, "stream: OK\x00")
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(clamd.Addr().String())
	conf := "use_dcc 1\ndcc_path " + dccproc + "\nuse_pyzor 1\npyzor_path " + pyzor + "\nuse_razor2 1\nrazor_path " +
		pyzor +
		"\nclamd_socket inet:" + port + "@127.0.0.1\n"
	args := []string{"--dns-server", resolver.Addr}
	check(t, hop+letter, conf, append(args, "--local-tests-only")...)
	check(t, hop+letter, conf+"local_tests_only 1\n", args...)
	if asked := resolver.Asked(); len(asked) > 0 {
		t.Errorf("asked the DNS %q", asked)
	}
	if n := contacts.Load(); n > 0 {
		t.Errorf("connected to clamd %d times", n)
	}
	if data, err := os.ReadFile(ran); err == nil {
		t.Errorf("started %s", data)
	}
	// The same configuration without that flag reaches them all: the test would have noticed.
	check(t, hop+letter, conf, args...)
	data, _ := os.ReadFile(ran)
	if len(resolver.Asked()) == 0 || contacts.Load() == 0 || len(slices.Collect(strings.Lines(string(data)))) != 3 {
		t.Errorf("without the flag: %d connections to clamd, started %q", contacts.Load(), data)
	}
}
