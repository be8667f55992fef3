package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTeach is what an administrator does: learn two mailboxes, again by mistake, and take it back.
func TestTeach(t *testing.T) {
	dir := t.TempDir()
	store := "--bayes-path=" + filepath.Join(dir, "new/bayes")
	ham, spam := mbox(t, dir, "ham", 600), mbox(t, dir, "spam", 300)
	want(t, `ham: examined 600, learned 600, already known 0, skipped 0`+inStore, store, "--ham", ham)
	want(t, `spam: examined 300, learned 300, already known 0, skipped 0`+inStore, store, "--spam", spam)
	want(t, `ham: examined 600, learned 0, already known 600, skipped 0`+inStore, store, "--ham", ham)
	want(t, `spam: examined 300, learned 0, already known 300, skipped 0`+inStore, store, "--spam", spam)
	path := filepath.Join(dir, "new/bayes")
	wantMagic(t, path, 600, 300)
	if n := magic(t, path)["ntokens"]; n < 1800 {
		t.Errorf("%d tokens", n)
	}
	one := write(t, filepath.Join(dir, "misfiled.eml"), mail("spam", 7))
	want(t, `ham: examined 1, learned 1, already known 0, of the learned 1 were spam before, skipped 0`+inStore, store,
		"--ham", one)
	wantMagic(t, path, 601, 299)
	want(t, `forget: examined 300, forgotten 300, not known 0, skipped 0`+inStore, store, "--forget", spam)
	want(t, `forget: examined 601, forgotten 600, not known 1, skipped 0`+inStore, store, "--forget", ham, one)
	wantMagic(t, path, 0, 0)
	if n := magic(t, path)["ntokens"]; n != 0 {
		t.Errorf("%d tokens are left", n)
	}
	if info, err := os.Stat(path + ".bolt"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestForms learns the same three mails from mailboxes of every form: only from the first they are new.
func TestForms(t *testing.T) {
	dir := t.TempDir()
	store := "--bayes-path=" + filepath.Join(dir, "bayes")
	box := fromLine + mail("x", 1) + "\n" + fromLine + mail("x", 2) + "\n" + fromLine + mail("x", 3) + "\n"
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(box))
	w.Close()
	want(t, `spam: examined 3, learned 3, .*`, store, "--spam", write(t, filepath.Join(dir, "box"), box))
	known := `spam: examined 3, learned 0, already known 3, skipped 0` + inStore
	want(t, known, store, "--spam", write(t, filepath.Join(dir, "crlf"), strings.ReplaceAll(box, "\n", "\r\n")))
	want(t, known, store, "--spam", write(t, filepath.Join(dir, "box.gz"), z.String()))
	for i, name := range []string{"maildir/cur/1:2,S", "maildir/cur/2:2,", "maildir/new/3"} {
		write(t, filepath.Join(dir, name), mail("x", i+1))
	}
	want(t, known, store, "--spam", filepath.Join(dir, "maildir"))
	for i, name := range []string{"1", "2", "10"} {
		write(t, filepath.Join(dir, "mh", name), "Return-Path: <a@b>\nX-Spam-Score: 6.8 (******) A,B\n"+mail("x", i+1))
	}
	want(t, known, store, "--spam", filepath.Join(dir, "mh"))
	for _, args := range [][]string{{store, "--spam", "-"}, {store, "--spam"}} {
		if stdout, stderr, code := learnFrom(t, box, args...); code != 0 || !strings.HasPrefix(stdout,
			"spam: examined 3, learned 0, already known 3") {
			t.Errorf("%v: %q, %q, %d", args, stdout, stderr, code)
		}
	}
}

func TestConfigFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "site/bayes")
	cf := write(t, filepath.Join(dir, "sa.cf"),
		"use_bayes 1\nbayes_file_mode 770\nbayes_path "+path+"\nbayes_ignore_header X-Probably-Spam-Tag\nno_such_option 1\n")
	want(t, `ham: examined 5, learned 5, .*`, "-c", cf, "--ham", mbox(t, dir, "ham", 5))
	wantMagic(t, path, 5, 0)
	if info, err := os.Stat(path + ".bolt"); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info, err)
	}
	bad := write(t, filepath.Join(dir, "bad.cf"), "use_bayes 1\nbayes_expiry_max_db_size many\n")
	if _, stderr, code := learn(t, "-c", bad, "--dump", "magic"); code != 78 || !strings.Contains(stderr,
		bad+":2: error: ") {
		t.Errorf("code %d, %q", code, stderr)
	}
	off := write(t, filepath.Join(dir, "off.cf"), "use_bayes 0\n")
	if _, stderr, code := learn(t, "-c", off, "--dump", "magic"); code != 78 || !strings.Contains(stderr, "use_bayes") {
		t.Errorf("code %d, %q", code, stderr)
	}
}

