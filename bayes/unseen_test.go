package bayes_test

import (
	"testing"

	"asterism/bayes"
	"asterism/store"
)

// TestWantsBothClasses: without a person's word one class is learned at most 30 mails ahead of the other, also by a
// learner that is opened anew, and more only where people taught less than 70 of the rarer class.
func TestWantsBothClasses(t *testing.T) {
	for taught, ahead := range map[int]int{0: 101, 20: 81, 60: 41, 80: 31} {
		testWants(t, taught, ahead)
	}
}

func testWants(t *testing.T, taught, ahead int) {
	b := newBench(t, bayes.Options{})
	for i := range taught {
		b.learn(t, ham(1000+i), store.Ham)
		b.learn(t, ham(2000+i), store.Ham)
		b.learn(t, spam(1000+i), store.Spam)
	}
	learned := 0
	for ; learned < 200 && b.Wants(store.Ham); learned++ {
		if _, err := b.LearnUnseen([]bayes.Lesson{b.lesson(ham(learned), store.Ham)}); err != nil {
			t.Fatal(err)
		}
	}
	if learned != ahead || !b.Wants(store.Spam) {
		t.Fatalf("%d of each taught, %d ham were learned; spam is wanted: %v", taught, learned, b.Wants(store.Spam))
	}
	if b = b.again(t, bayes.Options{}); b.Wants(store.Ham) {
		t.Error("opened anew, it wants ham")
	}
	if _, err := b.LearnUnseen([]bayes.Lesson{b.lesson(spam(0), store.Spam)}); err != nil {
		t.Fatal(err)
	}
	if !b.Wants(store.Ham) {
		t.Error("after a spam ham is not wanted")
	}
}

// TestUnseenMovesLess: what no person said moves a learner that knows much far less than what a person said.
func TestUnseenMovesLess(t *testing.T) {
	moved := func(learn func(*bench, []bayes.Lesson) ([]bayes.Result, error)) float64 {
		b := newBench(t, bayes.Options{Seed: 1})
		for i := range 250 {
			b.learn(t, ham(i), store.Ham)
			b.learn(t, spam(i), store.Spam)
		}
		before := b.score(t, spam(1001)).LogOdds
		if _, err := learn(b, []bayes.Lesson{b.lesson(spam(1000), store.Ham)}); err != nil {
			t.Fatal(err)
		}
		return before - b.score(t, spam(1001)).LogOdds
	}
	told := moved(func(b *bench, d []bayes.Lesson) ([]bayes.Result, error) { return b.Learn(d) })
	unseen := moved(func(b *bench, d []bayes.Lesson) ([]bayes.Result, error) { return b.LearnUnseen(d) })
	if told <= 0 || unseen > told/4 {
		t.Errorf("a wrong lesson moved the log-odds by %v, without a person's word by %v", told, unseen)
	}
}
