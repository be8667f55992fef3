// Package breaker is a circuit breaker with exponential back-off: it skips a failed service for a while, so that a dead
// one costs its timeout once and not with each mail.
//
// While it is closed, all requests pass. A failure opens it, and no request passes. After a pause it lets one probe
// pass. If that succeeds, the breaker closes; if it fails, the next pause is twice as long.
package breaker

import (
	"sync"
	"time"
)

// Options says when to open and for how long. The zero value opens on the first failure, for 5 s to 10 min.
type Options struct {
	Failures int           // failures in a row that open it; 1 if zero
	Min      time.Duration // the first pause; 5 s if zero
	Max      time.Duration // the longest pause; 10 min if zero
}

// Turn is what a caller may do.
type Turn uint8

// What a caller may do.
const (
	Ask   Turn = iota // send the request, and report the outcome to Done
	Probe             // send the request in the background, and report the outcome to Done
	Skip              // leave the service alone
)

// probeLimit is how long a probe may go unreported before another one is let through.
const probeLimit = time.Minute

// Breaker guards one service. It is safe for concurrent use.
type Breaker struct {
	opt Options

	mu     sync.Mutex
	row    int // failures in a row
	pause  time.Duration
	until  time.Time // open until then; zero when closed
	opened uint64
	failed uint64
}

// Status is a breaker's past and present.
type Status struct {
	Open   bool
	Until  time.Time // when the next probe is due, if open
	Failed uint64    // failures reported
	Opened uint64    // times it opened, or stayed open after a probe
}

// New makes a closed Breaker.
func New(opt Options) *Breaker {
	if opt.Failures <= 0 {
		opt.Failures = 1
	}
	if opt.Min <= 0 {
		opt.Min = 5 * time.Second
	}
	if opt.Max < opt.Min {
		opt.Max = max(10*time.Minute, opt.Min)
	}
	return &Breaker{opt: opt}
}

// Next returns the caller's turn.
func (b *Breaker) Next(now time.Time) Turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return Ask
	case now.Before(b.until):
		return Skip
	default:
		b.until = now.Add(max(b.pause, probeLimit)) // one probe at a time
		return Probe
	}
}

// Done reports the outcome of asking after the given turn. It reports whether the breaker opened or closed by it.
func (b *Breaker) Done(turn Turn, ok bool, now time.Time) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	open := !b.until.IsZero()
	if ok {
		b.row, b.pause, b.until = 0, 0, time.Time{}
		return open
	}
	b.failed++
	b.row++
	if b.row < b.opt.Failures || open && turn != Probe {
		return false // those who asked before it opened say nothing new
	}
	b.pause = min(max(2*b.pause, b.opt.Min), b.opt.Max)
	b.until = now.Add(b.pause)
	b.opened++
	return !open
}

// Status returns the breaker's state.
func (b *Breaker) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Status{Open: !b.until.IsZero(), Until: b.until, Failed: b.failed, Opened: b.opened}
}
