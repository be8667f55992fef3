package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	path, text := filepath.Join(dir, "bayes"), filepath.Join(dir, "bayes.txt")
	store := "--bayes-path=" + path
	ham, spam := mbox(t, dir, "ham", 50), mbox(t, dir, "spam", 40)
	want(t, `ham: .*`, store, "--ham", ham)
	want(t, `spam: .*`, store, "--spam", spam)
	want(t, `backed up to .*; the store has \d+ tokens of 50 ham and 40 spam`, store, "--backup", text)
	if info, err := os.Stat(text); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	before, _, _ := learn(t, store, "--dump", "all")
	want(t, `cleared; the store has 0 tokens of 0 ham and 0 spam`, store, "--clear")
	wantMagic(t, path, 0, 0)

	content, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(content), "\n")
	short := write(t, filepath.Join(dir, "short.txt"), strings.Join(lines[:len(lines)/2], ""))
	if stdout, stderr, code := learn(t, store, "--restore", short); code != 65 || stdout != "" ||
		!regexp.MustCompile(`^spam-learn: .*short.txt: line \d+: .*cut short; nothing was restored\n$`).MatchString(stderr) {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	wantMagic(t, path, 0, 0)

	want(t, `restored from .*; the store has \d+ tokens of 50 ham and 40 spam`, store, "--restore", text)
	if after, _, _ := learn(t, store, "--dump", "all"); !slices.Equal(sorted(before), sorted(after)) {
		t.Errorf("before:\n%.500s\nafter:\n%.500s", before, after)
	}
	want(t, `ham: examined 50, learned 0, already known 50, .*`, store, "--ham", ham)
	// A restored store goes on: it may be on another machine, and through pipes.
	piped, _, code := learn(t, store, "--backup", "-")
	if code != 0 || !slices.Equal(sorted(piped), sorted(string(content))) {
		t.Errorf("--backup - differs, code %d", code)
	}
	other := "--bayes-path=" + filepath.Join(dir, "other")
	if stdout, stderr, code := learnFrom(t, piped, other, "--restore", "-"); code != 0 || !strings.HasPrefix(stdout,
		"restored") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	want(t, `forget: examined 40, forgotten 40, not known 0, .*`, other, "--forget", spam)
	wantMagic(t, filepath.Join(dir, "other"), 50, 0)
}

func sorted(s string) []string { return slices.Sorted(strings.Lines(s)) }

func TestDump(t *testing.T) {
	dir := t.TempDir()
	store := "--bayes-path=" + filepath.Join(dir, "bayes")
	want(t, `ham: .*`, store, "--ham", mbox(t, dir, "ham", 4))
	want(t, `spam: .*`, store, "--spam", mbox(t, dir, "spam", 2))
	tokens, _, _ := learn(t, store, "--dump", "data")
	line := regexp.MustCompile(`^([01]\.\d{3}) +(\d+) +(\d+) +(\d{10})  [0-9a-f]{16} \S+\n$`)
	seen := map[string]bool{}
	for l := range strings.Lines(tokens) {
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("line %q", l)
		}
		seen[m[1]+" "+m[2]+" "+m[3]] = true
	}
	// Words of one mail of each class, of all of one, of all.
	for _, s := range []string{"0.000 0 1", "0.000 0 4", "1.000 1 0", "1.000 2 0", "0.500 2 4"} {
		if !seen[s] {
			t.Errorf("no token %s; there are %v", s, seen)
		}
	}
	magic, _, _ := learn(t, store, "--dump", "magic")
	if all, _, _ := learn(t, store, "--dump", "all"); !slices.Equal(sorted(all), sorted(magic+tokens)) {
		t.Errorf("--dump all: %q", all)
	}
}
