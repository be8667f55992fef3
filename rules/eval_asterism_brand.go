package rules

import (
	"maps"
	"slices"
	"strings"

	"asterism/config"
	"asterism/message"
	"asterism/rules/brand"
)

// The functions of this and the other eval_asterism files are Asterism's own; docs/rules.md describes them.
func init() {
	maps.Copy(evals, map[string]evalFunc{
		"check_brand_name":          checkBrandName,
		"check_brand_domain":        checkBrandDomain,
		"check_link_text":           checkLinkText,
		"check_links_foreign":       checkLinksForeign,
		"check_domains_differ":      checkDomainsDiffer,
		"check_from_name_address":   checkFromNameAddress,
		"check_from_name_recipient": checkFromNameRecipient,
		"check_from_name_unrelated": checkFromNameUnrelated,
		"check_from_is_recipient":   checkFromIsRecipient,
		"check_fake_helo":           checkFakeHelo,
		"check_client":              checkClient,
		"check_outlook_clock":       checkOutlookClock,
		"check_trail":               checkTrail,
		"check_recipient":           checkRecipient,
		"check_zero_width":          checkZeroWidth,
		"check_mixed_script":        checkMixedScript,
		"check_mixed_script_header": checkMixedScriptHeader,
		"check_hidden_text":         checkHiddenText,
		"check_picture_alone":       checkPictureAlone,
		"check_attached_page":       checkAttachedPage,
		"check_host_listed":         checkHostListed,
		"check_link_domains":        checkLinkDomains,
		"check_link_shape":          checkLinkShape,
		"check_phone_number":        checkPhoneNumber,
		"check_wallet_address":      checkWalletAddress,
	})
}

// ownShared is what these functions look things up in.
type ownShared struct {
	brands   *brand.List
	freemail *globs    // freemail_domains
	hosts    hostLists // enlist_uri_host
}

func compileOwn(lists *config.Lists) ownShared {
	return ownShared{brands: brand.New(lists.Brands), freemail: compileGlobs(lists.Freemail),
		hosts: compileHostLists(lists.URIHost)}
}

// ownCache is what these functions found out about a message.
type ownCache struct {
	rcpts                             []string
	hosts                             []string // of rcpts
	named                             []string // see toAndCc
	from                              string   // host of the author's address
	shapes                            shape
	linkLists, fromLists, insideLists bitset            // see listsOf
	domains                           map[string]string // of hosts, where there are many
	haveLinks, haveRcpts              bool

	client clientSigns
	trail  trail

	haveShapes, haveFrom, haveClient, haveNamed bool
}

// fromHost returns the host of the author's address, or "".
func (sc *Scan) fromHost() string {
	if !sc.cache.own.haveFrom {
		sc.cache.own.haveFrom = true
		sc.cache.own.from, _ = sc.Get("From:addr:host")
	}
	return sc.cache.own.from
}

// checkBrandName is check_brand_name('from'|'subject'|'body'): the place names a firm, and the author's address is not
// one of that firm, nor of any other that is known (firms write about each other).
func checkBrandName(sc *Scan, args []string) int {
	if len(args) != 1 {
		return 0
	}
	var claimed *brand.Brand
	switch args[0] {
	case "from":
		name, _ := sc.Get("From:name")
		claimed = sc.set.shared.own.brands.InName(name)
	case "subject":
		subject, _ := sc.Get("Subject")
		claimed = sc.set.shared.own.brands.InText(subject)
	case "body":
		claimed = sc.brandInBody()
	}
	if claimed == nil {
		return 0
	}
	host := sc.fromHost()
	return truth(sc.set.shared.own.brands.Owner(host, sc.domain(host)) == nil || sc.isFreemailDomain(host))
}

// brandInBody returns the firm as which a mail presents itself: in the title, the first or the last words of its text,
// or instead of a picture. Names in between may well be news.
func (sc *Scan) brandInBody() *brand.Brand {
	const head, tail = 160, 240
	for _, p := range sc.msg.Leaves() {
		if !p.IsText() || p.IsAttachment() {
			continue
		}
		text := strings.TrimSpace(p.Visible())
		places := make([]string, 1, 8)
		places[0] = text
		if len(text) > head+tail {
			places = append(places[:0], text[:head], text[len(text)-tail:])
		}
		if h := p.HTML(); h != nil {
			places = append(places, h.Title)
			for i := range h.Images {
				places = append(places, h.Images[i].Alt)
			}
		}
		for _, place := range places {
			if b := sc.set.shared.own.brands.InText(place); b != nil {
				return b
			}
		}
	}
	return nil
}

