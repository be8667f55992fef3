package bayes_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"asterism/bayes"
	"asterism/message"
	"asterism/store"
	"asterism/store/bolt"
	"asterism/tokenizer"
)

// bench is a learner on a store of its own.
type bench struct {
	*bayes.Learner
	st  *bolt.Store
	tok *tokenizer.Tokenizer
}

func newBench(t *testing.T, opt bayes.Options) *bench {
	t.Helper()
	st, err := bolt.Open(filepath.Join(t.TempDir(), "bayes"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	l, err := bayes.New(st, opt)
	if err != nil {
		t.Fatal(err)
	}
	return benchOn(l, st)
}

func benchOn(l *bayes.Learner, st *bolt.Store) *bench {
	return &bench{l, st, tokenizer.New(tokenizer.Options{}, st.Key())}
}

func (b *bench) lesson(raw string, c store.Class) bayes.Lesson {
	m := message.Parse([]byte(raw))
	var tokens tokenizer.Tokens
	b.tok.Tokenize(m, &tokens)
	return bayes.Lesson{Digest: m.Digest(), Tokens: &tokens, Class: c}
}

func (b *bench) learn(t *testing.T, raw string, c store.Class) bayes.Result {
	t.Helper()
	results, err := b.Learn([]bayes.Lesson{b.lesson(raw, c)})
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

func (b *bench) score(t *testing.T, raw string) bayes.Evidence {
	t.Helper()
	e, err := b.Score(b.lesson(raw, 0).Tokens)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ham and spam make mails that differ from each other but tell their class.
func ham(i int) string {
	return fmt.Sprintf("From: Ann %d <ann%d@friends.example>\nTo: bob@home.example\nSubject: dinner on day %d\n"+
		"Message-ID: <%d.abc@friends.example>\nUser-Agent: Mutt/1.14\n\nHi Bob,\nshall we meet for dinner at number %d?\n"+
		"Yours, Ann\n", i, i, i, i, i)
}

func spam(i int) string {
	return fmt.Sprintf("From: Deals %d <win%d@offers.example>\nTo: bob@home.example\nSubject: WIN %d DOLLARS\n"+
		"X-Mailer: Blaster 2\nMessage-Id: <%d@offers.example>\n\nYOU have WON %d dollars! CLICK http://offers.example/%d "+
		"now\n", i, i, i, i, i, i)
}

func TestTwentyOfEachTellHamFromSpam(t *testing.T) {
	b := newBench(t, bayes.Options{})
	for i := range 20 {
		b.learn(t, ham(i), store.Ham)
		b.learn(t, spam(i), store.Spam)
	}
	var highestHam, lowestSpam = -1e9, 1e9
	for i := 100; i < 120; i++ {
		highestHam = max(highestHam, b.score(t, ham(i)).LogOdds)
		lowestSpam = min(lowestSpam, b.score(t, spam(i)).LogOdds)
	}
	if highestHam >= 0 || lowestSpam <= 0 {
		t.Errorf("log-odds of ham reach %v, of spam fall to %v", highestHam, lowestSpam)
	}
	if e := b.score(t, spam(100)); e.Ready {
		t.Error("the evidence is called ready after 20 of each class, with 200 asked for")
	}
}

func TestLearningTwiceCountsOnce(t *testing.T) {
	b := newBench(t, bayes.Options{})
	for i, want := range []bayes.Result{bayes.Learned, bayes.AlreadyKnown, bayes.AlreadyKnown} {
		if got := b.learn(t, ham(1), store.Ham); got != want {
			t.Errorf("learning number %d gave result %d, want %d", i+1, got, want)
		}
	}
	if got := b.learn(t, ham(1), store.Spam); got != bayes.Relearned {
		t.Errorf("learning as the other class gave result %d", got)
	}
	totals, err := b.st.Totals()
	if err != nil || totals.Ham != 0 || totals.Spam != 1 {
		t.Errorf("totals are %+v, %v; want one spam", totals, err)
	}
}

func TestForgettingLeavesNothing(t *testing.T) {
	b := newBench(t, bayes.Options{})
	var all []bayes.Lesson
	for i := range 50 {
		all = append(all, b.lesson(ham(i), store.Ham), b.lesson(spam(i), store.Spam))
	}
	if _, err := b.Learn(all); err != nil {
		t.Fatal(err)
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	results, err := b.Forget(all)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r != bayes.Forgotten {
			t.Fatalf("message %d: result %d", i, r)
		}
	}
	totals, err := b.st.Totals()
	if err != nil || totals.Ham+totals.Spam != 0 || totals.Tokens != 0 || totals.Seen != 0 {
		t.Errorf("totals are %+v, %v; want nothing", totals, err)
	}
	if again, _ := b.Forget(all[:1]); again[0] != bayes.NotKnown {
		t.Errorf("forgetting an unknown message gave result %d", again[0])
	}
	err = b.st.EachSample(func(store.Sample) bool {
		t.Error("a forgotten message is still in the reservoir")
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
}
