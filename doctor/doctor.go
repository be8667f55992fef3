// Package doctor diagnoses an installation: each check returns findings, and errors and warnings have a remedy.
package doctor

import (
	"fmt"
	"io"
	"slices"
)

// Level says how bad a finding is.
type Level uint8

// A warning is worth a look; with an error mail is not filtered, or nothing is learned.
const (
	OK Level = iota
	Warning
	Error
)

func (l Level) String() string { return [...]string{"ok", "warning", "error"}[l] }

// Finding is the result of one check.
type Finding struct {
	Level  Level
	About  string // one or two words
	Text   string
	Remedy string // the remedy; empty if none is needed
}

// String returns the finding as one line: level, subject, text, and the remedy after a semicolon.
func (f Finding) String() string {
	line := fmt.Sprintf("%-7s  %-13s  %s", f.Level, f.About, f.Text)
	if f.Remedy != "" {
		line += "; " + f.Remedy
	}
	return line
}

// Write writes the findings of a level and above, one line each.
func Write(w io.Writer, findings []Finding, least Level) error {
	for _, f := range findings {
		if f.Level < least {
			continue
		}
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}

// Failed reports whether any finding is an error.
func Failed(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Error })
}

// on makes the findings about one subject.
type on string

func (about on) ok(format string, args ...any) Finding {
	return Finding{OK, string(about), fmt.Sprintf(format, args...), ""}
}

func (about on) warning(remedy, format string, args ...any) Finding {
	return Finding{Warning, string(about), fmt.Sprintf(format, args...), remedy}
}

func (about on) failure(remedy, format string, args ...any) Finding {
	return Finding{Error, string(about), fmt.Sprintf(format, args...), remedy}
}
