package rules

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"asterism/config"
	"asterism/message"
)

// listEvals are the functions that look addresses and hosts up in the administrator's lists.
func listEvals() map[string]evalFunc {
	fromIn := func(list string) evalFunc {
		return func(sc *Scan, _ []string) int { return truth(sc.anyIn(list, sc.senders)) }
	}
	toIn := func(list string) evalFunc {
		return func(sc *Scan, _ []string) int { return truth(sc.anyIn(list, sc.receivers)) }
	}
	fns := map[string]evalFunc{
		"check_from_in_welcomelist":           fromWelcome("welcomelist_from", "welcomelist_from_rcvd"),
		"check_from_in_default_welcomelist":   fromWelcome("def_welcomelist_from", "def_welcomelist_from_rcvd"),
		"check_from_in_blocklist":             fromIn("blocklist_from"),
		"check_from_in_default_blocklist":     fromIn("def_blocklist_from"),
		"check_to_in_welcomelist":             toIn("welcomelist_to"),
		"check_to_in_blocklist":               toIn("blocklist_to"),
		"check_to_in_more_spam":               toIn("more_spam_to"),
		"check_to_in_all_spam":                toIn("all_spam_to"),
		"check_forged_in_welcomelist":         forgedWelcome("welcomelist_from_rcvd"),
		"check_forged_in_default_welcomelist": forgedWelcome("def_welcomelist_from_rcvd"),
		"check_subject_in_welcomelist":        subjectIn("welcomelist_subject"),
		"check_subject_in_blocklist":          subjectIn("blocklist_subject"),
		"check_from_in_list":                  checkFromInList,
		"check_replyto_in_list":               checkReplyToInList,
		"check_to_in_list":                    checkToInList,
		"check_uri_host_listed":               checkURIHostListed,
		"check_uri_host_in_blocklist": func(sc *Scan, _ []string) int {
			return checkURIHostListed(sc,
				[]string{"BLOCK"})
		},
		"check_uri_host_in_welcomelist": func(sc *Scan, _ []string) int {
			return checkURIHostListed(sc,
				[]string{"WELCOME"})
		},
		"check_mailfrom_matches_rcvd": checkMailFromMatchesReceived,
	}
	older := strings.NewReplacer("welcomelist", "whitelist", "blocklist", "blacklist")
	for name, f := range fns {
		fns[older.Replace(name)] = f
	}
	return fns
}

// senders returns all addresses that the message gives as its sender's, in lower case: of Resent-From if it is there,
// else of the author and the envelope.
func (sc *Scan) senders() []string {
	if sc.cache.senders == nil {
		sc.cache.senders = []string{}
		names := []string{"resent-from"}
		if !sc.msg.Header().Has("Resent-From") {
			names = []string{"from", "resent-sender"}
			if !sc.env.known() {
				names = append(names, "envelope-sender", "x-envelope-from")
			}
		}
		for _, name := range names {
			if v, ok := sc.getWhole(headerSpec{name: name}, true); ok {
				sc.cache.senders = appendLower(sc.cache.senders, addressesIn(v))
			}
		}
		if e := sc.envelopeFrom(); e != "" {
			sc.cache.senders = appendLower(sc.cache.senders, []string{e})
		}
	}
	return sc.cache.senders
}

// receivers returns all addresses that the message gives as recipients', in lower case. Where the MTA has said for whom
// the message is, the fields in which MTAs note that are the sender's words.
func (sc *Scan) receivers() []string {
	if sc.cache.receivers != nil {
		return sc.cache.receivers
	}
	all := []string{}
	names := []string{"resent-to", "resent-cc"}
	if !sc.msg.Header().Has("Resent-To") && !sc.msg.Header().Has("Resent-Cc") {
		names = []string{"to", "cc"}
	}
	known := len(sc.env.Recipients) > 0
	if !known {
		names = append(names, "apparently-to", "delivered-to", "envelope-recipients", "apparently-resent-to", "x-envelope-to",
			"envelope-to", "x-delivered-to", "x-original-to", "x-rcpt-to", "x-real-to")
	}
	for _, name := range names {
		if v, ok := sc.getWhole(headerSpec{name: name}, true); ok {
			all = appendLower(all, addressesIn(v))
		}
	}
	if all = appendLower(all, sc.env.Recipients); !known {
		for _, m := range receivedFor.FindAllStringSubmatch(sc.receivedFields(), -1) {
			all = appendLower(all, []string{m[1]})
		}
	}
	sc.cache.receivers = all
	return all
}

var receivedFor = regexp.MustCompile(`\sfor <?([^\s<>;]+@[^\s<>;]+)>?`)

func (sc *Scan) receivedFields() string {
	v, _ := sc.getWhole(headerSpec{name: "received"}, true)
	return v
}

