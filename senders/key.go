package senders

import (
	"net/netip"
	"strings"
)

// Bounds of keys, in bytes.
const (
	maxName   = 255
	maxSigner = 255
)

// Mask has the bits of an address that identify a network.
type Mask struct{ IPv4, IPv6 int }

// none stands for an unknown network.
const none = "none"

// unsafe are the octets that SpamAssassin keeps out of its keys.
var unsafe = strings.NewReplacer("\x00", "_", ";", "_", "'", "_", `"`, "_", "!", "_", "|", "_")

// clean returns an address or a name as it stands in keys.
func clean(name string) string { return clip(unsafe.Replace(strings.ToLower(name)), maxName) }

func clip(s string, most int) string { return s[:min(len(s), most)] }

// key returns the key of a name, such as an address, at a network: "joe@example.org|ip=192.0", with the domain that
// signed behind another bar.
func (m Mask) key(name string, ip netip.Addr, signer string) string {
	k := clean(name) + "|ip=" + m.network(ip)
	if signer != "" {
		k += "|" + clip(unsafe.Replace(strings.ToLower(signer)), maxSigner)
	}
	return k
}

// network returns the network of an address as SpamAssassin writes it: of an IPv4 address the octets that are not 0 at
// its end, of an IPv6 one all digits up to "::".
func (m Mask) network(ip netip.Addr) string {
	if !ip.IsValid() {
		return none
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		p, err := ip.Prefix(m.IPv4)
		if err != nil {
			return none
		}
		text := p.Addr().String()
		if m.IPv4 == 32 {
			return text
		}
		octets := strings.Split(text, ".")
		keep := len(octets)
		for keep > 1 && octets[keep-1] == "0" && (m.IPv4 != 16 || keep > 2) {
			keep--
		}
		return strings.Join(octets[:keep], ".")
	}
	p, err := ip.Prefix(m.IPv6)
	if err != nil {
		return none
	}
	text := p.Addr().StringExpanded()
	cut := strings.TrimSuffix(text, ":0000")
	for n := 1; n < 7 && strings.HasSuffix(cut, ":0000"); n++ {
		cut = strings.TrimSuffix(cut, ":0000")
	}
	if cut == text {
		return text
	}
	return cut + "::"
}

// Names returns the parts of an entry's key: the address, domain or host, the network, and who signed.
func (n *Named) Names() (name, network, signer string) { return split(n.Key) }

func split(key string) (name, network, signer string) {
	name, rest, _ := strings.Cut(key, "|ip=")
	network, signer, _ = strings.Cut(rest, "|")
	return name, network, signer
}
