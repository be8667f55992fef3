package message

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// host is the host of a URI.
type host struct {
	written  string
	name     string     // URI.Host
	domain   string     // URI.Domain
	ip       netip.Addr // URI.IP
	userInfo bool
	obscured bool
}

// knownHosts is the last hosts of a mail's URIs: mostly it is one and the same. Nil knows none.
type knownHosts struct {
	last [8]host
	n    int
}

// read reads a host.
func (k *knownHosts) read(written string) host {
	if k == nil {
		return readHost(written)
	}
	for i := range k.last[:min(k.n, len(k.last))] {
		if k.last[i].written == written {
			return k.last[i]
		}
	}
	h := readHost(written)
	k.last[k.n%len(k.last)] = h
	k.n++
	return h
}

// setHost fills Host, Domain and IP from the host as written.
func (u *URI) setHost(written string, known *knownHosts) {
	h := known.read(written)
	u.Host, u.Domain, u.IP = h.name, h.domain, h.ip
	u.UserInfo = u.UserInfo || h.userInfo
	u.Obscured = u.Obscured || h.obscured
}

func readHost(written string) host {
	h := host{written: written}
	name := strings.TrimRight(written, ".")
	if !isPlainHost(name) {
		name = h.decode(written)
	}
	if strings.HasPrefix(name, "[") {
		if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
			h.ip = ip.Unmap().WithZone("")
			h.name = h.ip.String()
		}
		return h
	}
	if ip, ok := parseIPv4(name); ok {
		h.ip = ip
		h.name = name
		if canonical := ip.String(); canonical != name {
			h.name = canonical
			h.obscured = true
		}
		return h
	}
	if validHost(name) {
		h.name = name
		h.domain = RegistrableDomain(name)
	}
	return h
}

