package message

import (
	"net/url"
	"strings"
)

// ParseURI reads one absolute URI, or one that lacks only its scheme, as a mail client would. It returns false for what
// no client would open.
func ParseURI(raw string) (URI, bool) { return parseURI(raw, nil, nil) }

// parseURI reads a URI by the rules of browsers (the WHATWG's URL standard), which go beyond RFC 3986: backslashes are
// slashes, their number does not matter, line breaks and tabs vanish.
func parseURI(raw string, base *url.URL, known *knownHosts) (u URI, ok bool) {
	raw = strings.Trim(raw, " \t\r\n\x00")
	if len(raw) > maxURILen {
		raw = raw[:maxURILen]
	}
	u.Raw = raw
	s := raw
	if strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0 || strings.IndexByte(s, '\t') >= 0 {
		s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	}
	scheme, rest := cutScheme(s)
	switch scheme {
	case "":
		return u.relative(s, base, known)
	case "http", "https", "ftp":
		return u, u.hierarchical(s, scheme, rest, known)
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
	} else if strings.HasPrefix(rest, "//") {
		host, _, _ := cutAuthority(strings.TrimLeft(rest, "/"))
		u.setHost(host, known)
	}
	return u, true
}

// relative reads a reference without scheme.
func (u *URI) relative(s string, base *url.URL, known *knownHosts) (URI, bool) {
	switch {
	case s == "" || s[0] == '#' || s[0] == '?':
		return *u, false
	case strings.HasPrefix(strings.ReplaceAll(s[:min(2, len(s))], `\`, "/"), "//"):
		return *u, u.hierarchical("", "http", s, known)
	}
	if i := strings.IndexAny(s, "@/?#"); i >= 0 && s[i] == '@' && isMailbox(s) {
		u.Bare = true
		return *u, u.mailto(s, known) && u.Domain != ""
	}
	host, _, _ := cutAuthority(s)
	if looksLikeHost(host) {
		u.Bare = true
		return *u, u.hierarchical("", "http", "//"+s, known) && (u.Domain != "" || strings.HasPrefix(u.Host, "www."))
	}
	if base == nil {
		return *u, false
	}
	ref, err := base.Parse(s)
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

// hierarchical reads what follows "http:". S is the whole URI, which becomes the URL where nothing has to be changed.
func (u *URI) hierarchical(s, scheme, rest string, known *knownHosts) bool {
	u.Scheme = scheme
	slashes := 0
	for slashes < len(rest) && (rest[slashes] == '/' || rest[slashes] == '\\') {
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
	end := 0
	for end < len(s) && s[end] != '/' && s[end] != '\\' && s[end] != '?' && s[end] != '#' {
		end++
	}
	authority, path = s[:end], s[end:]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority, userInfo = authority[i+1:], true
	}
	return authority, path, userInfo
}

// cutPort divides host:port.
func cutPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.IndexByte(s[i:], ']') >= 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// mailto reads what follows "mailto:"; of several addresses the first counts.
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

// nestedURL returns the URL inside another one's path or query, "" if there is none.
func nestedURL(s string) string {
	const skip = len("http://")
	if len(s) <= skip {
		return ""
	}
	rest := s[skip:]
	start := indexScheme(rest)
	if start < 0 {
		return ""
	}
	inQuery := strings.IndexByte(rest[:start], '?') >= 0
	rest = rest[start:]
	if inQuery {
		if end := strings.IndexByte(rest, '&'); end >= 0 {
			rest = rest[:end]
		}
	}
	if !strings.HasPrefix(rest[strings.IndexAny(rest, ":%"):], ":") {
		rest = percentDecode(rest)
	}
	return rest
}

// indexScheme returns where in s a URL starts, written plainly or percent-encoded; -1 if there is none.
func indexScheme(s string) int {
	for i := 0; ; {
		n := strings.Index(s[i:], "http")
		if n < 0 {
			return -1
		}
		i += n
		rest := strings.TrimPrefix(s[i+len("http"):], "s")
		if strings.HasPrefix(rest, "://") || len(rest) > 3 && strings.EqualFold(rest[:3], "%3a") {
			return i
		}
		i += len("http")
	}
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
