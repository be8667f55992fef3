package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"
	"slices"
	"sync"

	"asterism/daemon"
)

// logs makes the loggers of the daemon's areas.
type logs struct {
	file    *daemon.LogFile // nil unless --log-file names one
	handler func(slog.Level) slog.Handler
	debug   []string
}

// openLogs opens the log that the command line asks for; id is who the daemon will become.
func openLogs(o *options, id daemon.Identity) (*logs, error) {
	l := &logs{debug: o.debug}
	var out io.Writer = os.Stderr
	if o.logFile != "" {
		if o.syslog {
			return nil, fail(exitUsage, errors.New("--log-file and --syslog exclude each other"))
		}
		var err error
		if l.file, err = daemon.OpenLogFile(o.logFile, id); err != nil {
			return nil, fail(exitUnavailable, err)
		}
		out = l.file
	}
	switch {
	case o.logFormat == "text":
		l.handler = func(level slog.Level) slog.Handler {
			return slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})
		}
	case o.logFormat == "json":
		l.handler = func(level slog.Level) slog.Handler {
			return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})
		}
	default:
		return nil, fail(exitUsage, fmt.Errorf("--log-format %q is neither text nor json", o.logFormat))
	}
	if o.syslog {
		w, err := syslog.New(syslog.LOG_MAIL|syslog.LOG_INFO, "spamd")
		if err != nil { // no reason to hold up mail
			l.area("spamd").Warn("logging to standard error", "err", err)
			return l, nil
		}
		l.handler = func(level slog.Level) slog.Handler { return newSyslogHandler(w, level) }
	}
	return l, nil
}

// onStderr says whether the log goes to standard error.
func (l *logs) onStderr(o *options) bool { return l.file == nil && !o.syslog }

// reopen goes on in a new file, if the log is one.
func (l *logs) reopen() error {
	if l.file == nil {
		return nil
	}
	return l.file.Reopen()
}

func (l *logs) close() {
	if l.file != nil {
		l.file.Close()
	}
}

// area returns the logger of a part of the daemon, which logs details if --debug names it.
func (l *logs) area(name string) *slog.Logger {
	level := slog.LevelInfo
	if slices.Contains(l.debug, name) || slices.Contains(l.debug, "all") {
		level = slog.LevelDebug
	}
	return slog.New(l.handler(level))
}

// syslogHandler writes records as text to syslog, which adds the time and takes the level as its severity.
type syslogHandler struct {
	slog.Handler
	out *syslogWriter
}

// syslogWriter is what the text handler writes to: one record at a time.
type syslogWriter struct {
	mu  sync.Mutex
	buf bytes.Buffer
	to  *syslog.Writer
}

func (w *syslogWriter) Write(p []byte) (int, error) { return w.buf.Write(p) }

func newSyslogHandler(to *syslog.Writer, level slog.Level) slog.Handler {
	out := &syslogWriter{to: to}
	text := slog.NewTextHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime})
	return &syslogHandler{text, out}
}

// withoutTime drops what syslog writes itself.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

// Handle writes one record.
func (h *syslogHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.buf.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	line := h.out.buf.String()
	switch {
	case r.Level >= slog.LevelError:
		return h.out.to.Err(line)
	case r.Level >= slog.LevelWarn:
		return h.out.to.Warning(line)
	case r.Level >= slog.LevelInfo:
		return h.out.to.Info(line)
	}
	return h.out.to.Debug(line)
}

// WithAttrs returns a handler that adds attributes.
func (h *syslogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &syslogHandler{h.Handler.WithAttrs(attrs), h.out}
}

// WithGroup returns a handler that puts attributes into a group.
func (h *syslogHandler) WithGroup(name string) slog.Handler {
	return &syslogHandler{h.Handler.WithGroup(name), h.out}
}
