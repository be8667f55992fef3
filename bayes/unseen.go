package bayes

import "asterism/store"

// Verdicts teach mail that the tests are sure of: the plainest mail of each class, and far more of one class than of
// the other. Learned like lessons by people, it would make the learner take all current mail for that class.
const (
	unseenAhead = 30  // mails by which one class may be ahead of the other …
	unseenAlone = 70  // … and so many more, less those of the rarer class that people taught
	unseenPace  = 0.1 // part of a miss that moves weights once much is known …
	unseenFull  = 200 // … as it is from so many mails of the rarer class on, nearly; all of it with none
)

// Wants reports whether a mail of the class may be learned by its verdict: not while that class is ahead of the other
// among mails learned this way. Where people have taught little, the class may get further ahead, as verdicts are
// nearly the only source.
func (l *Learner) Wants(c store.Class) bool {
	learned, err := l.st.Totals()
	if err != nil {
		return false
	}
	p := l.model.Load()
	ahead := uint32(unseenAhead)
	if taught := min(less(learned.Ham, p.unseen[0]), less(learned.Spam, p.unseen[1])); taught < unseenAlone {
		ahead += unseenAlone - taught
	}
	return p.unseen[index(c)] <= p.unseen[index(c.Other())]+ahead
}

// less returns a - b, 0 if b is more: messages learned by verdicts may be forgotten by now.
func less(a, b uint32) uint32 { return a - min(a, b) }

// Knows reports whether a message was learned, by the present state of the store: it waits for no lesson and no commit.
func (l *Learner) Knows(d store.Digest) bool {
	class, err := l.st.Seen(d)
	return err == nil && class != 0
}

// unseenMiss is the part of a miss that counts for a lesson by a verdict.
func unseenMiss(t *totals, miss float64) float64 {
	return miss * max(unseenPace, 1-t.smaller()/unseenFull)
}
