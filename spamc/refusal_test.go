package spamc

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestRefusal: only what took too long is called a timeout; errors of the operating system say what they are.
func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		err     error
		timeout bool
	}{
		{fmt.Errorf("learning failed: %w", &os.PathError{Op: "write", Path: "/var/lib/spamd/bayes.bolt",
			Err: syscall.ENOSPC}), false},
		{fmt.Errorf("learning failed: %w", syscall.EIO), false},
		{fmt.Errorf("check: %w", context.DeadlineExceeded), true},
		{fmt.Errorf("check: %w", os.ErrDeadlineExceeded), true},
		{&ServerError{codeUnavailable, "no"}, false},
	} {
		a := refusal(c.err)
		if got := strings.HasPrefix(a.text, "Timeout: ") && a.code == codeTimeout; got != c.timeout {
			t.Errorf("%v: %d %s", c.err, a.code, a.text)
		}
	}
}
