package config

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"asterism/attachment/external"
)

// partners are options that have no effect without one of some others, wherever that is set.
var partners = []struct {
	option string
	needs  []string
}{
	{"redirect_score", []string{"redirect_to"}},
	{"redirect_to", []string{"redirect_score"}},
	{"add_recipient_score", []string{"add_recipient_to"}},
	{"add_recipient_to", []string{"add_recipient_score"}},
	{"reject_reply", []string{"reject_score"}},
	{"quarantine_to", []string{"quarantine_score", "attachment_action"}},
	{"attachment_reject_reply", []string{"attachment_action"}},
	{"attachment_note", []string{"attachment_action"}},
	{"attachment_drop_signed", []string{"attachment_action"}},
	{"extracttext_external", []string{"extracttext_use"}},
	{"extracttext_maxparts", []string{"extracttext_external"}},
	{"extracttext_timeout", []string{"extracttext_external"}},
}

// checkPartners notes the options that lack their partner.
func (c *Config) checkPartners() {
	never := map[string]bool{}
	for name, field := range thresholds {
		never[name] = c.isSet(name) && c.neverReached(field)
	}
	for _, p := range partners {
		if c.isSet(p.option) && !never[p.option] && !slices.ContainsFunc(p.needs, c.isSet) {
			c.Ignored = append(c.Ignored, c.Problem(p.option, fmt.Sprintf("%s has no effect without %s", p.option,
				strings.Join(p.needs, " or "))))
		}
	}
	if c.History.Words > 0 && (!c.History.On || c.History.Subject != "1") {
		c.Ignored = append(c.Ignored, c.Problem("history_words",
			"history_words has no effect without history 1 and history_subject 1"))
	}
	for _, u := range c.ExtractText.Uses {
		if !slices.ContainsFunc(c.ExtractText.Tools, func(t external.Tool) bool { return t.Name == u.Tool }) {
			c.Ignored = append(c.Ignored, c.Problem("extracttext_use",
				"extracttext_use "+u.Tool+" has no effect: no extracttext_external names that program"))
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
