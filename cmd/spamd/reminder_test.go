package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"asterism/config"
	"asterism/engine"
	"asterism/store"
)

// learning is a store that has one more ham each time that it is looked at, up to the tenth.
type learning struct {
	looks uint32
	end   func()
}

func (l *learning) Ready() error {
	l.looks++
	switch l.looks {
	case 1, 2:
		return store.ErrLoading
	case 10:
		l.end()
	}
	return nil
}

func (l *learning) Stats() engine.Stats {
	return engine.Stats{Store: &store.Totals{Ham: l.looks, Spam: 100}}
}

// TestReminder: the log says that Bayes is not counted, each time until it is.
func TestReminder(t *testing.T) {
	cfg := config.New()
	cfg.Bayes.MinHam, cfg.Bayes.MinSpam = 6, 5
	var current atomic.Pointer[config.Config]
	current.Store(cfg)
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	r := &reminder{slog.New(slog.NewTextHandler(&log, nil)), &current, &learning{end: cancel}}
	r.run(ctx, time.Millisecond)
	out := log.String()
	if n := strings.Count(out, "Bayes does not count yet: "); n != 3 || !strings.Contains(out, "3 of 6 ham learned") ||
		!strings.Contains(out, "5 of 6 ham") || !strings.Contains(out, "spam-learn --ham") {
		t.Errorf("the log has it %d times, want 3:\n%s", n, out)
	}
}
