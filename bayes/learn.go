package bayes

import (
	"errors"
	"math"

	"asterism/store"
)

var errClass = errors.New("bayes: a lesson needs a class, ham or spam")

// Learn learns the lessons in order and returns, once they are safely stored, what became of each.
func (l *Learner) Learn(lessons []Lesson) ([]Result, error) {
	return l.apply(lessons, func(d *Lesson) (Result, store.Commit, error) {
		result, commit, err := l.learn(d)
		for _, after := range [...]func() (store.Commit, error){l.replay, l.recalibrate} {
			if err != nil || commit == nil {
				break
			}
			var later store.Commit
			if later, err = after(); later != nil {
				commit = later
			}
		}
		return result, commit, err
	})
}

// Train is Learn for a training run, which Finish must end: until then the weights lean towards what came last.
func (l *Learner) Train(lessons []Lesson) ([]Result, error) {
	return l.apply(lessons, l.learn)
}

// Forget takes back what was learned of the lessons, whatever class it was, and returns once that is safely stored.
func (l *Learner) Forget(lessons []Lesson) ([]Result, error) {
	return l.apply(lessons, l.forget)
}

// apply runs f on each lesson, waits for the last commit, which includes those before, and makes room if there are too
// many tokens. Other lessons may be learned while it waits.
func (l *Learner) apply(lessons []Lesson, f func(*Lesson) (Result, store.Commit, error)) ([]Result, error) {
	results, commit, err := l.applyLocked(lessons, f)
	if commit != nil {
		if failed := commit.Wait(); failed != nil {
			return nil, failed
		}
	}
	if err != nil {
		return results, err
	}
	return results, l.expireIfDue()
}

func (l *Learner) applyLocked(lessons []Lesson, f func(*Lesson) (Result, store.Commit, error)) (results []Result, last store.Commit, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openReservoir(); err != nil {
		return nil, nil, err
	}
	results = make([]Result, 0, len(lessons))
	for i := range lessons {
		result, commit, err := f(&lessons[i])
		if err != nil {
			return results, last, err
		}
		if commit != nil {
			last = commit
		}
		results = append(results, result)
	}
	return results, last, nil
}

// learn learns one message.
func (l *Learner) learn(d *Lesson) (Result, store.Commit, error) {
	if d.Class != store.Ham && d.Class != store.Spam {
		return 0, nil, errClass
	}
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
	m := &l.lesson
	if err := m.fill(l.st, d.Tokens.Header, d.Tokens.Body); err != nil {
		return 0, nil, err
	}
	p := *l.model.Load()
	p.note(d.Class)
	ham, spam := ones(d.Class)
	m.count(d.Class)
	t := newTotals(learned.Ham+uint32(ham), learned.Spam+uint32(spam))
	m.weigh(&t)
	missHeader, missBody := misses(m.header.pull, m.body.pull, d.Class)
	l.changes = m.header.move(l.changes[:0], &t, missHeader, ham, spam)
	l.changes = m.body.move(l.changes, &t, missBody, ham, spam)
	now := uint32(l.opt.Now().Unix())
	learning := store.Learning{
		Time: now, Ham: ham, Spam: spam, Changes: l.changes,
		Marks: []store.Mark{{Digest: d.Digest, Class: d.Class, Time: now}},
	}
	miss := math.Abs(target(d.Class) - sigmoid(m.header.pull+m.body.pull))
	if miss < outlier || t.smaller() < outlierMin {
		l.sample(&p, d, &learning)
	}
	p.tokens[index(d.Class)] += uint64(len(d.Tokens.Header) + len(d.Tokens.Body))
	commit, err := l.commit(&learning, &p)
	return result, commit, err
}

// commit applies a learning that makes p the model.
func (l *Learner) commit(learning *store.Learning, p *model) (store.Commit, error) {
	learning.Meta = map[string][]byte{metaName: p.encode()}
	commit, err := l.st.Apply(*learning)
	if err != nil {
		return nil, err
	}
	l.model.Store(p)
	return commit, nil
}
