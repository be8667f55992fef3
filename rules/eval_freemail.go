package rules

import (
	"regexp"
	"slices"
	"strings"

	"asterism/config"
)

// freemailEvals are the functions that know services that give mail addresses to everybody.
func freemailEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_freemail_from":    checkFreemailFrom,
		"check_freemail_header":  checkFreemailHeader,
		"check_freemail_body":    checkFreemailBody,
		"check_freemail_replyto": checkFreemailReplyTo,
	}
}

// freemail is the services known.
type freemail struct {
	domains *globs // patterns of domains, as "*@domain" would have them
	others  []glob
	welcome map[string]bool
}

func compileFreemail(l *config.Lists) freemail {
	f := freemail{domains: &globs{exact: map[string]bool{}}, welcome: map[string]bool{}}
	for _, p := range l.Freemail {
		if g := compileGlob(p); g.literal {
			f.domains.exact[p] = true
		} else {
			f.others = append(f.others, g)
		}
	}
	for _, w := range l.FreemailWelcome {
		f.welcome[w] = true
	}
	if l.FreemailImportAuth {
		for _, w := range l.Addr["welcomelist_auth"] {
			f.welcome[strings.TrimPrefix(w, "*@")] = true
		}
	}
	if l.FreemailImportDefAuth {
		for _, w := range l.Addr["def_welcomelist_auth"] {
			f.welcome[strings.TrimPrefix(w, "*@")] = true
		}
	}
	return f
}

// functionAddress is addresses that belong to a firm's functions or to programs, not to a person: of offices, message
// IDs, and
// those that Gmail forwards from.
var functionAddress = regexp.MustCompile(`^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host` +
	`|domain)master|undisclosed.*|` +
	`request-[a-f0-9]{16}|bounced?-|[a-f0-9]{8}(?:\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})` +
	`|.+=.+=.+)@`)

// is reports whether an address in lower case is of such a service.
func (f *freemail) is(addr string) bool {
	domain := domainOf(addr)
	return domain != "" && f.has(domain) && !f.welcome[addr] && !f.welcome[domain] && !functionAddress.MatchString(addr)
}

// has reports whether a domain in lower case is of such a service.
func (f *freemail) has(domain string) bool {
	if f.domains.exact[domain] {
		return true
	}
	dots := -1
	for i := range f.others {
		// A wildcard stands for letters within one label.
		if g := &f.others[i]; g.mayMatch(domain) {
			if dots < 0 {
				dots = strings.Count(domain, ".")
			}
			if strings.Count(g.pattern, ".") == dots && g.match(domain) {
				return true
			}
		}
	}
	return false
}

// checkFreemailFrom is check_freemail_from(['expression']), for all addresses of the sender.
func checkFreemailFrom(sc *Scan, args []string) int { return sc.anyFreemail(sc.senders(), args) }

func (sc *Scan) anyFreemail(addrs, expression []string) int {
	for _, a := range addrs {
		a = strings.ToLower(a)
		if sc.set.shared.freemail.is(a) && (len(expression) == 0 || sc.set.expression(expression[0]).find(a)) {
			if sc.set.cfg.Lists.FreemailNameAddress {
				sc.named = strings.Replace(a, "@", "(at)", 1)
			}
			return 1
		}
	}
	return 0
}

// checkFreemailHeader is check_freemail_header('Name', ['expression']).
func checkFreemailHeader(sc *Scan, args []string) int {
	if len(args) == 0 {
		return 0
	}
	value, _ := sc.Get(args[0])
	return sc.anyFreemail(findAddresses(value), args[1:])
}

var addressLike = regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,20}\b`)

// findAddresses returns what addressLike finds in a header, of many addresses the first ten.
func findAddresses(s string) []string {
	at := strings.IndexByte(s, '@')
	if at < 0 {
		return nil
	}
	if addr := loneAddress(s, at); addr != "" {
		return []string{addr}
	}
	return addressLike.FindAllString(s, 10)
}

// loneAddress returns, without the cost of an expression, the address around the first "@" of a text, "" if that is not
// plainly all that addressLike finds.
func loneAddress(s string, at int) string {
	if strings.IndexByte(s[at+1:], '@') >= 0 || !isASCII(s) {
		return ""
	}
	start, end := at, at+1
	for start > 0 && (isAlnum(s[start-1]) || strings.IndexByte("._%+-", s[start-1]) >= 0) {
		start--
	}
	for end < len(s) && (isAlnum(s[end]) || s[end] == '-' || s[end] == '.') {
		end++
	}
	host := s[at+1 : end]
	if start == at || !isAlnum(s[start]) || end < len(s) && s[end] == '_' || !isPlainHost(host) {
		return ""
	}
	top := host[strings.LastIndexByte(host, '.')+1:]
	if len(top) > 20 || strings.ContainsFunc(top, func(r rune) bool { return !isLatin(byte(r)) }) {
		return ""
	}
	return s[start:end]
}

// quotedAddress are addresses of quoted authors, in angle brackets or before "wrote:", and addresses in web addresses.
var quotedAddress = regexp.MustCompile(`(?i)https?://\S{0,255}(?:@|%40)\S{0,255}|<?[^\s<>@]+@[\w.-]*\w(?:>` +
	`|\s+([a-z]{2,11}):)`)

