package rules

import (
	"encoding/base64"
	"slices"
	"strings"

	"asterism/message"
	"asterism/rules/brand"
)

// checkDomainsDiffer is check_domains_differ('From', 'Reply-To'): both have addresses, under different domains.
func checkDomainsDiffer(sc *Scan, args []string) int {
	if len(args) != 2 {
		return 0
	}
	a, _ := sc.Get(args[0] + ":addr:host")
	b, _ := sc.Get(args[1] + ":addr:host")
	if a == "" || b == "" || a == b {
		return 0
	}
	a, b = sc.domain(a), sc.domain(b)
	return truth(a != "" && b != "" && a != b)
}

// checkFromNameAddress is check_from_name_address(): the display name holds a mail address of another domain.
func checkFromNameAddress(sc *Scan, _ []string) int {
	name, _ := sc.Get("From:name")
	if !strings.Contains(name, "@") {
		return 0
	}
	shown := sc.domain(hostOf(name))
	return truth(shown != "" && shown != sc.domain(sc.fromHost()))
}

// recipients returns the recipients' addresses in lower case, from the envelope or else from the header.
func (sc *Scan) recipients() []string {
	if sc.cache.own.haveRcpts {
		return sc.cache.own.rcpts
	}
	sc.cache.own.haveRcpts = true
	all := slices.Clone(sc.env.Recipients)
	if len(all) == 0 {
		for _, name := range []string{"X-Original-To", "Delivered-To"} {
			for _, a := range sc.msg.Header().Addresses(name) {
				all = append(all, a.Addr)
			}
		}
		all = append(all, sc.toAndCc()...)
	}
	const enough = 10 // who writes to more calls none of them by name
	for _, a := range all {
		a = strings.ToLower(a)
		if strings.Contains(a, "@") && !slices.Contains(sc.cache.own.rcpts, a) && len(sc.cache.own.rcpts) < enough {
			sc.cache.own.rcpts = append(sc.cache.own.rcpts, a)
		}
	}
	return sc.cache.own.rcpts
}

// toAndCc returns the addresses in To and Cc as they are written.
func (sc *Scan) toAndCc() []string {
	own := &sc.cache.own
	if !own.haveNamed {
		own.haveNamed = true
		for _, field := range []string{"To", "Cc"} {
			for _, a := range sc.msg.Header().Addresses(field) {
				own.named = append(own.named, a.Addr)
			}
		}
	}
	return own.named
}

// recipientHosts returns the hosts of the recipients' addresses.
func (sc *Scan) recipientHosts() []string {
	if rcpts := sc.recipients(); len(sc.cache.own.hosts) < len(rcpts) {
		for _, rcpt := range rcpts {
			sc.cache.own.hosts = append(sc.cache.own.hosts, hostOf(rcpt))
		}
	}
	return sc.cache.own.hosts
}

// checkFromNameRecipient is check_from_name_recipient('domain'|'label'): the display name holds the recipient's own
// domain, or begins with its first label, and the address is of another domain. Mailboxes that anyone can open are left
// out.
func checkFromNameRecipient(sc *Scan, args []string) int {
	name, _ := sc.Get("From:name")
	from := sc.domain(sc.fromHost())
	if len(args) != 1 || name == "" || from == "" {
		return 0
	}
	var first string // word
	if args[0] == "domain" {
		name = strings.ToLower(name)
	} else if words := brand.Words(name); len(words) > 0 {
		first = words[0]
	}
	for _, host := range sc.recipientHosts() {
		domain := sc.domain(host)
		if domain == "" || domain == from {
			continue
		}
		found := false
		if args[0] == "domain" {
			found = strings.Contains(name, domain)
		} else if label, _, _ := strings.Cut(domain, "."); len(label) > 3 {
			found = first == label
		}
		if found && !sc.isFreemailDomain(host) {
			return 1
		}
	}
	return 0
}

