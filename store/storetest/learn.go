package storetest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"asterism/store"
)

func testEmpty(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	wantTotals(t, st, 0, 0, 0, 0)
	if tot := totals(t, st); !tot.Oldest.IsZero() || !tot.Newest.IsZero() || !tot.LastExpiry.IsZero() {
		t.Errorf("an empty store has times: %+v", tot)
	}
	if st.Key() == 0 {
		t.Error("no key")
	}
	wantRecord(t, st, tok(1), store.Record{})
	wantRecord(t, st, 0, store.Record{})
	wantSeen(t, st, digest(1), 0)
	if _, ok, err := st.Sample(store.Ham, 0); ok || err != nil {
		t.Errorf("Sample: %v, %v", ok, err)
	}
	if v, err := st.Meta("x"); v != nil || err != nil {
		t.Errorf("Meta: %q, %v", v, err)
	}
	learn(t, st)
}

func testLearn(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	c, err := st.Apply(
		store.Learning{Time: 100, Ham: 1, Changes: []store.Change{{Token: tok(1), Ham: 1, Weight: -0.5},
			{Token: tok(2), Ham: 1}}},
		store.Learning{Time: 200, Spam: 1, Changes: []store.Change{{Token: tok(1), Spam: 1, Weight: 0.25},
			{Token: 0, Spam: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		wantRecord(t, st, tok(1), store.Record{Ham: 1, Spam: 1, LastSeen: 200, Weight: -0.25})
		wantRecord(t, st, tok(2), store.Record{Ham: 1, LastSeen: 100})
		wantRecord(t, st, tok(3), store.Record{})
		wantRecord(t, st, 0, store.Record{})
		wantTotals(t, st, 1, 1, 2, 0)
	}
	check() // visible at once
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	check()
	if tot := totals(t, st); tot.Oldest.Unix() > 100 || tot.Newest.Unix() != 200 {
		t.Errorf("times: %+v", tot)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("a second Wait: %v", err)
	}
}

func testCountsStopAtZero(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	learn(t, st, store.Learning{Time: 1, Ham: 1, Changes: []store.Change{{Token: tok(1), Ham: 1, Spam: 2}}})
	learn(t, st, store.Learning{Time: 1, Ham: -5, Spam: -1, Changes: []store.Change{
		{Token: tok(1), Ham: -3, Spam: -1}, {Token: tok(2), Ham: -1}}})
	wantRecord(t, st, tok(1), store.Record{Spam: 1, LastSeen: 1})
	wantRecord(t, st, tok(2), store.Record{})
	wantTotals(t, st, 0, 0, 1, 0)
}

func testForget(t *testing.T, open Open) {
	st := open()
	var changes, back []store.Change
	for i := range 1000 {
		changes = append(changes, store.Change{Token: tok(i), Spam: 1, Weight: float32(i)})
		back = append(back, store.Change{Token: tok(i), Spam: -1, Weight: 1})
	}
	for range 2 { // twice: what was forgotten can be learned again, and has forgotten its weight
		learn(t, st, store.Learning{Time: 5, Spam: 1, Changes: changes,
			Marks: []store.Mark{{Digest: digest(1), Class: store.Spam}}})
		wantTotals(t, st, 0, 1, 1000, 1)
		wantRecord(t, st, tok(7), store.Record{Spam: 1, LastSeen: 5, Weight: 7})
		learn(t, st, store.Learning{Time: 6, Spam: -1, Changes: back, Marks: []store.Mark{{Digest: digest(1)}}})
		wantTotals(t, st, 0, 0, 0, 0)
		wantRecord(t, st, tok(7), store.Record{})
	}
	st = reopen(t, st, open)
	defer st.Close()
	wantTotals(t, st, 0, 0, 0, 0)
	if all := dump(t, st); len(all) != 0 {
		t.Errorf("left: %v", all)
	}
}

func testWeightAlone(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	learn(t, st, store.Learning{Time: 10, Changes: []store.Change{{Token: tok(1), Ham: 1, Weight: 1}}})
	learn(t, st, store.Learning{Time: 20, Changes: []store.Change{{Token: tok(1), Weight: 2}, {Token: tok(2), Weight: 2}}})
	wantRecord(t, st, tok(1), store.Record{Ham: 1, LastSeen: 10, Weight: 3})
	wantRecord(t, st, tok(2), store.Record{})
	wantTotals(t, st, 0, 0, 1, 0)
}

func testLastSeen(t *testing.T, open Open) {
	st := open()
	one := []store.Change{{Token: tok(1), Ham: 1}}
	learn(t, st, store.Learning{Time: 1_000_000, Changes: one})
	learn(t, st, store.Learning{Time: 500_000, Changes: one}) // an old mail makes no token older
	wantRecord(t, st, tok(1), store.Record{Ham: 2, LastSeen: 1_000_000})
	st.Touch([]store.Token{tok(1), tok(2), 0}, 900_000)
	wantRecord(t, st, tok(1), store.Record{Ham: 2, LastSeen: 1_000_000})
	st.Touch([]store.Token{tok(1), tok(2), 0}, 2_000_000)
	wantRecord(t, st, tok(2), store.Record{})
	st = reopen(t, st, open)
	defer st.Close()
	wantRecord(t, st, tok(1), store.Record{Ham: 2, LastSeen: 2_000_000})
	if tot := totals(t, st); tot.Oldest.Unix() > 2_000_000 || tot.Newest.Unix() != 2_000_000 {
		t.Errorf("times after opening: %+v", tot)
	}
}

func testMarks(t *testing.T, open Open) {
	st := open()
	learn(t, st, store.Learning{Marks: []store.Mark{
		{Digest: digest(1), Class: store.Ham, Time: 1}, {Digest: digest(2), Class: store.Spam, Time: 2}}})
	learn(t, st, store.Learning{Marks: []store.Mark{
		{Digest: digest(1), Class: store.Spam, Time: 3}, {Digest: digest(2)}, {Digest: digest(3)}}})
	for range 2 {
		wantSeen(t, st, digest(1), store.Spam)
		wantSeen(t, st, digest(2), 0)
		wantSeen(t, st, digest(3), 0)
		wantTotals(t, st, 0, 0, 0, 1)
		var all []store.Mark
		if err := st.EachMark(func(m store.Mark) bool { all = append(all, m); return true }); err != nil {
			t.Fatal(err)
		}
		if want := []store.Mark{{Digest: digest(1), Class: store.Spam, Time: 3}}; !slices.Equal(all, want) {
			t.Errorf("EachMark: %v, want %v", all, want)
		}
		st = reopen(t, st, open)
	}
	st.Close()
}

func testSamples(t *testing.T, open Open) {
	st := open()
	a := store.Sample{Class: store.Ham, Slot: 7, Digest: digest(1), Header: []store.Token{tok(3), tok(1)},
		Body: []store.Token{tok(2)}}
	b := store.Sample{Class: store.Spam, Slot: 7, Digest: digest(2), Body: []store.Token{tok(9)}}
	body := []store.Token{tok(8)}
	c := store.Sample{Class: store.Spam, Slot: 1999, Digest: digest(3), Header: []store.Token{tok(7)}, Body: body}
	apply := func(l ...store.Learning) store.Commit {
		c, err := st.Apply(l...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	apply(store.Learning{Samples: []store.Sample{a, {Class: store.Ham, Slot: 8, Body: body}, b}})
	last := apply(store.Learning{Samples: []store.Sample{{Class: store.Ham, Slot: 8}, c}})
	body[0] = tok(99) // the store has made its own copy
	c.Body = []store.Token{tok(8)}
	want := map[[2]int]store.Sample{{1, 7}: a, {2, 7}: b, {2, 1999}: c}
	for pass := range 3 {
		for cl := store.Ham; cl <= store.Spam; cl++ {
			for _, slot := range []int{0, 7, 8, 1999} {
				w, has := want[[2]int{int(cl), slot}]
				got, ok, err := st.Sample(cl, slot)
				if err != nil || ok != has || !sameSample(got, w) {
					t.Errorf("pass %d: Sample(%v, %d) = %v, %v, %v; want %v", pass, cl, slot, got, ok, err, w)
				}
			}
		}
		got := map[[2]int]store.Sample{}
		err := st.EachSample(func(s store.Sample) bool { got[[2]int{int(s.Class), s.Slot}] = s; return true })
		if err != nil || !maps.EqualFunc(got, want, sameSample) {
			t.Errorf("pass %d: EachSample: %v, %v; want %v", pass, got, err, want)
		}
		switch pass {
		case 0: // visible before it is written, the same after
			if err := last.Wait(); err != nil {
				t.Fatal(err)
			}
		case 1:
			st = reopen(t, st, open)
		}
	}
	st.Close()
}

func sameSample(a, b store.Sample) bool {
	return a.Class == b.Class && a.Slot == b.Slot && a.Digest == b.Digest &&
		slices.Equal(a.Header, b.Header) && slices.Equal(a.Body, b.Body)
}

func testMeta(t *testing.T, open Open) {
	st := open()
	learn(t, st, store.Learning{Meta: map[string][]byte{"a": []byte("1"), "b": []byte("2"), "empty": {}}})
	learn(t, st, store.Learning{Meta: map[string][]byte{"a": []byte("3"), "b": nil, "c": nil}})
	for range 2 {
		for name, want := range map[string]string{"a": "3", "b": "", "c": ""} {
			if got, err := st.Meta(name); err != nil || string(got) != want || want == "" && got != nil {
				t.Errorf("Meta(%s) = %q, %v; want %q", name, got, err, want)
			}
		}
		all := map[string]string{}
		if err := st.EachMeta(func(n string, v []byte) bool { all[n] = string(v); return true }); err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"a": "3", "empty": ""}; !maps.Equal(all, want) {
			t.Errorf("EachMeta: %v, want %v", all, want)
		}
		st = reopen(t, st, open)
	}
	st.Close()
}

// testBadLearning: a learning that cannot be stored is refused as a whole, and the next one goes through.
func testBadLearning(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	for _, bad := range []store.Learning{
		{Samples: []store.Sample{{Class: 0, Slot: 1, Body: []store.Token{1}}}},
		{Samples: []store.Sample{{Class: store.Ham, Slot: -1, Body: []store.Token{1}}}},
		{Meta: map[string][]byte{"": []byte("x")}},
	} {
		bad.Ham = 1
		if _, err := st.Apply(store.Learning{Spam: 1}, bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	wantTotals(t, st, 0, 0, 0, 0)
	learn(t, st, store.Learning{Ham: 1})
	wantTotals(t, st, 1, 0, 0, 0)
}

func testClosed(t *testing.T, open Open) {
	st := open()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
		t.Errorf("a second Close: %v", err)
	}
	one := []store.Token{tok(1)}
	st.Touch(one, 1)
	_, totalsErr := st.Totals()
	_, seenErr := st.Seen(digest(1))
	_, metaErr := st.Meta("x")
	_, applyErr := st.Apply(store.Learning{Ham: 1})
	_, expireErr := st.Expire(1, 1)
	_, _, sampleErr := st.Sample(store.Ham, 1)
	for name, err := range map[string]error{
		"Lookup": st.Lookup(one, make([]store.Record, 1)), "Totals": totalsErr, "Seen": seenErr, "Meta": metaErr,
		"Apply":  applyErr,
		"Expire": expireErr, "Clear": st.Clear(), "Sample": sampleErr,
		"Each":     st.Each(func(store.Token, store.Record) bool { return true }),
		"EachMark": st.EachMark(func(store.Mark) bool { return true }),
		"Replace":  st.Replace(func(s store.Sink) error { return s.Head(store.Head{Key: 1}) }),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s of a closed store: %v", name, err)
		}
	}
}

// testConflict: a learning whose condition no longer holds leaves no trace.
func testConflict(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	l := func(was, is store.Class) store.Learning {
		return store.Learning{Time: 7, Ham: 1, Changes: []store.Change{{Token: tok(1), Ham: 1}, {Token: tok(2), Ham: 1}},
			Marks: []store.Mark{{Digest: digest(1), Class: is}}, If: []store.Mark{{Digest: digest(1), Class: was}}}
	}
	learn(t, st, l(0, store.Ham))
	for _, was := range []store.Class{0, store.Spam} {
		if _, err := st.Apply(l(was, store.Spam)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("marked as ham, taken to be marked as %v: %v", was, err)
		}
	}
	wantSeen(t, st, digest(1), store.Ham)
	wantRecord(t, st, tok(2), store.Record{Ham: 1, LastSeen: 7})
	learn(t, st, l(store.Ham, 0))
	wantTotals(t, st, 2, 0, 2, 0)
}
