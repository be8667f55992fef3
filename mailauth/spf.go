package mailauth

import (
	"context"
	"strings"

	"blitiri.com.ar/go/spf"
)

// spf checks the envelope sender, or the HELO name if sender is empty (RFC 7208, section 2.4: then the sender counts as
// postmaster at that name).
func (c *Checker) spf(ctx context.Context, in *Input, sender string) SPF {
	domain := domainOf(sender)
	if sender == "" {
		domain = strings.ToLower(strings.TrimSuffix(in.Helo, "."))
	}
	if domain == "" || strings.HasPrefix(domain, "[") {
		return SPF{Outcome: None, Reason: "no domain"}
	}
	outcome, err := spf.CheckHostWithSender(in.Client.Unmap().WithZone("").AsSlice(), in.Helo, sender,
		spf.WithContext(ctx), spf.WithResolver(c.opt.Resolver))
	s := SPF{Outcome: Outcome(outcome), Domain: domain}
	if err != nil {
		s.Reason = err.Error()
	}
	if ctx.Err() != nil && s.Outcome != Pass && s.Outcome != Fail {
		s.Outcome = TempError
	}
	return s
}
