package bayes

import (
	"math"

	"asterism/store"
	"asterism/tokenizer"
)

// Evidence is the learner's opinion of one mail.
type Evidence struct {
	Probability float64 // that the mail is spam, from 0 to 1
	LogOdds     float64 // natural log-odds of Probability
	Counted     float64 // log-odds for a score, with half of the votes: these are outside of the calibration
	Ready       bool    // enough mails of both classes have been learned for the evidence to count
	Trust       float64 // how far the evidence may take the place of other tests, from 0 to 1

	// The parts of the log-odds before calibration; their sum is the margin.
	Header, Body         float64 // pulls of the two blocks, in the readings that count
	Bounded              bool    // one of them was read with bounds on its words of ham (reading.go)
	ChiSquare, Posterior float64 // votes of the counts, strong while little has been learned

	Tokens, Known int // tokens of the mail, and how many of them had been seen before
}

// Margin is the evidence before calibration.
func (e *Evidence) Margin() float64 { return e.Header + e.Body + e.ChiSquare + e.Posterior }

// Before so many mails of each class have been learned, log-odds of spam are bounded: by cautiousOdds, a probability
// of 0.989, up to the first number, and by more and more up to the second.
const (
	cautiousFrom = 20
	cautiousTo   = 50
	cautiousOdds = 4.5
)

// Trust is n/(n+trustHalf) for n mails of the rarer class beyond the minimum, raised so that it is 1 from trustFull
// on; and falls with the square of the share of known header tokens where that is below trustKnown of what is usual:
// such a mail is not like those learned. By a mail's own share it does not matter whether a site's headers are long
// and varied or short and always the same.
const (
	trustHalf  = 20
	trustFull  = 200
	trustKnown = 0.8
	leastKnown = 0.25 // of what is usual
)

// trust returns how far the evidence of a mail may be relied on.
func (o *Options) trust(t *totals, p *model, known, tokens int) float64 {
	n := min(t.ham-float64(o.MinHam), t.spam-float64(o.MinSpam)) + 1
	if n <= 0 || tokens == 0 {
		return 0
	}
	learned := n / (n + trustHalf) * (trustFull + trustHalf) / trustFull
	share := min(float64(known)/float64(tokens)/(trustKnown*max(p.known, leastKnown)), 1)
	return min(learned, 1) * share * share
}

// Beside returns a user's evidence together with the site's, each as far as it can be trusted, the user's first.
func (e *Evidence) Beside(site *Evidence) Evidence {
	both, rest := *e, (1-e.Trust)*site.Trust
	if both.Trust += rest; both.Trust > 0 {
		both.LogOdds = (e.Trust*e.LogOdds + rest*site.LogOdds) / both.Trust
		both.Counted = (e.Trust*e.Counted + rest*site.Counted) / both.Trust
	}
	both.Probability = sigmoid(both.LogOdds)
	return both
}

// bound keeps the log-odds of spam low while little has been learned.
func bound(odds float64, t *totals) float64 {
	left := cautiousTo - t.smaller()
	if left <= 0 || odds <= 0 {
		return odds
	}
	most := cautiousOdds * (cautiousTo - cautiousFrom) / min(left, cautiousTo-cautiousFrom)
	return most * math.Tanh(odds/most)
}

// The votes of the counts: at most so much, each certainty of voteScale log-odds or more bringing nearly all of it, and
// the less the more mails have been learned, for then the weights know better.
const (
	chiSquareVote  = 0.9
	chiSquareHalf  = 300 // mails of the rarer class after which the vote is halved
	posteriorVote  = 0.9
	posteriorHalf  = 50
	voteScale      = 30
	negligibleVote = 0.05
)

// evidence judges a mail whose records have been filled in.
func (m *mail) evidence(t *totals, p *model) Evidence {
	m.weigh(t)
	var e Evidence
	e.Header, e.Body = read(&m.header.sums, &m.body.sums)
	e.Bounded = e.Header > m.header.pull || e.Body > m.body.pull
	if most := chiSquareVote * chiSquareHalf / (chiSquareHalf + t.smaller()); most > negligibleVote {
		e.ChiSquare = most * math.Tanh(m.chiSquare(t)/voteScale)
	}
	if most := posteriorVote * posteriorHalf / (posteriorHalf + t.smaller()); most > negligibleVote {
		e.Posterior = most * math.Tanh(m.posterior(t, p.tokens)/voteScale)
	}
	e.LogOdds = bound(p.logOdds(e.Margin()), t)
	e.Counted = bound(p.logOdds(e.Margin()-(e.ChiSquare+e.Posterior)/2), t)
	e.Probability = sigmoid(e.LogOdds)
	return e
}

// Score returns the evidence of a mail's tokens. It changes nothing but when they were last used.
func (l *Learner) Score(tok *tokenizer.Tokens) (Evidence, error) {
	return l.score(tok.Header, tok.Body, nil)
}

// score calls with, if it is not nil, with the mail the evidence was made of.
func (l *Learner) score(header, body []store.Token, with func(*mail, *model)) (Evidence, error) {
	none := Evidence{Probability: 0.5}
	learned, err := l.st.Totals()
	if err != nil {
		return none, err
	}
	m := l.mails.Get().(*mail)
	defer l.mails.Put(m)
	if err := m.fill(l.st, header, body); err != nil {
		return none, err
	}
	t := newTotals(learned.Ham, learned.Spam)
	p := l.model.Load()
	e := m.evidence(&t, p)
	known := m.header.known()
	e.Tokens, e.Known = len(header)+len(body), known+m.body.known()
	m.touch(l.st, uint32(l.opt.Now().Unix()))
	e.Ready = learned.Ham >= l.opt.MinHam && learned.Spam >= l.opt.MinSpam
	e.Trust = l.opt.trust(&t, p, known, len(header))
	if with != nil {
		with(m, p)
	}
	return e, nil
}
