package mailauth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/idna"
)

// maxAuthors bounds how many author domains of one message are looked at. Honest mail has one.
const maxAuthors = 4

// policy is what one author's domain publishes.
type policy struct {
	domain string
	record *dmarc.Record // nil if there is none
	parent bool          // the record is the organizational domain's
	err    error         // why nothing is known
}

// authorDomains returns the domains of the authors, each once, in ASCII form.
func authorDomains(from []string) []string {
	var domains []string
	for _, address := range from {
		if !strings.Contains(address, "@") {
			continue
		}
		d := domainOf(address)
		if ascii, err := idna.Lookup.ToASCII(d); err == nil {
			d = ascii
		}
		if d != "" && !slices.Contains(domains, d) && len(domains) < maxAuthors {
			domains = append(domains, d)
		}
	}
	return domains
}

// findPolicy follows RFC 7489, section 6.6.3: the domain's own record, else that of its organizational domain. Both are
// asked for at once, to be done sooner.
func (c *Checker) findPolicy(ctx context.Context, p *policy) {
	org := organization(p.domain)
	var parent *dmarc.Record
	var parentErr error
	var wg sync.WaitGroup
	if org != p.domain {
		wg.Go(func() { parent, parentErr = c.record(ctx, org) })
	}
	p.record, p.err = c.record(ctx, p.domain)
	wg.Wait()
	if p.record == nil && p.err == nil && org != p.domain {
		p.record, p.err, p.parent = parent, parentErr, true
	}
}

// record returns a domain's DMARC record, nil if it has none or more than one (which counts as none).
func (c *Checker) record(ctx context.Context, domain string) (*dmarc.Record, error) {
	rec, err := dmarc.LookupWithOptions(domain, &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) {
		texts, err := c.opt.Resolver.LookupTXT(ctx, name)
		texts = slices.DeleteFunc(texts, func(t string) bool { return !strings.HasPrefix(t, "v=DMARC1") })
		if len(texts) > 1 {
			texts = nil
		}
		return texts, err
	}})
	if errors.Is(err, dmarc.ErrNoPolicy) {
		return nil, nil
	}
	return rec, err
}

// judge applies the policies to what SPF and DKIM found. With authors of several domains, which only forgers need, the
// worst counts.
func (r *Result) judge(policies []policy) DMARC {
	var worst DMARC
	for i, p := range policies {
		if d := r.judgeOne(p); i == 0 || severity(d) > severity(worst) {
			worst = d
		}
	}
	return worst
}

func (r *Result) judgeOne(p policy) DMARC {
	d := DMARC{Domain: p.domain}
	if p.err != nil {
		d.Outcome, d.Reason = PermError, strings.TrimPrefix(p.err.Error(), "dmarc: ")
		if dmarc.IsTempFail(p.err) {
			d.Outcome = TempError
		}
		return d
	}
	if p.record == nil {
		d.Outcome = None
		return d
	}
	d.Policy = string(p.record.Policy)
	if p.parent && p.record.SubdomainPolicy != "" {
		d.Policy = string(p.record.SubdomainPolicy)
	}
	if p.record.Percent != nil && *p.record.Percent == 0 {
		d.Policy = softer[d.Policy]
	}
	unknown := false
	for _, s := range r.DKIM {
		if aligned(s.Domain, p.domain, p.record.DKIMAlignment) {
			if s.Outcome == Pass {
				d.Outcome, d.Reason = Pass, "DKIM "+s.Domain
				return d
			}
			unknown = unknown || s.Outcome == TempError
		}
	}
	if aligned(r.SPF.Domain, p.domain, p.record.SPFAlignment) {
		if r.SPF.Outcome == Pass {
			d.Outcome, d.Reason = Pass, "SPF "+r.SPF.Domain
			return d
		}
		unknown = unknown || r.SPF.Outcome == TempError
	}
	switch {
	case r.SPF.Outcome == "":
		// The mail began here, as that of our own users does before it is signed, or its way is not known.
		d.Reason = "SPF was not checked"
	case unknown:
		d.Outcome = TempError // it may yet be true; nobody is to be rejected for a slow DNS server
	default:
		d.Outcome, d.Reason = Fail, "neither SPF nor DKIM of "+p.domain
	}
	return d
}

// softer is what a policy comes down to for mail that its percentage leaves out (RFC 7489, section 6.6.4).
var softer = map[string]string{"reject": "quarantine", "quarantine": "none", "none": "none"}

// aligned says whether an authenticated domain speaks for the author's (RFC 7489, section 3.1).
func aligned(authenticated, author string, mode dmarc.AlignmentMode) bool {
	if authenticated == "" {
		return false
	}
	if mode == dmarc.AlignmentStrict {
		return authenticated == author
	}
	return organization(authenticated) == organization(author)
}

func severity(d DMARC) int {
	switch {
	case d.Outcome == Fail && d.Policy == "reject":
		return 5
	case d.Outcome == Fail && d.Policy == "quarantine":
		return 4
	case d.Outcome == Fail:
		return 3
	case d.Outcome == TempError || d.Outcome == PermError:
		return 2
	case d.Outcome == None:
		return 1
	}
	return 0
}
