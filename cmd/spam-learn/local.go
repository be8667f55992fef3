package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/contain"
	"asterism/engine"
	"asterism/mailbox"
	"asterism/store"
)

// batchSize is how many mails are learned at a time, and forgetSize how many are forgotten with one commit.
const batchSize, forgetSize = 500, 500

// gcPercent lets garbage grow to twice what lives before it is collected: a training run is done soon.
const gcPercent = 200

// local teaches the store itself. All processors parse and tokenize, one goroutine learns, in the order of the input:
// the same input gives the same store.
type local struct {
	eng   *engine.Engine
	class store.Class
	store string // its name

	lesson func(classifier.Lesson) bayes.Lesson // made of a mail; the classifier's Prepare
	unread error                                // a panic behind in.last, which ended the reading
}

func (l *local) where() string { return ", in " + l.store }

// job is a mail on its way through the pipeline.
type job struct {
	name   string
	raw    []byte
	lesson bayes.Lesson
	err    error         // a panic over this mail
	done   chan struct{} // closed when lesson or err is ready
}

func (l *local) teach(ctx context.Context, in *input, n *tally) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	size := batchSize
	if l.class == 0 {
		size = forgetSize
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ordered := l.prepare(ctx, in)
	var done tally // known to be on disk only at the end of a training run
	var batch []bayes.Lesson
	var failed []error // of single mails
	var err error
	for j := range ordered {
		<-j.done
		if j.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w; the message was skipped", j.name, j.err))
			continue
		}
		batch = append(batch, j.lesson)
		if err == nil && len(batch) == size {
			err = l.learn(batch, &done)
			batch = batch[:0]
			if err != nil {
				stop()
			}
		}
	}
	for _, f := range failed { // now that nobody reads the input any more
		in.skipped++
		in.report(f, exitSoftware)
	}
	if l.unread != nil {
		in.report(fmt.Errorf("messages after %s were not read: %w", in.last, l.unread), exitSoftware)
	}
	if err == nil && len(batch) > 0 {
		err = l.learn(batch, &done)
	}
	if done[classifier.LearnedNew]+done[classifier.LearnedOther] > 0 {
		switch failed := l.eng.Learner().Finish(); {
		case errors.Is(failed, store.ErrAway) && (err != nil || done[classifier.LearnedLater] > 0):
			// the error or the summary tells, and what is learned on another host is stored there at once
		case failed != nil:
			done[classifier.LearnedNew], done[classifier.LearnedOther] = 0, 0
			err = errors.Join(err, failed)
		}
	}
	*n = done
	return err
}

// ahead is how many mails may be read before they are learned.
const ahead = 500

// prepare starts reading and tokenizing. The jobs come out in order, as soon as they are begun; after ctx ends no
// more do.
func (l *local) prepare(ctx context.Context, in *input) <-chan *job {
	workers := runtime.GOMAXPROCS(0)
	todo, ordered := make(chan *job, 4*workers), make(chan *job, ahead)
	for range workers {
		contain.Go(func() {
			for j := range todo {
				j.err = contain.Do(func() {
					j.lesson = l.lesson(classifier.Lesson{Raw: j.raw, Class: l.class})
				})
				j.raw = nil
				close(j.done)
			}
		})
	}
	contain.Go(func() {
		defer close(ordered)
		defer close(todo)
		l.unread = contain.Do(func() {
			in.each(ctx, func(m mailbox.Message) bool {
				j := &job{name: m.Name, raw: m.Raw, done: make(chan struct{})}
				todo <- j
				ordered <- j
				return true
			})
		})
	})
	return ordered
}

// learn learns or forgets a batch, and counts.
func (l *local) learn(batch []bayes.Lesson, n *tally) error {
	how := l.eng.Learner().Train
	if l.class == 0 {
		how = l.eng.Learner().Forget
	}
	results, err := how(batch)
	for _, r := range results {
		n[classifier.Outcome(r)]++
	}
	return err
}
