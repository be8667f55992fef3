package bayes

import "asterism/store"

// What verdicts teach is what the tests are sure of: the plainest mail of each class, and far more of one class than of
// the other. Learned like what people teach, it would have the learner take all mail of these days for that class.
const (
	unseenAhead = 30  // mails by which one class may be ahead of the other
	unseenPace  = 0.1 // part of a miss that moves weights once much is known …
	unseenFull  = 200 // … as it is from so many mails of the rarer class on, nearly; all of it with none
)

// Wants reports whether a mail of the class may be learned without a person's word: not while that class is ahead of
// the other among those that were learned so.
func (l *Learner) Wants(c store.Class) bool {
	p := l.model.Load()
	return p.unseen[index(c)] <= p.unseen[index(c.Other())]+unseenAhead
}

// Knows reports whether a message has been learned, as far as the store can tell at once: it waits for no lesson and no
// commit.
func (l *Learner) Knows(d store.Digest) bool {
	class, err := l.st.Seen(d)
	return err == nil && class != 0
}

// unseenMiss is what counts of a miss where no person said what the mail is.
func unseenMiss(t *totals, miss float64) float64 {
	return miss * max(unseenPace, 1-t.smaller()/unseenFull)
}
