package dnsbl_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
)

// startRBLDNSD runs the server that most operators of lists run, with one list of addresses and one of domains.
func startRBLDNSD(t *testing.T) (addr string) {
	t.Helper()
	bin, err := exec.LookPath("rbldnsd")
	if err != nil {
		if bin = "/usr/sbin/rbldnsd"; !exists(bin) {
			t.Fatal("rbldnsd is needed (Debian package rbldnsd)")
		}
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		_ = os.Chmod(d, 0o755) // rbldnsd started by root reads as another user
	}
	for name, data := range map[string]string{
		"ip": `$SOA 60 ns.example hostmaster.example 1 60 60 60 60
:127.0.0.2:Listed, see https://list.example/?$
127.0.0.2
8.0.2.2
8.0.3.0/24 :127.0.0.4:Bot net
!8.0.3.7
8.0.4.4 :127.0.0.4:Bot net
8.0.4.4 :127.0.0.10:Dial-up
`,
		"ip6": `:3:IPv6 $
0:0:0:0:0:ffff:7f00:2
2001:4860:1::/48
`,
		"names": `:127.0.1.2:Domain $
test
.bad.com
phish.com :127.0.1.4:Phish
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(l.LocalAddr().String())
	l.Close()
	args := []string{"-n", "-b", host + "/" + port, "-w", dir, "-c", "0",
		"ip.example:ip4set:ip", "ip6.example:ip6trie:ip6", "names.example:dnset:names"}
	cmd := exec.Command(bin, args...)
	if os.Getuid() == 0 {
		cmd.Args = append([]string{bin, "-u", "nobody"}, args...)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	addr = net.JoinHostPort(host, port)
	q := new(dns.Msg)
	q.SetQuestion("2.0.0.127.ip.example.", dns.TypeA)
	for range 100 {
		if m, err := dns.Exchange(q, addr); err == nil && len(m.Answer) == 1 {
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	log, _ := os.ReadFile(out.Name())
	t.Fatalf("rbldnsd does not answer:\n%s", log)
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func TestWithRBLDNSD(t *testing.T) {
	res, err := resolver.New(resolver.Options{Servers: []string{startRBLDNSD(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	c, problems := dnsbl.New(dnsbl.Options{Resolver: res}, slices.Concat([]dnsbl.Rule{
		eval("LISTED", "check_rbl", "ip", "ip.example"),
		eval("PLAIN", "check_rbl_sub", "ip", "127.0.0.2"),
		eval("BOT", "check_rbl_sub", "ip", "127.0.0.4"),
		eval("DIALUP", "check_rbl_sub", "ip", `^127\.0\.0\.1[01]$`),
		eval("TEXT", "check_rbl_txt", "text", "ip.example", "Bot net"),
		eval("SIX", "check_rbl", "six", "ip6.example", "127.0.0.3"),
	},
		uriRule("urirhssub", "DOMAIN", []string{"names.example", "A", "127.0.1.2"}, "notrim"),
		uriRule("urirhssub", "PHISH", []string{"names.example", "A", "127.0.1.4"}),
	))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	defer c.Close()
	c.Examine(t.Context())
	for _, l := range c.Lists() {
		if l.Off != "" {
			t.Errorf("%s is off: %s", l.Zone, l.Off)
		}
	}
	for _, tc := range []struct {
		relay, host, domain, want string
	}{
		{"8.0.2.2", "", "", "LISTED PLAIN"},
		{"8.0.3.5", "", "", "BOT LISTED TEXT"},
		{"8.0.3.7", "", "", ""},
		{"8.0.4.4", "", "", "BOT DIALUP LISTED TEXT"},
		{"2001:4860:1:2::3", "", "", "SIX"},
		{"2001:4860:2:2::3", "", "", ""},
		{"8.8.8.8", "x.bad.com", "bad.com", "DOMAIN"},
		{"8.8.8.8", "phish.com", "phish.com", "PHISH"},
		{"8.8.8.8", "good.com", "good.com", ""},
	} {
		q := &dnsbl.Question{Untrusted: ips(tc.relay)}
		if tc.host != "" {
			q.URIs = []dnsbl.URI{host(tc.host, tc.domain)}
		}
		if got := hits(c.Start(t.Context(), q).Wait()); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.relay, tc.host, got, tc.want)
		}
	}
}
