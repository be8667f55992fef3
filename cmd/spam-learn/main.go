// Command spam-learn teaches Asterism from mailboxes, and maintains the learner's store.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"asterism/store"
)

// Exit codes of sysexits.h, and of a program that a signal ended.
const (
	exitUsage       = 64
	exitData        = 65
	exitSoftware    = 70
	exitNoInput     = 66
	exitIO          = 74
	exitTemporary   = 75
	exitPermission  = 77
	exitConfig      = 78
	exitInterrupted = 128 // plus the number of the signal
)

// exitError is an error with an exit code. Its own error is nil if all was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func fail(code int, err error) error { return &exitError{code, err} }

// codeOf returns the exit code for an error of the store or of a file.
func codeOf(err error) int {
	var e *exitError
	switch {
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, store.ErrLocked), errors.Is(err, store.ErrAway), errors.Is(err, store.ErrBusy):
		return exitTemporary
	case errors.Is(err, fs.ErrPermission):
		return exitPermission
	case errors.Is(err, fs.ErrNotExist):
		return exitNoInput
	}
	return exitIO
}

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		s := <-signals
		signal.Stop(signals) // the second one kills: the store bears that
		cancel(interrupted{s})
	}()
	os.Exit(run(ctx, os.Args[1:]))
}

// interrupted is the cause of a context that a signal cancelled.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return i.signal.String() }

// exitCode is the exit code of a program killed by the signal.
func (i interrupted) exitCode() int {
	if n, ok := i.signal.(syscall.Signal); ok {
		return exitInterrupted + int(n)
	}
	return exitInterrupted
}

// run runs the command and returns its exit code.
func run(ctx context.Context, args []string) int {
	cmd := newCommand()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{exitUsage, fmt.Errorf("%w; see spam-learn --help", err)} // what cobra finds wrong with the arguments
	}
	if e.err != nil {
		fmt.Fprintln(os.Stderr, "spam-learn:", e.err)
	}
	return e.code
}
