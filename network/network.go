// Package network answers the rules that ask others: DNS lists, sender authentication, and what else is looked up over the
// network. It starts all of it for one message at once, and gives the results back by the rules' names.
package network

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
	"asterism/mailauth"
	"asterism/message"
	"asterism/rules"
	"asterism/rules/perlre"
)

// Checks is everything that is asked. It is safe for concurrent use.
type Checks struct {
	lists *dnsbl.Checks
	auth  *mailauth.Checker // nil if no rule wants to know
	evals []rules.NetRule   // that auth answers
	log   *slog.Logger
}

// New compiles the rules that ask others. What it cannot answer is told of in the problems.
func New(cfg *config.Config, res *resolver.Resolver, set *rules.Set, log *slog.Logger) (*Checks, []config.Problem) {
	c := &Checks{log: log}
	var lists []dnsbl.Rule
	for _, r := range set.NetRules() {
		switch {
		case dnsbl.Answers(r.Kind, r.Func):
			if wanted(cfg, r) {
				lists = append(lists, dnsbl.Rule{Name: r.Name, Kind: r.Kind, Func: r.Func, Args: r.Args, Flags: r.Flags})
			}
		case mailauth.Answers(r.Func):
			c.evals = append(c.evals, r)
		}
	}
	var found []dnsbl.Problem
	c.lists, found = dnsbl.New(listOptions(cfg, res, log), lists)
	problems := make([]config.Problem, 0, len(found))
	for _, p := range found {
		problems = append(problems, set.Problem(p.Rule, p.Text))
	}
	if len(c.evals) > 0 {
		c.auth = mailauth.New(mailauth.Options{
			Resolver: res, Timeout: max(cfg.Auth.SPFTimeout, cfg.Auth.DKIMTimeout),
			MinKeyBits: cfg.Auth.DKIMMinKeyBits, Trusted: cfg.Auth.TrustedAuthserv,
		})
	}
	return c, problems
}

// wanted says whether the lists of a rule's kind are switched on (skip_rbl_checks, skip_uribl_checks).
func wanted(cfg *config.Config, r rules.NetRule) bool {
	if r.Func == "" && r.Kind != "askdns" || r.Func == "check_uridnsbl" {
		return !cfg.Network.SkipURIBL
	}
	return !cfg.Network.SkipRBL
}

func listOptions(cfg *config.Config, res *resolver.Resolver, log *slog.Logger) dnsbl.Options {
	return dnsbl.Options{
		Resolver:    res,
		Timeout:     cfg.Network.DNSTimeout,
		Trusted:     cfg.Network.Trusted.Prefixes(),
		SkipDomains: cfg.Network.URIBLSkipDomains,
		MaxDomains:  cfg.Network.URIBLMaxDomains,
		Deny:        cfg.Network.DNSDeny,
		Compile:     compilePerl,
		Log:         log,
	}
}

// compilePerl compiles the expression of a sub-test as those of rules are.
func compilePerl(pattern string) (func(string) bool, error) {
	re, err := perlre.Compile(pattern, "")
	if err != nil {
		return nil, err
	}
	return func(s string) bool {
		text := perlre.NewText(s)
		found, err := re.Match(&text)
		return found && err == nil
	}, nil
}

// Watch looks after the lists until ctx ends: one that lists the world, or nothing, is left alone while it does
// (RFC 5782, section 5).
func (c *Checks) Watch(ctx context.Context) { c.lists.Watch(ctx) }

// Close ends what is still being asked.
func (c *Checks) Close() { c.lists.Close() }

// Start implements classifier.Network.
func (c *Checks) Start(ctx context.Context, m *message.Message, in *classifier.Input, scan *rules.Scan) classifier.Answers {
	r := &running{checks: c, lists: c.lists.Start(ctx, question(m, scan))}
	if c.auth != nil {
		input := authInput(m, in, scan)
		r.wg.Go(func() {
			r.auth = c.auth.Check(ctx, input)
			r.lists.Tag("DKIMDOMAIN", r.auth.ValidDomains()...)
		})
	}
	return r
}

// running is what is being asked about one message.
type running struct {
	checks *Checks
	lists  *dnsbl.Running
	auth   *mailauth.Result
	wg     sync.WaitGroup
}

// Wait implements classifier.Answers.
func (r *running) Wait() (map[string]string, []string) {
	r.wg.Wait() // first: what it finds is asked about
	res := r.lists.Wait()
	hits := res.Hits
	for _, e := range r.checks.evals {
		if hit, detail := r.auth.Eval(e.Func, e.Args); hit {
			hits[e.Name] = detail
		}
	}
	var notes []string
	for _, n := range res.Notes {
		notes = append(notes, fmt.Sprintf("%s: %v (%d questions, %v)", n.Zone, n.Err, n.Count, n.Took.Round(time.Millisecond)))
	}
	return hits, notes
}
