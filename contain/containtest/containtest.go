// Package containtest looks at the log of panics that were contained.
package containtest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"asterism/contain"
)

// Log is the process' log of panics during a test.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Start sends the process' log of panics into a Log until the test ends.
func Start(t testing.TB) *Log {
	t.Helper()
	l := &Log{}
	contain.LogTo(slog.New(slog.NewTextHandler(l, nil)))
	t.Cleanup(func() { contain.LogTo(slog.New(slog.DiscardHandler)) })
	return l
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Stacks returns the number of stacks in the log.
func (l *Log) Stacks() int { return strings.Count(l.String(), "stack=") }
