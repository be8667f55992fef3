package rules

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"asterism/message"
)

// mailboxes is the addresses and display names in a header. Functions look at the first address, and the first
// mailbox's name; header rules see all of them.
type mailboxes struct {
	header       headerSpec
	name         string
	addrs, names []string
}

// addr returns the first address, "" if there is none.
func (m *mailboxes) addr() string {
	if len(m.addrs) == 0 {
		return ""
	}
	return m.addrs[0]
}

// mailboxes reads a header's mailboxes, once: several rules and functions ask for parts of them.
func (sc *Scan) mailboxes(h headerSpec) *mailboxes {
	for i := range sc.boxes {
		if m := &sc.boxes[i]; m.header == h {
			return m
		}
	}
	value, _ := sc.getWhole(h, true)
	m := mailboxes{header: h}
	first := true
	for line := range strings.Lines(value) {
		for _, a := range message.ParseAddresses(strings.TrimSpace(line)) {
			if first {
				first, m.name = false, a.Name
			}
			if addr := plausible(a.Addr); addr != "" {
				m.addrs = append(m.addrs, addr)
			}
			if a.Name != "" {
				m.names = append(m.names, a.Name)
			}
		}
	}
	sc.boxes = append(sc.boxes, m)
	return &sc.boxes[len(sc.boxes)-1]
}

// addressesIn returns all addresses in a header's value.
func addressesIn(value string) []string {
	var all []string
	for line := range strings.Lines(value) {
		for _, a := range message.ParseAddresses(strings.TrimSpace(line)) {
			if addr := plausible(a.Addr); addr != "" {
				all = append(all, addr)
			}
		}
	}
	return all
}

// plausible returns SpamAssassin's reading of an address: nothing without a user or host or with a bracket in the user,
// and of "a@b@example.com" the part before the second "@".
func plausible(addr string) string {
	if strings.HasPrefix(addr, `"`) {
		return addr
	}
	user, host, found := strings.Cut(addr, "@")
	if !found || user == "" || strings.ContainsAny(user, "[]") {
		return ""
	}
	if i := strings.IndexByte(host, '@'); i >= 0 {
		return addr[:len(user)+1+i]
	}
	return addr
}

var hostName = regexp.MustCompile(`(?i)(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9][a-z0-9-]*[a-z0-9]`)

// hostOf returns the host name in a text: what follows the "@" of an address, else the first that looks like one.
func hostOf(text string) string {
	at := strings.LastIndexByte(text, '@')
	isAddress := at >= 0
	text = text[at+1:]
	if host := internationalHost(text, isAddress); host != "" {
		return host
	}
	end := 0
	for end < len(text) && (isAlnum(text[end]) || text[end] == '-' || text[end] == '.') {
		end++
	}
	if (end == len(text) || text[end] != '_') && isPlainHost(text[:end]) {
		return strings.ToLower(text[:end])
	}
	return strings.ToLower(hostName.FindString(text))
}

// internationalHost returns the host name with U-labels in a text as the DNS has it: at its start, behind the "@" of an
// address, or the first one of letters that have spaces between words.
func internationalHost(text string, isAddress bool) string {
	if strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return ""
	}
	written := internationalName
	if isAddress {
		written = internationalStart
	}
	name := written.FindString(text)
	host := message.ASCIIDomain(name)
	if len(host) == len(name) || !isPlainHost(host) {
		return ""
	}
	return host
}

var (
	internationalStart = regexp.MustCompile(`^[\pL\pM\pN_-]+` + furtherLabels)
	internationalName  = regexp.MustCompile(alphabetic + `(?:` + alphabetic + `|-)*` + furtherLabels)
)

const (
	alphabetic = `[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}\p{Hebrew}\p{Arabic}\p{Devanagari}\pM\pN_]`
	// behind a dot, or one that counts as a dot (RFC 3490, section 3.1)
	furtherLabels = `(?:[.\x{3002}\x{ff0e}\x{ff61}][\pL\pM\pN_-]+)+`
)

// isPlainHost says, without the cost of an expression, that a text of letters, digits, hyphens and dots is all one
// host name.
func isPlainHost(s string) bool {
	dot := -1 // the last one
	for i := range len(s) {
		if s[i] != '.' {
			continue
		}
		if i == dot+1 || s[dot+1] == '-' || s[i-1] == '-' {
			return false
		}
		dot = i
	}
	last := s[dot+1:]
	return dot > 0 && len(last) > 1 && last[0] != '-' && last[len(last)-1] != '-'
}

var ipv4 = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b`)

// ipIn returns the first IP address in a text, reversed as for a DNS list if so wanted.
func ipIn(text string, reversed bool) string {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return strings.ContainsRune(" \t\n[](){}<>,;=",
			r)
	}) {
		a, err := netip.ParseAddr(strings.TrimPrefix(word, "IPv6:"))
		if err != nil {
			if a, err = netip.ParseAddr(ipv4.FindString(word)); err != nil {
				continue
			}
		}
		if reversed {
			return reverseAddr(a)
		}
		return a.String()
	}
	return ""
}

// reverseAddr writes an address as DNS lists name it (RFC 5782 section 2).
func reverseAddr(a netip.Addr) string {
	a = a.Unmap()
	b := a.AsSlice()
	var out []string
	for i := len(b) - 1; i >= 0; i-- {
		if a.Is4() {
			out = append(out, itoa(int(b[i])))
		} else {
			const hex = "0123456789abcdef"
			out = append(out, string(hex[b[i]&15]), string(hex[b[i]>>4]))
		}
	}
	return strings.Join(out, ".")
}

func domainOf(addr string) string {
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		return message.ASCIIDomain(strings.Trim(addr[i+1:], " <>."))
	}
	return ""
}

// registrable is message.RegistrableDomain, or a host's last two labels where its top-level domain is not known.
func registrable(host string) string {
	if d := message.RegistrableDomain(host); d != "" {
		return d
	}
	if i := strings.LastIndexByte(host, '.'); i > 0 && !strings.Contains(host, ":") && !isDigit(host[len(host)-1]) {
		return host[strings.LastIndexByte(host[:i], '.')+1:]
	}
	return host
}
