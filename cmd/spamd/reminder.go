package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"asterism/bayes"
	"asterism/config"
	"asterism/engine"
)

// How often the log says that Bayes does not count yet, and how often the store is looked at until it is open.
const (
	reminderInterval = time.Hour
	reminderRetry    = time.Second
)

// reminder says in the log, once the store is open and then once an hour, that too little is learned for Bayes to
// count.
type reminder struct {
	log  *slog.Logger
	cfg  *atomic.Pointer[config.Config]
	back interface {
		Ready() error
		Stats() engine.Stats
	}
}

// run reminds until ctx ends.
func (r *reminder) run(ctx context.Context, every time.Duration) {
	for {
		wait := every
		if r.back.Ready() != nil {
			wait = min(wait, reminderRetry)
		} else {
			r.remind()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// remind writes the line, if there is cause.
func (r *reminder) remind() {
	b := &r.cfg.Load().Bayes
	totals := r.back.Stats().Store
	if !b.Use || !b.UseLearner || totals == nil {
		return
	}
	minHam, minSpam := b.Minimum()
	if lacks := bayes.Lacks(*totals, minHam, minSpam); lacks != "" {
		r.log.Warn("Bayes does not count yet: "+lacks, "store", engine.StoreName(b.Path),
			"remedy", "spam-learn --ham MBOX, spam-learn --spam MBOX")
	}
}
