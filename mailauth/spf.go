package mailauth

import (
	"context"
	"strings"

	"blitiri.com.ar/go/spf"

	"asterism/message"
)

// spf checks the envelope sender, or the HELO name if sender is empty (RFC 7208, section 2.4: then the sender counts as
// postmaster at that name). The library gets names as the DNS has them (RFC 8616, section 4), and a sender that it
// divides where we do: at the last "@".
func (c *Checker) spf(ctx context.Context, in *Input, sender string) SPF {
	helo := message.ASCIIDomain(in.Helo)
	domain := helo
	if sender != "" {
		domain = domainOf(sender)
		local := sender[:max(strings.LastIndexByte(sender, '@'), 0)]
		sender = strings.ReplaceAll(local, "@", "_") + "@" + domain
	}
	if domain == "" || strings.HasPrefix(domain, "[") {
		return SPF{Outcome: None, Reason: "no domain"}
	}
	resolver := &clientNames{Resolver: c.opt.Resolver, client: in.Client.Unmap().WithZone("")}
	outcome, err := spf.CheckHostWithSender(resolver.client.AsSlice(), helo, sender, spf.WithContext(ctx),
		spf.WithResolver(resolver))
	s := SPF{Outcome: Outcome(outcome), Domain: domain}
	if err != nil {
		s.Reason = err.Error()
	}
	if ctx.Err() != nil && s.Outcome != Pass && s.Outcome != Fail {
		s.Outcome = TempError
	}
	return s
}
