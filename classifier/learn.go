package classifier

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"asterism/bayes"
	"asterism/contain"
	"asterism/message"
	"asterism/store"
	"asterism/tokenizer"
)

// ErrNoLearner is returned where something is to be learned although use_bayes or use_learner is off.
var ErrNoLearner = errors.New("learning is switched off (use_bayes, use_learner)")

// Learn learns the messages in order. Once all are on disk, it returns the outcome of each.
func (c *Classifier) Learn(ctx context.Context, lessons []Lesson) ([]Learned, error) {
	return c.teach(ctx, lessons, (*bayes.Learner).Learn)
}

// Forget undoes the lessons of the messages, whatever their class.
func (c *Classifier) Forget(ctx context.Context, raws [][]byte) ([]Learned, error) {
	lessons := make([]Lesson, len(raws))
	for i, raw := range raws {
		lessons[i].Raw = raw
	}
	return c.teach(ctx, lessons, (*bayes.Learner).Forget)
}

// Prepare turns messages, as they were before a filter marked them, into the learner's lessons, which a caller may hand
// to the learner later. It takes most of the time of teaching, and several goroutines may call it at once.
func (c *Classifier) Prepare(l Lesson) bayes.Lesson {
	m := c.opt.Marks.Original(message.Parse(l.Raw, c.opening()))
	tokens := c.tokens.Get().(*tokenizer.Tokens)
	defer c.tokens.Put(tokens)
	c.opt.Tokenizer.Tokenize(m, tokens)
	return bayes.Lesson{Digest: m.Digest(), Tokens: clone(tokens), Class: l.Class}
}

// clone returns a copy in one piece of memory, with no room for more.
func clone(t *tokenizer.Tokens) *tokenizer.Tokens {
	h := len(t.Header)
	all := slices.Concat(t.Header, t.Body)
	return &tokenizer.Tokens{Header: all[:h:h], Body: slices.Clip(all[h:])}
}

func (c *Classifier) teach(ctx context.Context, lessons []Lesson, how func(*bayes.Learner,
	[]bayes.Lesson) ([]bayes.Result, error)) (_ []Learned, err error) {
	defer contain.Err(&err)
	if c.opt.Learner == nil {
		return nil, ErrNoLearner
	}
	prepared := make([]bayes.Lesson, len(lessons))
	for i, l := range lessons {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		prepared[i] = c.Prepare(l)
	}
	results, err := how(c.opt.Learner, prepared)
	learned := make([]Learned, len(results))
	for i, r := range results {
		learned[i] = Outcome(r)
		c.taughtSender(ctx, lessons[i], learned[i])
		if c.opt.Taught != nil && learned[i] != LearnedKnown && learned[i] != NotLearned {
			c.opt.Taught(prepared[i].Digest, prepared[i].Class)
		}
	}
	return learned, err
}

// Outcome translates the learner's result into this package's terms.
func Outcome(r bayes.Result) Learned {
	switch r {
	case bayes.Learned:
		return LearnedNew
	case bayes.AlreadyKnown:
		return LearnedKnown
	case bayes.Relearned:
		return LearnedOther
	case bayes.Forgotten:
		return Forgotten
	case bayes.Queued:
		return LearnedLater
	}
	return NotLearned
}

// trainer learns from verdicts, behind the scans: no mail waits for what it teaches to get to disk.
type trainer struct {
	learner *bayes.Learner
	log     *slog.Logger
	queue   chan bayes.Lesson
	pending sync.WaitGroup // lessons in the queue or being learned

	mu     sync.RWMutex // guards closed, and sending against closing
	closed bool
	done   chan struct{}
}

// maxPending bounds the lessons that wait; when the disk is that far behind, verdicts teach nothing.
const maxPending = 256

func newTrainer(l *bayes.Learner, log *slog.Logger) *trainer {
	t := &trainer{learner: l, log: log, queue: make(chan bayes.Lesson, maxPending), done: make(chan struct{})}
	contain.Go(t.run)
	return t
}

// add hands a lesson over, or returns false if there is no room.
func (t *trainer) add(d store.Digest, tokens *tokenizer.Tokens, class store.Class) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.closed {
		return false
	}
	lesson := bayes.Lesson{Digest: d, Class: class, Tokens: clone(tokens)}
	t.pending.Add(1)
	select {
	case t.queue <- lesson:
		return true
	default:
		t.pending.Done()
		return false
	}
}

func (t *trainer) run() {
	defer close(t.done)
	failure := "" // logged last: a store that has failed fails each time
	for lesson := range t.queue {
		lessons := []bayes.Lesson{lesson}
		for more := true; more; {
			select {
			case next, ok := <-t.queue:
				if more = ok; ok {
					lessons = append(lessons, next)
				}
			default:
				more = false
			}
		}
		if err := t.learn(lessons); err == nil {
			failure = ""
		} else if text := err.Error(); text != failure {
			failure = text
			t.log.Error("auto-learn failed", "messages", len(lessons), "err", err)
		}
		t.pending.Add(-len(lessons))
	}
}

func (t *trainer) learn(lessons []bayes.Lesson) (err error) {
	defer contain.Err(&err)
	_, err = t.learner.LearnUnseen(lessons)
	return err
}

func (t *trainer) settle() {
	if t != nil {
		t.pending.Wait()
	}
}

func (t *trainer) close() {
	if t == nil {
		return
	}
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		close(t.queue)
	}
	t.mu.Unlock()
	<-t.done
}
