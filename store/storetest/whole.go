package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"asterism/store"
)

// sampleLearning is a learning with a bit of everything, told apart by i.
func sampleLearning(i int) store.Learning {
	return store.Learning{
		Time: uint32(1000 + i), Ham: 1,
		Changes: []store.Change{{Token: tok(i), Ham: 1, Weight: 0.5}, {Token: tok(-1), Ham: 1}},
		Marks:   []store.Mark{{Digest: digest(i), Class: store.Ham, Time: uint32(1000 + i)}},
		Samples: []store.Sample{{Class: store.Ham, Slot: i, Digest: digest(i), Body: []store.Token{tok(i), tok(-1)}}},
		Meta:    map[string][]byte{"last": fmt.Append(nil, i)},
	}
}

// wantLearnings checks that exactly the learnings up to n are there.
func wantLearnings(t *testing.T, st store.Store, n int) {
	t.Helper()
	wantTotals(t, st, uint32(n), 0, n+1, n)
	wantRecord(t, st, tok(-1), store.Record{Ham: uint32(n), LastSeen: uint32(1000 + n - 1)})
	for i := range n {
		wantRecord(t, st, tok(i), store.Record{Ham: 1, LastSeen: uint32(1000 + i), Weight: 0.5})
		wantSeen(t, st, digest(i), store.Ham)
		if s, ok, err := st.Sample(store.Ham, i); !ok || err != nil || s.Digest != digest(i) {
			t.Fatalf("sample %d: %v, %v, %v", i, s, ok, err)
		}
	}
	if v, err := st.Meta("last"); err != nil || string(v) != fmt.Sprint(n-1) {
		t.Errorf("Meta: %q, %v", v, err)
	}
}

func testReopen(t *testing.T, open Open) {
	st := open()
	key := st.Key()
	for i := range 20 {
		learn(t, st, sampleLearning(i))
		if i%3 == 0 {
			st = reopen(t, st, open)
		}
		wantLearnings(t, st, i+1)
	}
	if st.Key() != key {
		t.Error("the key has changed")
	}
	st.Close()
}

// testReopenUnwaited: Close writes what nobody waited for.
func testReopenUnwaited(t *testing.T, open Open) {
	st := open()
	var c store.Commit
	for i := range 20 {
		var err error
		if c, err = st.Apply(sampleLearning(i)); err != nil {
			t.Fatal(err)
		}
	}
	st = reopen(t, st, open)
	defer st.Close()
	if err := c.Wait(); err != nil {
		t.Errorf("Wait after Close: %v", err)
	}
	wantLearnings(t, st, 20)
}

func testClear(t *testing.T, open Open) {
	st := open()
	key := st.Key()
	learn(t, st, sampleLearning(0), sampleLearning(1))
	if _, err := st.Apply(sampleLearning(2)); err != nil { // not yet written
		t.Fatal(err)
	}
	if err := st.Clear(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantTotals(t, st, 0, 0, 0, 0)
		wantRecord(t, st, tok(1), store.Record{})
		for i := range 3 {
			wantSeen(t, st, digest(i), 0)
			if _, ok, err := st.Sample(store.Ham, i); ok || err != nil {
				t.Errorf("sample %d: %v, %v", i, ok, err)
			}
		}
		if v, err := st.Meta("last"); v != nil || err != nil {
			t.Errorf("Meta: %q, %v", v, err)
		}
		if st.Key() != key {
			t.Error("the key has changed")
		}
		st = reopen(t, st, open)
	}
	learn(t, st, sampleLearning(0), sampleLearning(1))
	st = reopen(t, st, open)
	defer st.Close()
	wantLearnings(t, st, 2)
}

