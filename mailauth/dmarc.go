package mailauth

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"asterism/contain"
)

// maxAuthors bounds how many author domains of one message are looked at. Honest mail has one.
const maxAuthors = 4

// policy is the policy of one author's domain.
type policy struct {
	domain  string
	record  *record // nil if there is none
	parent  bool    // the record is the organizational domain's
	missing bool    // the domain does not exist; only known where that matters
	err     error   // why nothing is known
}

// authorDomains returns the domains of the authors, each once, in ASCII form.
func authorDomains(from []string) []string {
	var domains []string
	for _, address := range from {
		if !strings.Contains(address, "@") {
			continue
		}
		for d := range domainsOf(address) {
			if d != "" && !slices.Contains(domains, d) && len(domains) < maxAuthors {
				domains = append(domains, d)
			}
		}
	}
	return domains
}

// domainsOf returns the domains that readers may take an address for: of "a@b@c" some take c, some b, and some show
// neither apart.
func domainsOf(address string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, part := range strings.Split(address, "@") {
			if i > 0 && !strings.Contains(part, `"`) && !yield(domainOf(part)) {
				return
			}
		}
	}
}

// findPolicy follows RFC 7489, section 6.6.3: the domain's own record, else that of its organizational domain. Both are
// asked for at once, to be done sooner. Several records of one domain are as none.
func (c *Checker) findPolicy(ctx context.Context, p *policy) {
	org := organization(p.domain)
	var parent []string
	var parentErr error
	var wg contain.Group
	if org != p.domain {
		wg.Go(func() { parent, parentErr = c.records(ctx, org) })
	}
	texts, err := c.records(ctx, p.domain)
	wg.Wait()
	if len(texts) == 0 && err == nil && org != p.domain {
		texts, err, p.parent = parent, parentErr, true
	}
	if p.err = err; err != nil || len(texts) != 1 {
		return
	}
	if p.record, p.err = parseRecord(texts[0]); p.err == nil && p.parent && p.record.missing != "" {
		p.missing, p.err = c.isMissing(ctx, p.domain)
	}
}

// records returns a domain's DMARC records.
func (c *Checker) records(ctx context.Context, domain string) ([]string, error) {
	texts, err := c.opt.Resolver.LookupTXT(ctx, "_dmarc."+domain)
	if dnsError, ok := errors.AsType[*net.DNSError](err); ok && dnsError.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		r, err := parseRecord(text)
		return r == nil && err == nil
	}), nil
}

// isMissing reports whether a domain has neither an address nor a mail exchanger (RFC 9091, section 2.7).
func (c *Checker) isMissing(ctx context.Context, domain string) (bool, error) {
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeMX} {
		ans, err := c.opt.Resolver.Lookup(ctx, domain, kind)
		switch {
		case err != nil:
			return false, err
		case ans.Rcode == dns.RcodeNameError:
			return true, nil
		case len(ans.Records) > 0:
			return false, nil
		}
	}
	return true, nil
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

// temporary is an error of the DNS that may not last.
type temporary interface {
	error
	Temporary() bool
}

func (r *Result) judgeOne(p policy) DMARC {
	d := DMARC{Domain: p.domain}
	if p.err != nil {
		d.Outcome, d.Reason = PermError, p.err.Error()
		if e, ok := errors.AsType[temporary](p.err); ok && e.Temporary() {
			d.Outcome = TempError
		}
		return d
	}
	if p.record == nil {
		d.Outcome = None
		return d
	}
	d.Policy = p.record.policy
	if p.parent {
		d.Policy = cmp.Or(p.record.subdomain, d.Policy)
	}
	if p.missing {
		d.Policy = p.record.missing
	}
	if p.record.softer {
		d.Policy = softer[d.Policy]
	}
	unknown := false
	for _, s := range r.DKIM {
		if aligned(s.Domain, p.domain, p.record.strictDKIM) {
			if s.Outcome == Pass {
				d.Outcome, d.Reason = Pass, "DKIM "+s.Domain
				return d
			}
			unknown = unknown || s.Outcome == TempError
		}
	}
	if aligned(r.SPF.Domain, p.domain, p.record.strictSPF) {
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

// softer is what a policy comes down to for mail that its percentage leaves out (RFC 7489, section 6.6.4), or under
// test.
var softer = map[string]string{"reject": "quarantine", "quarantine": "none", "none": "none"}

// aligned reports whether an authenticated domain speaks for the author's (RFC 7489, section 3.1).
func aligned(authenticated, author string, strict bool) bool {
	if authenticated == "" {
		return false
	}
	if strict {
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
