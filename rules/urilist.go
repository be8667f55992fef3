package rules

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"asterism/message"
	"asterism/rules/perlre"
)

// uriList gathers what uri rules see: each URI as it is written, and the forms that clients make of it.
type uriList struct {
	texts []perlre.Text
	seen  map[string]bool
}

func (l *uriList) add(s string) {
	if !l.seen[s] {
		l.seen[s] = true
		l.texts = append(l.texts, perlre.NewText(s))
	}
}

// uriTexts returns the texts for uri rules: the URIs of the message, as written and as a client opens them, and the
// URIs that redirector_pattern finds within them.
func (sc *Scan) uriTexts() []perlre.Text {
	l := &sc.uris
	if sc.cache.haveURIs {
		return l.texts
	}
	sc.cache.haveURIs = true
	if l.seen == nil {
		l.seen = make(map[string]bool, len(sc.msg.URIs()))
	}
	l.texts = slices.Grow(l.texts, len(sc.msg.URIs()))
	for _, p := range sc.msg.Leaves() {
		if h := p.HTML(); h != nil {
			l.html(h)
		}
	}
	if sc.set.shared.follows {
		for i := range sc.attached().URIs {
			u := &sc.attached().URIs[i]
			if !u.Bare {
				l.add(u.Raw)
			}
			l.add(u.URL)
		}
	}
	sc.addURIs(sc.msg.URIs())
	sc.addRedirected(0)
	return l.texts
}

// addURIs adds URIs as written and as a client opens them.
func (sc *Scan) addURIs(uris []message.URI) {
	l, ports := &sc.uris, 0
	for _, u := range uris {
		if u.Bare && u.Port != "" {
			ports++
		}
		switch {
		case !u.Bare:
			l.forms(u.Raw)
		case u.Port != "" && ports <= maxPorts && sc.portEndsSentence(u.Raw):
			continue
		case u.Scheme == "mailto":
			l.add("mailto:" + u.Raw)
		default:
			l.forms(u.Scheme + "://" + u.Raw)
		}
		if !wroteCapitals(&u) && !strings.HasPrefix(u.Raw, "//") && !isShortAddress(&u) {
			l.add(u.URL)
		}
	}
}

// addRedirected adds the URIs that redirector_pattern finds within those from an index on.
func (sc *Scan) addRedirected(from int) {
	l := &sc.uris
	for i := from; i < len(l.texts) && len(sc.set.shared.redirectors) > 0; i++ {
		text := l.texts[i]
		for _, re := range sc.set.shared.redirectors {
			if found, err := re.Find(&text); err == nil && len(found) > 1 && found[1] != "" {
				l.add(found[1])
			}
		}
	}
}

// wroteCapitals reports whether a URI is what is written except for capitals: SpamAssassin's rules see those, and no
// other form.
func wroteCapitals(u *message.URI) bool {
	written := u.Raw
	if u.Bare {
		_, url, _ := strings.Cut(u.URL, "://")
		return equalButCase(written, url)
	}
	return equalButCase(written, u.URL)
}

// isShortAddress reports whether a host is an address with less than four numbers, such as 1.2.3: rules that look for
// addresses
// mean the usual form.
func isShortAddress(u *message.URI) bool {
	return u.IP.Is4() && !strings.Contains(u.Raw, u.IP.String()) && strings.Contains(u.Raw, "://") &&
		strings.Count(hostPart(u.Raw), ".") == 2
}

// hostPart returns the host and port of a URI as it is written.
func hostPart(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// equalButCase reports whether two URIs differ in the case of letters, and in nothing else but a slash at the end.
func equalButCase(a, b string) bool {
	a, b = strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/")
	return a != b && strings.EqualFold(a, b)
}

// maxPorts is how many hosts with a port and without a scheme are looked for in the text, each from its start.
const maxPorts = 50

// portEndsSentence reports whether a host and port without a scheme are followed by a mark, as in "connected to
// host.example:25;". SpamAssassin takes them for no URI then.
func (sc *Scan) portEndsSentence(raw string) bool {
	for _, t := range sc.bodyTexts() {
		if _, after, found := strings.Cut(t.String(), raw); found {
			return after != "" && strings.IndexByte(".,;:!)]}", after[0]) >= 0
		}
	}
	return false
}

// html takes the attributes of an HTML document that hold URIs.
func (l *uriList) html(h *message.HTML) {
	for i := range h.Links {
		l.forms(h.Links[i].URL)
	}
	for i := range h.Images {
		l.forms(h.Images[i].URL)
	}
	for i := range h.Forms {
		l.forms(h.Forms[i].Action)
	}
	for _, r := range h.Resources {
		l.forms(r)
	}
}

// forms adds a URI as written and with what programs mend: control characters, backslashes, percent-encoded letters, a
// missing scheme or slash, the default port, an address as one number, a host without a domain.
func (l *uriList) forms(raw string) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return
	}
	l.add(raw)
	s := withoutControls(raw)
	scheme, rest, ok := strings.Cut(s, ":")
	switch {
	case !ok || !isScheme(scheme):
		if s == "" || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "?") || strings.HasPrefix(s, "/") &&
			!strings.HasPrefix(s, "//") {
			return // within the document or its host
		}
		scheme, rest = "http", s
	case strings.EqualFold(scheme, "mailto"):
		to, _, _ := strings.Cut(s, "?")
		l.add(to)
		return
	case strings.EqualFold(scheme, "http"), strings.EqualFold(scheme, "https"):
		rest = strings.TrimLeft(strings.ReplaceAll(rest, `\`, "/"), "/")
	default:
		return
	}
	if !isAddress(raw, scheme, rest) {
		l.add(scheme + "://" + rest)
	}
	l.host(scheme, rest)
	if strings.IndexByte(rest, '%') >= 0 {
		rest = unescapeVisible(rest)
		l.add(scheme + "://" + rest)
		l.host(scheme, rest)
	}
}

// isAddress reports whether s is a scheme with the text after its slashes, as nearly all are.
func isAddress(s, scheme, rest string) bool {
	after, ok := strings.CutPrefix(s, scheme)
	after, slashes := strings.CutPrefix(after, "://")
	return ok && slashes && after == rest
}

// withoutControls returns a text without control characters of ASCII, in valid UTF-8.
func withoutControls(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				if r < ' ' {
					return -1
				}
				return r
			}, s)
		}
	}
	return s
}

// host adds the forms of the host of a web address, given the text after its scheme.
func (l *uriList) host(scheme, rest string) {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if path != "" && path[0] != '/' {
		path = "/" + path
		l.add(scheme + "://" + host + path)
	}
	short := strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ".")
	if short != host {
		l.add(scheme + "://" + short + path)
	}
	if strings.IndexByte(short, '.') >= 0 || len(short) < 2 {
		return
	}
	if n, err := strconv.ParseUint(short, 10, 32); err == nil {
		ip := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		l.add(scheme + "://" + ip.String() + path)
	} else if strings.EqualFold(scheme, "http") && !strings.ContainsAny(short, "@:") {
		l.add(scheme + "://www." + short + ".com" + path)
	}
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

// unescapeVisible decodes percent-encoded characters that can be seen.
func unescapeVisible(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := strings.IndexByte(hex, lower(s[i+1])), strings.IndexByte(hex, lower(s[i+2]))
			if c := byte(high<<4 | low); high >= 0 && low >= 0 && c > ' ' && c < 0x7f {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}