func testReplace(t *testing.T, open Open) {
	st := open()
	learn(t, st, sampleLearning(0), sampleLearning(1))
	expired := time.Unix(1234567, 0)
	fill := func(s store.Sink) error {
		return errors.Join(
			s.Token(tok(5), store.Record{Ham: 3, Spam: 4, LastSeen: 77, Weight: -1.5}),
			s.Token(tok(6), store.Record{Spam: 1, LastSeen: 66}),
			s.Head(store.Head{Key: 42, Ham: 10, Spam: 20, LastExpiry: expired}),
			s.Mark(store.Mark{Digest: digest(9), Class: store.Spam, Time: 99}),
			s.Sample(store.Sample{Class: store.Spam, Slot: 3, Digest: digest(9), Header: []store.Token{tok(5)},
				Body: []store.Token{tok(6)}}),
			s.Meta("new", []byte("value")))
	}
	if err := st.Replace(fill); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if st.Key() != 42 {
			t.Errorf("key %d", st.Key())
		}
		want := map[store.Token]store.Record{
			tok(5): {Ham: 3, Spam: 4, LastSeen: 77, Weight: -1.5}, tok(6): {Spam: 1, LastSeen: 66}}
		if got := dump(t, st); !maps.Equal(got, want) {
			t.Errorf("tokens: %v, want %v", got, want)
		}
		wantTotals(t, st, 10, 20, 2, 1)
		if tot := totals(t, st); tot.Oldest.Unix() != 66 || tot.Newest.Unix() != 77 || !tot.LastExpiry.Equal(expired) {
			t.Errorf("times: %+v", tot)
		}
		wantSeen(t, st, digest(9), store.Spam)
		wantSeen(t, st, digest(1), 0)
		s, ok, err := st.Sample(store.Spam, 3)
		if !ok || err != nil || s.Digest != digest(9) || !slices.Equal(s.Header, []store.Token{tok(5)}) {
			t.Errorf("sample: %v, %v, %v", s, ok, err)
		}
		if _, ok, _ := st.Sample(store.Ham, 1); ok {
			t.Error("an old sample is left")
		}
		if v, _ := st.Meta("new"); string(v) != "value" {
			t.Errorf("meta: %q", v)
		}
		if v, _ := st.Meta("last"); v != nil {
			t.Errorf("old meta is left: %q", v)
		}
		st = reopen(t, st, open)
	}
	learn(t, st, store.Learning{Time: 100, Spam: 1, Changes: []store.Change{{Token: tok(6), Spam: 1}}})
	st = reopen(t, st, open)
	defer st.Close()
	wantTotals(t, st, 10, 21, 2, 1)
	wantRecord(t, st, tok(6), store.Record{Spam: 2, LastSeen: 100})
}

// testReplaceFails: whatever is wrong with the new content, the old one stays.
func testReplaceFails(t *testing.T, open Open) {
	st := open()
	learn(t, st, sampleLearning(0), sampleLearning(1))
	broken := errors.New("broken off")
	ok := store.Record{Ham: 1}
	for name, fill := range map[string]func(store.Sink) error{
		"error":   func(s store.Sink) error { return errors.Join(s.Head(store.Head{Key: 1}), s.Token(tok(7), ok), broken) },
		"no head": func(s store.Sink) error { return s.Token(tok(7), ok) },
		"twice": func(s store.Sink) error {
			return errors.Join(s.Head(store.Head{Key: 1}), s.Token(tok(7), ok), s.Token(tok(7), ok))
		},
		"zero token": func(s store.Sink) error { return errors.Join(s.Head(store.Head{Key: 1}), s.Token(0, ok)) },
		"zero record": func(s store.Sink) error {
			return errors.Join(s.Head(store.Head{Key: 1}), s.Token(tok(7), store.Record{}))
		},
		"class": func(s store.Sink) error { return errors.Join(s.Head(store.Head{Key: 1}), s.Mark(store.Mark{Class: 3})) },
		"sample class": func(s store.Sink) error {
			return errors.Join(s.Head(store.Head{Key: 1}), s.Sample(store.Sample{Class: 9, Body: []store.Token{1}}))
		},
	} {
		if err := st.Replace(fill); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	wantLearnings(t, st, 2)
	st = reopen(t, st, open)
	defer st.Close()
	wantLearnings(t, st, 2)
}

// testMany: more tokens than fit into one transaction's worth of anything.
func testMany(t *testing.T, open Open) {
	st := open()
	const learnings, each = 300, 700
	var last store.Commit
	for i := range learnings {
		l := store.Learning{Time: uint32(i + 1), Ham: 1}
		for j := range each {
			l.Changes = append(l.Changes, store.Change{Token: tok(i*each/2 + j), Ham: 1, Weight: 0.5})
		}
		var err error
		if last, err = st.Apply(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := last.Wait(); err != nil {
		t.Fatal(err)
	}
	want := map[store.Token]store.Record{}
	for i := range learnings {
		for j := range each {
			r := want[tok(i*each/2+j)]
			want[tok(i*each/2+j)] = store.Record{Ham: r.Ham + 1, LastSeen: uint32(i + 1), Weight: r.Weight + 0.5}
		}
	}
	for range 2 {
		wantTotals(t, st, learnings, 0, len(want), 0)
		if got := dump(t, st); !maps.Equal(got, want) {
			t.Errorf("%d tokens are not the %d expected", len(got), len(want))
		}
		st = reopen(t, st, open)
	}
	st.Close()
}
