package mailauth_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
	"asterism/dnsbl/resolver"
	"asterism/mailauth"
)

// spfZone holds the hosts that the records below speak of.
const spfZone = `
host.test.       A 8.1.1.1
six.test.        AAAA 2a00::1
both.test.       A 8.1.1.1
both.test.       AAAA 2a00::1
many.test.       A 8.1.1.1
many.test.       A 8.1.1.2
mapped.test.     AAAA ::ffff:8.1.1.1
mxd.test.        MX 10 host.test.
mxd.test.        MX 20 six.test.
nullmx.test.     MX 0 .
deadmx.test.     MX 10 nowhere.test.
pass.test.       TXT "v=spf1 +all"
fail.test.       TXT "v=spf1 -all"
soft.test.       TXT "v=spf1 ~all"
neutral.test.    TXT "v=spf1 ?all"
norecord.test.   TXT "google-site-verification=x"
broken.test.     TXT "v=spf1 ip4:1.2.3 -all"
redirected.test. TXT "v=spf1 ip4:8.1.1.1 -all"
loop.test.       TXT "v=spf1 include:loop.test -all"
xn--bcher-kva.test. TXT "v=spf1 ip4:8.1.1.1 -all"
alias.test.      CNAME host.test.
cl1.test.        CNAME cl2.test.
cl2.test.        CNAME cl1.test.
1.1.1.8.in-addr.arpa.  PTR good.ptr.test.
2.1.1.8.in-addr.arpa.  PTR forged.ptr.test.
3.1.1.8.in-addr.arpa.  PTR Good.Ptr.Test.
4.1.1.8.in-addr.arpa.  PTR cl1.test.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.2.ip6.arpa. PTR good.ptr.test.
good.ptr.test.   A 8.1.1.1
good.ptr.test.   A 8.1.1.3
good.ptr.test.   AAAA 2a00::1
forged.ptr.test. A 8.9.9.9
8.1.1.1.ex.test. A 127.0.0.2
1.1.1.8.ex.test. A 127.0.0.2
strong-bad.local.test.      A 127.0.0.2
bad.strong.local.test.      A 127.0.0.2
a+b.plus.test.              A 127.0.0.2
good.ptr.test.names.test.   A 127.0.0.2
ptr.good.names.test.        A 127.0.0.2
unknown.names.test.         A 127.0.0.2
named.test.                 TXT "v=spf1 exists:%{p1}.%{p}.x.test exists:%{p}.names.test -all"
quux.zip.bar.foo.multi.test. A 127.0.0.2
1.1.1.8.in-addr.v.test.     A 127.0.0.2
sender-mail.test.helo.test. A 127.0.0.2
a%b\ c%20d.test.            A 8.1.1.1
`