func appendLower(all, more []string) []string {
	var known map[string]bool // nil while the list is short
	if len(all)+len(more) > shortList {
		known = make(map[string]bool, len(all)+len(more))
		for _, a := range all {
			known[a] = true
		}
	}
	for _, a := range more {
		for _, form := range message.AddressForms(a) {
			if known[form] || known == nil && slices.Contains(all, form) {
				continue
			}
			if all = append(all, form); known != nil {
				known[form] = true
			}
		}
	}
	return all
}

// shortList is how many addresses are looked through one by one.
const shortList = 32

// anyIn reports whether one of the addresses is in a list. Without a list they are not looked for.
func (sc *Scan) anyIn(list string, addrs func() []string) bool {
	g := sc.set.shared.lists[list]
	return g != nil && !g.empty() && slices.ContainsFunc(addrs(), g.match)
}

// isIn reports whether an address in lower case is in a list.
func (sc *Scan) isIn(list, addr string) bool {
	g := sc.set.shared.lists[list]
	return g != nil && g.match(addr)
}

// fromWelcome looks senders up in a list of addresses, and in one that also names the relay.
func fromWelcome(plain, withRelay string) evalFunc {
	return func(sc *Scan, _ []string) int {
		if sc.anyIn(plain, sc.senders) {
			return 1
		}
		return truth(sc.fromRelay(withRelay) > 0)
	}
}

// forgedWelcome reports whether a sender is in the list, but none of its relays.
func forgedWelcome(list string) evalFunc {
	return func(sc *Scan, _ []string) int { return truth(sc.fromRelay(list) < 0) }
}

// fromRelay is 1 if a sender is in the list and the mail came by the relay that it names, -1 if it came by another one.
func (sc *Scan) fromRelay(list string) int {
	result := 0
	for _, e := range sc.set.cfg.Lists.Rcvd[list] {
		addr := compileGlob(e.Addr)
		for _, sender := range sc.senders() {
			if !addr.match(sender) {
				continue
			}
			if sc.cameBy(&e) {
				return 1
			}
			if len(sc.relays().Untrusted) > 0 && !sc.isIn("welcomelist_allows_relays", sender) {
				result = -1
			}
		}
	}
	return result
}

// cameBy reports whether the host that handed the mail to the site is the one of an entry.
func (sc *Scan) cameBy(e *config.FromRcvd) bool {
	chain := sc.relays()
	candidates := chain.Untrusted
	if len(candidates) > 1 {
		candidates = candidates[:1]
	}
	if len(candidates) == 0 { // the mail never left trusted hosts
		candidates = chain.Trusted
	}
	for _, r := range candidates {
		if e.Net.IsValid() {
			if e.Net.Contains(r.IP) || e.Net.Contains(netip.AddrFrom16(r.IP.As16())) {
				return true
			}
			continue
		}
		if !r.MayBeForged && (r.RDNS == e.Relay || strings.HasSuffix(r.RDNS, "."+e.Relay)) {
			return true
		}
	}
	return false
}

func subjectIn(list string) evalFunc {
	return func(sc *Scan, _ []string) int {
		patterns := sc.set.cfg.Lists.Subject[list]
		if len(patterns) == 0 {
			return 0
		}
		subject, _ := sc.Get("Subject")
		subject = strings.ToLower(strings.TrimSpace(subject))
		for _, p := range patterns {
			if compileGlob("*" + p + "*").match(subject) {
				return 1
			}
		}
		return 0
	}
}

// checkFromInList is check_from_in_list('NAME'), for lists of enlist_addrlist.
func checkFromInList(sc *Scan, args []string) int {
	return truth(len(args) > 0 && sc.anyIn(args[0], sc.senders))
}

func checkReplyToInList(sc *Scan, args []string) int {
	reply, _ := sc.Get("Reply-To:addr")
	return truth(len(args) > 0 && reply != "" && sc.isIn(args[0], strings.ToLower(reply)))
}

func checkToInList(sc *Scan, args []string) int {
	return truth(len(args) > 0 && sc.anyIn(args[0], sc.receivers))
}

// checkURIHostListed is check_uri_host_listed('NAME'): the host of a URI or of a DKIM signature, or a domain it is in,
// is in the list.
func checkURIHostListed(sc *Scan, args []string) int {
	if len(args) == 0 {
		return 0
	}
	list := sc.set.cfg.Lists.URIHost[args[0]]
	if len(list) == 0 {
		return 0
	}
	for _, u := range sc.allURIs() {
		if hostListed(list, u.Host) {
			return 1
		}
	}
	return truth(slices.ContainsFunc(sc.signedDomains(), func(domain string) bool { return hostListed(list, domain) }))
}

// checkMailFromMatchesReceived reports whether the envelope sender's domain is the domain of the delivering host.
func checkMailFromMatchesReceived(sc *Scan, _ []string) int {
	domain := registrable(domainOf(sc.envelopeFrom()))
	external := sc.relays().External
	if domain == "" || len(external) == 0 {
		return 0
	}
	return truth(!external[0].MayBeForged && registrable(external[0].RDNS) == domain)
}
