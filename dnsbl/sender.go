package dnsbl

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"asterism/dnsbl/resolver"
)

// senderLookup asks one list about the hosts that a message names as its senders (check_rbl_from_host and its like).
type senderLookup struct {
	list  *list
	hosts hostSource
	flags hostFlags
	tests []ruleTest
}

// hostSource gives the hosts, names or addresses, that a lookup asks about. It may do so after it has returned.
type hostSource func(r *Running, q *Query, use func(host string))

// hostFlags are the tflags ips_only and domains_only.
type hostFlags struct{ ipsOnly, domainsOnly bool }

func readHostFlags(flags []string) hostFlags {
	return hostFlags{slices.Contains(flags, "ips_only"), slices.Contains(flags, "domains_only")}
}

// rblHeaders are the fields that check_rbl_headers looks at if the rule names none (SpamAssassin's rbl_headers).
const rblHeaders = "EnvelopeFrom,Reply-To,Disposition-Notification-To,X-WebmailclientIP,X-Source-IP"

// sources holds the hosts of each function.
var sources = map[string]hostSource{
	"check_rbl_from_host": fromHosts,
	"check_rbl_from_domain": func(r *Running, q *Query, use func(string)) {
		fromHosts(r, q, func(host string) { use(registrable(host)) })
	},
	"check_rbl_envfrom": func(_ *Running, q *Query, use func(string)) { use(hostOf(q.EnvelopeFrom)) },
	"check_rbl_ns_from": func(r *Running, q *Query, use func(string)) {
		fromHosts(r, q, func(host string) { r.nameServers(registrable(host), use) })
	},
	"check_rbl_rcvd": func(r *Running, q *Query, use func(string)) {
		for _, ip := range r.c.relays(q, "") {
			use(ip.String())
		}
		for _, name := range q.RelayNames {
			use(name)
		}
	},
}

func fromHosts(_ *Running, q *Query, use func(string)) {
	for _, address := range q.From {
		use(hostOf(address))
	}
}

// headerHosts gives the hosts of the addresses, or the addresses and names themselves, in header fields.
func headerHosts(fields []string) hostSource {
	return func(_ *Running, q *Query, use func(string)) {
		for _, field := range fields {
			field = strings.TrimSpace(field)
			if strings.EqualFold(field, "EnvelopeFrom") {
				use(hostOf(q.EnvelopeFrom))
				continue
			}
			found := q.addresses(field)
			for _, address := range found {
				use(hostOf(address))
			}
			if len(found) == 0 && q.Header != nil {
				for _, value := range q.Header(field) {
					use(strings.TrimSpace(value))
				}
			}
		}
	}
}

func (c *Checks) addSender(r Rule, d *definitions) error {
	l, tests, err := c.zoneTests(r, d)
	if err != nil {
		return err
	}
	l.byName = true
	s := &senderLookup{list: l, hosts: sources[r.Func], flags: readHostFlags(r.Flags), tests: tests}
	if r.Func == "check_rbl_headers" {
		fields := rblHeaders
		if len(r.Args) > 3 {
			fields = r.Args[3]
		}
		s.hosts = headerHosts(strings.Split(fields, ","))
	}
	c.sender = append(c.sender, s)
	return nil
}

func (l *senderLookup) start(r *Running, q *Query) {
	l.hosts(r, q, func(host string) {
		if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			if ip = ip.Unmap().WithZone(""); !l.flags.domainsOnly && public(ip) && !r.c.trusted(ip) {
				r.askList(l.list, ip.String(), ReverseName(ip), dns.TypeA, l.tests)
			}
			return
		}
		if host = hostname(host); host != "" && !l.flags.ipsOnly && registrable(host) != "" {
			r.askList(l.list, host, host, dns.TypeA, l.tests)
		}
	})
}

// checkSender answers check_dns_sender: the envelope sender's domain has neither MX nor address, so that nobody could
// reply.
func (r *Running) checkSender(q *Query) {
	host := hostname(hostOf(q.EnvelopeFrom))
	if registrable(host) == "" {
		return
	}
	none := func(next func()) func(*resolver.Answer) {
		return func(ans *resolver.Answer) {
			if len(ans.Records) == 0 && (ans.Rcode == dns.RcodeSuccess || ans.Rcode == dns.RcodeNameError) {
				next()
			}
		}
	}
	r.look(nil, host, dns.TypeMX, none(func() {
		r.look(nil, host, dns.TypeA, none(func() {
			r.look(nil, host, dns.TypeAAAA, none(func() {
				for _, rule := range r.c.noDNS {
					r.hit(rule, host)
				}
			}))
		}))
	}))
}

// nameServers gives the host names of a domain's name servers.
func (r *Running) nameServers(domain string, use func(host string)) {
	if domain == "" {
		return
	}
	r.look(nil, domain, dns.TypeNS, func(ans *resolver.Answer) {
		for i, rr := range ans.Records {
			if i == maxNameServers {
				break
			}
			if ns, ok := rr.(*dns.NS); ok {
				if host := hostname(ns.Ns); host != "" {
					use(host)
				}
			}
		}
	})
}

// maxNameServers bounds how many of a domain's name servers are asked about: the domain is a stranger's.
const maxNameServers = 6

// addresses returns the mail addresses in a header field.
func (q *Query) addresses(field string) []string {
	if q.Addresses == nil {
		return nil
	}
	return q.Addresses(field)
}

// hostOf returns the domain of a mail address.
func hostOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}

// hostname brings a host's name into the form in which lists have it: lower case, ASCII (RFC 5891), no final dot. It is
// empty if the name cannot be one of two labels at least: letters, digits, hyphens and underscores.
func hostname(name string) string {
	name = strings.ToLower(strings.Trim(name, ". "))
	dots := 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c >= 0x80:
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				return ""
			}
			return hostname(ascii)
		case c == '.':
			dots++
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return ""
		}
	}
	if dots == 0 || strings.Contains(name, "..") {
		return ""
	}
	return name
}

// registrable returns the part of a host's name that somebody registered, below the public suffix. It is empty if the
// name is itself a public suffix, or not below a known one.
func registrable(host string) string {
	suffix, icann := publicsuffix.PublicSuffix(host)
	if !icann && !strings.Contains(suffix, ".") {
		return "" // no such top-level domain
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}
