package rules

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"asterism/message"
)

// clientSigns are the odd signs of the host that handed the mail to the site, as bits.
type clientSigns uint16

const (
	clientNameless    clientSigns = 1 << iota // its address has no name, or one that does not lead back
	clientGeneric                             // its name is made of its address
	clientDynamic                             // likewise, and nothing in the name says server or static
	clientHeloBare                            // its HELO has no dot
	clientHeloAddress                         // its HELO is an address
	clientHeloWrong                           // its HELO is another address than its own
	clientHeloOurs                            // its HELO is a name of the site's
	clientHeloOther                           // its HELO, its name and the envelope sender are of three domains
	clientDirect                              // no host handed the mail to it: it was written there
)

var clientSignNames = map[string]clientSigns{
	"nameless": clientNameless, "generic": clientGeneric, "dynamic": clientDynamic, "direct": clientDirect,
	"helo-bare": clientHeloBare, "helo-address": clientHeloAddress, "helo-wrong": clientHeloWrong,
	"helo-ours": clientHeloOurs, "helo-other": clientHeloOther,
}

// checkClient is check_client('SIGN'...): the host that handed the mail to the site shows one of these signs. Hosts
// of the site, loopback and private addresses, and clients that authenticated are not looked at.
func checkClient(sc *Scan, args []string) int {
	if !sc.cache.own.haveClient {
		sc.cache.own.haveClient = true
		sc.cache.own.client = sc.clientSigns()
	}
	for _, name := range args {
		if sc.cache.own.client&clientSignNames[name] != 0 {
			return 1
		}
	}
	return 0
}

func (sc *Scan) clientSigns() (s clientSigns) {
	external := sc.relays().External
	for len(external) > 0 && sc.withinProvider(external[0].Received) {
		external = external[1:]
	}
	if len(external) == 0 {
		return 0
	}
	r := &external[0]
	if r.Auth != "" || message.PrivateAddr(r.IP) {
		return 0
	}
	c := clientOf(r.Received)
	s.set(c.lookedUp && (c.name == "" || r.MayBeForged), clientNameless)
	named := c.name
	if named == "" {
		named = c.helo
	}
	generic := isGenericName(strings.ToLower(named), r.IP)
	s.set(generic, clientGeneric)
	s.set(generic && !saysServer(strings.ToLower(named)), clientDynamic)
	s |= sc.heloSigns(c, r)
	s.set(len(external) == 1 && sc.isLastReceived(r.Raw), clientDirect)
	return s
}

// withinProvider reports whether a relay took the mail from a host of its own domain or firm (known_brand): a
// provider's hosts hand it on among themselves, under public addresses.
func (sc *Scan) withinProvider(r *message.Received) bool {
	by, name := strings.ToLower(r.By), r.RDNS
	if name == "" && strings.HasPrefix(r.With, "Microsoft") { // looks nobody up
		name = r.Helo
	}
	name = strings.ToLower(name)
	from, to := sc.domain(name), sc.domain(by)
	if from == "" || to == "" {
		return false
	}
	if from == to {
		return true
	}
	firm := sc.set.shared.own.brands.Owner(name, from)
	return firm != nil && firm == sc.set.shared.own.brands.Owner(by, to)
}

// set adds what holds.
func (s *clientSigns) set(is bool, bit clientSigns) {
	if is {
		*s |= bit
	}
}

// clientNames is how a client is called.
type clientNames struct {
	name     string // by reverse lookup
	helo     string // by itself
	lookedUp bool   // an empty name means that there is none
}

// clientOf returns the names of a client. ZMailer writes the name first and the HELO in quotes, with flags of what it
// found in DNS: from NAME ([IP]:PORT "EHLO HELO" rhost-flags-OK-OK-OK-OK).
func clientOf(r *message.Received) clientNames {
	_, flags, zmailer := strings.Cut(r.Raw, " rhost-flags-")
	if !zmailer {
		return clientNames{r.RDNS, r.Helo, r.LookedUp}
	}
	c := clientNames{name: r.Helo, lookedUp: true}
	if _, quoted, ok := strings.Cut(r.Raw, `"EHLO `); ok {
		c.helo, _, _ = strings.Cut(quoted, `"`)
	} else if _, quoted, ok := strings.Cut(r.Raw, `"HELO `); ok {
		c.helo, _, _ = strings.Cut(quoted, `"`)
	}
	if strings.HasPrefix(c.name, "[") || strings.HasPrefix(flags, "FAIL") {
		c.name = ""
	}
	return c
}

