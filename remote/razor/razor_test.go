package razor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"asterism/remote/razor"
	"asterism/remote/run"
)

// programs writes shell scripts that stand for Razor's programs and returns the path of razor-check.
func programs(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "razor-check")
}

func TestCheck(t *testing.T) {
	for code, want := range map[string]string{"0": "spam", "1": "ham", "2": "error", "255": "error"} {
		c := razor.New(razor.Options{Runner: run.New(1, "/"),
			Program: programs(t, map[string]string{"razor-check": "cat >/dev/null; exit " + code})})
		got := "ham"
		if spam, err := c.Check(t.Context(), []byte("mail")); err != nil {
			got = "error"
		} else if spam {
			got = "spam"
		}
		if got != want {
			t.Errorf("exit code %s: %s, want %s", code, got, want)
		}
	}
	c := razor.New(razor.Options{Runner: run.New(1, "/"),
		Program: programs(t, map[string]string{"razor-check": "sleep 100"})})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Check(ctx, []byte("mail")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a program that hangs: %v", err)
	}
}

func TestReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	log := `echo "$(basename $0) $@" >>` + file + `; cat >>` + file
	c := razor.New(razor.Options{Runner: run.New(1, "/"), Config: "/etc/razor.conf",
		Program: programs(t, map[string]string{
			"razor-check": log, "razor-report": log, "razor-revoke": log + "; exit 2",
		})})
	if spam, err := c.Check(t.Context(), []byte("mail\n")); !spam || err != nil {
		t.Error(spam, err)
	}
	if err := c.Report(t.Context(), []byte("spam\n")); err != nil {
		t.Error(err)
	}
	if err := c.Revoke(t.Context(), []byte("ham\n")); err == nil {
		t.Error("a revocation that failed is no error")
	}
	const want = "razor-check -conf=/etc/razor.conf -\nmail\nrazor-report -conf=/etc/razor.conf -\nspam\n" +
		"razor-revoke -conf=/etc/razor.conf -\nham\n"
	if got, _ := os.ReadFile(file); string(got) != want {
		t.Errorf("ran %q, want %q", got, want)
	}
}