// TestExpiry: no more tokens than bayes_expiry_max_db_size stay.
func TestExpiry(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes")
	store := "--bayes-path=" + path
	want(t, `ham: examined 300, .*`, store, "--ham", mbox(t, dir, "ham", 300))
	cf := write(t, filepath.Join(dir, "sa.cf"), "bayes_expiry_max_db_size 200\n")
	before := magic(t, path)["ntokens"]
	if before < 500 {
		t.Fatalf("%d tokens", before)
	}
	want(t, `expired \d+ tokens; the store has 200 tokens of 300 ham and 0 spam`, store, "-c", cf, "--expire")
	want(t, `expired 0 tokens; the store has 200 tokens of 300 ham and 0 spam`, store, "-c", cf, "--expire")
	if m := magic(t, path); m["ntokens"] != 200 || m["last expiry atime"] == 0 {
		t.Errorf("%v", m)
	}
}

// TestWrongInput: what cannot be read is named, the rest is learned, and the exit code tells.
func TestWrongInput(t *testing.T) {
	dir := t.TempDir()
	store := "--bayes-path=" + filepath.Join(dir, "bayes")
	good := write(t, filepath.Join(dir, "good"), mail("x", 1))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	for i := range 1000 {
		w.Write([]byte(fromLine + mail("y", i) + "\n"))
	}
	w.Close()
	cut := write(t, filepath.Join(dir, "cut.gz"), z.String()[:z.Len()/2])
	missing := filepath.Join(dir, "missing")
	large := write(t, filepath.Join(dir, "large"), mail("x", 2)+strings.Repeat("large\n", 2000))
	stdout, stderr, code := learn(t, store, "--ham", "--max-size", "10k", missing, cut, large, good)
	if code != 66 || !strings.Contains(stderr, missing) || !strings.Contains(stderr, cut+": message ") ||
		strings.Count(stderr, "\n") != 2 {
		t.Errorf("code %d, %q", code, stderr)
	}
	if !strings.HasPrefix(stdout, "ham: examined ") || !strings.Contains(stdout, "skipped 1") {
		t.Errorf("%q", stdout)
	}
	if n := magic(t, filepath.Join(dir, "bayes"))["nham"]; n < 100 {
		t.Errorf("of the damaged mbox only %d were learned", n)
	}
	want(t, `ham: examined 1, learned 0, already known 1, .*`, store, "--ham", good)
	if _, stderr, code := learn(t, store, "--ham", cut); code != 65 || stderr == "" {
		t.Errorf("code %d, %q", code, stderr)
	}
	want(t, `ham: examined 0, learned 0, .*`, store, "--ham", write(t, filepath.Join(dir, "empty"), ""))
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	store := "--bayes-path=" + filepath.Join(dir, "bayes")
	file := write(t, filepath.Join(dir, "m"), mail("x", 1))
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{}, 64, "give one of"},
		{[]string{file}, 64, "give one of"},
		{[]string{"--ham", "--spam", file}, 64, "give one of"},
		{[]string{"--bogus"}, 64, "--bogus"},
		{[]string{"--dump", "tokens"}, 64, "tokens"},
		{[]string{"--expire", file}, 64, file},
		{[]string{"--ham", "--max-size", "big", file}, 64, "big"},
		{[]string{"--dump", "magic"}, 66, filepath.Join(dir, "bayes.bolt")},
		{[]string{"--forget", file}, 66, filepath.Join(dir, "bayes.bolt")},
		{[]string{"--restore", filepath.Join(dir, "none")}, 66, "none"},
	} {
		stdout, stderr, code := learn(t, append(c.args, store)...)
		if code != c.code || !strings.HasPrefix(stderr, "spam-learn: ") || !strings.Contains(stderr, c.want) || stdout != "" {
			t.Errorf("%v: code %d, stdout %q, stderr %q; want %d, %q", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
	for _, flag := range []string{"--help", "--version"} {
		if stdout, stderr, code := learn(t, flag); code != 0 || stderr != "" || !strings.Contains(stdout, "spam-learn") {
			t.Errorf("%s: code %d, stdout %q, stderr %q", flag, code, stdout, stderr)
		}
	}
	foreign := filepath.Join(dir, "foreign")
	write(t, foreign+".bolt", "what is this?\n")
	if _, stderr, code := learn(t, "--bayes-path", foreign, "--ham", file); code != 74 || !strings.Contains(stderr,
		foreign+".bolt: not a store") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}
