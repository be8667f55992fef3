package bayes

import (
	"math"

	"asterism/store"
	"asterism/tokenizer"
)

// Evidence is what the learner says of one mail.
type Evidence struct {
	Probability float64 // that the mail is spam, from 0 to 1
	LogOdds     float64 // natural log-odds of Probability, unrounded
	Margin      float64 // what the probability was made of, before calibration
	Ready       bool    // enough mails of both classes have been learned for the evidence to count
	Known       int     // tokens of the mail that had been seen before
	Tokens      int     // tokens of the mail
}

// cautious is the number of mails of each class below which no probability reaches a verdict of spam.
const cautious = 50

// cautiousLogOdds bounds the log-odds until then: a probability of 0.75.
const cautiousLogOdds = 1.1

// scoreBuffer holds one mail's records; scoring mails makes no garbage.
type scoreBuffer struct {
	blocks [2]block
	stale  []store.Token // see touch
}

// fill looks the tokens up.
func (b *scoreBuffer) fill(st store.Store, header, body []store.Token) error {
	for i, tokens := range [2][]store.Token{header, body} {
		k := &b.blocks[i]
		k.tokens = tokens
		if cap(k.records) < len(tokens) {
			k.records = make([]store.Record, len(tokens)+len(tokens)/2)
		}
		k.records = k.records[:len(tokens)]
		if err := st.Lookup(tokens, k.records); err != nil {
			return err
		}
	}
	return nil
}

// margin returns the sum of the blocks' pulls.
func (b *scoreBuffer) margin(t *totals) float64 {
	return float64(b.blocks[0].weigh(t)) + float64(b.blocks[1].weigh(t))
}

// known counts tokens with a record.
func (b *scoreBuffer) known() (known, all int) {
	for i := range b.blocks {
		for _, r := range b.blocks[i].records {
			if r.Ham+r.Spam > 0 {
				known++
			}
		}
		all += len(b.blocks[i].records)
	}
	return known, all
}

// Score returns the evidence of a mail's tokens. It changes nothing but when they were last used.
func (l *Learner) Score(tok *tokenizer.Tokens) (Evidence, error) {
	learned, err := l.st.Totals()
	if err != nil {
		return Evidence{Probability: 0.5}, err
	}
	b := l.pool.Get().(*scoreBuffer)
	defer l.pool.Put(b)
	if err := b.fill(l.st, tok.Header, tok.Body); err != nil {
		return Evidence{Probability: 0.5}, err
	}
	t := newTotals(learned.Ham, learned.Spam)
	e := Evidence{Margin: b.margin(&t)}
	e.Known, e.Tokens = b.known()
	b.touch(l.st, uint32(l.opt.Now().Unix()))
	e.LogOdds = l.model.Load().logOdds(e.Margin)
	if min(learned.Ham, learned.Spam) < cautious && e.LogOdds > cautiousLogOdds {
		e.LogOdds = cautiousLogOdds + math.Tanh(e.LogOdds-cautiousLogOdds)*1e-3 // still in order
	}
	e.Probability = sigmoid(e.LogOdds)
	e.Ready = learned.Ham >= l.opt.MinHam && learned.Spam >= l.opt.MinSpam
	return e, nil
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
