package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/store/redis/redistest"
)

// TestRedisNumbers: each number about a store on Redis is right on a fresh connection, with a journal that knows the
// store.
func TestRedisNumbers(t *testing.T) {
	dir := t.TempDir()
	server := redistest.Start(t)
	url := server.URL("numbers")
	cf := write(t, filepath.Join(dir, "test.cf"), "bayes_path "+url+"\nbayes_redis_journal "+filepath.Join(dir,
		"journal")+"\n")
	use := "-c" + cf
	ham, spam := mbox(t, dir, "ham", 7), mbox(t, dir, "spam", 5)
	want(t, `ham: examined 7, learned 7, .*`, use, "--ham", ham)
	want(t, `spam: examined 5, learned 5, .*`, use, "--spam", spam)
	if _, err := os.Stat(filepath.Join(dir, "journal")); err != nil {
		t.Fatal("there is no journal: ", err)
	}
	file := filepath.Join(dir, "backup")
	const numbers = `the store has [1-9]\d+ tokens of 7 ham and 5 spam`
	want(t, `backed up to .*; `+numbers, use, "--backup", file)
	content, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(content), "\ntotal 7 5 ") {
		t.Errorf("the backup has other totals: %v\n%.200s", err, content)
	}
	for range 3 {
		wantDump(t, use, "7", "5")
	}
	want(t, `expired 0 tokens; `+numbers, use, "--expire")
	want(t, `restored from .*; `+numbers, use, "--restore", file)
	wantDump(t, use, "7", "5")

	empty := write(t, filepath.Join(dir, "empty"), strings.Replace(string(content), "\ntotal 7 5 ", "\ntotal 0 0 ", 1))
	if _, errs, code := learn(t, use, "--restore", empty); code != exitData || !strings.Contains(errs,
		"tokens of no messages") ||
		!strings.Contains(errs, "nothing was restored") {
		t.Errorf("a backup without totals: code %d: %s", code, errs)
	}
	wantDump(t, use, "7", "5")
	want(t, `cleared; the store has 0 tokens of 0 ham and 0 spam`, use, "--clear")
	wantDump(t, use, "0", "0")

	server.Stop()
	for _, args := range [][]string{{"--dump", "magic"}, {"--backup", file}, {"--expire"}} {
		if out, errs, code := learn(t, slices.Concat([]string{use}, args)...); code != exitTemporary || out != "" ||
			errs == "" {
			t.Errorf("%q without Redis: code %d, stdout %q, stderr %q", args, code, out, errs)
		}
	}
}

// wantDump checks the totals that --dump magic prints.
func wantDump(t *testing.T, use, ham, spam string) {
	t.Helper()
	out, errs, code := learn(t, use, "--dump", "magic")
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if n := fields[2]; strings.HasSuffix(line, ": nham\n") && n != ham || strings.HasSuffix(line, ": nspam\n") &&
			n != spam {
			t.Errorf("want %s ham and %s spam: %s", ham, spam, line)
		}
	}
	if code != 0 || out == "" {
		t.Errorf("code %d: %s", code, errs)
	}
}
