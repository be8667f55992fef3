package message

import (
	"net/netip"
	"net/url"
)

// Source says where in a mail a URI was found.
type Source uint8

// The sources of URIs.
const (
	SourceText     Source = iota // running text
	SourceLink                   // <a>, <area>
	SourceImage                  // <img>, backgrounds
	SourceForm                   // <form>
	SourceResource               // other elements that load something: <iframe>, <script>, <link>, …
	SourceNested                 // inside another URI, as redirectors have it
)

// String returns the source's name in lower case, such as "link".
func (s Source) String() string {
	switch s {
	case SourceText:
		return "text"
	case SourceLink:
		return "link"
	case SourceImage:
		return "image"
	case SourceForm:
		return "form"
	case SourceResource:
		return "resource"
	case SourceNested:
		return "nested"
	}
	return "unknown"
}

// URI is one URI of a mail.
type URI struct {
	Raw    string     // as written; in HTML with its entities decoded
	URL    string     // as a mail client would open it, without user information
	Scheme string     // lower case: "http", "https", "mailto", …
	Host   string     // lower case, ASCII (punycode); addresses in canonical form; for mailto the address's domain
	Port   string     // as written, "" if none is
	Domain string     // registrable domain of Host by the public suffix list; "" for addresses and unknown top-level domains
	IP     netip.Addr // Host if it is an address in any spelling; else invalid
	Source Source
	Anchor string // visible text of the link; "" unless Source is SourceLink

	InText   bool // also in running text, if Source is something else
	Bare     bool // written without scheme: "example.com/x"
	UserInfo bool // has user information before the host: "http://bank.example@evil.example/"
	Obscured bool // the host is written so that a reader would not know it: percent-encoded, as a number, …
}

const (
	maxURIs   = 1000 // URIs kept of one mail
	maxURILen = 4096 // octets looked at of one URI
)

// URIs returns the URIs of the mail's text parts, each once, in order; those of HTML before those of its text. Content
// identifiers (cid:) and relative references without a base are left out.
func (m *Message) URIs() []URI {
	if m.haveURIs {
		return m.uris
	}
	m.haveURIs = true
	c := uriCollector{m: m}
	for _, p := range m.Leaves() {
		if !p.IsText() {
			continue
		}
		if h := p.HTML(); h != nil {
			c.html(h)
			c.text(h.Text)
		} else {
			c.text(p.Text())
		}
	}
	return m.uris
}

// uriCollector gathers a mail's URIs.
type uriCollector struct {
	m     *Message
	seen  map[string]int // index by URL, once there are more than a few
	hosts knownHosts
}

// html takes the URIs of an HTML document's elements.
func (c *uriCollector) html(h *HTML) {
	base := parseBase(h.Base)
	for _, l := range h.Links {
		c.add(l.URL, base, SourceLink, l.Text)
	}
	for _, i := range h.Images {
		c.add(i.URL, base, SourceImage, "")
	}
	for _, f := range h.Forms {
		c.add(f.Action, base, SourceForm, "")
	}
	for _, r := range h.Resources {
		c.add(r, base, SourceResource, "")
	}
}

// text takes the URIs of running text.
func (c *uriCollector) text(s string) {
	scan := uriScanner{text: s}
	for len(c.m.uris) < maxURIs {
		raw, ok := scan.next()
		if !ok {
			return
		}
		if c.recent(raw) {
			continue
		}
		c.add(raw, nil, SourceText, "")
	}
}

// recent reports whether the same was written not long ago, as in quoted text or in a link: no need to read it again.
func (c *uriCollector) recent(raw string) bool {
	const last = 16
	uris := c.m.uris
	for i := max(0, len(uris)-last); i < len(uris); i++ {
		if uris[i].Raw == raw {
			uris[i].InText = true
			return true
		}
	}
	return false
}

// add takes one URI, and those inside it.
func (c *uriCollector) add(raw string, base *url.URL, source Source, anchor string) {
	const maxNested = 3
	for i := 0; i <= maxNested && raw != ""; i++ {
		u, ok := parseURI(raw, base, &c.hosts)
		if !ok {
			return
		}
		u.Source, u.Anchor = source, anchor
		c.put(u)
		raw, base, source, anchor = nestedURL(u.URL), nil, SourceNested, ""
	}
}

// put keeps u unless there is one with the same URL. A link's text is kept even if the URL was in running text before.
func (c *uriCollector) put(u URI) {
	const few = 16
	uris := c.m.uris
	if len(uris) >= maxURIs {
		return
	}
	found := -1
	if c.seen != nil {
		if i, ok := c.seen[u.URL]; ok {
			found = i
		}
	} else {
		for i := range uris {
			if uris[i].URL == u.URL {
				found = i
				break
			}
		}
	}
	if found >= 0 {
		old := &uris[found]
		old.InText = old.InText || old.Source == SourceText || u.Source == SourceText
		if u.Source == SourceLink && (old.Source == SourceText || old.Anchor == "") {
			old.Source, old.Anchor = u.Source, u.Anchor
		}
		return
	}
	if uris == nil {
		uris = make([]URI, 0, 5)
	}
	c.m.uris = append(uris, u)
	switch {
	case c.seen != nil:
		c.seen[u.URL] = len(uris)
	case len(uris) >= few:
		c.seen = make(map[string]int, 4*few)
		for i := range c.m.uris {
			c.seen[c.m.uris[i].URL] = i
		}
	}
}
