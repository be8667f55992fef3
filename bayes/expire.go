package bayes

import (
	"errors"

	"asterism/store"
)

// maxMarks bounds the marks that say what was learned.
const maxMarks = 1_000_000

// room is the share of MaxTokens that an expiry makes free, so that the next one is not due at once.
const room = 0.1

// trainingRoom is by which share of MaxTokens there may be more of them in a training run. What matters of a mail is
// known only when more mails have been learned, and each expiry goes over all tokens.
const trainingRoom = 0.5

// expireIfDue makes room if there are too many tokens, by some share more than MaxTokens. Scans and other learnings
// go on meanwhile.
func (l *Learner) expireIfDue(more float64) error {
	t, err := l.st.Totals()
	if err != nil || !l.isFull(&t, more) {
		return err
	}
	_, err = l.st.Expire(l.opt.MaxTokens-int(room*float64(l.opt.MaxTokens)), maxMarks)
	if errors.Is(err, store.ErrBusy) {
		return nil // another host does it
	}
	return err
}

// isFull reports whether there are more tokens than MaxTokens and a share of it.
func (l *Learner) isFull(t *store.Totals, more float64) bool {
	most := float64(l.opt.MaxTokens)
	return float64(t.Tokens) > most+more*most
}

// Expire removes tokens until at most MaxTokens are left: those without weight first, then the longest unused. It
// returns how many it removed.
func (l *Learner) Expire() (int, error) {
	return l.st.Expire(l.opt.MaxTokens, maxMarks)
}
