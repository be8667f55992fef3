package rules

import (
	"strings"

	"asterism/message"
)

// checkTrail is check_trail('EXPRESSION', 'FIELD'...): a field of one of these names matches, and a host that may be
// believed wrote it: one of the site, the server that the mail was fetched from, other hosts of that provider, or a
// provider of mailboxes that forwarded the mail. What strangers say of themselves is worth nothing.
func checkTrail(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	h := sc.msg.Header()
	for _, name := range args[1:] {
		for i := h.Find(name, 0); i >= 0; i = h.Find(name, i+1) {
			if t := sc.trail(); i >= t.end && !(t.exchange && isExchangeField(name)) {
				break
			}
			if sc.set.expression(args[0]).find(h.Fields()[i].Value()) {
				return 1
			}
		}
	}
	return 0
}

// isExchangeField reports whether Exchange removes the field from incoming mail and writes it again, at the end of the
// header.
func isExchangeField(name string) bool {
	return strings.HasPrefix(name, "X-MS-Exchange-") || strings.HasPrefix(name, "X-Microsoft-Antispam") ||
		strings.HasPrefix(name, "X-Forefront-Antispam-")
}

// trail is which fields hosts wrote that may be believed.
type trail struct {
	known    bool
	end      int  // index of the first field of others
	exchange bool // one of the hosts runs Exchange
}

// trail finds the Received field of the last host that may be believed. Each host puts its fields on top of those
// that it was given. A mail without Received fields was not given by anybody.
func (sc *Scan) trail() *trail {
	t := &sc.cache.own.trail
	if t.known {
		return t
	}
	t.known = true
	h := sc.msg.Header()
	relays := sc.msg.Relays()
	chain := sc.relays()
	inside, forwarded := len(chain.Internal), false
	begun := false // the chain lacks the hops before the mail was fetched
	t.end = len(h.Fields())
	for n, i := 0, h.Find("Received", 0); n < len(relays) && i >= 0; n, i = n+1, h.Find("Received", i+1) {
		r := &relays[n]
		t.end = i
		t.exchange = t.exchange || strings.HasPrefix(r.With, "Microsoft SMTP Server")
		if len(chain.Relays) > 0 && r == chain.Relays[0].Received {
			begun = true
		}
		switch {
		case !begun || r.Handover != message.HandoverTCP: // before it was fetched, or within a host
		case inside > 0:
			inside--
		case sc.withinProvider(r):
		case !forwarded && sc.isForwarded() && sc.isProvider(r):
			forwarded = true
		default:
			return t
		}
	}
	return t
}

// forwardMarks are fields that mailboxes add to forwarded mail.
var forwardMarks = []string{"X-Forwarded-For", "X-Forwarded-To", "Resent-From", "X-MS-Exchange-Inbox-Rules-Loop"}

func (sc *Scan) isForwarded() bool {
	for _, name := range forwardMarks {
		if sc.msg.Header().Has(name) {
			return true
		}
	}
	return false
}

// isProvider reports whether a relay's verified name is a known firm's or a provider's of free mailboxes, whose
// customers cannot write its fields.
func (sc *Scan) isProvider(r *message.Received) bool {
	name := strings.ToLower(r.RDNS)
	if name == "" || r.MayBeForged {
		return false
	}
	domain := sc.domain(name)
	return sc.set.shared.own.brands.Owner(name, domain) != nil || sc.isFreemailDomain(domain)
}
