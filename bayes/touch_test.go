package bayes_test

import (
	"testing"
	"time"

	"asterism/bayes"
	"asterism/store"
)

// TestScansKeepTokens: of tokens learned at the same time, those that mails still have outlive an expiry.
func TestScansKeepTokens(t *testing.T) {
	now := time.Now().Add(-48 * time.Hour)
	b := newBench(t, bayes.Options{MaxTokens: 20, Now: func() time.Time { return now }})
	one, other := b.lesson(ham(1), store.Ham), b.lesson(spam(1), store.Spam)
	for _, l := range []bayes.Lesson{one, other} {
		if _, err := b.st.Apply(store.Learning{Time: uint32(now.Unix()), Ham: 1, Changes: changes(l)}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(24 * time.Hour)
	b.score(t, ham(1))
	if _, err := b.Expire(); err != nil {
		t.Fatal(err)
	}
	records := make([]store.Record, len(one.Tokens.Body))
	if err := b.st.Lookup(one.Tokens.Body, records); err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		if r.Ham == 0 || r.LastSeen != uint32(now.Unix()) {
			t.Errorf("token %d of the mail that was scanned: %+v", i, r)
		}
	}
}

// changes learns the body of a lesson.
func changes(l bayes.Lesson) (list []store.Change) {
	for _, token := range l.Tokens.Body {
		list = append(list, store.Change{Token: token, Ham: 1, Weight: 1})
	}
	return list
}
