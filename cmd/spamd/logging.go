package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"
	"slices"

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
	form, err := logForm(o.logFormat)
	if err != nil {
		return nil, err
	}
	l.handler = func(level slog.Level) slog.Handler { return form(out, &slog.HandlerOptions{Level: level}) }
	switch journal := daemon.OnJournal(); {
	case o.syslog:
		w, err := syslog.New(syslog.LOG_MAIL|syslog.LOG_INFO, "spamd")
		if err != nil { // no reason to hold up mail
			l.area("spamd").Warn("logging to standard error", "err", err)
			return l, nil
		}
		l.handler = leveled(form, func(level slog.Level, line string) error { return toSyslog(w, level, line) })
	case journal && l.file == nil:
		l.handler = leveled(form, func(level slog.Level, line string) error {
			return daemon.ToJournal(os.Stderr, level,
				line)
		})
	}
	return l, nil
}

// logForm returns what makes the handlers of a --log-format.
func logForm(name string) (func(io.Writer, *slog.HandlerOptions) slog.Handler, error) {
	switch name {
	case "text":
		return func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) }, nil
	case "json":
		return func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) }, nil
	}
	return nil, fail(exitUsage, fmt.Errorf("--log-format %q is neither text nor json", name))
}

// toSyslog takes the level as the severity.
func toSyslog(w *syslog.Writer, level slog.Level, line string) error {
	switch {
	case level >= slog.LevelError:
		return w.Err(line)
	case level >= slog.LevelWarn:
		return w.Warning(line)
	case level >= slog.LevelInfo:
		return w.Info(line)
	}
	return w.Debug(line)
}

// onStderr reports whether the log goes to standard error.
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
