package bayes

import (
	"errors"

	"asterism/store"
)

// errStale is what forgetting a message within a batch needs: the reservoir as other hosts have left it.
var errStale = errors.New("bayes: another host has changed the reservoir")

// together teaches lessons in batches, on a store where that is better, until all are taught or it is time to make
// room, and returns what became of them. On other stores it leaves all to be taught one by one, and the rest where
// other hosts learn the same messages all the time.
func (l *Learner) together(how method, lessons []Lesson) (results []Result, err error) {
	batcher, ok := l.st.(store.Batcher)
	if !ok || len(lessons) == 1 || how != methodTrain && how != methodForget {
		return nil, nil
	}
	const tries = 10
	for failed := 0; len(results) < len(lessons) && failed < tries; {
		if due, err := l.pauses(how, len(results)); due || err != nil {
			return results, err
		}
		b, err := batcher.Begin(digestsOf(lessons[len(results):]))
		if b == nil || err != nil {
			return results, err
		}
		some, err := l.teachOn(b, how, lessons, len(results))
		switch {
		case err == nil:
			results, failed = append(results, some...), 0
		case errors.Is(err, store.ErrConflict):
			failed++
		case errors.Is(err, errStale):
			l.reservoir = nil
			if err := l.openReservoir(how == methodTrain); err != nil {
				return results, err
			}
			failed++
		default:
			l.reservoir = nil // what was to be there may be or not
			return results, err
		}
	}
	return results, nil
}

func digestsOf(lessons []Lesson) (digests []store.Digest) {
	for i := range lessons {
		digests = append(digests, lessons[i].Digest)
	}
	return digests
}

// foresee prepares a batch for the tokens of the lessons that will need them.
func foresee(b store.Batch, how method, lessons []Lesson) error {
	var tokens [][]store.Token
	for i := range lessons {
		d := &lessons[i]
		class, err := b.Seen(d.Digest)
		if err != nil {
			return err
		}
		if known := class != 0; known && class != d.Class || known == (how == methodForget) {
			tokens = append(tokens, d.Tokens.Header, d.Tokens.Body)
		}
	}
	return b.Read(tokens)
}

// teachOn teaches the lessons from one on, on a batch, until that is full or it is time to make room, and commits it.
// If that fails the learner is as it was.
func (l *Learner) teachOn(b store.Batch, how method, lessons []Lesson, from int) (results []Result, err error) {
	model, committed := l.model.Load(), false
	l.view = b
	l.reservoir.record()
	defer func() {
		if l.view = l.st; committed {
			l.reservoir.keep()
		} else { // even after a panic
			l.model.Store(model)
			l.reservoir.undo()
		}
	}()
	results, err = l.teachUntilFull(b, how, lessons, from)
	if err == nil {
		err = b.Commit()
	}
	if err != nil {
		return nil, err
	}
	committed = true
	return results, nil
}

// foreseen is how many lessons a batch is prepared for at a time.
const foreseen = 50

func (l *Learner) teachUntilFull(b store.Batch, how method, lessons []Lesson, from int) (results []Result, err error) {
	for i := from; i < len(lessons) && !b.Full(); i++ {
		if i > from {
			if due, err := l.pauses(how, i); due || err != nil {
				return results, err
			}
		}
		if (i-from)%foreseen == 0 {
			if err := foresee(b, how, lessons[i:min(i+foreseen, len(lessons))]); err != nil {
				return nil, err
			}
		}
		result, _, err := l.teachOnce(how, &lessons[i])
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}
