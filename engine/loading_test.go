package engine_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	learner "asterism/bayes"
	"asterism/classifier"
	"asterism/engine"
	"asterism/store"
	"asterism/store/bolt"
)

// TestLargeStore: mails get verdicts while a large store is being loaded, without Bayes, and with it as soon as it is
// there.
func TestLargeStore(t *testing.T) {
	if testing.Short() {
		t.Skip("loads a large store")
	}
	cfg := load(t, "bayes_auto_learn 0\n")
	e := open(t, cfg)
	for _, c := range []store.Class{store.Ham, store.Spam} {
		var lessons []classifier.Lesson
		for n := range 60 {
			lessons = append(lessons, classifier.Lesson{Raw: mail(c, n), Class: c})
		}
		if _, err := e.Learn(context.Background(), "", lessons); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	grow(t, cfg.Bayes.Path, 1_500_000)
	begin := time.Now()
	e, err := engine.Open(cfg, engine.Options{Patience: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	without := 0
	for time.Since(begin) < time.Minute {
		err := e.Ready()
		v, checked := e.Check(context.Background(), &classifier.Input{Raw: mail(store.Spam, 1000)})
		switch {
		case checked != nil:
			t.Fatal(checked)
		case err == nil && (!v.BayesReady || v.Bayes < 0.7):
			t.Fatalf("with the store loaded: %+v", v)
		case err == nil:
			t.Logf("%d verdicts before the store was loaded", without)
			return
		case !errors.Is(err, store.ErrLoading):
			t.Fatal(err)
		}
		if _, err := e.Learn(context.Background(), "",
			[]classifier.Lesson{{Raw: mail(store.Ham, 1), Class: store.Ham}}); err != nil && !errors.Is(err, store.ErrLoading) {
			t.Fatalf("learning meanwhile: %v", err)
		}
		without++
	}
	t.Fatal("the store was not loaded within a minute")
}

// grow adds tokens that no mail has.
func grow(t *testing.T, path string, tokens int) {
	t.Helper()
	st, err := bolt.Open(path, bolt.Options{MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	l := store.Learning{Time: uint32(time.Now().Unix())}
	for range tokens {
		l.Changes = append(l.Changes, store.Change{Token: store.Token(rand.Uint64() | 1), Ham: 1})
	}
	_, err = st.Apply(l)
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestForeignParameters: a store whose parameters another version wrote is left alone, and mails get verdicts without
// it.
func TestForeignParameters(t *testing.T) {
	cfg := load(t, "")
	st, err := bolt.Open(cfg.Bayes.Path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = st.Apply(store.Learning{Meta: map[string][]byte{"bayes": {9}}})
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Open(cfg, engine.Options{LearnOnly: true}); !errors.Is(err, learner.ErrParameters) {
		t.Errorf("a learner on it: %v", err)
	}
	e := open(t, cfg)
	if v, err := e.Check(context.Background(), &classifier.Input{Raw: mail(store.Spam, 1)}); err != nil || v.BayesReady {
		t.Errorf("verdict %+v, %v", v, err)
	}
	_, learned := e.Learn(context.Background(), "", []classifier.Lesson{{Raw: mail(store.Ham, 1), Class: store.Ham}})
	if err := e.Ready(); !errors.Is(err, learner.ErrParameters) || !errors.Is(learned, learner.ErrParameters) {
		t.Errorf("ready: %v; learning: %v", err, learned)
	}
	if err := e.Reload(cfg); err != nil {
		t.Errorf("reload: %v", err)
	}
}
