package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"asterism/message"
)

// hostLists is the lists that enlist_uri_host made, turned round: a host is looked up once for all of them.
type hostLists struct {
	numbers map[string]int32        // of the lists
	hosts   map[string][]hostInList // by host
}

// hostInList is one list's result for a host.
type hostInList struct {
	list   int32
	listed bool // or excepted
}

func compileHostLists(lists map[string]map[string]bool) hostLists {
	l := hostLists{map[string]int32{}, map[string][]hostInList{}}
	for name, list := range lists {
		number := int32(len(l.numbers))
		l.numbers[name] = number
		for host, listed := range list {
			l.hosts[host] = append(l.hosts[host], hostInList{number, listed})
		}
	}
	return l
}

// find adds the lists that have a host or a domain it is in; of each list the longest entry counts.
func (l *hostLists) find(host string, found bitset) {
	var told bitset
	for rest, more := host, host != ""; more; _, rest, more = strings.Cut(rest, ".") {
		for _, in := range l.hosts[rest] {
			if told == nil {
				told = newBitset(len(l.numbers))
			}
			if !told.has(in.list) && in.listed {
				found.set(in.list)
			}
			told.set(in.list)
		}
	}
}

// listsOf returns the lists that have the host of a link, of the author's address, or of a link inside an attachment,
// looking them up once.
func (sc *Scan) listsOf(what string) bitset {
	lists, own := &sc.set.shared.own.hosts, &sc.cache.own
	if what == "from" {
		if own.fromLists == nil {
			own.fromLists = newBitset(len(lists.numbers))
			lists.find(sc.fromHost(), own.fromLists)
		}
		return own.fromLists
	}
	if what == "inside" {
		if own.insideLists == nil {
			own.insideLists = newBitset(len(lists.numbers))
			for i := range sc.attached().URIs {
				lists.find(sc.attached().URIs[i].Host, own.insideLists)
			}
		}
		return own.insideLists
	}
	if own.linkLists == nil {
		own.linkLists = newBitset(len(lists.numbers))
		last := ""
		for _, u := range sc.webLinks() {
			if u.Host != last {
				last = u.Host
				lists.find(u.Host, own.linkLists)
			}
		}
	}
	return own.linkLists
}

// checkHostListed is check_host_listed('link'|'from'|'inside', 'LIST'...): the host of a link, of the author's address,
// or
// of a link inside an attachment, or a domain above it, is in one of the lists that enlist_uri_host made, and not
// excepted there.
func checkHostListed(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	found := sc.listsOf(args[0])
	for _, name := range args[1:] {
		if number, ok := sc.set.shared.own.hosts.numbers[name]; ok && found.has(number) {
			return 1
		}
	}
	return 0
}

// hostListed reports whether a host or a domain it is in is in a list; the longest entry counts.
func hostListed(list map[string]bool, host string) bool {
	for rest, more := host, host != ""; more; _, rest, more = strings.Cut(rest, ".") {
		if listed, ok := list[rest]; ok {
			return listed
		}
	}
	return false
}

// checkLinkDomains is check_link_domains('MIN', 'MAX'): so many different registered domains (or addresses) are
// linked to by links that a reader can click on. A newspaper links to many, phishing to few.
func checkLinkDomains(sc *Scan, args []string) int {
	const unbounded = 1 << 30
	least, most := argument(args, 0, 1), argument(args, 1, unbounded)
	var seen []string
	for _, u := range sc.clickable() {
		domain := sc.linkDomain(u)
		if domain == "" {
			domain = u.Host
		}
		if slices.Contains(seen, domain) {
			continue
		}
		seen = append(seen, domain)
		switch n := len(seen); {
		case n > most:
			return 0
		case n >= least && most == unbounded:
			return 1
		}
	}
	return truth(len(seen) >= least)
}

// shape has the odd signs in the form of links, as bits.
type shape uint16

const (
	shapeIP       shape = 1 << iota // an IP address
	shapePort                       // a port other than http's
	shapeUser                       // something before the host: http://bank.example@evil.example/
	shapeObscured                   // an address as a number, an escaped host
	shapePunycode                   // an internationalised name
	shapeDeep                       // six labels or more
	shapeLong                       // a label of 32 letters or more
	shapeHyphens                    // three hyphens or more
	shapeRandom                     // a registered domain that cannot be spoken
	shapeSecure                     // words such as login and verify, tied by hyphens
	shapeRedirect                   // an address inside that is of another domain
	shapePlain                      // http, without TLS
	shapeTLS                        // https
	shapeToken                      // a path that is one random string of 30 letters or more
)