// checkBrandDomain is check_brand_domain('from'|'link'): the author's domain, or the host of a link, is made to be
// taken for a known firm's.
func checkBrandDomain(sc *Scan, args []string) int {
	if len(args) != 1 {
		return 0
	}
	if args[0] == "from" {
		host := sc.fromHost()
		return truth(sc.set.shared.own.brands.Poses(host, sc.domain(host)) != nil)
	}
	last := ""
	for _, u := range sc.webLinks() {
		if u.Host == last {
			continue
		}
		last = u.Host
		if sc.set.shared.own.brands.Poses(u.Host, sc.linkDomain(u)) != nil {
			return 1
		}
	}
	return 0
}

// webLinks returns the links that a reader can follow, also addresses in running text.
func (sc *Scan) webLinks() []*message.URI {
	if !sc.cache.own.haveLinks {
		sc.cache.own.haveLinks = true
		all := sc.msg.URIs()
		for i := range all {
			u := &all[i]
			if (u.Source == message.SourceLink || u.Source == message.SourceText) && strings.HasPrefix(u.Scheme, "http") {
				sc.links = append(sc.links, u)
			}
		}
	}
	return sc.links
}

// clickable returns the links that a reader can click on, or all where HTML is so broken that there seem to be none.
func (sc *Scan) clickable() []*message.URI {
	links := sc.webLinks()
	unseen := func(u *message.URI) bool { return u.Unseen }
	if !slices.ContainsFunc(links, unseen) {
		return links
	}
	if seen := slices.DeleteFunc(slices.Clone(links), unseen); len(seen) > 0 {
		return seen
	}
	return links
}

// hostDomain is a host and its registered domain.
type hostDomain struct{ host, domain string }

// domain is brand.Domain, which takes its time, and is asked for the same few hosts again and again.
func (sc *Scan) domain(host string) string {
	if host == "" {
		return ""
	}
	const few = 16
	known := sc.cache.own.domains
	if known != nil {
		if domain, ok := known[host]; ok {
			return domain
		}
	} else {
		for i := range sc.domains {
			if d := &sc.domains[i]; d.host == host {
				return d.domain
			}
		}
	}
	d := hostDomain{host, brand.Domain(host)}
	switch {
	case known != nil:
		known[host] = d.domain
	case len(sc.domains) < few:
		sc.domains = append(sc.domains, d)
	default:
		known = map[string]string{host: d.domain}
		for _, d := range sc.domains {
			known[d.host] = d.domain
		}
		sc.cache.own.domains = known
	}
	return d.domain
}

// linkDomain returns the registered domain of a link's host.
func (sc *Scan) linkDomain(u *message.URI) string {
	if u.Domain != "" {
		return u.Domain
	}
	return sc.domain(u.Host)
}

// checkLinkText is check_link_text('any'|'brand'): a link's text is a web address under another domain than the link's;
// with 'brand', under the domain of a known firm to which the link does not lead. Services that count clicks make 'any'
// common in honest mail.
func checkLinkText(sc *Scan, args []string) int {
	from := sc.domain(sc.fromHost())
	for _, u := range sc.webLinks() {
		shown := shownHost(u.Anchor)
		domain := sc.domain(shown)
		if domain == "" || domain == sc.linkDomain(u) {
			continue
		}
		if len(args) == 1 && args[0] == "any" {
			return 1
		}
		owner := sc.set.shared.own.brands.Owner(shown, domain)
		if owner != nil && sc.set.shared.own.brands.Owner(u.Host, sc.linkDomain(u)) != owner && (from == "" ||
			from != domain) {
			return 1
		}
	}
	return 0
}

// shownHost returns the host that a link's text shows, or "" if the text is not an address of the web.
func shownHost(anchor string) string {
	if strings.IndexByte(anchor, '.') < 0 {
		return ""
	}
	text, scheme := strings.ToLower(anchor), false
	for _, prefix := range []string{"https://", "http://"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			text, scheme = rest, true
		}
	}
	if end := strings.IndexAny(text, "/?# \t\u00a0"); end >= 0 {
		if text[end] != '/' && !scheme {
			return ""
		}
		text = text[:end]
	}
	if strings.IndexByte(text, '.') < 0 || strings.ContainsAny(text, "@:") {
		return ""
	}
	return text
}

// checkLinksForeign is check_links_foreign(): there are links that a reader can click on, and none leads to the
// author's or the envelope's domain, nor to another of the known firm that the author's belongs to.
func checkLinksForeign(sc *Scan, _ []string) int {
	links := sc.clickable()
	if len(links) == 0 {
		return 0
	}
	from, sender := sc.domain(sc.fromHost()), sc.domain(hostOf(sc.envelopeFrom()))
	firm := sc.set.shared.own.brands.Owner(sc.fromHost(), from)
	if sc.isFreemailDomain(sc.fromHost()) {
		firm = nil // its customers write, not the firm
	}
	for _, u := range links {
		domain := sc.linkDomain(u)
		if domain != "" && (domain == from || domain == sender) {
			return 0
		}
		if firm != nil && sc.set.shared.own.brands.Owner(u.Host, domain) == firm {
			return 0
		}
	}
	return truth(from != "")
}