// TestSPF goes through RFC 7208 with the situations that the openspf project's test suite names. Each case publishes
// one record and says what a client at one address gets.
func TestSPF(t *testing.T) {
	cases := []struct{ name, record, client, want string }{
		// 4.5, selecting records
		{"no space after version", "v=spf1-all", "8.1.1.1", "none"},
		{"version 10", "v=spf10 -all", "8.1.1.1", "none"},
		{"version only", "v=spf1", "8.1.1.1", "neutral"},
		{"version and space", "v=spf1 ", "8.1.1.1", "neutral"},
		{"version in capitals", "V=sPf1 -ALL", "8.1.1.1", "fail"},
		{"two records", "v=spf1 -all|v=spf1 +all", "8.1.1.1", "permerror"},
		{"two equal records", "v=spf1 -all|v=spf1 -all", "8.1.1.1", "permerror"},
		{"another text beside it", "v=spf1 -all|hello", "8.1.1.1", "fail"},
		{"only another text", "hello", "8.1.1.1", "none"},
		{"strings joined without space", `v=spf1 ip4:"8.1.1".1 -all`, "8.1.1.1", "pass"},
		// 4.6, evaluation
		{"two spaces", "v=spf1  ip4:8.1.1.1   -all", "8.1.1.1", "pass"},
		{"space at the end", "v=spf1 ip4:8.1.1.1 -all ", "8.1.1.2", "fail"},
		// RFC 7208 wants the whole record checked; go-spf stops at the match, as it may for an error it never comes to.
		{"error after a match", "v=spf1 ip4:8.1.1.1 ip4:8.1.1", "8.1.1.1", "permerror pass"},
		{"error before a match", "v=spf1 ip4:8.1.1 ip4:8.1.1.1", "8.1.1.1", "permerror"},
		{"unknown mechanism", "v=spf1 moo -all", "8.1.1.1", "permerror"},
		{"unknown modifier is ignored", "v=spf1 moo=x -all", "8.1.1.1", "fail"},
		{"unknown modifier, charset", "v=spf1 a2.-_=x -all", "8.1.1.1", "fail"},
		{"unknown modifier that starts with a digit", "v=spf1 9=x -all", "8.1.1.1", "permerror"},
		{"modifier without name", "v=spf1 =x -all", "8.1.1.1", "permerror"},
		{"old default modifier", "v=spf1 default=fail", "8.1.1.1", "neutral"},
		{"no match is neutral", "v=spf1 ip4:8.1.1.2", "8.1.1.1", "neutral"},
		{"redirect is no mechanism", "v=spf1 redirect:fail.test", "8.1.1.1", "permerror"},
		{"include is no modifier", "v=spf1 include=fail.test", "8.1.1.1", "permerror neutral"},
		// 5.1, all
		{"all with dot", "v=spf1 -all.", "8.1.1.1", "permerror"},
		{"all with argument", "v=spf1 -all:fail.test", "8.1.1.1", "permerror"},
		{"all with prefix length", "v=spf1 -all/8", "8.1.1.1", "permerror"},
		{"neutral all", "v=spf1 ?all", "8.1.1.1", "neutral"},
		{"soft all", "v=spf1 ~all", "8.1.1.1", "softfail"},
		{"first of two alls", "v=spf1 all -all", "8.1.1.1", "pass"},
		// 5.2, include
		{"include passes", "v=spf1 include:pass.test -all", "8.1.1.1", "pass"},
		{"include fails", "v=spf1 include:fail.test ~all", "8.1.1.1", "softfail"},
		{"include soft", "v=spf1 include:soft.test -all", "8.1.1.1", "fail"},
		{"include neutral", "v=spf1 include:neutral.test -all", "8.1.1.1", "fail"},
		{"include broken", "v=spf1 include:broken.test -all", "8.1.1.1", "permerror"},
		{"include without record", "v=spf1 include:norecord.test -all", "8.1.1.1", "permerror"},
		{"include silent", "v=spf1 include:silent.test -all", "8.1.1.1", "temperror"},
		{"include without domain", "v=spf1 include -all", "8.1.1.1", "permerror"},
		{"include with prefix length", "v=spf1 include:pass.test/24 -all", "8.1.1.1", "permerror"},
		{"include of nothing", "v=spf1 include: -all", "8.1.1.1", "permerror"},
		{"include without end", "v=spf1 include:loop.test -all", "8.1.1.1", "permerror"},
		{"negated include", "v=spf1 -include:pass.test +all", "8.1.1.1", "fail"},
		// 5.3, a
		{"a", "v=spf1 a:host.test -all", "8.1.1.1", "pass"},
		{"a, another host", "v=spf1 a:host.test -all", "8.1.1.2", "fail"},
		{"a of several", "v=spf1 a:many.test -all", "8.1.1.2", "pass"},
		{"a of nothing", "v=spf1 a:nowhere.test -all", "8.1.1.1", "fail"},
		{"a by alias", "v=spf1 a:alias.test -all", "8.1.1.1", "pass"},
		{"a with prefix", "v=spf1 a:host.test/24 -all", "8.1.1.77", "pass"},
		{"a with prefix 0", "v=spf1 a:host.test/0 -all", "8.9.9.9", "pass"},
		{"a with prefix 33", "v=spf1 a:host.test/33 -all", "8.1.1.1", "permerror"},
		{"a with IPv6 prefix 129", "v=spf1 a:host.test//129 -all", "8.1.1.1", "permerror"},
		{"a with both prefixes, IPv4", "v=spf1 a:both.test/24//64 -all", "8.1.1.9", "pass"},
		{"a with both prefixes, IPv6", "v=spf1 a:both.test/24//64 -all", "2a00::9", "pass"},
		{"a, IPv6", "v=spf1 a:six.test -all", "2a00::1", "pass"},
		{"a, IPv6 client and IPv4 host", "v=spf1 a:host.test -all", "2a00::1", "fail"},
		{"a, IPv4 prefix and IPv6 client", "v=spf1 a:host.test/0 -all", "2a00::1", "fail"},
		{"a, IPv6 prefix and IPv4 client", "v=spf1 a:six.test//0 -all", "8.1.1.1", "fail"},
		{"a, trailing dot", "v=spf1 a:host.test. -all", "8.1.1.1", "pass"},
		{"a of nothing at all", "v=spf1 a: -all", "8.1.1.1", "permerror"},
		{"a of a top-level name", "v=spf1 a:museum -all", "8.1.1.1", "permerror fail"},
		{"a of a number", "v=spf1 a:1.2.3.4 -all", "8.1.1.1", "permerror fail"},
		{"a with a wrong character", "v=spf1 a:x?y.test -all", "8.1.1.1", "permerror fail"},
		{"a of a silent server", "v=spf1 a:silent.test -all", "8.1.1.1", "temperror"},
		// 5.4, mx
		{"mx", "v=spf1 mx:mxd.test -all", "8.1.1.1", "pass"},
		{"mx, IPv6", "v=spf1 mx:mxd.test -all", "2a00::1", "pass"},
		{"mx, another host", "v=spf1 mx:mxd.test -all", "8.1.1.2", "fail"},
		{"mx with prefix", "v=spf1 mx:mxd.test/24 -all", "8.1.1.200", "pass"},
		{"mx with prefix 33", "v=spf1 mx:mxd.test/33 -all", "8.1.1.1", "permerror"},
		{"mx without address", "v=spf1 mx:deadmx.test -all", "8.1.1.1", "fail"},
		{"mx that takes no mail", "v=spf1 mx:nullmx.test -all", "8.1.1.1", "fail"},
		{"mx is not a", "v=spf1 mx:host.test -all", "8.1.1.1", "fail"},
		{"mx of nothing at all", "v=spf1 mx: -all", "8.1.1.1", "permerror"},
		// 5.5, ptr
		{"ptr", "v=spf1 ptr:ptr.test -all", "8.1.1.1", "pass"},
		{"ptr whose name leads elsewhere", "v=spf1 ptr:ptr.test -all", "8.1.1.2", "fail"},
		{"ptr, letters' case", "v=spf1 ptr:PTR.test -all", "8.1.1.3", "pass"},
		{"ptr, IPv6", "v=spf1 ptr:ptr.test -all", "2a00::1", "pass"},
		{"ptr of another domain", "v=spf1 ptr:other.test -all", "8.1.1.1", "fail"},
		{"ptr into a loop of aliases", "v=spf1 ptr:test -all", "8.1.1.4", "fail permerror"},
		{"ptr of nobody", "v=spf1 ptr:ptr.test -all", "8.77.7.7", "fail"},
		{"ptr with prefix", "v=spf1 ptr:ptr.test/24 -all", "8.1.1.1", "permerror fail"},
		{"ptr of nothing at all", "v=spf1 ptr: -all", "8.1.1.1", "permerror"},
		// 5.6, ip4 and ip6
		{"ip4", "v=spf1 ip4:8.1.1.1 -all", "8.1.1.1", "pass"},
		{"ip4 with prefix 32", "v=spf1 ip4:8.1.1.1/32 -all", "8.1.1.1", "pass"},
		{"ip4 with prefix 33", "v=spf1 ip4:8.1.1.1/33 -all", "8.1.1.1", "permerror"},
		{"ip4 with prefix 0", "v=spf1 ip4:8.1.1.1/0 -all", "9.9.9.9", "pass"},
		{"ip4 without address", "v=spf1 ip4 -all", "8.1.1.1", "permerror"},
		{"ip4 with port", "v=spf1 ip4:8.1.1.1:80 -all", "8.1.1.1", "permerror"},
		{"ip4 of three numbers", "v=spf1 ip4:8.1.1 -all", "8.1.1.1", "permerror"},
		{"ip4 with two prefixes", "v=spf1 ip4:8.1.1.1//32 -all", "8.1.1.1", "permerror"},
		{"ip4, client in IPv6 clothes", "v=spf1 ip4:8.1.1.1 -all", "::ffff:8.1.1.1", "pass"},
		{"ip6", "v=spf1 ip6:2a00::/32 -all", "2a00::77", "pass"},
		{"ip6 and an IPv4 client", "v=spf1 ip6:::/0 -all", "8.1.1.1", "fail"},
		{"ip6 with prefix 0", "v=spf1 ip6:::1/0 -all", "2a00::1", "pass"},
		{"ip6 with prefix 129", "v=spf1 ip6:::1/129 -all", "2a00::1", "permerror"},
		{"ip6 with two prefixes", "v=spf1 ip6:::1//33 -all", "2a00::1", "permerror"},
		{"ip6 without address", "v=spf1 ip6 -all", "2a00::1", "permerror"},
		{"ip6 that is none", "v=spf1 ip6:2a00::z -all", "2a00::1", "permerror"},
		// 5.7, exists
		{"exists", "v=spf1 exists:host.test -all", "8.9.9.9", "pass"},
		{"exists not", "v=spf1 exists:nowhere.test -all", "8.1.1.1", "fail"},
		{"exists asks for A even of IPv6 clients", "v=spf1 exists:host.test -all", "2a00::1", "pass"},
		{"exists by address", "v=spf1 exists:%{i}.ex.test -all", "8.1.1.1", "pass"},
		{"exists by reversed address", "v=spf1 exists:%{ir}.ex.test -all", "8.1.1.1", "pass"},
		{"exists without domain", "v=spf1 exists -all", "8.1.1.1", "permerror"},
		{"exists of nothing at all", "v=spf1 exists: -all", "8.1.1.1", "permerror"},
		{"exists with prefix", "v=spf1 exists:host.test/24 -all", "8.1.1.1", "permerror fail"},
		{"exists, silent server", "v=spf1 exists:silent.test -all", "8.1.1.1", "temperror"},
		// 4.6.4, limits
		{"ten lookups", "v=spf1" + strings.Repeat(" a:host.test", 10) + " -all", "8.1.1.2", "fail"},
		{"eleven lookups", "v=spf1" + strings.Repeat(" a:host.test", 11) + " -all", "8.1.1.2", "permerror"},
		{"two void lookups", "v=spf1 a:no1.test a:no2.test -all", "8.1.1.1", "fail"},
		{"three void lookups", "v=spf1 a:no1.test a:no2.test a:no3.test -all", "8.1.1.1", "permerror"},
		// 6, modifiers
		{"redirect", "v=spf1 redirect=redirected.test", "8.1.1.1", "pass"},
		{"redirect, fails there", "v=spf1 redirect=redirected.test", "8.1.1.2", "fail"},
		{"redirect before mechanisms", "v=spf1 redirect=pass.test -all", "8.1.1.1", "fail"},
		{"redirect after a match", "v=spf1 ip4:8.1.1.1 redirect=fail.test", "8.1.1.1", "pass"},
		{"redirect to no record", "v=spf1 redirect=norecord.test", "8.1.1.1", "permerror"},
		{"redirect to a broken record", "v=spf1 redirect=broken.test", "8.1.1.1", "permerror"},
		{"redirect twice", "v=spf1 redirect=pass.test redirect=pass.test", "8.1.1.1", "permerror"},
		{"redirect to nothing", "v=spf1 redirect=", "8.1.1.1", "permerror"},
		{"explanation is not needed", "v=spf1 exp=nowhere.test -all", "8.1.1.1", "fail"},
		// 7, macros
		{"local part", "v=spf1 exists:%{l}.local.test -all", "8.1.1.1", "pass"},
		{"local part reversed at hyphens", "v=spf1 exists:%{lr-}.local.test -all", "8.1.1.1", "pass"},
		{"right-hand part of domain", "v=spf1 a:host.%{d1} -all", "8.1.1.1", "pass"},
		{"v and reversed i", "v=spf1 exists:%{ir}.%{v}.v.test -all", "8.1.1.1", "pass"},
		{"percent, space and URL space", "v=spf1 a:a%%b%_c%-d.test -all", "8.1.1.1", "pass"},
		{"HELO", "v=spf1 exists:%{h}.helo.test -all", "8.1.1.1", "pass"},
		{"client's name", "v=spf1 exists:%{p}.names.test -all", "8.1.1.1", "pass"},
		{"client's name, reversed", "v=spf1 exists:%{P2R}.names.test -all", "8.1.1.1", "pass"},
		{"client's name, not verified", "v=spf1 exists:%{p}.names.test -all", "8.1.1.2", "pass"}, // as "unknown"
		{"client without name", "v=spf1 exists:%{p}.names.test -all", "8.77.7.7", "pass"},
		{"client's name in an included record", "v=spf1 include:named.test -all", "8.1.1.1", "pass"},
		{"two percents before a name", "v=spf1 exists:%%{p}.names.test -all", "8.1.1.1", "fail permerror"},
		{"no digits of a name", "v=spf1 exists:%{p0}.names.test -all", "8.1.1.1", "permerror"},
		{"macro in parentheses", "v=spf1 exists:%(i).ex.test -all", "8.1.1.1", "permerror"},
		{"lone percent", "v=spf1 exists:foo%.test -all", "8.1.1.1", "permerror"},
		{"unknown macro", "v=spf1 a:%{a}.test -all", "8.1.1.1", "permerror"},
		{"unended macro", "v=spf1 a:%{i.test -all", "8.1.1.1", "permerror"},
	}
	srv := dnstest.Start(t, spfZone)
	srv.Special(func(_ dns.ResponseWriter, q *dns.Msg) bool { return q.Question[0].Name == "silent.test." })
	c := newChecker(t, srv, mailauth.Options{Timeout: 300 * time.Millisecond})
	for i, tc := range cases {
		domain := fmt.Sprintf("case%d.test", i)
		for record := range strings.SplitSeq(tc.record, "|") {
			record = `"` + strings.ReplaceAll(record, `"`, `" "`) + `"`
			srv.Add(t, domain+". TXT "+strings.ReplaceAll(record, "% ", "%"))
		}
		in := &mailauth.Input{Client: netip.MustParseAddr(tc.client), Helo: "sender-mail.test", Sender: "strong-bad@" +
			domain}
		got := c.Check(t.Context(), in).SPF
		if !strings.Contains(" "+tc.want+" ", " "+string(got.Outcome)+" ") {
			t.Errorf("%s (%q, client %s): %s (%s), want %s", tc.name, tc.record, tc.client, got.Outcome, got.Reason, tc.want)
		}
	}
}