// contactWord is a word after an address for contact: "joe@example.org phone: 12".
var contactWord = regexp.MustCompile(`(?i)^(?:fax|tel|phone|e?mail)`)

// withoutQuoted returns a text without the addresses of quotedAddress, and notes them in quoted.
func withoutQuoted(s string, quoted map[string]bool) string {
	var b strings.Builder
	from := 0
	for _, m := range quotedAddress.FindAllStringSubmatchIndex(s, -1) {
		if m[2] < 0 && strings.Contains(s[m[0]:m[1]], "mailto:") || m[2] >= 0 && contactWord.MatchString(s[m[2]:m[3]]) {
			continue
		}
		quoted[strings.ToLower(addressLike.FindString(s[m[0]:m[1]]))] = true
		b.WriteString(s[from:m[0]])
		b.WriteByte(' ')
		from = m[1]
	}
	return b.String() + s[from:]
}

// bodyFreemails returns the addresses of such services in the text and in mailto links.
func (sc *Scan) bodyFreemails() []string {
	if sc.cache.bodyFreemails != nil {
		return sc.cache.bodyFreemails
	}
	found, all, quoted := []string{}, map[string]bool{}, map[string]bool{}
	collect := func(s string) {
		for _, a := range addressLike.FindAllString(s, -1) {
			a = strings.ToLower(a)
			if all[a] {
				continue
			}
			all[a] = true
			if sc.set.shared.freemail.is(a) {
				found = append(found, a)
			}
		}
	}
	for _, t := range sc.bodyTexts() {
		if s := t.String(); strings.Contains(s, "@") {
			collect(withoutQuoted(s, quoted))
		}
	}
	for _, u := range sc.msg.URIs() {
		if addr, ok := strings.CutPrefix(u.URL, "mailto:"); ok && !quoted[strings.ToLower(addr)] && !isBareAddress(u.Raw) {
			if at := addressLike.FindStringIndex(addr); at != nil && at[0] == 0 {
				collect(addr[:at[1]])
			}
		}
	}
	if l := &sc.set.cfg.Lists; l.FreemailSkipOverMax && (len(all) >= l.FreemailMaxBody ||
		len(found) >= l.FreemailMaxBodyOf) {
		found = []string{}
	}
	sc.cache.bodyFreemails = found
	return found
}

// isBareAddress reports whether a link is an address in running text, which the text itself has.
func isBareAddress(raw string) bool { return !strings.Contains(strings.ToLower(raw), "mailto:") }

func checkFreemailBody(sc *Scan, args []string) int { return sc.anyFreemail(sc.bodyFreemails(), args) }

// bulkSender is envelope senders of lists and of programs.
var bulkSender = regexp.MustCompile(`(?i)(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return` +
	`|(?:gr)?bounced?)-.+|` +
	`-(?:request|bounces?|admin|owner)|\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@`)

// checkFreemailReplyTo is check_freemail_replyto('replyto'|'reply'): answers go to another such address than the
// author's, by Reply-To or by an address in the text.
func checkFreemailReplyTo(sc *Scan, args []string) int {
	what := "replyto"
	if len(args) > 0 {
		what = args[0]
	}
	if !sc.answersElsewhere(what) {
		return 0
	}
	return truth(!sc.set.cfg.Lists.FreemailSkipBulk || !bulkSender.MatchString(sc.envelopeFrom()))
}

func (sc *Scan) answersElsewhere(what string) bool {
	f := &sc.set.shared.freemail
	from, reply := sc.lowerAddresses("from"), sc.lowerAddresses("reply-to")
	fromIs, replyIs := slices.ContainsFunc(from, f.is), slices.ContainsFunc(reply, f.is)
	if fromIs && replyIs && !slices.ContainsFunc(from, func(a string) bool { return slices.Contains(reply, a) }) {
		return true
	}
	answers := reply
	switch {
	case what == "replyto" && !replyIs, what == "reply" && len(reply) > 0 && !replyIs, what == "reply" && !fromIs:
		return false
	case !replyIs:
		answers = from
	}
	return slices.ContainsFunc(sc.bodyFreemails(), func(a string) bool {
		return slices.ContainsFunc(answers, func(answer string) bool { return answer != a })
	})
}

// lowerAddresses returns the addresses in all fields of a name, in lower case.
func (sc *Scan) lowerAddresses(name string) []string {
	return appendLower(nil, sc.mailboxes(headerSpec{name: name}).addrs)
}
