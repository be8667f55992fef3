package mailauth

import (
	"context"
	"strings"

	"github.com/miekg/dns"

	"asterism/message"
)

// Practice is a domain's assumed signing practice (adsp_override): "unknown", "all" (signs all), "discardable" (signs
// all; discard the rest), "nxdomain" (does not exist), "custom_low", "custom_med" or "custom_high".
type Practice struct {
	Domain   string // "*.example.org" is all below it, "*" everybody
	Practice string
}

// practiceLetters are how check_dkim_adsp names the practices.
var practiceLetters = map[string]string{
	"nxdomain": "N", "unknown": "U", "all": "A", "discardable": "D", "custom_low": "1", "custom_med": "2",
	"custom_high": "3",
}

// findPractices finds the practices of the authors' domains. DMARC has replaced ADSP (RFC 5617), so no domain's record
// is queried: the administrator's lines count, and the existence of the domain.
func (c *Checker) findPractices(ctx context.Context, domains []string) map[string]string {
	practices := make(map[string]string)
	for _, d := range domains {
		if practices[d] = c.override(d); practices[d] != "" {
			continue
		}
		practices[d] = "unknown"
		if ans, err := c.opt.Resolver.Lookup(ctx, d, dns.TypeMX); err == nil && ans.Rcode == dns.RcodeNameError {
			practices[d] = "nxdomain"
		}
	}
	return practices
}

// override returns what adsp_override says of a domain: the exact name counts most, then the nearest "*." above it.
func (c *Checker) override(domain string) string {
	if p := c.practiceOf(domain); p != "" {
		return p
	}
	for rest := domain; ; {
		_, above, ok := strings.Cut(rest, ".")
		if !ok {
			return c.practiceOf("*")
		}
		if p := c.practiceOf("*." + above); p != "" {
			return p
		}
		rest = above
	}
}

func (c *Checker) practiceOf(name string) string {
	for _, p := range c.opt.Practices {
		if message.ASCIIDomain(p.Domain) == name {
			return p.Practice
		}
	}
	return ""
}

// adsp answers check_dkim_adsp: an author's domain without a valid signature of its own has one of the practices that
// the letters in the argument stand for; "*" is all but U. If the DNS failed, nobody is blamed, and neither are our
// own users, whose mail is signed when it leaves.
func adsp(r *Result, args []string) (bool, string) {
	if len(args) == 0 || r.failing() || !r.fromOutside() {
		return false, ""
	}
	letters, only := args[0], args[1:]
	if letters == "*" {
		letters = "NAD123"
	}
	for _, domain := range authorDomains(r.input.From) {
		signed, _ := r.anySignature(func(s *Signature) bool { return s.Domain == domain })
		letter := practiceLetters[r.practices[domain]]
		if !signed && letter != "" && strings.Contains(letters, letter) && (len(only) == 0 || listed(only, domain)) {
			return true, domain
		}
	}
	return false, ""
}
