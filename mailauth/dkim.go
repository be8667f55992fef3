package mailauth

import (
	"context"

	"asterism/mailauth/dkim"
)

// dkim verifies the message's signatures.
func (c *Checker) dkim(ctx context.Context, in *Input) []Signature {
	if in.Message == nil {
		return nil
	}
	var list []Signature
	for _, s := range dkim.Verify(ctx, in.Message.Sent(), in.Message.Body(), c.opt.Resolver.LookupTXT) {
		one := Signature{Domain: s.Domain, Identity: s.Identity, Selector: s.Selector, KeyBits: s.KeyBits, Testing: s.Testing,
			Outcome: Pass}
		if s.Err != nil {
			one.Outcome, one.Reason = Outcome(s.Err.Outcome), s.Err.Reason
		}
		list = append(list, one)
	}
	return list
}
