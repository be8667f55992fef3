package rules

import (
	"regexp"
	"slices"
	"strings"

	"asterism/message"
)

// spoofEvals are the functions that compare an address in the author's display name with the author's own. They are
// tried
// last, when it is known who signed the message.
func spoofEvals() map[string]evalFunc {
	is := func(holds func(*nameSpoof) bool) evalFunc {
		return func(sc *Scan, _ []string) int { return truth(holds(sc.nameSpoof())) }
	}
	return map[string]evalFunc{
		"check_fromname_spoof":          checkFromNameSpoof,
		"check_fromname_different":      is(func(s *nameSpoof) bool { return s.address }),
		"check_fromname_domain_differ":  is(func(s *nameSpoof) bool { return s.domain }),
		"check_fromname_owners_differ":  is(func(s *nameSpoof) bool { return s.owner }),
		"check_fromname_contains_email": is(func(s *nameSpoof) bool { return s.inName }),
		"check_fromname_equals_to":      is(func(s *nameSpoof) bool { return s.to }),
		"check_fromname_equals_replyto": is(func(s *nameSpoof) bool { return s.replyTo }),
	}
}

// spoofFunction is how the names of the functions begin that are tried last.
const spoofFunction = "check_fromname_"

// nameSpoof is how an address in the author's display name differs from the author's.
type nameSpoof struct {
	inName                 bool // there is one
	address, domain, owner bool // the two differ in these
	to, replyTo            bool // it is the recipient's, or that of Reply-To
}

// checkFromNameSpoof is check_fromname_spoof([level]): the addresses differ, at level 1 also their owners, at level 2
// also
// their domains. Without a level, fns_check gives it.
func checkFromNameSpoof(sc *Scan, args []string) int {
	level := sc.set.cfg.Spoof.Level
	if len(args) > 0 && len(args[0]) == 1 && args[0][0] >= '0' && args[0][0] <= '2' {
		level = int(args[0][0] - '0')
	}
	s := sc.nameSpoof()
	return truth(s.address && (level != 1 || s.owner) && (level != 2 || s.domain))
}

// nameAddress is a mail address in a display name.
var nameAddress = regexp.MustCompile(`(?i)\b[\w.!#$%&'*+/=?^` + "`" + `{|}~-]+@\w[\w-]*\.\w[\w.-]+\b`)

func (sc *Scan) nameSpoof() *nameSpoof {
	if sc.cache.spoof != nil {
		return sc.cache.spoof
	}
	s := &nameSpoof{}
	sc.cache.spoof = s
	name, _ := sc.Get("From:name")
	if strings.IndexByte(name, '@') < 0 { // nearly always
		return s
	}
	name = strings.ToLower(name)
	from, _ := sc.Get("From:addr")
	from = strings.ToLower(from)
	claimed := nameAddress.FindString(name)
	domain, own := message.RegistrableDomain(domainOf(claimed)), message.RegistrableDomain(domainOf(from))
	if domain == "" || own == "" || sc.sparesSpoof() {
		return s
	}
	s.inName = true
	if len(name)+marks(name)-marks(claimed)-len(claimed) > sc.set.cfg.Spoof.ExtraChars {
		return s // the address is but part of a sentence
	}
	s.address, s.domain = claimed != from, domain != own
	s.owner = sc.ownerOf(claimed, domain) != sc.ownerOf(from, own)
	reply, _ := sc.Get("Reply-To:addr")
	s.replyTo = strings.EqualFold(reply, claimed)
	s.to = slices.Contains(sc.receivers(), claimed)
	return s
}

// marks counts the bytes that are neither letters of ASCII nor digits.
func marks(s string) (n int) {
	for i := range len(s) {
		if !isAlnum(s[i]) {
			n++
		}
	}
	return n
}

// sparesSpoof reports whether a domain of fns_ignore_dkim has signed the message, or it has a field of
// fns_ignore_headers.
func (sc *Scan) sparesSpoof() bool {
	spoof := &sc.set.cfg.Spoof
	return slices.ContainsFunc(sc.signers, func(d string) bool {
		return slices.Contains(spoof.IgnoreDKIM,
			strings.ToLower(d))
	}) ||
		slices.ContainsFunc(spoof.IgnoreHeaders, sc.msg.Header().Has)
}

// ownerOf returns who owns an address: the list of fns_add_addrlist that has it, or the name of its domain.
func (sc *Scan) ownerOf(addr, domain string) string {
	user, host, _ := strings.Cut(addr, "@")
	for _, a := range []string{addr, user + "@" + domain} {
		for owner, list := range sc.set.shared.owners {
			if list.match(a) {
				return owner
			}
		}
		if host == domain {
			break
		}
	}
	label, _, _ := strings.Cut(domain, ".")
	return label
}

// Signed sets the domains that have signed the message. Call it before Finish.
func (sc *Scan) Signed(domains []string) { sc.signers = domains }
