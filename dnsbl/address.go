package dnsbl

import (
	"net/netip"
	"strconv"
	"strings"
)

// notPublic are the address blocks that no list on the Internet can know anything of and that nobody outside needs to
// hear about: the special-purpose registries of IANA (RFC 6890), beyond what net/netip itself tells apart.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // carriers' NAT (RFC 6598)
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation (RFC 5737)
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks (RFC 2544)
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved
	netip.MustParsePrefix("2001:db8::/32"),   // documentation (RFC 3849)
	netip.MustParsePrefix("3fff::/20"),       // documentation (RFC 9637)
}

var global6 = netip.MustParsePrefix("2000::/3")

// public reports whether an address may be asked about.
func public(ip netip.Addr) bool {
	if !ip.IsValid() || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !global6.Contains(ip) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// ReverseName returns the name under which a list has an address, without the list's zone: the four numbers of IPv4 in
// reverse (RFC 5782, section 2.1), or the 32 nibbles of IPv6 (section 2.4).
func ReverseName(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		b := ip.As4()
		n := make([]byte, 0, 15)
		for i := 3; i >= 0; i-- {
			n = strconv.AppendUint(n, uint64(b[i]), 10)
			if i > 0 {
				n = append(n, '.')
			}
		}
		return string(n)
	}
	return nibbles(ip.As16())
}

func nibbles(b [16]byte) string {
	const hex = "0123456789abcdef"
	n := make([]byte, 0, 63)
	for i := 15; i >= 0; i-- {
		n = append(n, hex[b[i]&15], '.', hex[b[i]>>4])
		if i > 0 {
			n = append(n, '.')
		}
	}
	return string(n)
}

// relays chooses the addresses that a set's name asks for by its ending, in SpamAssassin's terms:
//
//	-lastexternal   the relay that handed the message to the internal network
//	-notfirsthop    all external ones but the one farthest away, if there are several
//	-firsttrusted   the relay that handed the message to the first trusted one, the only address sure to be true
//	-untrusted      all others that are not trusted
//	(none)          all that are not trusted
func (c *Checks) relays(q *Query, set string) []netip.Addr {
	var ips []netip.Addr
	switch {
	case strings.HasSuffix(set, "-lastexternal"):
		if ips = c.askable(q.External); len(ips) > 1 {
			ips = ips[:1]
		}
	case strings.HasSuffix(set, "-notfirsthop"):
		if ips = c.askable(q.External); len(ips) > 1 {
			ips = ips[:len(ips)-1]
		}
	case strings.HasSuffix(set, "-firsttrusted"):
		if ips = c.askable(q.Untrusted, q.Originating); len(ips) > 1 {
			ips = ips[:1]
		}
	case strings.HasSuffix(set, "-untrusted"):
		if ips = c.askable(q.Untrusted, q.Originating); len(ips) > 0 {
			ips = ips[1:]
		}
	default:
		ips = c.askable(q.Untrusted, q.Originating)
	}
	return ips[:min(len(ips), c.opt.MaxRelays)]
}

// askable returns the addresses that may be asked about, each once.
func (c *Checks) askable(lists ...[]netip.Addr) []netip.Addr {
	var ips []netip.Addr
	seen := make(map[netip.Addr]bool)
	for _, l := range lists {
		for _, ip := range l {
			ip = ip.Unmap().WithZone("")
			if seen[ip] || !public(ip) || c.trusted(ip) {
				continue
			}
			seen[ip] = true
			ips = append(ips, ip)
		}
	}
	return ips
}

func (c *Checks) trusted(ip netip.Addr) bool {
	for _, p := range c.opt.Trusted {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
