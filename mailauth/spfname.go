package mailauth

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"asterism/dnsbl/resolver"
)

// clientNames is a resolver for the SPF library, which knows no client's name: it writes the name for the macro %{p}
// into the records that it hands out (RFC 7208, section 7.3).
type clientNames struct {
	*resolver.Resolver
	client netip.Addr
	names  []string // that lead back to the client
	asked  bool
}

// maxClientNames is how many names of a client are verified (RFC 7208, section 4.6.4).
const maxClientNames = 10

// LookupTXT returns the texts under a name, with the client's name filled into SPF records.
func (c *clientNames) LookupTXT(ctx context.Context, domain string) ([]string, error) {
	texts, err := c.Resolver.LookupTXT(ctx, domain)
	for i, text := range texts {
		if len(text) > len("v=spf1") && strings.EqualFold(text[:len("v=spf1")], "v=spf1") &&
			strings.Contains(strings.ToLower(text), "%{p") {
			texts[i] = expandName(text, func() string { return c.name(ctx, domain) })
		}
	}
	return texts, err
}

// name returns the client's verified name: the domain itself if it is one of them, else one below it, else any;
// "unknown" if there is none.
func (c *clientNames) name(ctx context.Context, domain string) string {
	if !c.asked {
		c.asked = true
		names, _ := c.Resolver.LookupAddr(ctx, c.client.String()) // no answer is as no name
		for _, name := range names[:min(len(names), maxClientNames)] {
			name = strings.ToLower(strings.TrimSuffix(name, "."))
			addrs, _ := c.Resolver.LookupIPAddr(ctx, name)
			for _, a := range addrs {
				if ip, ok := netip.AddrFromSlice(a.IP); ok && ip.Unmap() == c.client && !slices.Contains(c.names, name) {
					c.names = append(c.names, name)
				}
			}
		}
	}
	best := "unknown"
	for _, name := range c.names {
		switch {
		case name == domain:
			return name
		case best == "unknown", within(name, domain) && !within(best, domain):
			best = name
		}
	}
	return best
}

// nameMacro is the macro p with its transformers.
var nameMacro = regexp.MustCompile(`^%\{[pP]([0-9]{0,3})([rR]?)([-.+,/_=]*)\}`)

// expandName replaces the macro p in a record.
func expandName(record string, name func() string) string {
	var b strings.Builder
	for i := 0; i < len(record); {
		if m := nameMacro.FindStringSubmatch(record[i:]); m != nil && m[1] != "0" {
			b.WriteString(transform(name(), m[1], m[2], m[3]))
			i += len(m[0])
			continue
		}
		n := 1
		if record[i] == '%' && i+1 < len(record) && record[i+1] != '{' {
			n = 2 // "%%" is no start of a macro
		}
		b.WriteString(record[i : i+n])
		i += n
	}
	return b.String()
}

// transform does what the letters of a macro say: divide the value at delimiters, turn its parts round, keep the last
// ones.
func transform(value, digits, reverse, delimiters string) string {
	if delimiters == "" {
		delimiters = "."
	}
	parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(delimiters, r) })
	if reverse != "" {
		slices.Reverse(parts)
	}
	if n, err := strconv.Atoi(digits); err == nil && n < len(parts) {
		parts = parts[len(parts)-n:]
	}
	return strings.Join(parts, ".")
}
