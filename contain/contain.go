// Package contain keeps a panic where it happened: it becomes an error of the one mail, question or connection that
// brought it to light, and the daemon goes on. Faults of the runtime itself (no memory, a stack that overflows, a map
// written by two) still end the process.
//
// Errors name the place of a panic in one line. The stack is logged once per place, however many mails come by it.
package contain

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Panic is a panic that was contained.
type Panic struct {
	Value any
	Place string // the statement that panicked: package/file.go:line
}

func (p *Panic) Error() string { return fmt.Sprintf("panic at %s: %v", p.Place, p.Value) }

// Err turns a panic of the function that defers it into that function's error: defer contain.Err(&err).
func Err(err *error) {
	if v := recover(); v != nil {
		*err = caught(v)
	}
}

// Do runs f and returns its panic, if there was one.
func Do(f func()) (err error) {
	defer Err(&err)
	f()
	return nil
}

// Call runs f and returns its error, or its panic.
func Call(f func() error) (err error) {
	defer Err(&err)
	return f()
}

// Again runs f, and once more after a pause whenever it panics, until ctx ends.
func Again(ctx context.Context, pause time.Duration, f func()) {
	for Do(f) != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Go runs f in its own goroutine. Deferred calls of f notify waiters, also after a panic.
func Go(f func()) {
	go func() { _ = Do(f) }() // it has been logged
}

// Total returns the number of panics contained so far.
func Total() uint64 { return total.Load() }

// LogTo sets the process' log for stacks, which is the default logger otherwise. A new log gets each stack once again.
func LogTo(log *slog.Logger) {
	logger.Store(log)
	logged.Clear()
}

var (
	total  atomic.Uint64
	logger atomic.Pointer[slog.Logger]
	logged sync.Map // places whose stack has been logged
)

// caught makes an error of a recovered value. It is called by the function that recovered.
func caught(v any) *Panic {
	if p, ok := v.(*Panic); ok {
		return p // was logged where it was caught first
	}
	place, _ := panicPlace()
	p := &Panic{Value: v, Place: place}
	report(p)
	return p
}

func report(p *Panic) {
	total.Add(1)
	if _, known := logged.LoadOrStore(p.Place, true); known {
		return
	}
	log := logger.Load()
	if log == nil {
		log = slog.Default()
	}
	log.Error("contained a panic; please report this bug; the stack is logged once per place", "at", p.Place,
		"value", fmt.Sprint(p.Value), "stack", string(debug.Stack()))
}

// panicPlace finds the statement that panicked on the stack of a deferred function: the frame that called the
// runtime's panic.
func panicPlace() (place string, panicking bool) {
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && !strings.HasPrefix(f.Function, "runtime."): // sigpanic, panicIndex and the like
			return fmt.Sprintf("%s/%s:%d", path.Base(path.Dir(f.File)), path.Base(f.File), f.Line), true
		}
	}
	return "unknown place", panicking
}
