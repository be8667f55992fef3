// Package filter runs the product itself, local tests only, with an empty store of its own for an evaluation.
package filter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"asterism/bayes"
	"asterism/bench/trec/index"
	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/store"
	"asterism/store/bolt"
	"asterism/store/redis"
)

// Filter is the product with a store of its own. One goroutine at a time may use it.
type Filter struct {
	dir    string
	cfg    *config.Config
	engine *engine.Engine
	clock  time.Time
}

// tick is how far the clock goes on with each message: runs take seconds, but what expires first must not depend on it.
const tick = time.Minute

// Open makes a filter from the built-in configuration, the given files and more lines. Auto-learning is off. Its
// store is a new file, or what bayes_path has of Redis.
func Open(configs []string, lines string) (*Filter, error) {
	dir, err := os.MkdirTemp("", "trec")
	if err != nil {
		return nil, err
	}
	f := &Filter{dir: dir, clock: time.Unix(1e9, 0)}
	if err := f.open(configs, lines); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return f, nil
}

func (f *Filter) open(configs []string, lines string) error {
	cfg, problems := config.Load(config.Sources{Defaults: data.Default(), Files: configs})
	lines += "local_tests_only 1\nbayes_auto_learn 0\nadd_header all Tests _AUTOLEARNSCORE_\n"
	if !redis.IsURL(cfg.Bayes.Path) {
		lines += "bayes_path " + filepath.Join(f.dir, "bayes") + "\n"
	}
	lines += "bayes_redis_journal " + filepath.Join(f.dir, "journal") + "\n"
	problems = append(problems, cfg.Parse("bench/trec", []byte(lines))...)
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if config.Failed(problems) {
		return fmt.Errorf("the configuration has errors")
	}
	if err := fixKey(&cfg.Bayes); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	e, err := engine.Open(cfg, engine.Options{Log: log, Now: func() time.Time { return f.clock }})
	if err != nil {
		return err
	}
	f.cfg, f.engine = cfg, e
	return nil
}

// fixKey makes the store with a key that is always the same, so that runs repeat to the last digit. A store on Redis
// must be empty: it is going to be cleared.
func fixKey(b *config.Bayes) (err error) {
	var st store.Store
	if redis.IsURL(b.Path) {
		st, err = redis.Open(b.Path, redis.Options{User: b.SQLUser, Password: b.SQLSecret})
	} else {
		st, err = bolt.Open(b.Path, bolt.Options{})
	}
	if err != nil {
		return err
	}
	t, err := st.Totals()
	if err == nil && t != (store.Totals{}) {
		err = errors.New("the store of bayes_path is not empty")
	}
	if err == nil {
		err = st.Replace(func(to store.Sink) error { return to.Head(store.Head{Key: 1}) })
	}
	return errors.Join(err, st.Close())
}

// Close ends the filter and removes its store.
func (f *Filter) Close() {
	if redis.IsURL(f.cfg.Bayes.Path) {
		if err := f.engine.Store().Clear(); err != nil {
			fmt.Fprintln(os.Stderr, "clearing the store:", err)
		}
	}
	f.engine.Close()
	os.RemoveAll(f.dir)
}

// Check classifies one message; one of max_size or more gets the score of 0 with which it passes.
func (f *Filter) Check(raw []byte) (*classifier.Verdict, error) {
	f.clock = f.clock.Add(tick)
	if limit := f.cfg.Daemon.MaxSize; limit > 0 && int64(len(raw)) >= limit {
		return &classifier.Verdict{Required: f.cfg.Scoring.Required, Bayes: 0.5}, nil
	}
	v, err := f.engine.Check(context.Background(), &classifier.Input{Raw: raw})
	f.engine.Classifier().Settle()
	return v, err
}

// Tests returns the score that the tests have without a learner.
func Tests(v *classifier.Verdict) float64 {
	score, _ := strconv.ParseFloat(v.Tags["AUTOLEARNSCORE"], 64) // it is there: the configuration asks for it
	return score
}

// Learn gives feedback on one message.
func (f *Filter) Learn(raw []byte, c store.Class) error {
	f.clock = f.clock.Add(tick)
	_, err := f.engine.Learn(context.Background(), "", []classifier.Lesson{{Raw: raw, Class: c}})
	return err
}

// trainBatch is how many messages spam-learn learns at once.
const trainBatch = 256

// Train learns the messages of the class, or of both if it is 0, as one run of spam-learn.
func (f *Filter) Train(entries []index.Entry, c store.Class) error {
	var batch []bayes.Lesson
	flush := func() error {
		_, err := f.engine.Learner().Train(batch)
		batch = batch[:0]
		return err
	}
	for _, e := range entries {
		if c != 0 && e.Class != c {
			continue
		}
		raw, err := os.ReadFile(e.Path)
		if err != nil {
			return err
		}
		f.clock = f.clock.Add(tick)
		batch = append(batch, f.engine.Classifier().Prepare(classifier.Lesson{Raw: raw, Class: e.Class}))
		if len(batch) == trainBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return f.engine.Learner().Finish()
}

// Autolearn switches auto-learning on.
func (f *Filter) Autolearn() error {
	f.cfg.Bayes.AutoLearn = true
	return f.engine.Reload(f.cfg)
}
