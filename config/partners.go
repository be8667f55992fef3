package config

import (
	"fmt"
	"math"
)

// partners are options of a policy that have no effect without another one, wherever that is set.
var partners = []struct{ option, needs string }{
	{"redirect_score", "redirect_to"},
	{"redirect_to", "redirect_score"},
	{"add_recipient_score", "add_recipient_to"},
	{"add_recipient_to", "add_recipient_score"},
	{"reject_reply", "reject_score"},
	{"quarantine_to", "quarantine_score"},
}

// checkPartners notes the options that lack their partner.
func (c *Config) checkPartners() {
	never := map[string]bool{}
	for name, field := range thresholds {
		never[name] = c.isSet(name) && c.neverReached(field)
	}
	for _, p := range partners {
		if c.isSet(p.option) && !never[p.option] && !c.isSet(p.needs) {
			c.Ignored = append(c.Ignored, c.Problem(p.option, fmt.Sprintf("%s has no effect without %s", p.option, p.needs)))
		}
	}
}

// thresholds are the scores that may be none.
var thresholds = map[string]func(*Policy) float64{
	"redirect_score":      func(p *Policy) float64 { return p.RedirectScore },
	"add_recipient_score": func(p *Policy) float64 { return p.CopyScore },
}

// neverReached reports whether a threshold is none in the policy of the site and in those of all scopes.
func (c *Config) neverReached(field func(*Policy) float64) bool {
	p := c.Policy
	never := math.IsInf(field(&p), 1)
	for i := range c.Scopes {
		c.Scopes[i].Apply(&p)
		never = never && math.IsInf(field(&p), 1)
	}
	return never
}
