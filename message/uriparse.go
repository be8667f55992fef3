package message

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// ParseURI reads one absolute URI, or one that lacks only its scheme, as a mail client would. It returns false for
// strings that no client would open.
func ParseURI(raw string) (URI, bool) { return parseURI(raw, nil, nil) }

// parseURI reads a URI by the rules of browsers (the WHATWG's URL standard), which go beyond RFC 3986: backslashes are
// slashes, their number does not matter, control characters around it vanish, line breaks and tabs within it too.
func parseURI(raw string, base *url.URL, known *knownHosts) (u URI, ok bool) {
	s := trimURI(raw)
	u.Raw = s[:min(len(s), maxURILen)]
	if len(s) > maxURILen {
		s = withoutUser(s)
		s = s[:min(len(s), maxURILen)]
	}
	s = mendDots(withoutBreaks(s))
	scheme, rest := cutScheme(s)
	switch scheme {
	case "":
		return u.relative(s, base, known)
	case "http", "https", "ftp":
		return u, u.hierarchical(s, scheme, rest, known)
	case "hxxp", "hxxps": // meant to be mended by the reader
		return u, u.hierarchical(s, "http"+scheme[len("hxxp"):], rest, known)
	case "mailto":
		return u, u.mailto(rest, known)
	case "cid", "mid":
		return u, false
	}
	u.Scheme, u.URL = scheme, s
	if scheme == "data" { // the rest is a document
		media, _, _ := strings.Cut(rest, ",")
		u.URL = s[:len(s)-len(rest)+len(media)]
		u.Raw = u.URL
	} else if len(rest) > 1 && isSlash(rest[0]) && isSlash(rest[1]) {
		host, _, _ := cutAuthority(strings.TrimLeft(rest, `/\`))
		u.setHost(host, known)
	}
	return u, true
}

// lineBreaks are the characters that clients leave out within a URI.
var lineBreaks = strings.NewReplacer("\t", "", "\r", "", "\n", "")

// withoutBreaks returns s without line breaks and tabs.
func withoutBreaks(s string) string {
	if strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0 || strings.IndexByte(s, '\t') >= 0 {
		return lineBreaks.Replace(s)
	}
	return s
}

// trimURI removes the control characters, white space and characters without width at both ends.
func trimURI(s string) string {
	if n := len(s); n > 0 && s[0] > ' ' && s[0] < 0x7f && s[n-1] > ' ' && s[n-1] < 0x7f {
		return s
	}
	return strings.TrimFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == utf8.RuneError || r > 0x7f && runeWidth(r) != widthVisible
	})
}

// withoutUser removes the user information of a URI, except for its at-sign: a host behind ever so much of it is still
// where the URI leads.
func withoutUser(s string) string {
	_, rest := cutScheme(s)
	start := len(s) - len(rest)
	for start < len(s) && isSlash(s[start]) {
		start++
	}
	if at := strings.LastIndexByte(s[start:start+authorityLen(s[start:])], '@'); at >= 0 {
		return s[:start] + s[start+at:]
	}
	return s
}

// relative reads a reference without scheme.
func (u *URI) relative(s string, base *url.URL, known *knownHosts) (URI, bool) {
	switch {
	case s == "" || s[0] == '#' || s[0] == '?' && base == nil:
		return *u, false
	case len(s) > 1 && isSlash(s[0]) && isSlash(s[1]):
		return *u, u.hierarchical("", "http", s, known)
	}
	if i := strings.IndexAny(s, "@/?#"); i >= 0 && s[i] == '@' && isMailbox(s) && !startsWithWWW(s) {
		u.Bare = true
		return *u, u.mailto(s, known) && u.Domain != ""
	}
	if strings.IndexByte(s[:min(len(s), len("%68%74%74%70:"))], '%') >= 0 {
		if decoded := percentDecode(s); indexScheme(decoded) == 0 { // some clients undo it there too
			abs, ok := parseURI(decoded, nil, known)
			abs.Raw = u.Raw
			return abs, ok
		}
	}
	host, _, _ := cutAuthority(s)
	if looksLikeHost(asciiHost(host)) {
		u.Bare = true
		scheme := "http"
		if hasPrefixFold(s, "ftp.") {
			scheme = "ftp" // as mail clients have it
		}
		return *u, u.hierarchical("", scheme, "//"+s, known) && (u.Domain != "" || startsWithWWW(u.Host))
	}
	if base == nil {
		return *u, false
	}
	s = strings.ReplaceAll(s, `\`, "/")
	ref, err := base.Parse(s)
	if err != nil { // a percent sign that encodes nothing, or a colon in the first segment
		ref, err = base.Parse("./" + strings.ReplaceAll(withoutControls(s), "%", "%25"))
	}
	if err != nil {
		return *u, false
	}
	abs, ok := parseURI(ref.String(), nil, known)
	abs.Raw = u.Raw
	return abs, ok
}

// isMailbox reports whether s may be an address without "mailto:".
func isMailbox(s string) bool {
	local, host, _ := strings.Cut(s, "@")
	host, _, _ = strings.Cut(host, "?")
	return local != "" && looksLikeHost(host)
}

// cutScheme returns the scheme in lower case and what follows its colon; s itself where there is none.
func cutScheme(s string) (scheme, rest string) {
	for i := 0; i < len(s) && i < 32; i++ {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			if strings.IndexByte(s[:i], '.') >= 0 {
				return "", s // "example.com:80/x"
			}
			return strings.ToLower(s[:i]), s[i+1:]
		default:
			return "", s
		}
	}
	return "", s
}

// hierarchical reads the text after "http:". S is the whole URI, which becomes the URL where nothing has to be changed.
func (u *URI) hierarchical(s, scheme, rest string, known *knownHosts) bool {
	u.Scheme = scheme
	slashes := 0
	for slashes < len(rest) && isSlash(rest[slashes]) {
		u.Obscured = u.Obscured || rest[slashes] == '\\'
		slashes++
	}
	authority, path, userInfo := cutAuthority(rest[slashes:])
	u.UserInfo = userInfo
	host, port := cutPort(authority)
	u.Port = port
	u.setHost(host, known)
	if u.Host == "" {
		return false
	}
	prefix := len(scheme) + len("://")
	plain := slashes == 2 && !userInfo && !u.Obscured && u.Host == host && strings.HasPrefix(s, scheme) &&
		len(s) == prefix+len(authority)+len(path)
	path = decodeUnreserved(path)
	if plain && strings.HasSuffix(s, path) && len(s) == prefix+len(authority)+len(path) {
		u.URL = s
		return true
	}
	var b strings.Builder
	b.Grow(prefix + len(u.Host) + len(port) + len(path) + 3)
	b.WriteString(scheme)
	b.WriteString("://")
	if u.IP.Is6() {
		b.WriteString("[" + u.Host + "]")
	} else {
		b.WriteString(u.Host)
	}
	if port != "" {
		b.WriteByte(':')
		b.WriteString(port)
	}
	b.WriteString(path)
	u.URL = b.String()
	return true
}

// cutAuthority divides what follows the slashes into host and port, and the rest from the path on.
func cutAuthority(s string) (authority, path string, userInfo bool) {
	end := authorityLen(s)
	authority, path = s[:end], s[end:]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority, userInfo = authority[i+1:], true
	}
	return authority, path, userInfo
}

// authorityLen returns the length of the authority, user information included, that s begins with.
func authorityLen(s string) int {
	end := 0
	for end < len(s) && !isSlash(s[end]) && s[end] != '?' && s[end] != '#' {
		end++
	}
	return end
}

// isSlash reports whether clients take c for a slash.
func isSlash(c byte) bool { return c == '/' || c == '\\' }

// cutPort divides host:port.
func cutPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.IndexByte(s[i:], ']') >= 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// mailto reads the text after "mailto:"; of several addresses the first counts.
func (u *URI) mailto(rest string, known *knownHosts) bool {
	addr, query, hasQuery := strings.Cut(strings.TrimLeft(rest, "/ "), "?")
	addr, _, _ = strings.Cut(percentDecode(addr), ",")
	addr = strings.Trim(addr, "<> \t")
	i := strings.LastIndexByte(addr, '@')
	if i < 0 && !hasQuery {
		return false
	}
	u.Scheme = "mailto"
	if i >= 0 {
		u.setHost(addr[i+1:], known)
	}
	u.URL = "mailto:" + addr
	if hasQuery {
		u.URL += "?" + query
	}
	return true
}

// percentDecode undoes percent-encoding.
func percentDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return string(appendPercentDecoded(make([]byte, 0, len(s)), s))
}

// decodeUnreserved undoes percent-encoding of letters and digits, which need none (RFC 3986 section 2.3).
func decodeUnreserved(s string) string {
	first := strings.IndexByte(s, '%')
	if first < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:first]...)
	for i := first; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if c := byte(hi<<4 | lo); hi >= 0 && lo >= 0 && isAlnum(c) {
				b = append(b, c)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// isAlnum reports whether c is an ASCII letter or digit.
func isAlnum(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}
