package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/store"
)

// TestPanicOfAMail: a mail over which the program panics is left out, with an error that names it; the others are
// learned.
func TestPanicOfAMail(t *testing.T) {
	dir := t.TempDir()
	cfg, problems := config.Load(config.Sources{})
	problems = append(problems, cfg.Parse("test", []byte("bayes_path "+filepath.Join(dir, "bayes")+"\n"))...)
	if config.Failed(problems) {
		t.Fatal(problems)
	}
	eng, err := engine.Open(cfg, engine.Options{LearnOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	l := &local{eng: eng, class: store.Spam, lesson: func(lesson classifier.Lesson) bayes.Lesson {
		if bytes.Contains(lesson.Raw, []byte("Message-ID: <spam.5@")) {
			panic("a mail that nobody expected")
		}
		return eng.Classifier().Prepare(lesson)
	}}
	in := &input{paths: []string{mbox(t, dir, "spam", 60)}, progress: &progress{}}
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer func(stderr *os.File) { os.Stderr = stderr }(os.Stderr)
	os.Stderr = said
	var n tally
	if err := l.teach(t.Context(), in, &n); err != nil {
		t.Fatal(err)
	}
	if n[classifier.LearnedNew] != 59 || in.skipped != 1 || in.examined != 60 || in.code != exitSoftware {
		t.Errorf("%v, %d of %d skipped, exit code %d", n, in.skipped, in.examined, in.code)
	}
	text, err := os.ReadFile(said.Name())
	if err != nil || !strings.Contains(string(text), "spam.mbox:6: panic at ") || !strings.Contains(string(text),
		"nobody expected") {
		t.Errorf("said %q, %v", text, err)
	}
}
