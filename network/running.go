package network

import (
	"os"
	"time"

	"asterism/classifier"
	"asterism/contain"
	"asterism/dnsbl"
	"asterism/mailauth"
	"asterism/rules"
	"asterism/shorturl"
)

// running is what is being asked about one message.
type running struct {
	checks *Checks
	began  time.Time
	scan   *rules.Scan

	network asnAnswer           // of the client
	short   [][]shorturl.Answer // by Checks.short
	host    string              // the MTA's
	lists   *dnsbl.Running      // nil without DNS
	auth    *mailauth.Result    // nil until it is known, or if nobody wants to know
	queries []*serviceQuery
	wg      contain.Group
	far     contain.Group // of short
}

// Wait implements classifier.Answers.
func (r *running) Wait() (map[string]string, []string) {
	defer r.checks.count(-1)
	defer r.wg.Join() // also where a rule panics
	r.far.Wait()      // first: rules match what links lead to, and lists are asked about what rules capture there
	for _, answers := range r.short {
		for i := range answers {
			r.scan.Follow(parsed(answers[i].Targets))
		}
	}
	if r.lists != nil {
		for name, values := range r.scan.Captured() {
			r.lists.Tag(name, values...)
		}
	}
	r.wg.Wait() // before the lists: what it finds is asked about
	hits := make(map[string]string)
	var notes []string
	if r.lists != nil {
		res := r.lists.Wait()
		hits = res.Hits
		if len(res.Found) > 0 {
			r.scan.SetTag("RBL", res.Found...)
		}
		notes = r.checks.listNotes(res)
		for _, b := range r.checks.blocks {
			if _, hit := hits[b.Rule]; hit {
				r.checks.lists.Rest(b.Zone, b.Rule)
			}
		}
	}
	if r.checks.asn != nil {
		r.checks.asn.judge(r.network, r.scan, hits)
	}
	for i, s := range r.checks.short {
		s.judge(r.short[i], hits)
	}
	if r.auth != nil {
		r.scan.Signed(r.auth.ValidDomains())
		if r.auth.SPF.Outcome == mailauth.Pass {
			r.scan.Vouched()
		}
		r.checks.judgeAuth(r.auth, hits)
	}
	for _, q := range r.queries {
		if note := q.judge(r.checks.log, hits); note != "" {
			notes = append(notes, note)
		}
	}
	return hits, notes
}

// AuthResults implements classifier.Answers. The field is in the name of the MTA's host.
func (r *running) AuthResults() *classifier.AuthResults {
	if !r.checks.cfg.Auth.AddResults || r.auth == nil {
		return nil
	}
	name := r.host
	if name == "" {
		var err error
		if name, err = os.Hostname(); err != nil {
			return nil
		}
	}
	return &classifier.AuthResults{Authserv: name, Value: r.auth.Header(name)}
}

// judgeAuth answers the rules of sender authentication.
func (c *Checks) judgeAuth(auth *mailauth.Result, hits map[string]string) {
	for _, e := range c.evals {
		if hit, detail := auth.Eval(e.Func, e.Args); hit {
			hits[e.Name] = detail
		}
	}
	for _, w := range c.welcome {
		if detail := w.judge(auth); detail != "" {
			hits[w.name] = detail
		}
	}
	c.log.Debug("sender authentication", "spf", auth.SPF.Outcome, "helo", auth.SPFHelo.Outcome,
		"dkim", len(auth.DKIM), "dmarc", auth.DMARC.Outcome, "took", auth.Took)
}
