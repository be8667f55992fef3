package rules

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"asterism/message"
	"asterism/rules/perlre"
)

// uriEvals are the functions that look at links.
func uriEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_https_ip_mismatch":   checkHTTPSIPMismatch,
		"check_https_http_mismatch": checkHTTPSHTTPMismatch,
		"check_uri_truncated":       checkURITruncated,
		"check_for_http_redirector": checkHTTPRedirector,
		"short_url":                 shortURL,
		"redir_url":                 redirURL,
	}
}

// checkHTTPSIPMismatch reports whether a link whose text is an https URI leads to a bare address.
func checkHTTPSIPMismatch(sc *Scan, _ []string) int {
	for _, u := range sc.msg.URIs() {
		if u.Source == message.SourceLink && u.IP.IsValid() {
			if shown := httpsShown(u.Anchor); shown != "" {
				if _, err := netip.ParseAddr(shown); err != nil {
					return 1
				}
			}
		}
	}
	return 0
}

var shownHTTPS = regexp.MustCompile(`(?i)https://([^/?#\s:]+)`)

// httpsShown returns the host of the https URI in a text, "" if there is none.
func httpsShown(text string) string {
	if m := shownHTTPS.FindStringSubmatch(text); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// checkHTTPSHTTPMismatch is check_https_http_mismatch('low', 'high'): one of so many links shows an https URI and leads
// to
// another domain.
func checkHTTPSHTTPMismatch(sc *Scan, args []string) int {
	n, differs := 0.0, false
	for _, u := range sc.msg.URIs() {
		if u.Source != message.SourceLink || u.Scheme != "http" && u.Scheme != "https" || u.IP.IsValid() || u.Domain == "" {
			continue
		}
		n++
		if shown := httpsShown(u.Anchor); shown != "" && message.RegistrableDomain(shown) != u.Domain {
			_, err := netip.ParseAddr(shown)
			differs = differs || err == nil || message.RegistrableDomain(shown) != ""
		}
	}
	return truth(differs && n >= number(args, 0, 1) && n < number(args, 1, 1e9))
}

// maxURIBytes is the size from which on SpamAssassin cuts a URI.
const maxURIBytes = 8192

// checkURITruncated reports whether SpamAssassin would have cut a URI of the HTML, pictures within the document among
// them.
func checkURITruncated(sc *Scan, _ []string) int {
	for _, p := range sc.msg.Leaves() {
		h := p.HTML()
		if h == nil {
			continue
		}
		long := func(url string) bool { return len(url) > maxURIBytes }
		if long(h.Base) || slices.ContainsFunc(h.Resources, long) ||
			slices.ContainsFunc(h.Links, func(l message.Link) bool { return long(l.URL) }) ||
			slices.ContainsFunc(h.Images, func(i message.Image) bool { return long(i.URL) }) ||
			slices.ContainsFunc(h.Forms, func(f message.Form) bool { return long(f.Action) }) {
			return 1
		}
	}
	return 0
}

// checkHTTPRedirector reports whether a URI holds another one.
func checkHTTPRedirector(sc *Scan, _ []string) int {
	for _, u := range sc.msg.URIs() {
		if u.Source == message.SourceNested {
			return 1
		}
	}
	return 0
}

// shortURL reports whether a URI is of a service that makes long ones short.
func shortURL(sc *Scan, _ []string) int {
	list := sc.set.shared.shorteners
	for _, u := range sc.msg.URIs() {
		if u.Host == "" || strings.TrimLeft(afterHost(u.URL), "/") == "" {
			continue
		}
		if list[u.Host] {
			return 1
		}
		for rest := u.Host; ; {
			_, after, more := strings.Cut(rest, ".")
			if !more {
				break
			}
			if list["."+after] {
				return 1
			}
			rest = after
		}
	}
	return 0
}

// redirURL reports whether a URI is of a service that leads on to others, or has the other one inside.
func redirURL(sc *Scan, _ []string) int {
	for _, u := range sc.msg.URIs() {
		rest := afterHost(u.URL)
		if u.Host == "" || strings.TrimLeft(rest, "/") == "" {
			continue
		}
		path := rest
		if i := strings.IndexAny(rest, "?#"); i >= 0 {
			path = rest[:i]
		}
		if _, known := sc.set.shared.leadOn.Find(u.Host, path); known || holds(sc.set.shared.leadsTo, u.URL) {
			return 1
		}
	}
	return 0
}

// holds reports whether an expression, if there is one, matches a URI of the web behind its host.
func holds(params *perlre.Regexp, url string) bool {
	if params == nil || !strings.HasPrefix(url, "http") {
		return false
	}
	text := perlre.NewText(afterHost(url))
	found, err := params.Match(&text)
	return found && err == nil
}

// afterHost returns the path and the rest.
func afterHost(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}
