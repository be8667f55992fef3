package bayes_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"asterism/bayes"
	"asterism/message"
	"asterism/store"
)

// TestNotReadyBeforeTheMinima: evidence counts only once enough of each class has been learned, and is not certain of
// spam before 20.
func TestNotReadyBeforeTheMinima(t *testing.T) {
	for _, test := range []struct {
		min, ham, spam int
		want           bool
	}{
		{60, 60, 59, false}, {60, 59, 60, false}, {60, 60, 60, true}, {1, 0, 60, false}, {1, 19, 60, true}, {1, 60, 19, true},
	} {
		b := newBench(t, bayes.Options{MinHam: uint32(test.min), MinSpam: uint32(test.min)})
		var lessons []bayes.Lesson
		for i := range test.ham {
			lessons = append(lessons, b.lesson(ham(i), store.Ham))
		}
		for i := range test.spam {
			lessons = append(lessons, b.lesson(spam(i), store.Spam))
		}
		if _, err := b.Train(lessons); err != nil {
			t.Fatal(err)
		}
		e := b.score(t, spam(1000))
		if e.Ready != test.want {
			t.Errorf("minimum %d, learned %d ham and %d spam: ready is %v", test.min, test.ham, test.spam, e.Ready)
		}
		if (e.Trust > 0) != test.want {
			t.Errorf("minimum %d, learned %d ham and %d spam: trust is %v", test.min, test.ham, test.spam, e.Trust)
		}
		if min(test.ham, test.spam) < 20 && e.Probability >= 0.99 {
			t.Errorf("learned %d ham and %d spam: probability is %v already", test.ham, test.spam, e.Probability)
		}
	}
}

// TestSameOrderSameResult: two stores with the same key that learned the same mails in the same order agree to the last
// bit.
func TestSameOrderSameResult(t *testing.T) {
	var odds [2]float64
	for round := range odds {
		b := newBench(t, bayes.Options{Reservoir: 30, Seed: 7})
		if err := b.st.Replace(func(to store.Sink) error { return to.Head(store.Head{Key: 5}) }); err != nil {
			t.Fatal(err)
		}
		b = b.again(t, bayes.Options{Reservoir: 30, Seed: 7})
		for i := range 120 {
			b.learn(t, ham(i), store.Ham)
			if i%3 == 0 {
				b.learn(t, spam(i), store.Spam)
			}
		}
		if err := b.Finish(); err != nil {
			t.Fatal(err)
		}
		odds[round] = b.score(t, spam(500)).LogOdds - b.score(t, ham(500)).LogOdds
	}
	if odds[0] != odds[1] {
		t.Errorf("log-odds %v and %v", odds[0], odds[1])
	}
}

// TestOneClassInARow: a long run of ham does not make the learner forget what spam is, nor the reverse.
func TestOneClassInARow(t *testing.T) {
	b := newBench(t, bayes.Options{})
	for i := range 60 {
		b.learn(t, ham(i), store.Ham)
		b.learn(t, spam(i), store.Spam)
	}
	for i := 100; i < 500; i++ {
		b.learn(t, ham(i), store.Ham)
	}
	if e := b.score(t, spam(1000)); e.Probability < 0.9 {
		t.Errorf("after 400 ham in a row spam has probability %v", e.Probability)
	}
	if e := b.score(t, ham(1000)); e.Probability > 0.1 {
		t.Errorf("after 400 ham in a row ham has probability %v", e.Probability)
	}
}

// TestRelearningTurnsTheVerdict: a spam learned as ham by mistake, then as spam, scores as if the mistake had not been.
func TestRelearningTurnsTheVerdict(t *testing.T) {
	straight, mistaken := newBench(t, bayes.Options{}), newBench(t, bayes.Options{})
	for _, b := range []*bench{straight, mistaken} {
		for i := range 80 {
			b.learn(t, ham(i), store.Ham)
			b.learn(t, spam(i), store.Spam)
		}
	}
	straight.learn(t, spam(100), store.Spam)
	mistaken.learn(t, spam(100), store.Ham)
	if got := mistaken.learn(t, spam(100), store.Spam); got != bayes.Relearned {
		t.Errorf("result is %d", got)
	}
	for _, raw := range []string{spam(100), spam(1000), ham(1000)} {
		want, got := straight.score(t, raw).LogOdds, mistaken.score(t, raw).LogOdds
		if math.Abs(want-got) > 0.1*math.Abs(want)+0.2 {
			t.Errorf("log-odds %.3f after the detour, %.3f without: %.30q", got, want, raw)
		}
	}
}

