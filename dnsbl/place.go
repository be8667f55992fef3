package dnsbl

import (
	"errors"
	"net/netip"

	"github.com/miekg/dns"

	"asterism/dnsbl/resolver"
)

// addPlace compiles a rule about where the hosts of URIs are (uri_block_cc and its kin).
func (c *Checks) addPlace(r Rule, _ *definitions) error {
	if c.opt.Place == nil {
		return errors.New("no database of addresses: set geodb_options")
	}
	c.place = append(c.place, r.Name)
	return nil
}

// startPlaces looks up the hosts of URIs, and gives their addresses to the rules.
func (r *Running) startPlaces(uris []URI) {
	for _, u := range uris {
		if u.Addr.IsValid() {
			r.judgePlace(u, u.Addr)
			continue
		}
		for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
			r.look(nil, u.Host, qtype, func(ans *resolver.Answer) {
				for _, ip := range ans.Addrs() {
					r.judgePlace(u, ip)
				}
			})
		}
	}
}

func (r *Running) judgePlace(u URI, ip netip.Addr) {
	for _, rule := range r.c.place {
		if r.c.opt.Place(rule, u.Domain, ip) {
			host := u.Host
			if host == "" {
				host = ip.String()
			}
			r.hit(rule, host+" ("+ip.String()+")")
		}
	}
}