// heloSigns returns the odd signs of a client's HELO (RFC 5321 section 4.1.1.1 asks for its name, or its address in
// brackets).
func (sc *Scan) heloSigns(c clientNames, r *message.Relay) (s clientSigns) {
	helo := strings.ToLower(strings.TrimSuffix(c.helo, "."))
	if helo == "" {
		return 0
	}
	literal := strings.TrimPrefix(strings.Trim(helo, "[]"), "ipv6:")
	if ip, err := netip.ParseAddr(literal); err == nil {
		return clientHeloAddress | truthOf(ip.Unmap() != r.IP.Unmap() && !message.PrivateAddr(ip), clientHeloWrong)
	}
	if !strings.Contains(helo, ".") {
		return clientHeloBare
	}
	domain := sc.domain(helo)
	if domain == "" {
		return 0
	}
	named := sc.domain(strings.ToLower(c.name))
	if domain == named || !c.lookedUp {
		return 0
	}
	by := sc.domain(strings.ToLower(r.By))
	s.set(domain == by || sc.isRecipientDomain(domain) && !sc.isFreemailDomain(domain), clientHeloOurs)
	senders := domain == sc.domain(hostOf(sc.envelopeFrom())) || domain == sc.domain(sc.fromHost())
	s.set(named != "" && !senders, clientHeloOther)
	return s
}

func truthOf(is bool, bit clientSigns) clientSigns {
	if is {
		return bit
	}
	return 0
}

// isRecipientDomain reports whether a recipient is under a registered domain.
func (sc *Scan) isRecipientDomain(domain string) bool {
	for _, host := range sc.recipientHosts() {
		if sc.domain(host) == domain {
			return true
		}
	}
	return false
}

// isLastReceived reports whether a field is the oldest Received field, and no other field records an earlier hop.
func (sc *Scan) isLastReceived(raw string) bool {
	h := sc.msg.Header()
	fields := h.Fields()
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i].Is("Received") {
			return fields[i].Value() == raw
		}
	}
	return true // the MTA's own, which is not among the fields yet
}

// serverWords are parts of names that providers give to machines whose address does not change.
var serverWords = []string{"static", "server", "srv", "mail", "smtp", "mx", "vps", "host",
	"cloud", "compute", "dedicated", "business", "colo"}

func saysServer(name string) bool {
	for _, w := range serverWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// isGenericName reports whether a name (lower case) is made of an IPv4 address: of three of its numbers in a row, in
// either order, or of all in decimal or hexadecimal digits. Providers name their customers' lines so.
func isGenericName(name string, ip netip.Addr) bool {
	ip = ip.Unmap()
	if name == "" || !ip.Is4() {
		return false
	}
	a := ip.As4()
	if strings.Contains(name, hex.EncodeToString(a[:])) {
		return true
	}
	// Each form has the two numbers in the middle.
	if !strings.Contains(name, strconv.Itoa(int(a[1]))) || !strings.Contains(name, strconv.Itoa(int(a[2]))) {
		return false
	}
	digits := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, name)
	for strings.Contains(digits, "--") {
		digits = strings.ReplaceAll(digits, "--", "-")
	}
	digits = "-" + strings.Trim(digits, "-") + "-"
	for _, three := range [][3]byte{{a[0], a[1], a[2]}, {a[1], a[2], a[3]}, {a[3], a[2], a[1]}, {a[2], a[1], a[0]}} {
		for _, form := range []string{"-%d-%d-%d-", "-%03d-%03d-%03d-", "-%03d%03d%03d"} {
			if strings.Contains(digits, fmt.Sprintf(form, three[0], three[1], three[2])) {
				return true
			}
		}
	}
	return false
}
