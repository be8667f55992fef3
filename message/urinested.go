package message

import (
	"encoding/base64"
	"strings"
)

// Bounds on the URLs inside a URI, of all depths together.
const (
	maxNested      = 16
	maxNestedDepth = 6
	maxEncoded     = 3 // times that percent-encoding is undone to find one
)

// inside appends the URIs that are written inside one, which redirectors lead to, and those inside them.
func (c *uriCollector) inside(all []URI, depth int, written ...string) []URI {
	for _, raw := range written {
		if len(all) == maxNested {
			break
		}
		u, ok := parseURI(raw, nil, &c.hosts)
		if !ok || u.Host == "" || u.Scheme == "mailto" {
			continue
		}
		u.Source = SourceNested
		all = append(all, u)
		if depth < maxNestedDepth {
			inPath, inQuery := nestedURLs(&u)
			all = c.inside(c.inside(all, depth+1, inPath), depth+1, inQuery...)
		}
	}
	return all
}

// nestedURLs returns the URLs inside a URI, that of its path ("" if there is none) and those of its query and
// fragment: plainly written, percent-encoded more than once, in base64, and without a scheme where a parameter's name
// or the service says what it is. One that is not encoded in the path is all the rest.
func nestedURLs(u *URI) (inPath string, inQuery []string) {
	_, rest, _ := strings.Cut(u.URL, ":")
	if strings.HasPrefix(rest, "//") {
		rest = rest[len("//"):]
		rest = rest[authorityLen(rest):]
	}
	if len(rest) < len("/a.bc") && !strings.HasSuffix(u.Host, translator) {
		return "", nil
	}
	end := strings.IndexAny(rest, "?#")
	if end < 0 {
		end = len(rest)
	}
	path, query := rest[:end], rest[end:]
	if i := indexScheme(path); i >= 0 {
		return untilQuote(rest[i:]), nil
	}
	if inPath = decodedURL(path); inPath == "" {
		inPath = servedURL(u, path, query)
	}
	if i := strings.Index(path, `\\`); inPath == "" && i >= 0 { // "search-ms:query=x&crumb=location:\\example.com\x"
		inPath = hostBehindSlashes(path[i:])
	} else if inPath == "" && strings.HasPrefix(path, "//") { // what a careless server sends back leads there
		inPath = hostBehindSlashes(rest)
	}
	return inPath, queryURLs(query, path)
}

// queryURLs returns the URLs in a query, its question mark included, and in the fragment behind it.
func queryURLs(query, path string) (found []string) {
	if i := indexScheme(query); i >= 0 && !strings.ContainsAny(query[:i], "=&") {
		return []string{untilQuote(query[i:])} // "https://href.example/?https://example.com/?a=b&c=d"
	}
	for query != "" && len(found) < maxNested {
		query = query[1:] // a question mark, ampersand or hash sign
		end := strings.IndexAny(query, "&#")
		if end < 0 {
			end = len(query)
		}
		if target := parameterURL(query[:end], path); target != "" {
			found = append(found, target)
		}
		query = query[end:]
	}
	return found
}

// parameterURL returns the URL in "name=value", "" if there is none.
func parameterURL(pair, path string) string {
	name, value, named := strings.Cut(pair, "=")
	if !named {
		name, value = "", pair
	}
	name = name[1+strings.LastIndexByte(name, '?'):]
	if len(value) < len("a.bc") {
		return ""
	}
	if target := decodedURL(value); target != "" {
		return target
	}
	if target := rewrittenURL(value); target != "" {
		return target
	}
	if strings.IndexByte(value, '%') >= 0 {
		for range maxEncoded {
			value = percentDecode(value)
		}
	}
	value = trimURI(value)
	if i := strings.Index(value, `\\`); i > 0 { // a share of Windows
		value = value[i:]
	}
	if len(value) > 2 && isSlash(value[0]) && isSlash(value[1]) {
		return hostBehindSlashes(value)
	}
	for n, rest := 0, value; n < maxNested && strings.IndexByte(rest, '.') > 0; n++ {
		value, rest, _ = strings.Cut(rest, ";") // an old mark between parameters
		if n > 0 {
			name, value, named = strings.Cut(value, "=")
		}
		if (!named && n == 0 || named && leadsOn(name, path)) && strings.IndexByte(value, '.') > 0 {
			if host, _, _ := cutAuthority(value); looksLikeHost(asciiHost(host)) {
				return value
			}
		}
	}
	return ""
}

