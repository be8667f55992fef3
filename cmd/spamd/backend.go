package main

import (
	"context"
	"log/slog"

	"asterism/classifier"
	"asterism/config"
	"asterism/spamc"
)

// backend is what the daemon's fronts ask: the classifier with its rules and its store.
type backend interface {
	spamc.Classifier
	// Reload takes over a new configuration, or says why it cannot and stays as it was.
	Reload(cfg *config.Config) error
	// Close waits for what is under way and closes the store.
	Close() error
}

// openBackend makes the backend that a configuration describes.
func openBackend(*config.Config, *slog.Logger) (backend, error) { return none{}, nil }

// version returns the program's version.
func version() string { return "unknown" }

// none is the backend of a spamd without an engine.
type none struct{}

func (none) Check(context.Context, *classifier.Input) (*classifier.Verdict, error) {
	return &classifier.Verdict{Required: 5}, nil
}

func (none) Learn(_ context.Context, l []classifier.Lesson) ([]classifier.Learned, error) {
	return make([]classifier.Learned, len(l)), nil
}

func (none) Forget(_ context.Context, r [][]byte) ([]classifier.Learned, error) {
	return make([]classifier.Learned, len(r)), nil
}

func (none) Reload(*config.Config) error { return nil }

func (none) Close() error { return nil }
