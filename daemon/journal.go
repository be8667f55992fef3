package daemon

import (
	"io"
	"log/slog"
	"strings"

	"github.com/coreos/go-systemd/v22/journal"
)

// OnJournal reports whether standard error is a stream to systemd's journal: the one that JOURNAL_STREAM names
// (systemd.exec(5)).
func OnJournal() bool {
	is, err := journal.StderrIsJournalStream()
	return is && err == nil
}

// maxJournalLine bounds a line: journald cuts at 48 KB (journald.conf(5), LineMax=), and takes the rest for another
// line
// with a priority of its own, which may be a sender's words.
const maxJournalLine = 40 << 10

// ToJournal writes text to such a stream: each line with its priority before it (sd-daemon(3)), all at once.
func ToJournal(w io.Writer, level slog.Level, text string) error {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if len(line) > maxJournalLine {
			line = line[:maxJournalLine] + "…"
		}
		b.WriteString(priority(level) + line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// priority is the level as one of syslog's.
func priority(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "<3>"
	case level >= slog.LevelWarn:
		return "<4>"
	case level >= slog.LevelInfo:
		return "<6>"
	}
	return "<7>"
}
