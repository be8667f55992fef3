package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/store/redis/redistest"
)

// TestMigrate: from a file to Redis and back nothing changes, and a store that has something in it is not overwritten.
func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	url := redistest.Start(t).URL("migrate")
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	run := func(args ...string) string {
		t.Helper()
		out, errs, code := learn(t, args...)
		if code != 0 {
			t.Fatalf("%q: code %d: %s", args, code, errs)
		}
		return out
	}
	for class, text := range map[string]string{"--ham": "lunch in the garden", "--spam": "pills and casinos"} {
		mail := filepath.Join(dir, "mail"+class)
		if err := os.WriteFile(mail, []byte("From: a@example.org\nSubject: "+text+"\n\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		run(class, "--bayes-path", first, mail)
	}
	if out := run("--migrate", first, url); !strings.Contains(out, "1 ham and 1 spam") {
		t.Errorf("to Redis: %q", out)
	}
	run("--migrate", url, second)
	if a, b := dumpSorted(run("--backup", "-", "--bayes-path", first)), dumpSorted(run("--backup", "-", "--bayes-path",
		second)); !slices.Equal(a, b) {
		t.Errorf("before:\n%s\nafter:\n%s", a, b)
	}
	if _, errs, code := learn(t, "--migrate", first, url); code != exitUsage || !strings.Contains(errs, "is not empty") {
		t.Errorf("onto a store in use: code %d: %s", code, errs)
	}
	if _, errs, code := learn(t, "--migrate", filepath.Join(dir, "none"), url); code != exitNoInput {
		t.Errorf("from no store: code %d: %s", code, errs)
	}
	if _, errs, code := learn(t, "--migrate", first, "redis://127.0.0.1:1/"); code != exitTemporary ||
		!strings.Contains(errs, "127.0.0.1:1") {
		t.Errorf("to no server: code %d: %s", code, errs)
	}
}

func dumpSorted(text string) []string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return lines
}
