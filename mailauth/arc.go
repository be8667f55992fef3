package mailauth

import (
	"context"
	"slices"
	"strings"

	"asterism/mailauth/authres"
	"asterism/mailauth/dkim"
	"asterism/message"
)

// ARC is the result of a message's ARC sets (RFC 8617).
type ARC struct {
	Outcome Outcome  // pass, fail, permerror, temperror; none if there are no sets
	Sealers []string // domains that sealed the sets, oldest first
	Reason  string   // the fault of the chain
	// Vouched is whether hosts that the site trusts (arc_trusted_sealers) sealed the chain last, and the first of them
	// found
	// that the author's domain vouches for the message (dmarc=pass).
	Vouched bool
}

// arc verifies the chain of a message.
func (c *Checker) arc(ctx context.Context, in *Input) ARC {
	if in.Message == nil {
		return ARC{Outcome: None}
	}
	chain := dkim.VerifyARC(ctx, in.Message.Sent(), in.Message.Body(), c.opt.Resolver.LookupTXT)
	if chain == nil {
		return ARC{Outcome: None}
	}
	a := ARC{Outcome: Pass}
	for i := range chain.Sets {
		a.Sealers = append(a.Sealers, chain.Sets[i].Sealer)
	}
	if chain.Err != nil {
		a.Outcome, a.Reason = Outcome(chain.Err.Outcome), chain.Err.Reason
		return a
	}
	a.Vouched = c.vouched(chain.Sets)
	return a
}

// vouched reports whether the trusted sealers at the end of a valid chain took over a message whose author was
// authentic.
func (c *Checker) vouched(sets []dkim.Set) bool {
	first := len(sets)
	for first > 0 && c.trustsSealer(sets[first-1].Sealer) {
		first--
	}
	if first == len(sets) {
		return false
	}
	_, results, ok := authres.Parse(sets[first].Results)
	return ok && slices.ContainsFunc(results, func(r authres.Result) bool {
		return r.Method == "dmarc" &&
			r.Value == "pass"
	})
}

func (c *Checker) trustsSealer(domain string) bool {
	return slices.ContainsFunc(c.opt.Sealers, func(s string) bool { return within(domain, message.ASCIIDomain(s)) })
}

func arcSigned(r *Result, _ []string) (bool, string) {
	return r.ARC.Outcome != None && r.ARC.Outcome != "", strings.Join(r.ARC.Sealers, " ")
}

// arcValid: the chain is valid, and if domains are given, one of them sealed it last.
func arcValid(r *Result, domains []string) (bool, string) {
	if r.ARC.Outcome != Pass {
		return false, ""
	}
	last := r.ARC.Sealers[len(r.ARC.Sealers)-1]
	return len(domains) == 0 || listed(domains, last), last
}

// dkimTesting: a signature's key is for tests.
func dkimTesting(r *Result, _ []string) (bool, string) {
	for i := range r.DKIM {
		if s := &r.DKIM[i]; s.Testing {
			return true, s.Domain
		}
	}
	return false, ""
}