// TestLearnerGoesOnWhereItWas: what was learned survives in the store alone.
func TestLearnerGoesOnWhereItWas(t *testing.T) {
	b := newBench(t, bayes.Options{})
	for i := range 60 {
		b.learn(t, ham(i), store.Ham)
		b.learn(t, spam(i), store.Spam)
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	again := b.again(t, bayes.Options{})
	if before, after := b.score(t, spam(99)), again.score(t, spam(99)); before != after {
		t.Errorf("evidence was %+v, is %+v", before, after)
	}
}

// again is a new learner on the same store.
func (b *bench) again(t *testing.T, opt bayes.Options) *bench {
	t.Helper()
	l, err := bayes.New(b.st, opt)
	if err != nil {
		t.Fatal(err)
	}
	return benchOn(l, b.st)
}

// TestExplanation: the tokens that moved a verdict come with their counts, the strongest first, in text that can be
// pasted into a mail.
func TestExplanation(t *testing.T) {
	b := newBench(t, bayes.Options{})
	for i := range 60 {
		b.learn(t, ham(i), store.Ham)
		b.learn(t, spam(i), store.Spam)
	}
	header, body := b.tok.Explain(message.Parse([]byte(spam(200))))
	e, pulls, err := b.Explain(header, body)
	if err != nil {
		t.Fatal(err)
	}
	if scored := b.score(t, spam(200)); scored != e {
		t.Errorf("explained %+v, scored %+v", e, scored)
	}
	found := false
	for i, p := range pulls {
		if i > 0 && math.Abs(p.Pull) > math.Abs(pulls[i-1].Pull) {
			t.Errorf("pull %v after %v", p.Pull, pulls[i-1].Pull)
		}
		if p.Text == "word:CLICK" {
			found = true
			if p.Ham != 0 || p.Spam != 60 || p.Pull <= 0 {
				t.Errorf("word:CLICK was in 60 spam, said is %+v", p)
			}
		}
	}
	if !found {
		t.Error("word:CLICK is not explained")
	}
	var text strings.Builder
	if err := bayes.WriteExplanation(&text, e, pulls, 10); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	if len(lines) != 15 {
		t.Errorf("%d lines:\n%s", len(lines), text.String())
	}
	for _, line := range lines {
		if len([]rune(line)) > 79 {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
	}
}

// fullDisk is a store whose commits fail while full is set.
type fullDisk struct {
	store.Store
	full *bool
}

var errFull = errors.New("no space left on device")

func (d fullDisk) Apply(learnings ...store.Learning) (store.Commit, error) {
	c, err := d.Store.Apply(learnings...)
	return fullDiskCommit{c, d.full}, err
}

type fullDiskCommit struct {
	store.Commit
	full *bool
}

func (c fullDiskCommit) Wait() error {
	if *c.full {
		return errFull
	}
	return c.Commit.Wait()
}

// TestRefusedTwice: a message that could not be stored is not known when it is taught again, nor one that could not
// be forgotten unknown.
func TestRefusedTwice(t *testing.T) {
	b := newBench(t, bayes.Options{})
	full := true
	l, err := bayes.New(fullDisk{b.st, &full}, bayes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lesson := []bayes.Lesson{b.lesson("From: a@example.com\n\none two three\n", store.Spam)}
	for range 2 {
		if _, err := l.Learn(lesson); !errors.Is(err, errFull) {
			t.Errorf("taught on a full disk: %v", err)
		}
	}
	full = false
	if r, err := l.Learn(lesson); err != nil || r[0] != bayes.AlreadyKnown {
		t.Errorf("taught when there was room: %v, %v", r, err)
	}
	full = true
	for range 2 {
		if _, err := l.Forget(lesson); !errors.Is(err, errFull) {
			t.Errorf("forgotten on a full disk: %v", err)
		}
	}
}