// hostBehindSlashes returns s, which begins with slashes, if a host follows them, else "".
func hostBehindSlashes(s string) string {
	s = strings.TrimLeft(s, `/\`)
	host, _, _ := cutAuthority(s)
	if !looksLikeHost(asciiHost(host)) {
		return ""
	}
	return "//" + s
}

// leadsOn reports whether redirectors use a parameter's name for what they lead to.
func leadsOn(name, path string) bool {
	var lower [16]byte
	if len(name) > len(lower) {
		return false
	}
	switch strings.TrimPrefix(string(appendLower(lower[:0], name)), "amp;") {
	case "q":
		return hasSuffixFold(path, "/url") || hasSuffixFold(path, "/redirect") || hasSuffixFold(path, "/local_url")
	case "u", "url", "_url", "uri", "to", "r", "go", "goto", "link", "dest", "destination", "target",
		"redir", "redirect", "redirect_to", "redirect_uri", "redirect_url", "redirecturl", "redirecturi",
		"redirurl", "rurl", "return", "returnto", "return_to", "returnurl", "return_url", "next", "continue",
		"out", "away", "exit", "href", "forward", "fwd", "jump", "adurl", "ued", "location", "murl":
		return true
	}
	return false
}

// decodedURL returns the URL in a text, whose percent-encoding is undone as often as it takes, or which is in base64.
func decodedURL(s string) string {
	for range maxEncoded + 1 {
		if i := indexScheme(s); i >= 0 {
			return untilQuote(s[i:])
		}
		if !mayHideScheme(s) {
			break
		}
		s = withoutBreaks(percentDecode(s))
	}
	for _, http := range [...]string{"aHR0c", "SHR0c", "SFRUU"} { // "http", "Http", "HTTP", and "s" or ":"
		if i := strings.Index(s, http); i >= 0 {
			return base64URL(s[i:])
		}
	}
	return ""
}

// mayHideScheme reports whether s has a percent-encoded colon, slash, percent sign or control character.
func mayHideScheme(s string) bool {
	for i := strings.IndexByte(s, '%'); i >= 0 && i+2 < len(s); i++ {
		if s[i] == '%' {
			switch hi, lo := s[i+1], s[i+2]|0x20; {
			case hi == '0', hi == '3' && lo == 'a', hi == '2' && (lo == 'f' || lo == '5'|0x20), hi == '5' && lo == 'c':
				return true
			}
		}
	}
	return false
}

// base64URL returns the URL that s begins with in either alphabet of RFC 4648, "" if it is none.
func base64URL(s string) string {
	n := 0
	// A slash may divide it from what follows.
	for n < len(s) && (isAlnum(s[n]) || s[n] == '-' || s[n] == '_' || s[n] == '+') {
		n++
	}
	s = strings.NewReplacer("+", "-").Replace(s[:n])
	if n%4 == 1 {
		s = s[:n-1]
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	for i, c := range b {
		if c <= ' ' || c >= 0x7f {
			b = b[:i]
			break
		}
	}
	if indexScheme(string(b)) != 0 {
		return ""
	}
	return string(b)
}

// rewrittenURL undoes the encoding of urldefense.proofpoint.com, version 2: "https-3A__example.com_x".
func rewrittenURL(s string) string {
	if !hasPrefixFold(s, "http-3A__") && !hasPrefixFold(s, "https-3A__") {
		return ""
	}
	return percentDecode(strings.NewReplacer("-", "%", "_", "/").Replace(s))
}

// translator ends the hosts that Google's translator gives to the sites that it translates.
const translator = ".translate.goog"

// servedURL returns the URL that a service makes of its own host and path: Google's AMP viewers, and its translator.
func servedURL(u *URI, path, query string) string {
	switch {
	case strings.HasSuffix(u.Host, translator):
		// "a--b-example-com.translate.goog" is a-b.example.com.
		name, _, _ := strings.Cut(u.Host, ".")
		name = strings.ReplaceAll(strings.NewReplacer("--", "_", "-", ".").Replace(name), "_", "-")
		return name + path
	case strings.HasPrefix(u.Domain, "google."):
		if rest, ok := strings.CutPrefix(path, "/amp/"); ok {
			return strings.TrimPrefix(rest, "s/") + query
		}
	case u.Domain == "ampproject.org" && len(path) > len("/c/"):
		return strings.TrimPrefix(path[len("/c/"):], "s/") + query
	}
	return ""
}

// indexScheme returns where in s a web address starts, in any case and with any number of slashes; without slashes a
// host must follow. It is -1 if there is none.
func indexScheme(s string) int {
	for from := 0; ; {
		n := strings.IndexByte(s[from:], ':')
		if n < 0 {
			return -1
		}
		colon := from + n
		from = colon + 1
		start := colon - webSchemeLen(s[:colon])
		if start == colon {
			continue
		}
		if rest := s[colon+1:]; rest != "" && (isSlash(rest[0]) || looksLikeHost(rest[:hostLen(rest)])) {
			return start
		}
	}
}

// webSchemeLen returns the length of the scheme of the web that s ends with, 0 if it does not. "hxxp" is one meant to
// be mended by the reader.
func webSchemeLen(s string) int {
	n := 0
	if s != "" && s[len(s)-1]|0x20 == 's' {
		n = 1
	}
	s = s[:len(s)-n]
	if hasSuffixFold(s, "http") || hasSuffixFold(s, "hxxp") {
		return n + len("http")
	}
	return 0
}

// hostLen returns the length of the host name, as in running text, that s begins with.
func hostLen(s string) int {
	n := 0
	for n < len(s) && isHostByte(s[n]) {
		n++
	}
	return n
}

// untilQuote returns s up to white space, a quotation mark or an angle bracket, where a URL inside a script ends, or
// up to the "__;" that urldefense.com's version 3 puts behind one.
func untilQuote(s string) string {
	if end := strings.IndexAny(s, " \t\r\n\"'<>"); end >= 0 {
		s = s[:end]
	}
	if end := strings.Index(s, "__;"); end >= 0 {
		s = s[:end]
	}
	return s
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
