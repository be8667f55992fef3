// Package mailauth authenticates the sender of a message by SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), and
// answers the rules about them by SpamAssassin's names.
//
// blitiri.com.ar/go/spf implements SPF, and package dkim below this one DKIM. This package runs them in parallel under
// one time limit with the filter's own resolver, combines their results, and uses the results of trusted filters.
package mailauth

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"asterism/contain"
	"asterism/dnsbl/resolver"
	"asterism/message"
)

// Options says how to check.
type Options struct {
	Resolver *resolver.Resolver // the resolver; required

	// Timeout is the time limit of one message; 5 s if zero. A check that has not ended by then is a temporary error.
	Timeout time.Duration
	// SPFTimeout and DKIMTimeout are how long those two may take within Timeout; no less if zero.
	SPFTimeout, DKIMTimeout time.Duration
	// MinKeyBits is the least size of RSA keys that DKIM_VALID_AU and welcome-lists accept (dkim_minimum_key_bits). Keys
	// below 1024 bits never verify (RFC 8301).
	MinKeyBits int
	// Trusted names the filters whose Authentication-Results fields count (authres_trusted_authserv). They must remove
	// foreign fields in their name (RFC 8601, section 5).
	Trusted []string
	// ADSP makes the practices of authors' domains known to check_dkim_adsp, by Practices and by whether they exist.
	ADSP      bool
	Practices []Practice
	// ARC has chains of ARC sets verified. Sealers names the domains whose seals are trusted (arc_trusted_sealers).
	ARC     bool
	Sealers []string
}

// Input is the data of one message.
type Input struct {
	Message *message.Message // only its header's fields as they were, and its body, are looked at; nil for no signatures

	Client netip.Addr // the host that handed it to the site; SPF is not checked without
	Helo   string     // its HELO name
	Sender string     // envelope sender, without angle brackets; empty for the null sender
	From   []string   // authors' addresses, of the From fields

	// AuthResults are the values of the Authentication-Results fields that may be believed if their author is trusted,
	// newest first.
	AuthResults []string
}

// Outcome is the outcome of one check, by the words of RFC 8601: "pass", "fail", "softfail", "neutral", "none",
// "temperror", "permerror". It is empty if the check was not made.
type Outcome string

// The outcomes that this package looks at.
const (
	Pass      Outcome = "pass"
	Fail      Outcome = "fail"
	SoftFail  Outcome = "softfail"
	Neutral   Outcome = "neutral"
	None      Outcome = "none"
	TempError Outcome = "temperror"
	PermError Outcome = "permerror"
)

// SPF is the outcome of one SPF check.
type SPF struct {
	Outcome Outcome
	Domain  string // the domain whose record was checked, in lower case
	Reason  string // the match, or the failure
}

// Signature is one DKIM signature.
type Signature struct {
	Domain   string // d=, in lower case
	Identity string // i=
	Selector string // s=
	KeyBits  int    // size of an RSA key; 256 for Ed25519; 0 if the key is not known
	Testing  bool   // the key is for tests (t=y)
	Outcome  Outcome
	Reason   string // its fault
}

// DMARC is the policy of the author's domain, and whether it applies.
type DMARC struct {
	Outcome Outcome // pass, fail, none (no policy), temperror, permerror
	Domain  string  // the author's domain
	Policy  string  // none, quarantine or reject, as it applies to the author's domain
	Vouched bool    // it failed on the way: a chain that the site trusts says that it had passed
	Reason  string
}

// Result has the authentication of one message's senders.
type Result struct {
	SPF     SPF // of the envelope sender, or of the HELO name if that is empty
	SPFHelo SPF // of the HELO name
	DKIM    []Signature
	DMARC   DMARC
	ARC     ARC
	Took    time.Duration

	input     *Input
	opt       *Options
	practices map[string]string // of authors' domains
}

// Checker checks messages. It is safe for concurrent use.
type Checker struct{ opt Options }

// New makes a Checker.
func New(opt Options) *Checker {
	if opt.Timeout <= 0 {
		opt.Timeout = 5 * time.Second
	}
	return &Checker{opt}
}

// Check checks one message. It always returns a result, by ctx's end at the latest or soon after.
func (c *Checker) Check(ctx context.Context, in *Input) *Result {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	r := &Result{input: in, opt: &c.opt}
	believed := c.readResults(in.AuthResults)
	var wg contain.Group
	if believed.spf {
		r.SPF, r.SPFHelo = believed.mailFrom, believed.helo
	} else if r.fromOutside() {
		spf, cancel := limited(ctx, c.opt.SPFTimeout)
		defer cancel()
		wg.Go(func() { r.SPF = c.spf(spf, in, in.Sender) })
		if in.Sender != "" {
			wg.Go(func() { r.SPFHelo = c.spf(spf, in, "") })
		}
	}
	if believed.dkim {
		r.DKIM = believed.signatures
	} else {
		dkim, cancel := limited(ctx, c.opt.DKIMTimeout)
		defer cancel()
		wg.Go(func() { r.DKIM = c.dkim(dkim, in) })
	}
	if c.opt.ARC {
		wg.Go(func() { r.ARC = c.arc(ctx, in) })
	}
	policies := make([]policy, 0, 1)
	for _, domain := range authorDomains(in.From) {
		policies = append(policies, policy{domain: domain})
	}
	if !believed.dmarc {
		for i := range policies {
			wg.Go(func() { c.findPolicy(ctx, &policies[i]) })
		}
	}
	if c.opt.ADSP {
		wg.Go(func() { r.practices = c.findPractices(ctx, authorDomains(in.From)) })
	}
	wg.Wait()
	if in.Sender == "" && !believed.spf {
		r.SPFHelo = r.SPF
	}
	if believed.dmarc {
		r.DMARC = believed.policy
	} else {
		r.DMARC = r.judge(policies)
	}
	r.DMARC.Vouched = r.DMARC.Outcome == Fail && r.ARC.Vouched
	r.Took = time.Since(began)
	return r
}

// limited limits a check to a time of its own, if it has one.
func limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// ValidDomains returns the domains that validly signed the message, each once: the values of SpamAssassin's tag
// DKIMDOMAIN.
func (r *Result) ValidDomains() []string {
	var domains []string
	seen := make(map[string]bool)
	for _, s := range r.DKIM {
		if s.Outcome == Pass && !seen[s.Domain] {
			seen[s.Domain] = true
			domains = append(domains, s.Domain)
		}
	}
	return domains
}

// fromOutside reports whether a host outside the site handed the message in.
func (r *Result) fromOutside() bool { return r.input.Client.IsValid() && !private(r.input.Client) }

// private reports whether an address is of the site itself or its neighbours, for which nobody publishes SPF records.
func private(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
}

// domainOf returns the domain of a mail address, as the DNS has it.
func domainOf(address string) string {
	return message.ASCIIDomain(address[strings.LastIndexByte(address, '@')+1:])
}

// organization returns the organizational domain (RFC 7489, section 3.2): one label more than the public suffix.
func organization(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}

// within reports whether domain is parent or below it.
func within(domain, parent string) bool {
	return parent != "" && (domain == parent || strings.HasSuffix(domain, "."+parent))
}
