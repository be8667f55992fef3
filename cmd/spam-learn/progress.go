package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on standard error, if that is a terminal.
type progress struct {
	bar *progressbar.ProgressBar // nil: none
}

// newProgress begins a bar for so many bytes, -1 if it is not known how many.
func newProgress(what string, total int64) *progress { return makeProgress(what, total, true) }

// newRecordProgress begins a bar for so many records.
func newRecordProgress(what string, total int64) *progress { return makeProgress(what, total, false) }

func makeProgress(what string, total int64, bytes bool) *progress {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &progress{}
	}
	return &progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionFullWidth())}
}

// add moves the bar on. It may be called by another goroutine than the other methods.
func (p *progress) add(bytes int64) {
	if p.bar != nil {
		_ = p.bar.Add64(bytes) // fails if more comes than was there at first: only the picture is wrong
	}
}

// say prints a line on standard error.
func (p *progress) say(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(os.Stderr, line)
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
