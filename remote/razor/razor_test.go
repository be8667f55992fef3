package razor_test

import (
	"context"
	"errors"
	"maps"
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
		t.Run(code, func(t *testing.T) {
			c := razor.New(razor.Options{Runner: run.New(1, "/"),
				Program: programs(t, map[string]string{"razor-check": "cat >/dev/null; exit " + code})})
			got := "ham"
			if a, err := c.Check(t.Context(), []byte("mail")); err != nil {
				got = "error"
			} else if a.Spam {
				got = "spam"
			}
			if got != want {
				t.Errorf("exit code %s: %s, want %s", code, got, want)
			}
		})
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
	if a, err := c.Check(t.Context(), []byte("mail\n")); !a.Spam || a.Confidence != nil || err != nil {
		t.Error(a, err)
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

// TestConfidence: the log of razor-check 2.85 tells the confidence of each engine; contested parts are left out.
func TestConfidence(t *testing.T) {
	const log = `Nov 29 17:01:44.349749 check[27852]: [ 2] [bootup] Logging initiated LogDebugLevel=7 to stdout
Nov 29 17:01:44.349923 check[27852]: [ 6] mail 1.0 e=4 sig=abc: Not spam: cf 5 < min_cf 12
Nov 29 17:01:44.349936 check[27852]: [ 6] mail 1.0 e=8 sig=d-_f: Is spam: cf 87 >= min_cf 12
Nov 29 17:01:44.349936 check[27852]: [ 6] mail 1.0 e=8 sig=def: Is spam: cf 60 >= min_cf 12
Nov 29 17:01:44.349947 check[27852]: [ 6] mail 1.1 e=4 sig=ghi: Is spam: cf 100 >= min_cf 12
Nov 29 17:01:44.349957 check[27852]: [ 6] mail 1.2 e=4 sig=jkl: sig not found.
Nov 29 17:01:44.349973 check[27852]: [ 7] method 4: mail 1.0: no-contention part, spam=1
Nov 29 17:01:44.349982 check[27852]: [ 7] method 4: mail 1.1: contention part, skipping
`
	c := razor.New(razor.Options{Runner: run.New(1, "/"), Confidence: true, Program: programs(t, map[string]string{
		"razor-check": `[ "$*" = "-d -dl=7 -" ] && cat >/dev/null && cat <<'.'` + "\n" + log + "."})})
	a, err := c.Check(t.Context(), []byte("mail"))
	if want := map[int]int{4: 5, 8: 87}; err != nil || !a.Spam || !maps.Equal(a.Confidence, want) {
		t.Errorf("%v, %v, want %v", a, err, want)
	}
}