// TestSPFSenders: which domain is asked, from what the client said.
func TestSPFSenders(t *testing.T) {
	long := strings.Repeat("a", 64) + ".test"
	srv := dnstest.Start(t, spfZone)
	c := newChecker(t, srv, mailauth.Options{})
	for _, tc := range []struct{ name, sender, helo, client, spf, heloSPF string }{
		{"sender and HELO", "x@fail.test", "pass.test", "8.1.1.1", "fail", "pass"},
		{"null sender", "", "pass.test", "8.1.1.1", "pass", "pass"},
		{"no local part", "@fail.test", "pass.test", "8.1.1.1", "fail", "pass"},
		{"sender's case", "X@FAIL.Test", "PASS.TEST.", "8.1.1.1", "fail", "pass"},
		{"no such domain", "x@nowhere.test", "nowhere.test", "8.1.1.1", "none", "none"},
		{"label too long", "x@" + long, long, "8.1.1.1", "none", "none"},
		{"empty label", "x@a..test", "a..test", "8.1.1.1", "none", "none"},
		{"address literal", "x@[8.1.1.1]", "[8.1.1.1]", "8.1.1.1", "none", "none"},
		{"HELO without domain", "", "OEMCOMPUTER", "8.1.1.1", "none", "none"},
		{"U-labels", "jürgen@bücher.test", "Bücher.test", "8.1.1.1", "pass", "pass"},
		{"U-labels and capitals", "jürgen@BÜCHER.test", "xn--bcher-kva.TEST", "8.1.1.1", "pass", "pass"},
		{"U-labels, another client", "jürgen@bücher.test", "bücher.test", "8.1.1.2", "fail", "fail"},
		{"two @", "x@pass.test@fail.test", "pass.test", "8.1.1.1", "fail", "pass"},
		{"a quoted @", "\"x@pass.test\"@fail.test", "pass.test", "8.1.1.1", "fail", "pass"},
		{"nothing", "", "", "8.1.1.1", "none", "none"},
		{"a neighbour", "x@fail.test", "fail.test", "192.168.1.1", "", ""},
		{"the host itself", "x@fail.test", "fail.test", "::1", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := c.Check(t.Context(), &mailauth.Input{Client: netip.MustParseAddr(tc.client), Helo: tc.helo, Sender: tc.sender})
			if string(r.SPF.Outcome) != tc.spf || string(r.SPFHelo.Outcome) != tc.heloSPF {
				t.Errorf("%s: SPF %q, HELO %q; want %q, %q", tc.name, r.SPF.Outcome, r.SPFHelo.Outcome, tc.spf, tc.heloSPF)
			}
		})
	}
	srv.Asked()
	c.Check(t.Context(), &mailauth.Input{Helo: "pass.test", Sender: "x@fail.test"})
	if asked := srv.Asked(); len(asked) != 0 {
		t.Errorf("asked %q without a client's address", asked)
	}
}

// newChecker makes a Checker that asks the server.
func newChecker(t testing.TB, srv *dnstest.Server, opt mailauth.Options) *mailauth.Checker {
	t.Helper()
	res, err := resolver.New(resolver.Options{Servers: []string{srv.Addr}, Try: 300 * time.Millisecond,
		Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(res.Close)
	opt.Resolver = res
	return mailauth.New(opt)
}
