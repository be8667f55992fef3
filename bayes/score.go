package bayes

import (
	"math"

	"asterism/store"
	"asterism/tokenizer"
)

// Evidence is what the learner says of one mail.
type Evidence struct {
	Probability float64 // that the mail is spam, from 0 to 1
	LogOdds     float64 // natural log-odds of Probability
	Ready       bool    // enough mails of both classes have been learned for the evidence to count

	// What the log-odds were made of, before calibration; their sum is the margin.
	Header, Body         float64 // pulls of the two blocks
	ChiSquare, Posterior float64 // votes of the counts, strong while little has been learned

	Tokens, Known int // tokens of the mail, and how many of them had been seen before
}

// Margin is the evidence before calibration.
func (e *Evidence) Margin() float64 { return e.Header + e.Body + e.ChiSquare + e.Posterior }

// cautious is the number of mails of each class before which the evidence is never Ready, whatever the settings say, and
// its log-odds never reach cautiousOdds, a probability of 0.989.
const (
	cautious     = 50
	cautiousOdds = 4.5
)

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
	e := Evidence{Header: m.header.pull, Body: m.body.pull}
	if most := chiSquareVote * chiSquareHalf / (chiSquareHalf + t.smaller()); most > negligibleVote {
		e.ChiSquare = most * math.Tanh(m.chiSquare(t)/voteScale)
	}
	if most := posteriorVote * posteriorHalf / (posteriorHalf + t.smaller()); most > negligibleVote {
		e.Posterior = most * math.Tanh(m.posterior(t, p.tokens)/voteScale)
	}
	e.LogOdds = p.logOdds(e.Margin())
	if t.smaller() < cautious && e.LogOdds > 0 {
		e.LogOdds = cautiousOdds * math.Tanh(e.LogOdds/cautiousOdds)
	}
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
	e.Tokens, e.Known = len(header)+len(body), m.known()
	m.touch(l.st, uint32(l.opt.Now().Unix()))
	e.Ready = learned.Ham >= max(l.opt.MinHam, cautious) && learned.Spam >= max(l.opt.MinSpam, cautious)
	if with != nil {
		with(m, p)
	}
	return e, nil
}
