package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Networks is a list of addresses and networks, as trusted_networks takes them. The tightest entry that holds an
// address decides; one written with "!" takes its addresses out of wider ones.
type Networks struct {
	entries []network
}

type network struct {
	first, last netip.Addr
	out         bool
}

// ParseNetworks returns the list of some words, each an address, a network or a range, with "!" in front to take it
// out.
func ParseNetworks(words []string) (*Networks, error) {
	n := &Networks{}
	for _, w := range words {
		if err := n.add(w); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Set reports whether any entry was given.
func (n *Networks) Set() bool { return len(n.entries) > 0 }

// Contains reports whether the list holds an address. IPv4 addresses in IPv6 form are taken as IPv4.
func (n *Networks) Contains(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	var best *network
	for i := range n.entries {
		e := &n.entries[i]
		if a.BitLen() != e.first.BitLen() || a.Less(e.first) || e.last.Less(a) {
			continue
		}
		if best == nil || best.first.Compare(e.first) <= 0 && e.last.Compare(best.last) <= 0 {
			best = e
		}
	}
	return best != nil && !best.out
}

// Prefixes returns networks that hold just the addresses that n contains.
func (n *Networks) Prefixes() []netip.Prefix {
	if !n.Set() {
		return nil
	}
	var all []netip.Prefix
	for _, root := range []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0),
		netip.PrefixFrom(netip.IPv6Unspecified(), 0)} {
		all = n.cover(root, all)
	}
	return all
}

// cover appends the part of p that n contains: all, nothing, or parts of p's halves if an entry begins or ends within.
func (n *Networks) cover(p netip.Prefix, all []netip.Prefix) []netip.Prefix {
	first, last := p.Addr(), lastOf(p)
	for _, e := range n.entries {
		if first.BitLen() != e.first.BitLen() || e.last.Less(first) || last.Less(e.first) {
			continue
		}
		if first.Less(e.first) || e.last.Less(last) {
			low := netip.PrefixFrom(first, p.Bits()+1)
			high := netip.PrefixFrom(last, p.Bits()+1).Masked()
			return n.cover(high, n.cover(low, all))
		}
	}
	if n.Contains(first) {
		all = append(all, p)
	}
	return all
}

// add parses one entry: an address, address/length, an IPv4 address of fewer than four octets (with a trailing dot or a
// length), or first-last.
func (n *Networks) add(word string) error {
	var e network
	s := word
	s, e.out = strings.CutPrefix(s, "!")
	if from, to, isRange := strings.Cut(s, "-"); isRange {
		first, err1 := netip.ParseAddr(from)
		last, err2 := netip.ParseAddr(to)
		if err1 != nil || err2 != nil || first.BitLen() != last.BitLen() || last.Less(first) {
			return fmt.Errorf("%q is not a range of addresses", word)
		}
		e.first, e.last = first, last
		n.entries = append(n.entries, e)
		return nil
	}
	prefix, err := parsePrefix(s)
	if err != nil {
		return fmt.Errorf("%q is not an address or network", word)
	}
	e.first = prefix.Masked().Addr()
	e.last = lastOf(prefix)
	n.entries = append(n.entries, e)
	return nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	s = strings.NewReplacer("[", "", "]", "").Replace(s)
	host, length, hasLength := strings.Cut(s, "/")
	implied := 0
	if !strings.Contains(host, ":") {
		octets := strings.Split(strings.TrimSuffix(host, "."), ".")
		if len(octets) < 4 && (hasLength || strings.HasSuffix(host, ".")) {
			implied = 8 * len(octets)
			for len(octets) < 4 {
				octets = append(octets, "0")
			}
			host = strings.Join(octets, ".")
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}, err
	}
	addr = addr.WithZone("")
	bits := addr.BitLen()
	if implied > 0 {
		bits = implied
	}
	if hasLength {
		if bits, err = strconv.Atoi(length); err != nil {
			return netip.Prefix{}, err
		}
	}
	if addr.Is4In6() && bits >= 96 {
		addr, bits = addr.Unmap(), bits-96
	}
	return addr.Prefix(bits)
}

// lastOf returns the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