// isPlainHost reports whether a host is written as it is looked up.
func isPlainHost(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isHostByte(c) || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// decode returns the written host in lower case and in ASCII, and notes how it was made hard to recognise.
func (h *host) decode(written string) string {
	name := written
	if strings.IndexByte(name, '%') >= 0 && !strings.HasPrefix(name, "[") {
		for range maxEncoded { // a redirector may undo it once before
			name = percentDecode(name)
		}
		h.obscured = true
		if i := strings.LastIndexByte(name, '@'); i >= 0 {
			name, h.userInfo = name[i+1:], true
		}
	}
	if !isASCIIString(name) {
		ascii := ASCIIDomain(name)
		// Full-width letters and other look-alikes that are mapped to plain ASCII only serve to hide.
		h.obscured = h.obscured || !strings.Contains(ascii, "xn--")
		name = ascii
	}
	name = strings.ToLower(strings.TrimRight(name, "."))
	name = strings.TrimFunc(name, func(r rune) bool { return r <= ' ' })
	plain := withoutControls(name) // as some clients do
	h.obscured = h.obscured || plain != name
	return plain
}

// withoutControls returns s without the control characters of ASCII.
func withoutControls(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// validHost reports whether a host name has a form that can be looked up, after everything was decoded.
func validHost(host string) bool {
	if len(host) > 253 || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return false
	}
	for i := range len(host) {
		if c := host[i]; !isHostByte(c) && (c <= ' ' || c == 0x7f || strings.IndexByte("<>\"'`|^{}\\,;()/?#@:%[]&=",
			c) >= 0) {
			return false
		}
	}
	return true
}

// RegistrableDomain returns the part of a lower-case host name that someone registered: the public suffix (private ones
// such as github.io included) and one label more. It is "" for names under an unknown top-level domain, and for public
// suffixes themselves.
func RegistrableDomain(host string) string {
	suffix, icann := publicsuffix.PublicSuffix(host)
	if !icann && strings.IndexByte(suffix, '.') < 0 {
		return "" // the list's default rule: nobody has heard of it
	}
	end := len(host) - len(suffix) - 1
	if end <= 0 {
		return ""
	}
	return host[1+strings.LastIndexByte(host[:end], '.'):]
}

// parseIPv4 reads an IPv4 address in any spelling that browsers take: one to four numbers, each decimal, octal or
// hexadecimal, the last one filling the octets that are left.
func parseIPv4(host string) (netip.Addr, bool) {
	if host == "" || host[0] < '0' || host[0] > '9' {
		return netip.Addr{}, false
	}
	var parts [4]uint64
	n := 0
	for rest, more := host, true; more; n++ {
		var part string
		part, rest, more = strings.Cut(rest, ".")
		v, ok := parseIPv4Number(part)
		if !ok || n == len(parts) {
			return netip.Addr{}, false
		}
		parts[n] = v
	}
	value := parts[n-1]
	if value >= 1<<(8*(5-n)) {
		return netip.Addr{}, false
	}
	for i, v := range parts[:n-1] {
		if v > 255 {
			return netip.Addr{}, false
		}
		value |= v << (24 - 8*i)
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

func parseIPv4Number(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	case s == "":
		return 0, false
	}
	if s = strings.TrimLeft(s, "0"); s == "" {
		return 0, true
	}
	if len(s) > 12 {
		return 0, false
	}
	for i := range len(s) {
		if d := unhex(s[i]); d < 0 || d >= base {
			return 0, false // without the cost of an error
		}
	}
	v, err := strconv.ParseUint(s, base, 64)
	return v, err == nil
}

// asciiHost returns a host and port, found without a scheme, as the DNS has it.
func asciiHost(s string) string {
	if isASCIIString(s) {
		return s
	}
	host, port := cutPort(s)
	if port != "" {
		port = ":" + port
	}
	return ASCIIDomain(host) + port
}

// looksLikeHost reports whether s, found without a scheme, is a host name: it starts with "www." or ends in a top-level
// domain that exists.
func looksLikeHost(s string) bool {
	host, _ := cutPort(s)
	host = strings.TrimSuffix(host, ".")
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || len(host)-dot < 3 || len(host) > 253 || strings.Contains(host, "..") {
		return false
	}
	for i := range len(host) {
		if c := host[i]; !isHostByte(c) {
			return false
		}
	}
	tld := host[dot+1:]
	if first := tld[0]; first >= '0' && first <= '9' {
		return false
	}
	if startsWithWWW(host) {
		return true
	}
	switch tld {
	case "com", "net", "org": // most are; to look others up takes a while
		return !looksLikeFile(host, tld)
	}
	return isTopLevel(strings.ToLower(tld)) && !looksLikeFile(host, tld)
}

// isTopLevel reports whether a label, in lower case and in ASCII, is a top-level domain that exists.
func isTopLevel(label string) bool {
	_, icann := publicsuffix.PublicSuffix(label)
	return icann
}

// startsWithWWW reports whether a name begins as those of the web do, "www." or "www2.", with at least a domain behind.
func startsWithWWW(s string) bool {
	if len(s) <= len("www.a.") || !strings.EqualFold(s[:len("www")], "www") {
		return false
	}
	s = s[len("www"):]
	for n := 0; n < 2 && s[0] >= '0' && s[0] <= '9'; n++ {
		s = s[1:]
	}
	return s[0] == '.' && strings.IndexByte(s[1:], '.') > 0
}

// looksLikeFile reports whether a name without a scheme is rather a file's: its top-level domain is a usual suffix of
// files, or it has a character that registered names do not have.
func looksLikeFile(host, tld string) bool {
	labels := strings.Count(host, ".") + 1
	second := host[:len(host)-len(tld)-1]
	if strings.IndexByte(second[1+strings.LastIndexByte(second, '.'):], '_') >= 0 {
		return true
	}
	switch strings.ToLower(tld) {
	case "cc", "cf", "md", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip":
		return labels == 2
	}
	return false
}

// isHostByte reports whether c may be in a host name in running text.
func isHostByte(c byte) bool { return hostBytes[c] }

// hostBytes is what isHostByte returns.
var hostBytes = func() (t [256]bool) {
	for i := range t {
		c := byte(i)
		t[i] = isAlnum(c) || c == '-' || c == '.' || c == '_'
	}
	return t
}()

func isASCIIString(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
