package rules

import (
	"net/netip"
	"regexp"
	"strings"

	"asterism/message"
)

// olderEvals are functions that only rules of other people still call.
func olderEvals() map[string]evalFunc {
	never := func(*Scan, []string) int { return 0 } // as in SpamAssassin 4
	return map[string]evalFunc{
		"check_for_forged_gw05_received_headers":    checkForgedGW05,
		"check_for_msn_groups_headers":              checkMSNGroups,
		"check_for_unique_subject_id":               never,
		"check_messageid_not_usable":                checkMessageIDNotUsable,
		"check_for_forged_received_ip_helo":         checkForgedIPHelo,
		"check_for_from_domain_in_received_headers": checkFromDomainInReceived,
		"check_for_illegal_ip":                      never,
		"check_for_numeric_helo":                    checkNumericHelo,
		"check_for_sender_no_reverse":               checkSenderNoReverse,
		"html_text_not_match":                       htmlTextNotMatch,
		"image_name_regex":                          imageNameRegex,
		"check_dkim_signsome":                       never,
	}
}

// gw05 is the form of a relay with a name without a dot.
var gw05 = regexp.MustCompile(
	`(?m)^\s*from\s\S+\sby\s[^\s.]+\swith\sESMTP;\s+\S{3},\s+\d+\s+\S{3}\s+\d{4}\s+\d\d:\d\d:\d\d\s+[-+]*\d{4}$`)

func checkForgedGW05(sc *Scan, _ []string) int { return truth(gw05.MatchString(sc.receivedFields())) }

var (
	msnGroup  = regexp.MustCompile(`(?i)<(\S+)@groups\.msn\.com>`)
	msnPickup = regexp.MustCompile(`from mail pickup service by (p\d\dgroups\.msn\.com|p\d\d\.groups\.msn\.com)\b`)
)

// checkMSNGroups reports whether a list of MSN's sent the message.
func checkMSNGroups(sc *Scan, _ []string) int {
	to, _ := sc.Get("To")
	list := msnGroup.FindStringSubmatch(to)
	server := msnPickup.FindStringSubmatch(sc.receivedFields())
	if list == nil || server == nil {
		return 0
	}
	id, _ := sc.Get("Message-Id")
	if list[1] == "notifications" {
		return truth(strings.HasPrefix(id, "<") && strings.Contains(id, "@"+server[1]+">"))
	}
	return truth(strings.HasPrefix(id, "<"+list[1]+"-") && strings.Contains(id, "@groups.msn.com>") &&
		strings.Contains(sc.envelopeFrom(), list[1]+"-bounce@groups.msn.com"))
}

// listLeave is the address of a list that replaces message IDs.
var listLeave = regexp.MustCompile(`(?i)<mailto:(?:leave-\S+|\S+-unsubscribe)@\S+>\s*$`)

// checkMessageIDNotUsable reports whether a program on the message's way replaces message IDs.
func checkMessageIDNotUsable(sc *Scan, _ []string) int {
	leave, _ := sc.Get("List-Unsubscribe")
	received := sc.receivedFields()
	return truth(listLeave.MatchString(leave) || gatedThroughRemover(sc, nil) > 0 || strings.Contains(received,
		"/CWT/DCE)") ||
		strings.Contains(received, "iPlanet Messaging Server"))
}

// checkForgedIPHelo reports whether a host called itself by a public IPv4 address that is not in its own network of 16
// bits.
func checkForgedIPHelo(sc *Scan, _ []string) int {
	for _, r := range sc.relays().Untrusted {
		helo, err := netip.ParseAddr(r.Helo)
		if err != nil || !helo.Is4() || !r.IP.Is4() || message.PrivateAddr(helo) || !trailHost.MatchString(r.By) {
			continue
		}
		if a, b := helo.As4(), r.IP.As4(); a[0] != b[0] || a[1] != b[1] {
			return 1
		}
	}
	return 0
}

// checkFromDomainInReceived is check_for_from_domain_in_received_headers('domain', 'true'|'false'): the author is of
// the domain,
// and a relay of that domain took the message from another of it, or none did.
func checkFromDomainInReceived(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	from, _ := sc.Get("From:addr")
	if !strings.Contains(strings.ToLower(from), strings.ToLower(args[0])) {
		return 0
	}
	within := false
	for _, r := range sc.relays().Relays {
		within = within || isWithin(r.RDNS, args[0]) && isWithin(r.By, args[0])
	}
	return truth(within == (args[1] == "true"))
}

// isWithin reports whether a host is a domain or below it.
func isWithin(host, domain string) bool {
	host = "." + strings.ToLower(host)
	return strings.HasSuffix(host, "."+strings.ToLower(domain))
}

// checkNumericHelo reports whether a host outside called itself by a public IPv4 address.
func checkNumericHelo(sc *Scan, _ []string) int {
	for _, r := range sc.relays().Untrusted {
		if ip, err := netip.ParseAddr(r.Helo); err == nil && ip.Is4() && !message.PrivateAddr(ip) {
			return 1
		}
	}
	return 0
}

// checkSenderNoReverse reports whether the first host of the message's way has a public address and a name with a dot.
func checkSenderNoReverse(sc *Scan, _ []string) int {
	relays := sc.relays().Untrusted
	if len(relays) == 0 {
		return 0
	}
	first := relays[len(relays)-1]
	return truth(strings.Contains(first.RDNS, ".") && !message.PrivateAddr(first.IP))
}

// htmlTextNotMatch is html_text_not_match('kind', 'expression'): a text of a kind does not match.
func htmlTextNotMatch(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	re := sc.set.expression(args[1])
	for _, s := range sc.htmlTexts(args[0]) {
		if !re.find(s) {
			return 1
		}
	}
	return 0
}

// imageNameRegex is image_name_regex('/expression/'): an attached image has such a name.
func imageNameRegex(sc *Scan, args []string) int {
	if len(args) < 1 {
		return 0
	}
	for _, p := range sc.pictures() {
		if p.name != "" && sc.set.expression(args[0]).find(p.name) {
			return 1
		}
	}
	return 0
}
