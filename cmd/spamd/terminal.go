package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// isTerminal reports whether somebody looks at what is written there.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// painter returns what gives a word of a verdict its color, where out is a terminal that has colors and the user wants
// them (https://no-color.org).
func painter(out io.Writer) func(class string) string {
	if !isTerminal(out) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return func(class string) string { return class }
	}
	return func(class string) string {
		color := "\x1b[32m" // green
		if class == "spam" {
			color = "\x1b[31m" // red
		}
		return color + class + "\x1b[0m"
	}
}

// checkProgress counts the mails on the terminal where the verdicts go elsewhere; on the terminal they are the
// progress.
type checkProgress struct {
	toTerminal bool
	bar        *progressbar.ProgressBar // nil: none
}

func newCheckProgress(out io.Writer) *checkProgress {
	p := &checkProgress{toTerminal: isTerminal(out)}
	if !p.toTerminal && isTerminal(os.Stderr) {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetDescription("mails checked"),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

// add counts a mail.
func (p *checkProgress) add() {
	if p.bar != nil {
		_ = p.bar.Add(1)
	}
}

// end takes the count away, before a line of another kind.
func (p *checkProgress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
