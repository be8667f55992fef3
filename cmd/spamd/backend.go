package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/history"
	"asterism/spamc"
	"asterism/store"
	"asterism/web"
)

// backend is what the daemon's fronts ask: the classifier with its rules and its store.
type backend interface {
	spamc.Classifier
	spamc.StoreAdmin
	// Reload takes over a new configuration, or says why it cannot and stays as it was.
	Reload(cfg *config.Config) error
	// Ready returns nil once scans use all that the configuration says.
	Ready() error
	// Stats returns the state of the backend's parts.
	Stats() engine.Stats
	// Record adds a mail to the history.
	Record(in *classifier.Input, v *classifier.Verdict, o *history.Outcome)
	web.Backend
	// AskHistory serves a request of spamd history.
	AskHistory(ctx context.Context, what string, request []byte) ([]byte, error)
	// AskSenders serves a request of spamd senders.
	AskSenders(ctx context.Context, what string, request []byte) ([]byte, error)
	// Close waits for the work in progress and closes the store.
	Close() error
}

// loadPatience is how long mail waits at start for a large store: long enough for some million tokens. Then it is
// tagged without Bayes until the store is there.
const loadPatience = time.Second

// lockPatience is how long a start waits for a store that another process has open: a spam-learn or spamd mda that
// works without a daemon, or a daemon that is just ending.
const lockPatience = 10 * time.Second

// openBackend makes the backend that a configuration describes.
func openBackend(cfg *config.Config, log, net *slog.Logger) (backend, error) {
	said := false
	for deadline := time.Now().Add(lockPatience); ; time.Sleep(50 * time.Millisecond) {
		e, err := engine.Open(cfg, engine.Options{Log: log, NetLog: net, Patience: loadPatience, History: true,
			Senders: true})
		if err == nil {
			return e, nil
		}
		if !errors.Is(err, store.ErrLocked) || time.Now().After(deadline) {
			return nil, err
		}
		if !said {
			said = true
			log.Warn("waiting for the learner's store, which another process has open", "wait", lockPatience, "err", err)
		}
	}
}

// version returns the program's version.
func version() string { return engine.Version }
