package rules

import (
	"fmt"
	"slices"
	"strings"

	"asterism/message"
)

// Template returns the value of a tag of SpamAssassin's templates that needs the message or captured texts, such as
// RELAYSUNTRUSTED, or HEADER with the argument Subject. It must follow Finish, and returns false if there is no such
// tag.
func (sc *Scan) Template(name, arg string) (string, bool) {
	chain := sc.relays()
	switch name {
	case "RELAYSTRUSTED":
		return relayLine(chain.Trusted), true
	case "RELAYSUNTRUSTED":
		return relayLine(chain.Untrusted), true
	case "RELAYSINTERNAL":
		return relayLine(chain.Internal), true
	case "RELAYSEXTERNAL":
		return relayLine(chain.External), true
	case "FIRSTTRUSTEDIP", "FIRSTTRUSTEDREVIP":
		if n := len(chain.Trusted); n > 0 {
			return relayAddress(&chain.Trusted[n-1], strings.HasSuffix(name, "REVIP")), true
		}
		return "", true
	case "LASTEXTERNALIP", "LASTEXTERNALREVIP", "LASTEXTERNALRDNS", "LASTEXTERNALHELO":
		if len(chain.External) == 0 {
			return "", true
		}
		switch last := &chain.External[0]; name {
		case "LASTEXTERNALRDNS":
			return last.RDNS, true
		case "LASTEXTERNALHELO":
			return last.Helo, true
		default:
			return relayAddress(last, strings.HasSuffix(name, "REVIP")), true
		}
	case "REMOTEHOSTADDR":
		if sc.env.Client.IsValid() {
			return sc.env.Client.String(), true
		}
		return "", true
	case "REMOTEHOSTNAME":
		return sc.env.ClientName, true
	case "SENDERDOMAIN":
		return domainOf(sc.envelopeFrom()), true
	case "AUTHORDOMAIN":
		return sc.authorDomains(), true
	case "HEADER":
		value, _ := sc.Get(arg)
		return strings.Join(strings.Fields(value), " "), true
	case "LANGUAGES":
		return strings.Join(sc.languages(), " "), true
	case "SUBTESTS":
		return sc.subTests(arg, false), true
	case "SUBTESTSCOLLAPSED":
		return sc.subTests(arg, true), true
	case "SUBJPREFIX":
		return sc.subjectPrefix(), true
	case "SCTYPE":
		verdict, _ := sc.Stopped()
		return verdict, true
	}
	if header := countryTags[name]; header != "" {
		return sc.relayCountries(header), true
	}
	if what, ok := strings.CutPrefix(name, "EXTRACTTEXT"); ok {
		value, _ := sc.extracted(what)
		return value, true
	}
	values, ok := sc.tags[name]
	return strings.Join(values, " "), ok || name == "ASN" || name == "ASNCIDR" || isSenderTag(name)
}

func relayAddress(r *message.Relay, reversed bool) string {
	if reversed {
		return reverseAddr(r.IP)
	}
	return r.IP.String()
}

// authorDomains returns the domains of the addresses in From, each once.
func (sc *Scan) authorDomains() string {
	var domains []string
	for _, addr := range sc.mailboxes(headerSpec{name: "from"}).addrs {
		if d := domainOf(addr); d != "" && !slices.Contains(domains, d) {
			domains = append(domains, d)
		}
	}
	return strings.Join(domains, " ")
}

// subTests lists the rules that hit whose names begin with "__", as often as they hit, or with that number behind them.
func (sc *Scan) subTests(separator string, collapsed bool) string {
	if separator == "" {
		separator = ","
	}
	names := sc.SubHits()
	slices.Sort(names)
	var words []string
	for _, name := range names {
		n := int(sc.values[sc.set.byName[name].index])
		switch {
		case collapsed && n > 1:
			words = append(words, fmt.Sprintf("%s(%d)", name, n))
		case collapsed || n < 1 || !sc.set.byName[name].multiple:
			words = append(words, name)
		default:
			for range n {
				words = append(words, name)
			}
		}
	}
	return strings.Join(words, separator)
}

// subjectPrefix returns the prefixes of the rules that hit (subjprefix).
func (sc *Scan) subjectPrefix() string {
	var prefixes []string
	for i := range sc.hits.all() {
		if r := sc.set.rules[i]; r.Prefix != "" && sc.values[i] != 0 && !slices.Contains(prefixes, r.Prefix) {
			prefixes = append(prefixes, r.Prefix)
		}
	}
	return strings.Join(prefixes, " ")
}
