package dnsbl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"asterism/dnsbl/resolver"
)

// uriLookup asks one list about the hosts of a message's URIs. Rules that differ only in their sub-test share one.
type uriLookup struct {
	uriKind
	list  *list
	tests []ruleTest
}

// uriKind is the subject of a lookup.
type uriKind struct {
	qtype uint16
	flags hostFlags

	domain  bool // the domain of the host (urirhsbl), or the host itself
	notrim  bool // with domain: the whole host name
	addr    bool // the addresses of the host (uridnsbl with tflag a)
	nsAddr  bool // the addresses of the domain's name servers (uridnsbl with tflag ns)
	ns      bool // the domains of the domain's name servers (urinsrhsbl)
	nsWhole bool // the host names of the domain's name servers (urifullnsrhsbl)
}

// addURI compiles a rule of check_uridnsbl: its argument names the directive that defines the lookup.
func (c *Checks) addURI(r Rule, defined *definitions) error {
	if len(r.Args) != 1 {
		return fmt.Errorf("check_uridnsbl takes the name of a lookup")
	}
	d, ok := defined.lookups[r.Args[0]]
	if !ok {
		return fmt.Errorf("check_uridnsbl: no uridnsbl, urirhsbl, … line defines %s", r.Args[0])
	}
	withSub := strings.HasSuffix(d.Kind, "sub")
	want := 2
	if withSub {
		want = 3
	}
	if len(d.Args) != want {
		return fmt.Errorf("%s takes a zone, a lookup type%s", d.Kind, map[bool]string{true: " and a sub-test"}[withSub])
	}
	l, err := c.list(d.Args[0])
	if err != nil {
		return err
	}
	k := uriKind{}
	if k.qtype, err = recordType(d.Args[1]); err != nil {
		return err
	}
	test := subtest(anyAnswer)
	if withSub {
		if test, err = numberTest(d.Args[2]); err != nil {
			return err
		}
	}
	flags := slices.Concat(d.Flags, r.Flags)
	switch strings.TrimSuffix(strings.TrimSuffix(d.Kind, "sub"), "bl") {
	case "urirhs":
		k.domain, k.notrim, k.flags = true, slices.Contains(flags, "notrim"), readHostFlags(flags)
	case "uridns":
		k.addr = slices.Contains(flags, "a")
		k.nsAddr = slices.Contains(flags, "ns") || !k.addr
	case "urinsrhs":
		k.ns = true
	case "urifullnsrhs":
		k.nsWhole = true
	}
	l.byAddr = l.byAddr || k.addr || k.nsAddr
	l.byName = l.byName || k.domain || k.ns || k.nsWhole
	t := ruleTest{r.Name, test}
	for _, u := range c.uri {
		if u.list == l && u.uriKind == k {
			u.tests = append(u.tests, t)
			return nil
		}
	}
	c.uri = append(c.uri, &uriLookup{k, l, []ruleTest{t}})
	return nil
}

// askableURIs returns the URIs that may be asked about: each host once, not those to skip, and not too many domains. If
// there are too many, chance picks, so that a spammer cannot hide a domain behind twenty good ones.
func (c *Checks) askableURIs(all []URI) []URI {
	var uris []URI
	seen := make(map[string]bool)
	domains := make(map[string][]URI)
	var order []string
	for _, u := range all {
		var id string
		if u.Addr.IsValid() {
			u.Addr = u.Addr.Unmap().WithZone("")
			if !public(u.Addr) || c.trusted(u.Addr) {
				continue
			}
			id = u.Addr.String()
		} else if u.Host = hostname(u.Host); u.Host == "" || u.Domain == "" || c.skip[u.Host] || c.skip[u.Domain] {
			continue
		} else {
			id = u.Host
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		domain := u.Domain
		if u.Addr.IsValid() {
			domain = id
		}
		if domains[domain] == nil {
			order = append(order, domain)
		}
		domains[domain] = append(domains[domain], u)
	}
	if len(order) > c.opt.MaxDomains {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		order = order[:c.opt.MaxDomains]
	}
	for _, d := range order {
		// Hosts below one domain can be made up without end.
		uris = append(uris, domains[d][:min(len(domains[d]), maxHosts)]...)
	}
	return uris
}

// maxHosts is how many host names below one domain are asked about.
const maxHosts = 5

func (l *uriLookup) start(r *Running, uris []URI) {
	for _, u := range uris {
		switch {
		case u.Addr.IsValid():
			if !l.flags.domainsOnly && !l.ns && !l.nsWhole {
				r.askList(l.list, u.Addr.String(), ReverseName(u.Addr), l.qtype, l.tests)
			}
		case l.domain:
			if !l.flags.ipsOnly {
				name := u.Domain
				if l.notrim {
					name = u.Host
				}
				r.askList(l.list, name, name, l.qtype, l.tests)
			}
		default:
			l.resolve(r, u)
		}
	}
}

// resolve looks up the DNS records of a host or its domain in the list.
func (l *uriLookup) resolve(r *Running, u URI) {
	if l.addr {
		r.eachAddr(u.Host, func(ip string, name string) { r.askList(l.list, ip+" of "+u.Host, name, l.qtype, l.tests) })
	}
	if !l.nsAddr && !l.ns && !l.nsWhole {
		return
	}
	r.nameServers(u.Domain, func(host string) {
		switch {
		case l.nsAddr:
			r.eachAddr(host, func(ip string, name string) {
				r.askList(l.list, ip+" of "+host+" of "+u.Domain, name, l.qtype, l.tests)
			})
		case r.c.skip[host] || r.c.skip[registrable(host)]:
		case l.nsWhole:
			r.askList(l.list, host+" of "+u.Domain, host, l.qtype, l.tests)
		default:
			if d := registrable(host); d != "" {
				r.askList(l.list, d+" of "+u.Domain, d, l.qtype, l.tests)
			}
		}
	})
}

// maxAddrs is how many addresses of one host are asked about.
const maxAddrs = 10

// eachAddr gives the public IPv4 addresses of a host, as text and as lists have them. Lists of what URIs lead to know
// no others.
func (r *Running) eachAddr(host string, use func(ip, name string)) {
	r.look(nil, host, dns.TypeA, func(ans *resolver.Answer) {
		ips := r.c.askable(ans.Addrs())
		for _, ip := range ips[:min(len(ips), maxAddrs)] {
			use(ip.String(), ReverseName(ip))
		}
	})
}
