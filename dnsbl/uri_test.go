package dnsbl_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"asterism/dnsbl"
	"asterism/dnsbl/dnstest"
)

// uriRule writes a directive and the eval rule that uses it.
func uriRule(kind, name string, args []string, tflags ...string) []dnsbl.Rule {
	return []dnsbl.Rule{
		directive(kind, name, args...),
		{Name: name, Kind: "body", Func: "check_uridnsbl", Args: []string{name}, Flags: tflags},
	}
}

func TestURILists(t *testing.T) {
	srv := dnstest.Start(t, `
bad.com.multi.surbl.org.    A 127.0.0.72
www.bad.com.multi.surbl.org. A 127.0.0.16
refused.com.multi.uribl.com. A 127.0.0.1
grey.com.multi.uribl.com.   A 127.0.0.4
phish.com.dbl.spamhaus.org. A 127.0.1.4
4.4.8.8.dbl.spamhaus.org.   A 127.0.1.255
5.4.8.8.rhs.example.        A 127.0.0.2
texted.com.rhs.example.     TXT "listed here"
texted.com.rhs.example.     A 127.0.0.2
bad.com.      NS ns1.crook.net.
bad.com.      NS ns2.crook.net.
www.bad.com.  A 8.1.2.3
ns1.crook.net. A 8.1.2.4
ns2.crook.net. A 10.0.0.1
3.2.1.8.ip.example.  A 127.0.0.2
4.2.1.8.ip.example.  A 127.0.0.3
crook.net.rhs.example. A 127.0.0.2
ns2.crook.net.full.example. A 127.0.0.2
`)
	rules := slices.Concat(
		uriRule("urirhssub", "SURBL_PH", []string{"multi.surbl.org.", "A", "8"}),
		uriRule("urirhssub", "SURBL_AB", []string{"multi.surbl.org.", "A", "64"}),
		uriRule("urirhssub", "SURBL_MW", []string{"multi.surbl.org.", "A", "16"}, "notrim"),
		uriRule("urirhssub", "GREY", []string{"multi.uribl.com.", "A", "4"}),
		uriRule("urirhssub", "BLOCKED", []string{"multi.uribl.com.", "A", "1"}),
		uriRule("urirhssub", "DBL_PHISH", []string{"dbl.spamhaus.org.", "A", "127.0.1.4"}, "domains_only"),
		uriRule("urirhssub", "DBL_RANGE", []string{"dbl.spamhaus.org.", "A", "127.0.1.2-127.0.1.99"}, "domains_only"),
		uriRule("urirhssub", "DBL_NET", []string{"dbl.spamhaus.org.", "A", "127.0.1.0/255.255.255.0"}),
		uriRule("urirhsbl", "RHS_IP", []string{"rhs.example", "A"}, "ips_only"),
		uriRule("urirhsbl", "RHS_TXT", []string{"rhs.example", "TXT"}),
		uriRule("uridnsbl", "IP_NS", []string{"ip.example", "A"}),
		uriRule("uridnssub", "IP_A", []string{"ip.example", "A", "127.0.0.2"}, "a"),
		uriRule("uridnssub", "IP_A_NOT", []string{"ip.example", "A", "127.0.0.3"}, "a"),
		uriRule("urinsrhsbl", "NSRHS", []string{"rhs.example", "A"}),
		uriRule("urifullnsrhsbl", "FULLNS", []string{"full.example", "A"}),
		uriRule("urifullnsrhssub", "FULLNS_SUB", []string{"full.example", "A", "4"}),
	)
	for _, tc := range []struct {
		name string
		uris []dnsbl.URI
		want string
	}{
		{"nothing", nil, ""},
		{"all of a bad one", []dnsbl.URI{host("www.bad.com", "bad.com")},
			"FULLNS IP_A IP_NS NSRHS SURBL_AB SURBL_MW SURBL_PH"},
		{"grey", []dnsbl.URI{host("x.grey.com", "grey.com")}, "GREY"},
		{"refused is not listed", []dnsbl.URI{host("refused.com", "refused.com")}, ""},
		{"phish", []dnsbl.URI{host("phish.com", "phish.com")}, "DBL_NET DBL_PHISH DBL_RANGE"},
		{"address asked of DBL", []dnsbl.URI{{Addr: netip.MustParseAddr("8.8.4.4")}}, ""},
		{"address", []dnsbl.URI{{Addr: netip.MustParseAddr("8.8.4.5")}}, "RHS_IP"},
		{"text", []dnsbl.URI{host("texted.com", "texted.com")}, "RHS_TXT"},
		{"skipped", []dnsbl.URI{host("www.bad.com", "bad.com")}, "-"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opt := dnsbl.Options{}
			if tc.want == "-" {
				opt.SkipDomains, tc.want = []string{"Bad.com"}, ""
			}
			c := newChecks(t, srv, opt, rules...)
			res := c.Start(t.Context(), &dnsbl.Query{URIs: tc.uris}).Wait()
			if got := hits(res); got != tc.want {
				t.Errorf("%s: %q, want %q (notes %v)", tc.name, got, tc.want, res.Notes)
			}
		})
	}
}

