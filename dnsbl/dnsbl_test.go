package dnsbl_test

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"asterism/dnsbl"
	"asterism/dnsbl/dnstest"
	"asterism/dnsbl/resolver"
)

// eval and directive write rules as a .cf file has them.
func eval(name, function string, args ...string) dnsbl.Rule {
	return dnsbl.Rule{Name: name, Kind: "header", Func: function, Args: args}
}

func directive(kind, name string, args ...string) dnsbl.Rule {
	return dnsbl.Rule{Name: name, Kind: kind, Args: args}
}

func flags(r dnsbl.Rule, f ...string) dnsbl.Rule { r.Flags = f; return r }

func ips(list ...string) []netip.Addr {
	var addrs []netip.Addr
	for _, s := range list {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs
}

func host(h, domain string) dnsbl.URI {
	return dnsbl.URI{URL: "http://" + h + "/", Host: h, Domain: domain}
}

// newChecks makes Checks that ask the server, and fails the test if a rule cannot be answered.
func newChecks(t testing.TB, srv *dnstest.Server, opt dnsbl.Options, rules ...dnsbl.Rule) *dnsbl.Checks {
	t.Helper()
	res, err := resolver.New(resolver.Options{Servers: []string{srv.Addr}, Try: 500 * time.Millisecond,
		Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(res.Close)
	opt.Resolver = res
	c, problems := dnsbl.New(opt, rules)
	for _, p := range problems {
		t.Errorf("%s: %s", p.Rule, p.Text)
	}
	t.Cleanup(c.Close)
	return c
}

// hits returns the names of the rules that hit, sorted, separated by spaces.
func hits(res *dnsbl.Results) string {
	return strings.Join(slices.Sorted(maps.Keys(res.Hits)), " ")
}

const zones = `
2.2.0.8.zen.example.      A   127.0.0.2
2.2.0.8.zen.example.      A   127.0.0.10
3.3.0.8.zen.example.      A   127.0.0.4
2.2.0.8.bits.example.     A   127.0.0.6
2.2.0.8.txt.example.      TXT "Blocked - see https://www.spamcop.example/bl?8.0.2.2"
2.2.0.8.txt.example.      A   127.0.0.2
3.3.0.8.txt.example.      TXT "Error: open resolver; spamcop"
3.3.0.8.txt.example.      A   127.255.255.254
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.1.0.0.2.zen.example. A 127.0.0.3
2.2.0.8.list.dnswl.org.   A   127.0.5.2
`

func TestRelayLists(t *testing.T) {
	srv := dnstest.Start(t, zones)
	rules := []dnsbl.Rule{
		eval("__ZEN", "check_rbl", "zen", "zen.example."),
		eval("SBL", "check_rbl_sub", "zen", "127.0.0.2"),
		eval("CSS", "check_rbl_sub", "zen", "127.0.0.3"),
		eval("XBL", "check_rbl", "zen-lastexternal", "zen.example.", `^127\.0\.0\.[4567]$`),
		eval("PBL", "check_rbl", "zen-lastexternal", "zen.example.", `^127\.0\.0\.1[01]$`),
		eval("NFH", "check_rbl", "zen-notfirsthop", "zen.example."),
		eval("FT", "check_rbl", "zen-firsttrusted", "zen.example."),
		eval("UT", "check_rbl", "zen-untrusted", "zen.example."),
		eval("__BITS", "check_rbl", "bits", "bits.example"),
		eval("BIT2", "check_rbl_sub", "bits", "2"),
		eval("BIT4", "check_rbl_sub", "bits", "4"),
		eval("BIT8", "check_rbl_sub", "bits", "8"),
		eval("TXT", "check_rbl_txt", "txt", "txt.example.", "(?i:spamcop)"),
		flags(eval("WL_MED", "check_rbl", "wl-firsttrusted", "list.dnswl.org.", `^127\.0\.\d+\.2$`), "nice", "net"),
	}
	trusted := []netip.Prefix{netip.MustParsePrefix("8.0.9.0/24")}
	c := newChecks(t, srv, dnsbl.Options{Trusted: trusted}, rules...)
	for _, tc := range []struct {
		name                string
		untrusted, external string
		want                string
	}{
		{"none", "", "", ""},
		{"not listed", "8.8.8.8", "8.8.8.8", ""},
		{"one relay", "8.0.2.2", "8.0.2.2", "BIT2 BIT4 FT NFH PBL SBL TXT WL_MED __BITS __ZEN"},
		{"error instead of text", "8.0.3.3", "8.0.3.3", "FT NFH XBL __ZEN"},
		{"first hop is not lastexternal", "8.8.8.8 8.0.3.3", "8.8.8.8 8.0.3.3", "UT __ZEN"},
		{"middle hop", "8.8.8.8 8.0.3.3 8.8.4.4", "8.8.8.8 8.0.3.3 8.8.4.4", "NFH UT __ZEN"},
		{"trusted relay before it", "8.0.3.3", "8.0.9.9 8.0.3.3", "FT NFH XBL __ZEN"},
		{"private relay before it", "10.1.2.3 8.0.3.3", "10.1.2.3 8.0.3.3", "FT NFH XBL __ZEN"},
		{"IPv6", "2001:4860::1", "2001:4860::1", "CSS FT NFH __ZEN"},
		{"IPv4 in IPv6", "::ffff:8.0.3.3", "::ffff:8.0.3.3", "FT NFH XBL __ZEN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := &dnsbl.Query{Untrusted: ips(strings.Fields(tc.untrusted)...), External: ips(strings.Fields(tc.external)...)}
			if got := hits(c.Start(t.Context(), q).Wait()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
}

func TestNeverAsked(t *testing.T) {
	srv := dnstest.Start(t, "")
	c := newChecks(t, srv, dnsbl.Options{Trusted: []netip.Prefix{netip.MustParsePrefix("8.0.9.0/24")}},
		eval("A", "check_rbl", "a", "a.example"), directive("urirhsbl", "U", "u.example", "A"), eval("U", "check_uridnsbl",
			"U"))
	private := ips("10.0.0.1", "192.168.1.1", "172.16.9.9", "127.0.0.1", "127.9.9.9", "169.254.1.1", "100.64.3.3",
		"192.0.2.7", "198.51.100.7", "203.0.113.7", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.1.1.1", "198.18.0.1",
		"::1", "::", "fe80::1%eth0", "fd00::1", "2001:db8::1", "3fff::1", "ff02::1", "::ffff:10.0.0.1", "8.0.9.1")
	q := &dnsbl.Query{Untrusted: private, External: private}
	for _, ip := range private {
		q.URIs = append(q.URIs, dnsbl.URI{Addr: ip})
	}
	q.URIs = append(q.URIs, host("localhost", ""), host("printer.lan", ""), host("a..b", "a..b"))
	if res := c.Start(t.Context(), q).Wait(); res.Queries != 0 || len(srv.Asked()) != 0 {
		t.Errorf("asked %d questions about addresses nobody should hear of: %q", res.Queries, srv.Asked())
	}
}

// TestSilence: whatever is compiled, nothing is sent before Start.
func TestSilence(t *testing.T) {
	srv := dnstest.Start(t, zones)
	newChecks(t, srv, dnsbl.Options{}, eval("A", "check_rbl", "a", "zen.example"))
	time.Sleep(50 * time.Millisecond)
	if asked := srv.Asked(); len(asked) != 0 {
		t.Errorf("asked without a scan: %q", asked)
	}
}

func TestDeadServerCostsTheDeadline(t *testing.T) {
	srv := dnstest.Start(t, "")
	srv.Silence(true)
	c := newChecks(t, srv, dnsbl.Options{Timeout: 200 * time.Millisecond}, eval("A", "check_rbl", "a", "dead.example"))
	q := &dnsbl.Query{Untrusted: ips("8.8.8.8")}
	res := c.Start(t.Context(), q).Wait()
	if len(res.Notes) != 1 || res.Notes[0].Zone != "dead.example" || res.Notes[0].Err == nil {
		t.Errorf("notes %+v do not name the dead list", res.Notes)
	}
	srv.Asked()
	res = c.Start(t.Context(), q).Wait()
	if len(res.Notes) != 1 || res.Notes[0].Err != dnsbl.ErrLeftAlone {
		t.Errorf("notes %+v do not say that the list was left alone", res.Notes)
	}
}

func TestContextEndsIt(t *testing.T) {
	srv := dnstest.Start(t, "")
	srv.Silence(true)
	c := newChecks(t, srv, dnsbl.Options{}, eval("A", "check_rbl", "a", "slow.example"))
	ctx, cancel := context.WithCancel(t.Context())
	r := c.Start(ctx, &dnsbl.Query{Untrusted: ips("8.8.8.8")})
	cancel()
	done := make(chan struct{})
	go func() { r.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("Wait did not end with its context")
	}
}
