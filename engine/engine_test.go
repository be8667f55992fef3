package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/store"
)

// load returns the default configuration with a store of its own and more lines.
func load(t *testing.T, lines string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "test.cf")
	text := fmt.Sprintf("local_tests_only 1\nbayes_path %s/bayes\nbayes_min_ham_num 50\nbayes_min_spam_num 50\n%s", dir,
		lines)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, problems := config.Load(config.Sources{Defaults: data.Default(), Files: []string{file}})
	if config.Failed(problems) {
		t.Fatal(problems)
	}
	return cfg
}

func open(t *testing.T, cfg *config.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Open(cfg, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

var words = map[store.Class][]string{
	store.Ham: {"meeting", "minutes", "agenda", "budget", "review", "schedule", "kernel", "patch", "release", "regards"},
	store.Spam: {"viagra", "casino", "winner", "lottery", "mortgage", "pills", "unlimited", "guarantee", "bonus",
		"jackpot"},
}

// mail makes the nth message of a class: some of its class's words, and some that all have.
func mail(c store.Class, n int) []byte {
	w := words[c]
	return fmt.Appendf(nil, "From: someone%d@example.com\r\nTo: me@example.org\r\nSubject: number %d %s\r\n"+
		"Message-ID: <%d.%s@example.com>\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n\r\n"+
		"Hello, this is %s about %s and %s.\r\n",
		n%7, n, w[n%10], n, c, w[(n+3)%10], w[(n*7+1)%10], w[(n/10)%10])
}

func TestLearnsAndTells(t *testing.T) {
	e := open(t, load(t, "bayes_auto_learn 0\n"))
	ctx := context.Background()
	check := func(c store.Class, n int) *classifier.Verdict {
		t.Helper()
		v, err := e.Check(ctx, &classifier.Input{Raw: mail(c, n)})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := check(store.Spam, 1000); v.BayesReady {
		t.Error("Bayes counts before anything was learned")
	}
	for _, c := range []store.Class{store.Ham, store.Spam} {
		var lessons []classifier.Lesson
		for n := range 60 {
			lessons = append(lessons, classifier.Lesson{Raw: mail(c, n), Class: c})
		}
		if _, err := e.Learn(ctx, "", lessons); err != nil {
			t.Fatal(err)
		}
	}
	ham, spam := check(store.Ham, 1000), check(store.Spam, 1000)
	if !ham.BayesReady || !spam.BayesReady {
		t.Fatal("Bayes does not count after 60 messages of each class")
	}
	if ham.Bayes > 0.3 || spam.Bayes < 0.7 {
		t.Errorf("probabilities of spam: ham %.3f, spam %.3f", ham.Bayes, spam.Bayes)
	}
	if again, err := e.Learn(ctx, "", []classifier.Lesson{{Raw: mail(store.Ham, 3), Class: store.Ham}}); err != nil ||
		again[0] != classifier.LearnedKnown {
		t.Errorf("learned again: %v, %v", again, err)
	}
	if other, err := e.Learn(ctx, "", []classifier.Lesson{{Raw: mail(store.Ham, 3), Class: store.Spam}}); err != nil ||
		other[0] != classifier.LearnedOther {
		t.Errorf("learned as the other class: %v, %v", other, err)
	}
	if totals, err := e.Store().Totals(); err != nil || totals.Ham != 59 || totals.Spam != 61 {
		t.Errorf("totals %+v, %v", totals, err)
	}
}

// A mail that the rules are sure of teaches the learner, without a mail waiting for it.
func TestAutolearn(t *testing.T) {
	cfg := load(t, "header OURS Subject =~ /casino/\nscore OURS 8\nbody MINE /casino/\nscore MINE 8\n"+
		"header FRIEND Subject =~ /meeting/\nscore FRIEND -3\n")
	e := open(t, cfg)
	raw := func(subject string) []byte {
		return fmt.Appendf(nil, "From: a@example.com\r\nTo: b@example.org\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n"+
			"Message-ID: <%s@example.com>\r\nSubject: %s\r\n\r\n%s for everyone, come and see us there.\r\n", subject, subject,
			subject)
	}
	subjects := map[string]string{"casino": "spam", "meeting": "ham"}
	for subject, want := range subjects {
		v, err := e.Check(context.Background(), &classifier.Input{Raw: raw(subject)})
		if err != nil {
			t.Fatal(err)
		}
		if v.Autolearn != want {
			t.Errorf("%s: autolearn=%s with %v, want %s", subject, v.Autolearn, v.HeaderValue(), want)
		}
	}
	e.Classifier().Settle()
	if totals, err := e.Store().Totals(); err != nil || totals.Ham != 1 || totals.Spam != 1 {
		t.Errorf("totals %+v, %v", totals, err)
	}
	for subject := range subjects {
		if v, err := e.Check(context.Background(), &classifier.Input{Raw: raw(subject)}); err != nil || v.Autolearn != "no" {
			t.Errorf("%s, known already: autolearn=%s, %v", subject, v.Autolearn, err)
		}
	}
}

// TestTaughtStays: no copy of a mail takes back what a person taught of it, however sure its verdict.
func TestTaughtStays(t *testing.T) {
	ctx := context.Background()
	for _, taught := range []store.Class{store.Ham, store.Spam} {
		e := open(t, load(t, "header SPAMMY X-Test =~ /spam/\nscore SPAMMY 8\nbody WORDS /lunch/\nscore WORDS 8\n"+
			"header FRIEND X-Test =~ /ham/\nscore FRIEND -40\n"))
		other := func(id, test string) []byte {
			return []byte("X-Test: " + test + "\r\nFrom: joe@example.com\r\nTo: b@example.org\r\nSubject: lunch\r\n" +
				"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nMessage-ID: <" + id + "@example.com>\r\n\r\nlunch in the garden\r\n")
		}
		raw := func(test string) []byte { return other("3", test) }
		if _, err := e.Learn(ctx, "", []classifier.Lesson{{Raw: raw("none"), Class: taught}}); err != nil {
			t.Fatal(err)
		}
		v, err := e.Check(ctx, &classifier.Input{Raw: raw(taught.Other().String())})
		if err != nil || v.Autolearn != "no" {
			t.Errorf("a copy of a mail that was taught: autolearn=%s, %v", v.Autolearn, err)
		}
		if v, err = e.Check(ctx, &classifier.Input{Raw: other("4", taught.Other().String())}); err != nil {
			t.Fatal(err)
		}
		if v.Autolearn != taught.Other().String() {
			t.Fatalf("autolearn=%s with %s: the test needs a verdict against what was taught", v.Autolearn, v.HeaderValue())
		}
		e.Classifier().Settle()
		if class, err := e.Store().Seen(e.Classifier().Prepare(classifier.Lesson{Raw: raw("none")}).Digest); err != nil ||
			class != taught {
			t.Errorf("taught as %v, it is %v now, %v", taught, class, err)
		}
	}
}

// TestMarkedMails: a mail that a filter marked is the mail it was, and its verdict teaches nothing.
func TestMarkedMails(t *testing.T) {
	e := open(t, load(t,
		"rewrite_header Subject [BULK]\nheader OURS Subject =~ /casino/\nscore OURS 18\nbody MINE /casino/\nscore MINE 18\n"))
	ctx := context.Background()
	const fields = "From: a@example.com\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n"
	learn := func(subject string, c store.Class) classifier.Learned {
		t.Helper()
		done, err := e.Learn(ctx, "", []classifier.Lesson{{Raw: []byte(fields + subject + "\r\n\r\ncasino\r\n"), Class: c}})
		if err != nil {
			t.Fatal(err)
		}
		return done[0]
	}
	if got := learn("Subject: casino", store.Spam); got != classifier.LearnedNew {
		t.Fatal(got)
	}
	for _, subject := range []string{"X-Spam-Score: 6.0 (******) A\r\nSubject: [BULK] casino",
		"X-Spam-Prev-Subject: casino\r\nSubject: # casino",
		"Subject: *****SPAM***** casino"} {
		if got := learn(subject, store.Ham); got != classifier.LearnedOther {
			t.Errorf("%q as ham: %v", subject, got)
		}
		if got := learn("Subject: casino", store.Spam); got != classifier.LearnedOther {
			t.Errorf("%q, and the mail itself as spam again: %v", subject, got)
		}
		v, err := e.Check(ctx, &classifier.Input{Raw: []byte(fields + "X-No: 2\r\n" + subject +
			"\r\n\r\ncasino, casino\r\n")})
		if err != nil || v.Autolearn != "no" {
			t.Errorf("%q teaches by its verdict: autolearn=%s, %v", subject, v.Autolearn, err)
		}
	}
}

func TestReload(t *testing.T) {
	cfg := load(t, "body CASINO /casino/\nscore CASINO 1\n")
	e := open(t, cfg)
	raw := []byte("From: a@example.com\r\n\r\ncasino\r\n")
	score := func() float64 {
		v, err := e.Check(context.Background(), &classifier.Input{Raw: raw})
		if err != nil {
			t.Fatal(err)
		}
		return v.Score
	}
	before := score()
	if problems := cfg.Parse("more", []byte("score CASINO 4\n")); len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := e.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	if after := score(); math.Abs(after-before-3) > 1e-9 {
		t.Errorf("score %v after the reload, %v before", after, before)
	}
}

func TestTwoEnginesOnOneStore(t *testing.T) {
	cfg := load(t, "")
	open(t, cfg)
	if _, err := engine.Open(cfg, engine.Options{}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second engine on the same store: %v", err)
	}
}

func TestWithoutLearner(t *testing.T) {
	e := open(t, load(t, "use_bayes 0\n"))
	if v, err := e.Check(context.Background(), &classifier.Input{Raw: mail(store.Spam, 1)}); err != nil || v.BayesReady {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := e.Learn(context.Background(), "",
		[]classifier.Lesson{{Raw: mail(store.Ham, 1), Class: store.Ham}}); !errors.Is(err, classifier.ErrNoLearner) {
		t.Errorf("learning with use_bayes 0: %v", err)
	}
}
