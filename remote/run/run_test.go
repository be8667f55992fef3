package run_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"asterism/remote/run"
)

// script writes a shell script and returns its path.
func script(t *testing.T, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRun(t *testing.T) {
	t.Setenv("SECRET", "leaked")
	r := run.New(4, "/nonexistent")
	for _, tc := range []struct {
		name, body, stdin, stdout string
		code                      int
	}{
		{"filter", "tr a-z A-Z", "mail", "MAIL", 0},
		{"exit code", "exit 17", "mail", "", 17},
		{"arguments", `echo "$1|$2"`, "", "a b|c;d\n", 0},
		{"environment", "env | grep -v -e ^PWD -e ^SHLVL -e ^_ | sort | cut -d= -f1 | tr '\\n' ' '; echo $SECRET", "",
			"HOME LANG LC_ALL PATH \n", 0},
		{"unread input", "exec true", strings.Repeat("x", 1<<20), "", 0},
		{"daemon that keeps its output open", "sleep 100 & echo done", "", "done\n", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res, err := r.Run(t.Context(), script(t, tc.body), []string{"a b", "c;d"}, []byte(tc.stdin))
			if err != nil || string(res.Stdout) != tc.stdout || res.Code != tc.code {
				t.Errorf("%s: %q, code %d, %v; want %q, %d", tc.name, res.Stdout, res.Code, err, tc.stdout, tc.code)
			}
		})
	}
	if res, err := r.Run(t.Context(), script(t, "yes | head -c 10000000"), nil, nil); err != nil ||
		len(res.Stdout) != 64<<10 {
		t.Errorf("endless output: %d bytes, %v", len(res.Stdout), err)
	}
	if _, err := r.Run(t.Context(), "/nonexistent/program", nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing program: %v", err)
	}
	if _, err := r.Run(t.Context(), script(t, "kill -9 $$"), nil, nil); err == nil {
		t.Error("a program that was killed counts as having ended")
	}
}

// TestTimeLimit: the program dies, and so does what it started, even if that ignores signals.
func TestTimeLimit(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	body := "trap '' TERM INT HUP\necho $$ >>" + pids + "\n(trap '' TERM; echo $(exec sh -c 'echo $PPID') >>" + pids +
		"; sleep 1000; echo) &\nsleep 1000"
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := run.New(1, "/").Run(ctx, script(t, body), nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is no time limit", err)
	}
	data, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	found := bytes.Fields(data)
	if len(found) != 2 {
		t.Fatalf("%d processes noted", len(found))
	}
	for _, f := range found {
		pid, err := strconv.Atoi(string(f))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; alive(pid); i++ {
			if i == 200 {
				t.Fatalf("process %d is still alive", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// alive reports whether a process runs; a zombie that nobody has waited for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

func TestAtMost(t *testing.T) {
	dir := t.TempDir()
	helper := script(t, "touch "+dir+"/$$; ls "+dir+" | wc -l; sleep 0.05; rm "+dir+"/$$")
	r := run.New(2, "/")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			res, err := r.Run(t.Context(), helper, nil, nil)
			if n, _ := strconv.Atoi(strings.TrimSpace(string(res.Stdout))); err != nil || n < 1 || n > 2 {
				t.Errorf("%d programs at once, %v", n, err)
			}
		})
	}
	wg.Wait()
	full := run.New(1, "/")
	sleeper := script(t, "sleep 10")
	long, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _, _ = full.Run(long, sleeper, nil, nil) }()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := full.Run(ctx, sleeper, nil, nil); err == nil || !strings.Contains(err.Error(), "too many programs") {
		t.Errorf("waiting for a turn: %v", err)
	}
	stop()
	<-done
}
