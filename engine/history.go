package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/config"
	"asterism/history"
	"asterism/store"
	"asterism/store/redis"
	"asterism/tokenizer"
)

// ErrNoHistory is returned where the history is switched off.
var ErrNoHistory = errors.New("the history is off: set history 1")

// ErrNotTeachable is returned for a record without tokens.
var ErrNotTeachable = errors.New("the record has no tokens (history_teach 0): teach the message itself")

// ErrOtherStore is returned for a record whose tokens belong to another store than the present one.
var ErrOtherStore = errors.New("the record's tokens belong to another store: teach the message itself")

// History returns the history of mails, nil without one.
func (e *Engine) History() *history.Log { return e.history.Load() }

// Record adds a mail to the history. It never waits. v is nil for a mail without a verdict.
func (e *Engine) Record(in *classifier.Input, v *classifier.Verdict, o *history.Outcome) {
	if h := e.History(); h != nil {
		h.Append(history.NewRecord(in, v, o))
	}
}

// Taught has the effect of teaching a mail by its record.
type Taught struct {
	Result        classifier.Learned
	Before, After Rescored
	Record        *history.Record // as it is now
}

// Rescored is the present score of a recorded mail: by the tests that hit then, and by the present learner.
type Rescored struct {
	Score float64 `json:"score"`
	Bayes float64 `json:"bayes"` // probability of spam
	Odds  float64 `json:"odds"`  // natural log-odds behind it
	Ready bool    `json:"ready"` // whether the learner counts
}

// TeachRecord teaches a mail by its record, as a class; class 0 undoes its lessons. by is the teacher.
func (e *Engine) TeachRecord(ctx context.Context, id history.ID, class store.Class, by string) (*Taught, error) {
	h := e.History()
	if h == nil {
		return nil, ErrNoHistory
	}
	r, err := h.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Lesson == nil {
		return nil, ErrNotTeachable
	}
	if err := e.learnable(); err != nil {
		return nil, err
	}
	c, done, err := e.teacherOf(r)
	if err != nil {
		return nil, err
	}
	defer done()
	t := &Taught{}
	t.Before = rescored(c, r)
	if t.Result, err = c.TeachPrepared(bayes.Lesson{Digest: r.Lesson.Digest, Class: class,
		Tokens: tokensOf(r.Lesson)}); err != nil {
		return nil, fmt.Errorf("learning failed: %w", err)
	}
	t.After = rescored(c, r)
	if t.Result != classifier.LearnedKnown && t.Result != classifier.NotLearned || r.Class() != class {
		note := history.Taught{Time: time.Now(), Class: class, By: by}
		if err := h.MarkTaught(ctx, r, note); err != nil {
			return nil, err
		}
		r.Taught = append(r.Taught, note)
	}
	t.Record = r
	return t, nil
}

// UndoRecord undoes the last lesson of a mail by its record, and restores the lesson before it, if any.
func (e *Engine) UndoRecord(ctx context.Context, id history.ID, by string) (*Taught, error) {
	h := e.History()
	if h == nil {
		return nil, ErrNoHistory
	}
	r, err := h.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	class := store.Class(0)
	if n := len(r.Taught); n > 1 {
		class = r.Taught[n-2].Class
	}
	return e.TeachRecord(ctx, id, class, by)
}

// Rescore returns the present score of a recorded mail. The record is one of History().Get.
func (e *Engine) Rescore(r *history.Record) (Rescored, error) {
	if r.Lesson == nil {
		return Rescored{}, ErrNotTeachable
	}
	c, done, err := e.teacherOf(r)
	if err != nil {
		return Rescored{}, err
	}
	defer done()
	return rescored(c, r), nil
}

// teacherOf returns the classifier whose learner made the record's tokens: the user's, else the site's.
func (e *Engine) teacherOf(r *history.Record) (*classifier.Classifier, func(), error) {
	c, done, err := e.classifierFor(r.User, false)
	if err != nil {
		return nil, nil, err
	}
	if history.KeyMark(c.Key()) == r.Lesson.Key {
		return c, done, nil
	}
	done()
	if c = e.Classifier(); history.KeyMark(c.Key()) == r.Lesson.Key {
		return c, func() {}, nil
	}
	return nil, nil, ErrOtherStore
}

func tokensOf(l *history.Lesson) *tokenizer.Tokens {
	return &tokenizer.Tokens{Header: l.Header, Body: l.Body}
}

func rescored(c *classifier.Classifier, r *history.Record) Rescored {
	hits := make([]classifier.Hit, len(r.Tests))
	for i, t := range r.Tests {
		hits[i] = classifier.Hit{Name: t.Name, Score: t.Score}
	}
	e, score := c.Rescore(hits, r.Sum, tokensOf(r.Lesson))
	return Rescored{Score: score, Bayes: e.Probability, Odds: e.LogOdds, Ready: e.Ready}
}

// configureHistory opens, closes or changes the history as the configuration says. Mails go on without one.
func (e *Engine) configureHistory(cfg *config.Config) {
	if !e.opt.History {
		return
	}
	h := e.history.Load()
	if h != nil && (!cfg.History.On || h.Path() != cfg.HistoryFile()) {
		e.history.Store(nil)
		if err := h.Close(); err != nil {
			e.log.Error("closing the history", "err", err)
		}
		h = nil
	}
	opt := history.Options{Teach: cfg.History.Teach, Subject: cfg.History.Subject, Expire: cfg.History.Expire,
		MaxSize: cfg.History.MaxSize, StreamSize: cfg.History.RedisSize, Log: e.log}
	switch {
	case !cfg.History.On:
		if _, err := os.Stat(cfg.HistoryFile()); err == nil {
			e.log.Warn("history 0: the file still has records of earlier messages; delete it", "file",
				cfg.HistoryFile())
		}
	case h != nil:
		h.Configure(opt)
	default:
		h, err := e.openHistory(cfg, opt)
		if err != nil {
			e.log.Error("continuing without a history", "err", err)
			return
		}
		e.history.Store(h)
	}
}

// byMail is who taught a mail by the mail itself, not by its record.
const byMail = "mail"

// noteTaught records a lesson of a mail in the history.
func (e *Engine) noteTaught(d store.Digest, class store.Class) {
	if h := e.History(); h != nil {
		h.NoteTaught(d, class, byMail)
	}
}

// openHistory opens the history; with a store on other hosts it is one that these share.
func (e *Engine) openHistory(cfg *config.Config, opt history.Options) (*history.Log, error) {
	if b := &cfg.Bayes; redis.IsURL(b.Path) {
		stream, err := redis.NewStream(b.Path, "history", redis.Options{User: b.SQLUser, Password: b.SQLSecret})
		if err != nil {
			return nil, err
		}
		opt.Stream = stream
	}
	return history.Open(cfg.HistoryFile(), opt)
}
