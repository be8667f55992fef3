package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
)

// leveledHandler hands each record as one line, with its level, to a log that adds the time and keeps the level itself.
type leveledHandler struct {
	slog.Handler // writes to out
	out          *leveledWriter
}

// leveledWriter holds one record at a time.
type leveledWriter struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	emit func(level slog.Level, line string) error
}

func (w *leveledWriter) Write(p []byte) (int, error) { return w.buf.Write(p) }

// leveled returns what makes such handlers.
func leveled(form func(io.Writer, *slog.HandlerOptions) slog.Handler,
	emit func(slog.Level, string) error) func(slog.Level) slog.Handler {
	return func(level slog.Level) slog.Handler {
		out := &leveledWriter{emit: emit}
		return &leveledHandler{form(out, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime}), out}
	}
}

// withoutTime drops what that log writes itself.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

// Handle writes one record.
func (h *leveledHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.buf.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	return h.out.emit(r.Level, h.out.buf.String())
}

// WithAttrs returns a handler that adds attributes.
func (h *leveledHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &leveledHandler{h.Handler.WithAttrs(attrs), h.out}
}

// WithGroup returns a handler that puts attributes into a group.
func (h *leveledHandler) WithGroup(name string) slog.Handler {
	return &leveledHandler{h.Handler.WithGroup(name), h.out}
}