var shapeNames = map[string]shape{"ip": shapeIP, "port": shapePort, "user": shapeUser, "obscured": shapeObscured,
	"punycode": shapePunycode, "deep": shapeDeep, "long": shapeLong, "hyphens": shapeHyphens, "random": shapeRandom,
	"secure":   shapeSecure,
	"redirect": shapeRedirect, "plain": shapePlain, "tls": shapeTLS, "token": shapeToken}

// checkLinkShape is check_link_shape('NAME'...): a link has one of these shapes.
func checkLinkShape(sc *Scan, args []string) int {
	if !sc.cache.own.haveShapes {
		sc.cache.own.haveShapes = true
		last := ""
		for _, u := range sc.webLinks() {
			shapes := shapesOfURI(u)
			shapes.set(sc.redirects(u), shapeRedirect)
			if u.Host != last && !u.IP.IsValid() {
				domain := sc.linkDomain(u)
				named := shapesOfHost(u.Host, domain)
				if domain == sc.domain(sc.fromHost()) {
					named &^= shapePunycode // the sender's own
				}
				shapes |= named
				last = u.Host
			}
			sc.cache.own.shapes |= shapes
		}
	}
	for _, name := range args {
		if sc.cache.own.shapes&shapeNames[name] != 0 {
			return 1
		}
	}
	return 0
}

// set adds what holds.
func (s *shape) set(is bool, bit shape) {
	if is {
		*s |= bit
	}
}

// shapesOfURI returns the odd signs of a link, except for its host name.
func shapesOfURI(u *message.URI) (s shape) {
	s.set(u.IP.IsValid() && !message.PrivateAddr(u.IP), shapeIP)
	s.set(u.Port != "" && u.Port != "80" && u.Port != "443" && !message.PrivateAddr(u.IP), shapePort)
	s.set(u.UserInfo, shapeUser)
	s.set(u.Obscured, shapeObscured)
	s.set(u.Scheme == "http", shapePlain)
	s.set(u.Scheme == "https", shapeTLS)
	s.set(isToken(u.URL), shapeToken)
	return s
}

// isToken reports whether a web address has nothing behind its host but one segment of 30 letters, digits, "-" and
// "_" or more.
func isToken(address string) bool {
	const least = 30
	_, rest, _ := strings.Cut(address, "//")
	_, path, _ := strings.Cut(rest, "/")
	path = strings.TrimSuffix(path, "/")
	for i := range len(path) {
		if c := path[i]; !isLatin(c) && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(path) >= least
}

// redirects reports whether a link holds a web address outside the link's own domain and the author's: its author means
// to lead the reader there.
func (sc *Scan) redirects(u *message.URI) bool {
	for _, target := range u.Targets {
		domain := sc.domain(target)
		if domain != "" && domain != sc.linkDomain(u) && domain != sc.domain(sc.fromHost()) {
			return true
		}
	}
	return false
}

// shapesOfHost returns the odd signs of a host's name, domain being its registered part. It examines the visible form
// of an internationalized name, since A-labels are always long and hyphenated.
func shapesOfHost(host, domain string) (s shape) {
	if strings.Contains(host, "xn--") {
		s = shapePunycode
		host, domain = message.UnicodeDomain(host), message.UnicodeDomain(domain)
	}
	s.set(strings.Count(host, ".") >= 5, shapeDeep)
	s.set(strings.Count(host, "-") >= 3, shapeHyphens)
	if len(host) >= 32 {
		for label := range strings.SplitSeq(host, ".") {
			s.set(utf8.RuneCountInString(label) >= 32, shapeLong)
		}
	}
	s.set(unspeakable(domain), shapeRandom)
	s.set(secureWords(host), shapeSecure)
	return s
}

// unspeakable reports whether the first label of a domain looks made by a machine: seven consonants in a row, or
// letters and digits taking turns.
func unspeakable(domain string) bool {
	label, _, _ := strings.Cut(domain, ".")
	consonants, turns := 0, 0
	for i := range len(label) {
		c := label[i]
		if i > 0 && isDigit(c) != isDigit(label[i-1]) && c != '-' && label[i-1] != '-' {
			turns++
		}
		if c < 'a' || c > 'z' || strings.IndexByte("aeiouy", c) >= 0 {
			consonants = 0
			continue
		}
		if consonants++; consonants == 7 {
			return true
		}
	}
	return turns >= 4
}

var securing = strings.Fields(`secure security verify verification account accounts support login signin update confirm
	refund billing unlock wallet banking authentication validation alert password`)

// secureWords reports whether a host name ties one of these words to something else: secure-login.example.
func secureWords(host string) bool {
	if strings.IndexByte(host, '-') < 0 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if strings.IndexByte(label, '-') < 0 {
			continue
		}
		for word := range strings.SplitSeq(label, "-") {
			if slices.Contains(securing, word) {
				return true
			}
		}
	}
	return false
}
