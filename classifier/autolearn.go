package classifier

import (
	"asterism/rules"
	"asterism/store"
)

// Thresholds are the limits of auto-learning.
type Thresholds struct {
	Ham  float64 // learn as ham below this score (bayes_auto_learn_threshold_nonspam)
	Spam float64 // learn as spam from this score on (bayes_auto_learn_threshold_spam)

	OnError bool // learn only mails that the learner classified wrong (bayes_auto_learn_on_error)
}

// points is a verdict as auto-learning looks at it: without the learner's own share, nor that of the user's lists and
// of rules flagged noautolearn, and by the scores that count without the learner.
type points struct {
	total  float64
	header float64 // by tests of the header
	body   float64 // by tests of the body
	force  bool    // a rule flagged autolearn_force hit

	partial bool // rules were left out: a shortcircuit or time_limit ended the scan
}

// add counts one hit, as far as score_limit lets it count. A meta rule counts for header and body alike, as nobody
// knows what it is about, unless it is flagged autolearn_header or autolearn_body.
func (p *points) add(h *rules.Hit, scoreSet int) {
	r := h.Rule
	if r.Has("learn") || r.Has("userconf") || r.Has("noautolearn") {
		return
	}
	score := r.Scores[scoreSet] * h.Share
	p.total += score
	p.force = p.force || r.Has("autolearn_force")
	header, body := r.Has("autolearn_header"), r.Has("autolearn_body")
	if !header && !body {
		header = r.Kind == rules.Header || r.Kind == rules.Net || r.Kind == rules.Meta
		body = r.Kind != rules.Header && r.Kind != rules.Net
	}
	if header {
		p.header += score
	}
	if body {
		p.body += score
	}
}

// minPoints is what header and body must each contribute before a message is learned as spam.
const minPoints = 3

// The learner's own opinions, which are not taught the opposite: clear ones, with the probabilities of BAYES_05 and
// BAYES_95. That the tests find nothing says less than that they find twelve points: against ham any opinion of a
// learner that can be trusted holds.
const (
	clearlyHam  = 0.05
	clearlySpam = 0.95
	undecided   = 0.5
	trusted     = 0.5
)

// heldForSpam reports whether the learner's opinion keeps a message from being learned as ham.
func (v *Verdict) heldForSpam() bool {
	return v.Bayes >= clearlySpam || v.Bayes >= undecided && v.BayesTrust >= trusted
}

// decide says as what the message is to be learned, 0 for not at all.
func (t Thresholds) decide(p *points, v *Verdict) store.Class {
	switch {
	case p.partial:
		return 0
	case p.total < t.Ham && p.total < v.Required:
		switch {
		case !v.BayesReady:
		case t.OnError && (v.Bayes < undecided || v.Bayes >= clearlySpam), !t.OnError && v.heldForSpam():
			return 0
		}
		return store.Ham
	case p.total >= t.Spam && p.total >= v.Required:
		if !p.force && (p.header < minPoints || p.body < minPoints) {
			return 0
		}
		if v.BayesReady && (v.Bayes <= clearlyHam || t.OnError && v.Bayes > undecided) {
			return 0
		}
		return store.Spam
	}
	return 0
}