func TestTooManyDomains(t *testing.T) {
	srv := dnstest.Start(t, "")
	c := newChecks(t, srv, dnsbl.Options{}, uriRule("urirhsbl", "R", []string{"rhs.example", "A"})...)
	q := &dnsbl.Query{}
	for i := range 300 {
		q.URIs = append(q.URIs, host(fmt.Sprintf("h%d.made-up.com", i), "made-up.com"), host(fmt.Sprintf("d%d.com", i),
			fmt.Sprintf("d%d.com", i)))
	}
	c.Start(t.Context(), q).Wait()
	if n := len(srv.Asked()); n != 20 {
		t.Errorf("asked about %d domains, want 20", n)
	}
}

func TestHashLists(t *testing.T) {
	srv := dnstest.Start(t, "")
	sum := func(alg, s string) string { return dnsblHash(t, alg, s) }
	srv.Add(t, sum("sha1", "crook@bad.com")+".ebl.example. A 127.0.0.2")
	srv.Add(t, sum("md5", "http://bad.com/x")+".uris.example. A 127.0.0.32")
	srv.Add(t, sum("sha256", "bad.com")+".dom.example. A 127.0.0.2")
	srv.Add(t, "tagged.raw.example. A 127.0.0.2")
	srv.Add(t, sum("sha1", "info@bad.com")+".ebl.example. A 127.0.0.2")
	srv.Add(t, sum("sha1", "1Wallet")+".coins.example. A 127.0.0.2")
	srv.Add(t, sum("md5", "payload")+".parts.example. A 127.0.0.2")
	srv.Add(t, "5.2.0.192.raw.example. A 127.0.0.2")
	srv.Add(t, "5551234.raw.example. A 127.0.0.2")
	srv.Add(t, sum("sha1", "joe@gmail.com")+".ebl.example. A 127.0.0.2")
	inBody := func(name, function string, args ...string) dnsbl.Rule {
		return dnsbl.Rule{Name: name, Kind: "body", Func: function, Args: args}
	}
	c := newChecks(t, srv, dnsbl.Options{
		HashIgnore:  []string{"safe.pdf"},
		HashACL:     map[string]map[string]bool{"freemail": {"gmail.com": true}},
		HashAlias:   map[string]string{"googlemail.com": "gmail.com"},
		SkipDomains: []string{"gmail.com"},
		Extract: func(pattern string) (func(string) []string, error) {
			re, err := regexp.Compile(pattern)
			return func(s string) (found []string) {
				for _, m := range re.FindAllStringSubmatch(s, -1) {
					found = append(found, m[1])
				}
				return found
			}, err
		},
	},
		inBody("COIN", "check_hashbl_bodyre", "coins.example", "sha1/case", `\b(1[A-Za-z]+)\b`),
		inBody("PHONE", "check_hashbl_bodyre", "raw.example", "raw/num", `call ([\d-]+)`),
		inBody("PART", "check_hashbl_attachments", "parts.example", "md5/minsize=3/maxsize=100"),
		eval("ACL", "check_hashbl_emails", "ebl.example", "sha1", "Reply-To", "", "freemail"),
		eval("IPTAG", "check_hashbl_tag", "raw.example/A", "raw/ipv4/revip", "_XIP_"),
		eval("TRIMTAG", "check_hashbl_tag", "dom.example/A", "sha256/trim", "XHOST"),
		eval("EBL", "check_hashbl_emails", "ebl.example"),
		eval("EBL_REPLY", "check_hashbl_emails", "ebl.example/A", "sha1/notag/nodot/max=10/shuffle", "Reply-To", `^127\.`),
		eval("DOM", "check_hashbl_emails", "dom.example", "sha256/domain", "ALLFROM/body"),
		eval("URIS", "check_hashbl_uris", "uris.example", "md5/case", `^127\.0\.0\.32$`),
		eval("TAG", "check_hashbl_tag", "raw.example/A", "raw", "XID"),
	)
	for _, tc := range []struct {
		name string
		q    dnsbl.Query
		want string
	}{
		{"from", dnsbl.Query{From: []string{"Crook+2024@bad.com"}}, "DOM EBL"},
		{"body", dnsbl.Query{Body: body("crook@bad.com")}, "DOM EBL"},
		{"reply-to with dots", dnsbl.Query{Addresses: field("Reply-To", "cr.oo.k@bad.com")}, "EBL_REPLY"},
		{"roles are everybody's", dnsbl.Query{From: []string{"info@bad.com"}}, ""},
		{"uri", dnsbl.Query{URIs: []dnsbl.URI{{URL: "http://bad.com/x", Host: "bad.com", Domain: "bad.com"}}}, "URIS"},
		{"tag", dnsbl.Query{Tags: map[string][]string{"XID": {"Tagged"}}}, "TAG"},
		{"text", dnsbl.Query{Texts: texts("body", "pay to 1Wallet now")}, "COIN"},
		{"number", dnsbl.Query{Texts: texts("body", "call 555-12-34")}, "PHONE"},
		{"other text", dnsbl.Query{Texts: texts("full", "pay to 1Wallet now")}, ""},
		{"part", dnsbl.Query{Parts: partsOf("a.pdf", "payload")}, "PART"},
		{"ignored part", dnsbl.Query{Parts: partsOf("Safe.PDF", "payload")}, ""},
		{"domains of a list", dnsbl.Query{Addresses: field("Reply-To", "joe@googlemail.com")}, "ACL"},
		{"other domains", dnsbl.Query{Addresses: field("Reply-To", "crook@bad.com")}, "EBL EBL_REPLY"},
		{"address in a tag", dnsbl.Query{Tags: map[string][]string{"XIP": {"192.0.2.5", "2001:db8::1", "x"}}}, "IPTAG"},
		{"host in a tag", dnsbl.Query{Tags: map[string][]string{"XHOST": {"www.bad.com", "nothing"}}}, "TRIMTAG"},
		{"tag that is no name", dnsbl.Query{Tags: map[string][]string{"XID": {`\000 "x`}}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := hits(c.Start(t.Context(), &tc.q).Wait()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
	// The one who gets the mail is nobody's business.
	srv.Asked()
	c.Start(t.Context(), &dnsbl.Query{Addresses: field("Delivered-To", "me@friend.org"),
		Body: body("me@friend.org")}).Wait()
	if asked := srv.Asked(); len(asked) != 0 {
		t.Errorf("asked about the recipient: %q", asked)
	}
}

func texts(kind string, all ...string) func(string) []string { return field(kind, all...) }

func partsOf(name, data string) func() []dnsbl.Part {
	return func() []dnsbl.Part {
		return []dnsbl.Part{{Type: "application/pdf", Names: []string{name}, Data: []byte(data)}}
	}
}

func body(values ...string) func(bool, bool) []string {
	return func(bool, bool) []string { return values }
}

func field(name string, values ...string) func(string) []string {
	return func(f string) []string {
		if f == name {
			return values
		}
		return nil
	}
}

func TestAskDNS(t *testing.T) {
	srv := dnstest.Start(t, `
bad.com.fresh.example.        A 127.2.0.2
all.com.                      TXT "v=spf1 " "+all"
signer.org._vouch.example.org.    TXT "list transaction"
two.org._vouch.example.org.   TXT "nothing"
helo.bad.com.                 A 8.9.9.9
a.x.combo.example.org.            A 127.0.0.16
b.y.combo.example.org.            A 127.0.0.17
mail.com.mx.example.org.          MX 10 mx.mail.com.
blocked.com.fresh.example.    A 127.255.255.255
`)
	ask := func(name string, args ...string) dnsbl.Rule { return directive("askdns", name, args...) }
	c := newChecks(t, srv, dnsbl.Options{},
		ask("NEW", "_AUTHORDOMAIN_.fresh.example.", "A", `/^127\.2\.0\.2$/`),
		ask("ANYNEW", "_AUTHORDOMAIN_.fresh.example."),
		ask("PLUSALL", "_SENDERDOMAIN_", "TXT", `/^v=spf1 \+ALL$/i`),
		ask("QUOTED", "_SENDERDOMAIN_", "TXT", `"v=spf1 +all"`),
		ask("VOUCH", "_DKIMDOMAIN_._vouch.example.org", "TXT", `m{\b(transaction|list|all)\b}`),
		ask("HELO", "_LASTEXTERNALHELO_", "A", "/./"),
		ask("COMBO16", "_X_._Y_.combo.example.org", "A", "16"),
		ask("COMBO17", "_X_._Y_.combo.example.org", "A", "127.0.0.17"),
		ask("COMBORANGE", "_X_._Y_.combo.example.org", "A", "127.0.0.17-127.0.0.20"),
		ask("NX", "_SENDERDOMAIN_", "A", "[NXDOMAIN]"),
		ask("MX", "_HEADER(Reply-To:addr:domain)_.mx.example.org", "MX", `/^10 mx\./`),
	)
	for _, tc := range []struct {
		name string
		tags string
		want string
	}{
		{"no tags", "", ""},
		{"new domain", "AUTHORDOMAIN=bad.com", "ANYNEW NEW"},
		{"operator's refusal", "AUTHORDOMAIN=blocked.com", ""},
		{"+all", "SENDERDOMAIN=all.com", "PLUSALL QUOTED"},
		{"no such domain", "SENDERDOMAIN=none.com", "NX"},
		{"several signers", "DKIMDOMAIN=two.org,signer.org", "VOUCH"},
		{"helo", "LASTEXTERNALHELO=HELO.bad.com.", "HELO"},
		{"product of tags", "X=a,b Y=x,y", "COMBO16 COMBO17 COMBORANGE"},
		{"hostile value", `AUTHORDOMAIN=a\.b;"x`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := &dnsbl.Query{Tags: make(map[string][]string)}
			for _, tag := range strings.Fields(tc.tags) {
				name, values, _ := strings.Cut(tag, "=")
				q.Tags[name] = strings.Split(values, ",")
			}
			if got := hits(c.Start(t.Context(), q).Wait()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
			late := c.Start(t.Context(), &dnsbl.Query{})
			for name, values := range q.Tags {
				late.Tag(name, values...)
			}
			if got := hits(late.Wait()); got != tc.want {
				t.Errorf("%s, tags late: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
	q := &dnsbl.Query{Header: field("Reply-To:addr:domain", "mail.com")}
	if got := hits(c.Start(t.Context(), q).Wait()); got != "MX" {
		t.Errorf("HEADER(): %q, want MX", got)
	}
}

func TestSenderLists(t *testing.T) {
	srv := dnstest.Start(t, `
mail.bad.com.s.example.  A 127.0.0.2
bad.com.s.example.       A 127.0.0.4
bad.com.                 NS ns.crook.net.
bad.com.                 MX 0 mail.bad.com.
ns.crook.net.s.example.  A 127.0.0.8
2.2.0.8.s.example.       A 127.0.0.16
alive.com.               A 8.9.9.9
`)
	c := newChecks(t, srv, dnsbl.Options{},
		eval("HOST", "check_rbl_from_host", "s", "s.example", "127.0.0.2"),
		eval("DOMAIN", "check_rbl_from_domain", "s", "s.example", "127.0.0.4"),
		eval("ENV", "check_rbl_envfrom", "s", "s.example", "127.0.0.2"),
		eval("NS", "check_rbl_ns_from", "s", "s.example", "127.0.0.8"),
		eval("RCVD", "check_rbl_rcvd", "s", "s.example", "127.0.0.16"),
		eval("HDR", "check_rbl_headers", "s", "s.example", "127.0.0.4", "X-Who,Reply-To"),
		eval("NODNS", "check_dns_sender"),
	)
	for _, tc := range []struct {
		name string
		q    dnsbl.Query
		want string
	}{
		{"nobody", dnsbl.Query{}, ""},
		{"From", dnsbl.Query{From: []string{"x@mail.bad.com"}}, "DOMAIN HOST NS"},
		{"envelope", dnsbl.Query{EnvelopeFrom: "x@mail.bad.com"}, "ENV NODNS"},
		{"header", dnsbl.Query{Addresses: field("Reply-To", "a@bad.com")}, "HDR"},
		{"relay", dnsbl.Query{Untrusted: ips("8.0.2.2")}, "RCVD"},
		{"sender with MX", dnsbl.Query{EnvelopeFrom: "x@bad.com"}, ""},
		{"sender with address", dnsbl.Query{EnvelopeFrom: "x@alive.com"}, ""},
		{"sender without either", dnsbl.Query{EnvelopeFrom: "x@nowhere.com"}, "NODNS"},
		{"null sender", dnsbl.Query{EnvelopeFrom: ""}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := hits(c.Start(t.Context(), &tc.q).Wait()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
}

func TestBadRules(t *testing.T) {
	for _, r := range []dnsbl.Rule{
		eval("R", "check_rbl", "set"),
		eval("R", "check_rbl", "set", `a\b`),
		eval("R", "check_rbl", "set", "zone.example", "("),
		eval("R", "check_rbl_sub", "set"),
		eval("R", "check_rbl_sub", "set", "99999999999"),
		eval("R", "check_uridnsbl", "UNDEFINED"),
		eval("R", "check_hashbl_emails", "z.example", "sha3"),
		eval("R", "check_hashbl_emails", "z.example", "sha1/max=0"),
		eval("R", "check_hashbl_tag", "z.example", "sha1"),
		eval("R", "check_nothing"),
		directive("askdns", "R", "x.example", "NOSUCHTYPE"),
		directive("askdns", "R", "x.example", "A", "/("),
		directive("askdns", "R", "x.example", "A", "[NOSUCHCODE]"),
		directive("askdns", "R", "x.example", "A", "9-5"),
		directive("askdns", "R"),
	} {
		if _, problems := dnsbl.New(dnsbl.Options{}, []dnsbl.Rule{r}); len(problems) != 1 || problems[0].Rule != "R" {
			t.Errorf("%s%s %q: problems %v, want one", r.Func, r.Kind, r.Args, problems)
		}
	}
}
