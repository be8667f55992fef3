package dnsbl_test

import (
	"slices"
	"testing"

	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
	"asterism/test/e2e"
)

const listedAddresses = `$SOA 60 ns.example hostmaster.example 1 60 60 60 60
:127.0.0.2:Listed, see https://list.example/?$
127.0.0.2
8.0.2.2
8.0.3.0/24 :127.0.0.4:Bot net
!8.0.3.7
8.0.4.4 :127.0.0.4:Bot net
8.0.4.4 :127.0.0.10:Dial-up
`

const listedIPv6 = `:3:IPv6 $
0:0:0:0:0:ffff:7f00:2
2001:4860:1::/48
`

const listedDomains = `:127.0.1.2:Domain $
test
.bad.com
phish.com :127.0.1.4:Phish
`

func TestWithRBLDNSD(t *testing.T) {
	server := e2e.StartRBLDNSD(t, [2]string{"ip.example:ip4set", listedAddresses}, [2]string{"ip6.example:ip6trie",
		listedIPv6},
		[2]string{"names.example:dnset", listedDomains})
	res, err := resolver.New(resolver.Options{Servers: []string{server}})
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
		q := &dnsbl.Query{Untrusted: ips(tc.relay)}
		if tc.host != "" {
			q.URIs = []dnsbl.URI{host(tc.host, tc.domain)}
		}
		if got := hits(c.Start(t.Context(), q).Wait()); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.relay, tc.host, got, tc.want)
		}
	}
}
