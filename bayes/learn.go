package bayes

import (
	"errors"
	"math"

	"asterism/store"
)

var errClass = errors.New("bayes: a lesson needs a class, ham or spam")

// Learn learns the lessons in order. Once they are safely stored, it returns the outcome of each.
func (l *Learner) Learn(lessons []Lesson) ([]Result, error) {
	return l.taught(methodLearn, lessons)
}

// LearnUnseen is Learn for lessons that no person confirmed: a message that was learned before keeps its class.
func (l *Learner) LearnUnseen(lessons []Lesson) ([]Result, error) {
	return l.taught(methodLearnUnseen, lessons)
}

// Train is Learn for a training run, which Finish must end. Until then the weights lean towards the latest lessons,
// lessons may not be stored safely, and there may be more tokens than MaxTokens, though never twice as many.
func (l *Learner) Train(lessons []Lesson) ([]Result, error) {
	return l.taught(methodTrain, lessons)
}

// Forget undoes the lessons, whatever their class, and returns once that is safely stored.
func (l *Learner) Forget(lessons []Lesson) ([]Result, error) {
	return l.taught(methodForget, lessons)
}

// teach teaches one lesson. If another host learned the same message at the same time, it goes by what that has made
// of it.
func (l *Learner) teach(how method, d *Lesson) (result Result, commit store.Commit, err error) {
	const tries = 5
	for range tries {
		if result, commit, err = l.teachOnce(how, d); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	return result, commit, err
}

func (l *Learner) teachOnce(how method, d *Lesson) (Result, store.Commit, error) {
	if how == methodForget {
		return l.forget(d)
	}
	result, commit, err := l.learn(how, d)
	if err != nil || result == AlreadyKnown {
		return result, commit, err
	}
	later, err := l.replay(how)
	if err == nil && how != methodTrain {
		var calibrated store.Commit
		if calibrated, err = l.recalibrate(); calibrated != nil {
			later = calibrated
		}
	}
	if later != nil {
		commit = later
	}
	return result, commit, err
}

// apply teaches the lessons, waits for the last commit, which includes those before, and makes room when there are too
// many tokens. Other lessons may be learned while it waits. A training run does not wait: Finish will.
func (l *Learner) apply(how method, lessons []Lesson) (results []Result, err error) {
	for len(results) < len(lessons) && err == nil {
		var some []Result
		some, err = l.applySome(how, lessons[len(results):])
		results = append(results, some...)
	}
	return results, err
}

// applySome teaches lessons until all are taught or it is time to make room.
func (l *Learner) applySome(how method, lessons []Lesson) ([]Result, error) {
	results, commit, err := l.applyLocked(how, lessons)
	waits := how != methodTrain || l.opt.Journal != nil // which takes what the store did not get
	if commit != nil && waits {
		if failed := commit.Wait(); failed != nil {
			return nil, failed
		}
	}
	switch {
	case err != nil:
		return results, err
	case how != methodTrain:
		return results, l.expireIfDue(0)
	}
	return results, l.expireIfDue(trainingRoom)
}

// expiryStep is after how many lessons of a training run it is asked whether there are too many tokens.
const expiryStep = 50

// pauses reports whether a training run makes room after so many lessons.
func (l *Learner) pauses(how method, lessons int) (bool, error) {
	if how != methodTrain || lessons == 0 || lessons%expiryStep != 0 {
		return false, nil
	}
	t, err := l.view.Totals()
	return l.isFull(&t, trainingRoom), err
}

func (l *Learner) applyLocked(how method, lessons []Lesson) (results []Result, last store.Commit, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openReservoir(how == methodTrain); err != nil {
		return nil, nil, err
	}
	results, err = l.together(how, lessons)
	if err != nil {
		return results, nil, err
	}
	for i := len(results); i < len(lessons); i++ {
		if due, err := l.pauses(how, i); due || err != nil {
			return results, last, err
		}
		result, commit, err := l.teach(how, &lessons[i])
		if err != nil {
			l.reservoir = nil // what was to be there may be or not
			return results, last, err
		}
		if commit != nil {
			last, l.last = commit, commit
		}
		results = append(results, result)
	}
	return results, last, nil
}

// learn learns one message.
func (l *Learner) learn(how method, d *Lesson) (Result, store.Commit, error) {
	if d.Class != store.Ham && d.Class != store.Spam {
		return 0, nil, errClass
	}
	before, err := l.view.Seen(d.Digest)
	if err != nil {
		return 0, nil, err
	}
	result := Learned
	switch {
	case before == d.Class, before == d.Class.Other() && how == methodLearnUnseen:
		commit, err := l.view.Apply() // it may be known, and yet not on disk
		return AlreadyKnown, commit, err
	case before == d.Class.Other():
		if _, _, err := l.forget(d); err != nil {
			return 0, nil, err
		}
		result = Relearned
	}
	learned, err := l.view.Totals()
	if err != nil {
		return 0, nil, err
	}
	m := &l.lesson
	if err := m.fill(l.view, d.Tokens.Header, d.Tokens.Body); err != nil {
		return 0, nil, err
	}
	p := *l.model.Load()
	p.note(d.Class)
	p.noteKnown(m.header.known(), len(m.header.tokens))
	ham, spam := ones(d.Class)
	m.count(d.Class)
	t := newTotals(learned.Ham+uint32(ham), learned.Spam+uint32(spam))
	m.weigh(&t)
	missHeader, missBody := misses(m.header.pull, m.body.pull, d.Class)
	if how == methodLearnUnseen {
		p.unseen[index(d.Class)]++
		missHeader, missBody = unseenMiss(&t, missHeader), unseenMiss(&t, missBody)
	}
	l.changes = m.header.move(l.changes[:0], &t, missHeader, ham, spam)
	l.changes = m.body.move(l.changes, &t, missBody, ham, spam)
	now := uint32(l.opt.Now().Unix())
	learning := store.Learning{
		Time: now, Ham: ham, Spam: spam, Changes: l.changes,
		Marks: []store.Mark{{Digest: d.Digest, Class: d.Class, Time: now}},
		If:    []store.Mark{{Digest: d.Digest}},
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
	commit, err := l.view.Apply(*learning)
	if err != nil {
		return nil, err
	}
	l.model.Store(p)
	return commit, nil
}
