package main

import (
	"log/slog"
	"time"

	"asterism/config"
	"asterism/engine"
	"asterism/spamc"
)

// backend is what the daemon's fronts ask: the classifier with its rules and its store.
type backend interface {
	spamc.Classifier
	// Reload takes over a new configuration, or says why it cannot and stays as it was.
	Reload(cfg *config.Config) error
	// Ready returns nil once scans use all that the configuration says.
	Ready() error
	// Stats tells of the backend's parts.
	Stats() engine.Stats
	// Close waits for what is under way and closes the store.
	Close() error
}

// loadPatience is how long mail waits at start for a large store. Then it is tagged without Bayes until the store is there.
const loadPatience = 5 * time.Second

// openBackend makes the backend that a configuration describes.
func openBackend(cfg *config.Config, log, net *slog.Logger) (backend, error) {
	return engine.Open(cfg, engine.Options{Log: log, NetLog: net, Patience: loadPatience})
}

// version returns the program's version.
func version() string { return engine.Version }
