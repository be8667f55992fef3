package bayes

import (
	"errors"
	"math"

	"asterism/store"
)

// The regression's pace. Weights move fast while little is known, and a token's the slower the more mails had it.
const (
	rateFloor   = 4.0
	rateSpan    = 6.0
	rateScale   = 3000.0
	countDecay  = 0.1
	deadband    = 0.02 // errors up to this are left alone: the mail is known well enough
	doubtful    = 0.95 // errors from here on may be wrong labels
	doubtFactor = 0.5
)

// lessonBuffer is what one lesson needs, used again and again.
type lessonBuffer struct {
	scoreBuffer
	changes []store.Change
}

var errClass = errors.New("bayes: a lesson needs a class")

// Learn learns the lessons in order and returns, once they are safely stored, what became of each.
func (l *Learner) Learn(lessons []Lesson) ([]Result, error) {
	return l.apply(lessons, func(d *Lesson) (Result, store.Commit, error) {
		if d.Class != store.Ham && d.Class != store.Spam {
			return 0, nil, errClass
		}
		return l.learn(d, len(lessons) > 1)
	})
}

// Forget takes back what was learned of the lessons, whatever class it was, and returns once that is safely stored.
func (l *Learner) Forget(lessons []Lesson) ([]Result, error) {
	return l.apply(lessons, l.forget)
}

// apply runs f on each lesson, and waits for the last commit: it includes those before.
func (l *Learner) apply(lessons []Lesson, f func(*Lesson) (Result, store.Commit, error)) ([]Result, error) {
	results := make([]Result, 0, len(lessons))
	commit, err := l.applyLocked(lessons, f, &results)
	if commit != nil {
		if failed := commit.Wait(); failed != nil {
			return nil, failed
		}
	}
	if err != nil {
		return results, err
	}
	l.expireIfDue()
	return results, nil
}

func (l *Learner) applyLocked(lessons []Lesson, f func(*Lesson) (Result, store.Commit, error), results *[]Result) (last store.Commit, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openReservoir(); err != nil {
		return nil, err
	}
	for i := range lessons {
		result, commit, err := f(&lessons[i])
		if err != nil {
			return last, err
		}
		if commit != nil {
			last = commit
		}
		*results = append(*results, result)
	}
	return last, nil
}

// learn learns one message. In bulk, Finish is to follow.
func (l *Learner) learn(d *Lesson, bulk bool) (Result, store.Commit, error) {
	before, err := l.st.Seen(d.Digest)
	if err != nil {
		return 0, nil, err
	}
	result := Learned
	switch before {
	case d.Class:
		return AlreadyKnown, nil, nil
	case d.Class.Other():
		if _, _, err := l.forget(d); err != nil {
			return 0, nil, err
		}
		result = Relearned
	}
	learned, err := l.st.Totals()
	if err != nil {
		return 0, nil, err
	}
	b := &l.buf
	if err := b.fill(l.st, d.Tokens.Header, d.Tokens.Body); err != nil {
		return 0, nil, err
	}
	m := *l.model.Load()
	ham, spam := ones(d.Class)
	b.count(d.Class)
	t := newTotals(learned.Ham+uint32(ham), learned.Spam+uint32(spam))
	margin := b.margin(&t)
	step := 1.0
	miss := target(d.Class) - sigmoid(margin)
	b.changes = b.changes[:0]
	b.update(&t, step*pull(&t, miss), ham, spam)

	m.note(d.Class)
	learning := store.Learning{
		Time: uint32(l.opt.Now().Unix()), Ham: ham, Spam: spam, Changes: b.changes,
		Marks: []store.Mark{{Digest: d.Digest, Class: d.Class, Time: uint32(l.opt.Now().Unix())}},
	}
	if math.Abs(miss) < outlier || min(t.ham, t.spam) < outlierMin {
		l.sample(&m, d, &learning)
	}
	learning.Meta = map[string][]byte{metaName: m.encode()}
	commit, err := l.st.Apply(learning)
	if err != nil {
		return 0, nil, err
	}
	l.model.Store(&m)
	if !bulk {
		if replayed, err := l.replay(&m); err != nil || replayed != nil {
			return result, replayed, err
		}
	}
	return result, commit, nil
}

// ones returns what a message of the class adds to the totals.
func ones(c store.Class) (ham, spam int32) {
	if c == store.Spam {
		return 0, 1
	}
	return 1, 0
}

func target(c store.Class) float64 {
	if c == store.Spam {
		return 1
	}
	return 0
}

// count adds the message itself to the records' counts.
func (b *scoreBuffer) count(c store.Class) {
	for i := range b.blocks {
		records := b.blocks[i].records
		for j := range records {
			if c == store.Spam {
				records[j].Spam++
			} else {
				records[j].Ham++
			}
		}
	}
}

// pull returns how far a miss moves the weights, before each token's own pace.
func pull(t *totals, miss float64) float64 {
	size := math.Abs(miss)
	if size <= deadband {
		return 0
	}
	g := miss * (rateFloor + rateSpan*rateScale/(rateScale+2*min(t.ham, t.spam)))
	if size > doubtful {
		g *= doubtFactor
	}
	return g
}

// update adds to changes what moves the margin by the pull g, with each token's counts.
func (b *lessonBuffer) update(_ *totals, g float64, ham, spam int32) {
	for i := range b.blocks {
		k := &b.blocks[i]
		per := float32(g) / k.norm
		for j, token := range k.tokens {
			change := store.Change{Token: token, Ham: ham, Spam: spam}
			if g != 0 {
				change.Weight = per * k.values[j] * pace(&k.records[j])
			}
			b.changes = append(b.changes, change)
		}
	}
}

// pace is how fast a token's weight may move: the slower the better it is known.
func pace(r *store.Record) float32 {
	return float32(1 / math.Sqrt(1+countDecay*float64(r.Ham+r.Spam)))
}
