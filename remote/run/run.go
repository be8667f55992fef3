// Package run runs helper programs (dccproc, razor-check, pyzor): with a clean environment, a time limit that ends the
// program and all that it started, and not too many at once.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Runner runs programs. It is safe for concurrent use.
type Runner struct {
	slots chan struct{}
	env   []string
}

// maxOutput is how much of a program's output is kept; the rest is read and dropped.
const maxOutput = 64 << 10

// New makes a Runner of at most max programs at once. Programs find home as their home directory, and nothing else of
// the daemon's environment.
func New(limit int, home string) *Runner {
	return &Runner{
		slots: make(chan struct{}, max(limit, 1)),
		env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "LC_ALL=C", "HOME=" +
			home},
	}
}

// Result has the exit code and output of a program that ended by itself.
type Result struct {
	Stdout []byte
	Code   int // exit code
}

// Run runs a program with the given input. An exit code other than 0 is no error. If ctx ends first, the program's
// whole process group is killed; the error then wraps ctx's. The same error comes if too many programs run all the
// time.
func (r *Runner) Run(ctx context.Context, path string, args []string, stdin []byte) (Result, error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return Result{}, fmt.Errorf("%s: too many programs at once: %w", path, ctx.Err())
	}
	var stdout, stderr limited
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = r.env
	cmd.Dir = "/"
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 100 * time.Millisecond // for a pipe that something else still holds open
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("%s: %w", path, ctx.Err())
	case errors.Is(err, exec.ErrWaitDelay):
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return Result{Stdout: stdout.kept, Code: cmd.ProcessState.ExitCode()}, nil
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return Result{Stdout: stdout.kept, Code: exit.ExitCode()}, nil
	case err != nil && len(stderr.kept) > 0:
		return Result{}, fmt.Errorf("%s: %w: %s", path, err, firstLine(string(stderr.kept)))
	case err != nil:
		return Result{}, fmt.Errorf("%s: %w", path, err)
	}
	return Result{Stdout: stdout.kept}, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// limited keeps the beginning of what is written to it.
type limited struct{ kept []byte }

func (l *limited) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p[:min(len(p), maxOutput-len(l.kept))]...)
	return len(p), nil
}
