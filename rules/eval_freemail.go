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

// functionAddress is addresses that belong to a firm's functions, not to a person.
var functionAddress = regexp.MustCompile(`^(?:abuse|support|sales|info|helpdesk|contact|kontakt)@|fetchmail|^(?:postmaster|mailer-daemon|nobody)@`)

// is says whether an address in lower case is of such a service.
func (f *freemail) is(addr string) bool {
	domain := domainOf(addr)
	return domain != "" && f.has(domain) && !f.welcome[addr] && !f.welcome[domain] && !functionAddress.MatchString(addr)
}

// has says whether a domain in lower case is of such a service.
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
	return sc.anyFreemail(addressLike.FindAllString(value, 10), args[1:])
}

var addressLike = regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,20}\b`)

const (
	maxBodyAddresses = 5 // addresses in the text; more are a list
	maxBodyFreemails = 3
)

// bodyFreemails returns the addresses of such services in the text.
func (sc *Scan) bodyFreemails() []string {
	if sc.cache.bodyFreemails != nil {
		return sc.cache.bodyFreemails
	}
	found, all := []string{}, map[string]bool{}
	for _, t := range sc.bodyTexts()[1:] {
		if !strings.Contains(t.String(), "@") {
			continue
		}
		for _, a := range addressLike.FindAllString(t.String(), -1) {
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
	if len(all) > maxBodyAddresses || len(found) > maxBodyFreemails {
		found = []string{}
	}
	sc.cache.bodyFreemails = found
	return found
}

func checkFreemailBody(sc *Scan, args []string) int { return sc.anyFreemail(sc.bodyFreemails(), args) }

// checkFreemailReplyTo is check_freemail_replyto('replyto'|'reply'): answers go to another such address than the author's,
// by Reply-To or by an address in the text.
func checkFreemailReplyTo(sc *Scan, args []string) int {
	what := "replyto"
	if len(args) > 0 {
		what = args[0]
	}
	f := &sc.set.shared.freemail
	from, _ := sc.Get("From:addr")
	reply, _ := sc.Get("Reply-To:addr")
	from, reply = strings.ToLower(from), strings.ToLower(reply)
	if f.is(from) && f.is(reply) && from != reply {
		return 1
	}
	check := reply
	if what == "reply" && reply == "" {
		check = from
	}
	if !f.is(check) {
		return 0
	}
	return truth(slices.ContainsFunc(sc.bodyFreemails(), func(a string) bool { return a != check && a != from }))
}