// checkFromNameUnrelated is check_from_name_unrelated(): the display name has Latin words of three letters or more, and
// none of them is part of the address, nor a part of the address one of them, nor are its initials. Firms and people
// usually write from addresses that are called after them; a borrowed mailbox is called after its owner.
func checkFromNameUnrelated(sc *Scan, _ []string) int {
	name, _ := sc.Get("From:name")
	addr, _ := sc.Get("From:addr")
	parts := brand.Words(addr[:max(strings.LastIndexByte(addr, '.'), 0)]) // without the top-level domain
	joined, initials, words := strings.Join(parts, ""), "", 0
	for _, word := range brand.Words(name) {
		if !isASCII(word) {
			continue
		}
		if initials += word[:1]; len(word) < 3 {
			continue
		}
		words++
		if strings.Contains(joined, word) {
			return 0
		}
		for _, part := range parts {
			if len(part) >= 3 && strings.Contains(word, part) {
				return 0
			}
		}
	}
	if len(initials) >= 2 && slices.Contains(parts, initials) {
		return 0
	}
	return truth(words > 0 && joined != "")
}

// isFreemailDomain reports whether freemail_domains has the domain.
func (sc *Scan) isFreemailDomain(domain string) bool { return sc.set.shared.own.freemail.match(domain) }

// checkRecipient is check_recipient('subject'|'greeting'|'link'|'local'): the recipient's whole mail address is in the
// subject, in the first words of the text, or carried by a link that does not lead to the author's domain, plain or in
// base64. With 'local', the part before the @ is in the subject or the first words, and is not like anybody's name.
func checkRecipient(sc *Scan, args []string) int {
	if len(args) != 1 {
		return 0
	}
	for _, rcpt := range sc.recipients() {
		found := false
		switch args[0] {
		case "subject":
			subject, _ := sc.Get("Subject")
			found = mentions(subject, rcpt)
		case "greeting":
			found = sc.greets(rcpt)
		case "link":
			found = sc.linkCarries(rcpt)
		case "local":
			found = sc.callsLocal(rcpt)
		}
		if found {
			return 1
		}
	}
	return 0
}

// mentions reports whether a text has an address, or part of one (lower case), in any case. Most texts have no "@".
func mentions(text, addr string) bool {
	if strings.IndexByte(addr, '@') >= 0 && strings.IndexByte(text, '@') < 0 {
		return false
	}
	return strings.Contains(strings.ToLower(text), addr)
}

func (sc *Scan) greets(rcpt string) bool {
	const head = 300
	for _, p := range sc.msg.Leaves() {
		if p.IsText() && !p.IsAttachment() {
			text := strings.TrimSpace(p.Visible())
			if len(text) > head {
				text = text[:head]
			}
			if mentions(text, rcpt) {
				return true
			}
		}
	}
	return false
}

// callsLocal reports whether the local part of an address, if it has marks or digits in it, is in the subject or
// greeted.
func (sc *Scan) callsLocal(rcpt string) bool {
	local, _, _ := strings.Cut(rcpt, "@")
	if len(local) < 6 || !strings.ContainsAny(local, "._-0123456789") {
		return false
	}
	subject, _ := sc.Get("Subject")
	return mentions(subject, local) || sc.greets(local)
}

func (sc *Scan) linkCarries(rcpt string) bool {
	links := sc.webLinks()
	if len(links) == 0 {
		return false
	}
	from := sc.domain(sc.fromHost())
	coded := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(rcpt)), "=")
	escaped := strings.Replace(rcpt, "@", "%40", 1)
	for _, u := range links {
		if domain := sc.linkDomain(u); domain != "" && domain == from {
			continue
		}
		if strings.Contains(u.URL, coded) || mentions(u.URL, rcpt) ||
			strings.Contains(u.URL, "%40") && strings.Contains(strings.ToLower(u.URL), escaped) {
			return true
		}
	}
	return false
}

// checkFakeHelo is check_fake_helo(): a relay outside called itself by the domain of a provider of free mailboxes,
// and its address has a name of another domain.
func checkFakeHelo(sc *Scan, _ []string) int {
	chain := sc.relays()
	for i := range chain.Untrusted {
		r := &chain.Untrusted[i]
		if r.RDNS == "" || strings.EqualFold(r.Helo, r.RDNS) || !r.IP.IsValid() || message.PrivateAddr(r.IP) {
			continue
		}
		helo := sc.domain(strings.ToLower(r.Helo))
		if helo != "" && sc.isFreemailDomain(helo) && sc.domain(strings.ToLower(r.RDNS)) != helo {
			return 1
		}
	}
	return 0
}

// checkFromIsRecipient is check_from_is_recipient(): the header names one recipient, the author.
func checkFromIsRecipient(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if from == "" {
		return 0
	}
	named := sc.toAndCc()
	for _, a := range named {
		if !strings.EqualFold(a, from) {
			return 0
		}
	}
	return truth(len(named) > 0)
}
