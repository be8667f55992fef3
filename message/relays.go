package message

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// Networks says whose word is taken for where a mail came from. The terms are SpamAssassin's: hosts in Trusted do not
// forge Received fields; hosts in Internal are the site's own MXs and relays; hosts in MSA take mail only from users
// who may send, so that all before them is trusted as well.
type Networks struct {
	Trusted, Internal, MSA []netip.Prefix
}

// Relay is a handover over the network, with the trust in the host that handed the mail over.
type Relay struct {
	*Received
	Trusted  bool
	Internal bool
	MSA      bool
}

// Chain is a mail's way, newest first, divided where trust ends and where the site ends.
type Chain struct {
	Relays                                 []Relay // all of them
	Trusted, Untrusted, Internal, External []Relay
	Unreadable                             int // Received fields of unknown form
}

// SplitRelays divides the relays of a mail. Where neither trusted nor internal networks are given, hosts with private
// addresses and authenticated ones are trusted, up to the first that is neither; where only one is given, it stands for
// both. A mail collected by POP3 or IMAP starts anew at the server it was collected from.
func SplitRelays(relays []Received, n Networks) Chain {
	infer := len(n.Trusted) == 0 && len(n.Internal) == 0
	if len(n.Trusted) == 0 {
		n.Trusted = n.Internal
	} else if len(n.Internal) == 0 {
		n.Internal = n.Trusted
	}
	c := Chain{Relays: make([]Relay, 0, len(relays))}
	trusted, internal, msa := true, true, false
	for i := range relays {
		r := Relay{Received: &relays[i]}
		switch r.Handover {
		case HandoverUnknown:
			c.Unreadable++
			continue
		case HandoverLocal:
			continue
		case HandoverFetch:
			if trusted {
				c.Relays = c.Relays[:0]
			}
			continue
		}
		if trusted && !msa {
			known, ownHost := r.Auth != "", r.IP.IsLoopback()
			switch {
			case infer:
				trusted = known || PrivateAddr(r.IP)
				internal = trusted
			case !known && !ownHost && !contains(n.Trusted, r.IP):
				trusted, internal = false, false
			default:
				internal = internal && (known || ownHost || contains(n.Internal, r.IP))
				r.MSA = contains(n.MSA, r.IP)
				msa = r.MSA
			}
		}
		r.Trusted, r.Internal = trusted, internal
		c.Relays = append(c.Relays, r)
	}
	// Both borders are crossed at most once, and only outwards.
	t, in := 0, 0
	for t < len(c.Relays) && c.Relays[t].Trusted {
		t++
	}
	for in < len(c.Relays) && c.Relays[in].Internal {
		in++
	}
	c.Trusted, c.Untrusted = c.Relays[:t:t], c.Relays[t:]
	c.Internal, c.External = c.Relays[:in:in], c.Relays[in:]
	return c
}

// contains reports whether one of the networks has ip.
func contains(networks []netip.Prefix, ip netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

// PrivateAddr reports whether ip cannot come from the public Internet.
func PrivateAddr(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip)
}

// sharedSpace is for carriers' translators (RFC 6598).
var sharedSpace = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)

// String returns the relay in the form of SpamAssassin's pseudo-headers X-Spam-Relays-Trusted and so on. For fields of
// Exchange its rdns is the unverified HELO, since rules expect that.
func (r Relay) String() string { return string(r.Append(nil)) }

// Append appends the result of String.
func (r Relay) Append(b []byte) []byte {
	b = append(b, "[ ip="...)
	if r.IP.IsValid() {
		b = r.IP.AppendTo(b)
	} else {
		b = append(b, r.IP.String()...)
	}
	name := r.RDNS
	if name == "" && r.heloAsName && !strings.HasPrefix(r.Helo, "[") {
		name = r.Helo
	}
	b = appendClean(append(b, " rdns="...), name)
	b = appendClean(append(b, " helo="...), r.Helo)
	b = appendClean(append(b, " by="...), r.By)
	b = appendClean(append(b, " ident="...), r.Ident)
	b = appendClean(append(b, " envfrom="...), r.EnvelopeFrom)
	b = appendBit(append(b, " intl="...), r.Internal)
	b = appendClean(append(b, " id="...), r.ID)
	b = appendClean(append(b, " auth="...), r.Auth)
	b = appendBit(append(b, " msa="...), r.MSA)
	return append(b, " ]"...)
}

// appendClean replaces what would break the form of Relay.String, and each byte that is not UTF-8.
func appendClean(b []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case ' ', '\t', '\r', '\n', 0, '#', '[', ']', '(', ')', '<', '>', '|':
			b = append(b, '!')
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func appendBit(b []byte, is bool) []byte {
	if is {
		return append(b, '1')
	}
	return append(b, '0')
}
