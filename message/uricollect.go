package message

import (
	"net/url"
	"slices"
	"strings"
)

// Bounds on the URIs kept of one mail. Where there are more, the first half of maxURIs and the last half stay, and of
// those between the first of each host, so that no number of links hides another.
const (
	maxURIs     = 2000
	maxURIHosts = 1000
)

const (
	usualURIs = 5  // of a mail: room is made for them
	fewURIs   = 16 // up to which a list is searched as fast as a table
)

// URIs returns the URIs of the mail's text parts, each once, in order; URIs of HTML markup before URIs of its text.
// Content identifiers (cid:) and relative references without a base are left out.
func (m *Message) URIs() []URI {
	if m.haveURIs {
		return m.uris
	}
	m.haveURIs = true
	c := uriCollector{m: m}
	for _, p := range m.Leaves() {
		switch h := p.HTML(); {
		case h != nil:
			c.html(h)
			c.text(h.Text)
		case p.isContentLines():
			c.text(unfoldContentLines(p.Text()))
		case p.IsText():
			c.text(p.flowed())
		}
	}
	c.finish()
	return m.uris
}

// uriCollector gathers a mail's URIs.
type uriCollector struct {
	m     *Message
	seen  map[string]int // index by URL, once there are more than a few
	hosts knownHosts

	// hosts of URIs that are kept, once there are maxURIs; the first of each other host follows them
	byHost map[string]bool
	oldest int // in the second half of these, from then on
}

// html takes the URIs of an HTML document's elements.
func (c *uriCollector) html(h *HTML) {
	var base *url.URL
	if u, ok := parseURI(h.Base, nil, &c.hosts); ok && strings.HasPrefix(u.Scheme, "http") {
		base = parseBase(strings.ReplaceAll(u.URL, `\`, "/"))
	}
	if n := len(h.Links) + len(h.Images) + len(h.Forms) + len(h.Resources); n > usualURIs && c.m.uris == nil {
		c.m.uris = make([]URI, 0, min(n, maxURIs))
		if n > fewURIs {
			c.seen = make(map[string]int, min(n, maxURIs))
		}
	}
	for _, l := range h.Links {
		c.add(l.URL, base, URI{Source: SourceLink, Anchor: l.Text, Unseen: l.Hidden || l.Text == "" && !l.Image})
	}
	for _, i := range h.Images {
		c.add(i.URL, base, URI{Source: SourceImage})
	}
	for _, f := range h.Forms {
		c.add(f.Action, base, URI{Source: SourceForm})
	}
	for _, r := range h.Resources {
		c.add(r, base, URI{Source: SourceResource})
	}
}

// text takes the URIs of running text.
func (c *uriCollector) text(s string) {
	scan := uriScanner{text: s}
	for {
		raw, ok := scan.next()
		if !ok || c.m.Late() {
			return
		}
		if !c.recent(raw) {
			c.add(raw, nil, URI{Source: SourceText})
		}
	}
}

// recent reports whether the same was written not long ago, as in quoted text or in a link: no need to read it again.
func (c *uriCollector) recent(raw string) bool {
	const last = 16
	uris := c.m.uris
	for i := max(0, len(uris)-last); i < len(uris); i++ {
		if uris[i].Raw == raw {
			uris[i].InText, uris[i].Unseen = true, false
			return true
		}
	}
	return false
}

// add takes one URI, and those inside it; place says where it was found.
func (c *uriCollector) add(raw string, base *url.URL, place URI) {
	if c.m.Late() {
		return
	}
	u, ok := parseURI(raw, base, &c.hosts)
	if !ok {
		return
	}
	u.Source, u.Anchor, u.Unseen = place.Source, place.Anchor, place.Unseen
	inPath, inQuery := nestedURLs(&u)
	nested := c.inside(nil, 1, inPath)
	n := len(nested)
	nested = c.inside(nested, 1, inQuery...)
	for i := range nested[n:] {
		if host := nested[n+i].Host; host != u.Host {
			u.Targets = append(u.Targets, host)
		}
	}
	c.put(u)
	for _, n := range nested {
		c.put(n)
	}
}

// put keeps u unless there is one with the same URL. A link's text is kept even if the URL was in running text before.
func (c *uriCollector) put(u URI) {
	if i := c.find(u.URL); i >= 0 {
		old := &c.m.uris[i]
		old.InText = old.InText || old.Source == SourceText || u.Source == SourceText
		old.Unseen = old.Unseen && u.Unseen && !old.InText
		if u.Source == SourceLink && (old.Source == SourceText || old.Anchor == "") {
			old.Source, old.Anchor = u.Source, u.Anchor
		}
		return
	}
	uris := c.m.uris
	switch {
	case uris == nil:
		uris = make([]URI, 0, usualURIs)
	case len(uris) >= maxURIs:
		c.replace(u)
		return
	}
	c.m.uris = append(uris, u)
	switch {
	case c.seen != nil:
		c.seen[u.URL] = len(uris)
	case len(uris) >= fewURIs:
		c.seen = make(map[string]int, 4*fewURIs)
		for i := range c.m.uris {
			c.seen[c.m.uris[i].URL] = i
		}
	}
}

// find returns the index of the URI with a URL, -1 if there is none.
func (c *uriCollector) find(url string) int {
	if c.seen != nil {
		if i, ok := c.seen[url]; ok {
			return i
		}
		return -1
	}
	for i := range c.m.uris {
		if c.m.uris[i].URL == url {
			return i
		}
	}
	return -1
}

// replace keeps u, whose URL is new, where there are too many: behind the others if it is the first of its host, else
// in place of the oldest of the second half.
func (c *uriCollector) replace(u URI) {
	uris := c.m.uris
	if c.byHost == nil {
		c.byHost = make(map[string]bool, maxURIs)
		for i := range uris {
			c.byHost[uris[i].Host] = true
		}
		c.oldest = maxURIs / 2
	}
	if !c.byHost[u.Host] && len(uris) < maxURIs+maxURIHosts {
		c.byHost[u.Host] = true
		c.seen[u.URL] = len(uris)
		c.m.uris = append(uris, u)
		return
	}
	delete(c.seen, uris[c.oldest].URL)
	c.seen[u.URL] = c.oldest
	uris[c.oldest] = u
	if c.oldest++; c.oldest == maxURIs {
		c.oldest = maxURIs / 2
	}
}

// finish puts the URIs in the order in which they were found, where not all were kept: the first half, the first of
// each other host, the second half.
func (c *uriCollector) finish() {
	if c.byHost == nil {
		return
	}
	rest := c.m.uris[maxURIs/2:]
	rotate(rest[:maxURIs/2], c.oldest-maxURIs/2)
	rotate(rest, maxURIs/2)
}

// rotate moves the first n elements of a list behind the others.
func rotate[T any](list []T, n int) {
	slices.Reverse(list[:n])
	slices.Reverse(list[n:])
	slices.Reverse(list)
}
