package storetest

import (
	"testing"
	"time"

	"asterism/store"
)

// aged learns n tokens, the i-th last seen at 1000+i, those divisible by four without a weight.
func aged(t *testing.T, st store.Store, n int) {
	t.Helper()
	for i := range n {
		weight := float32(1)
		if i%4 == 0 {
			weight = 0
		}
		if _, err := st.Apply(store.Learning{Time: uint32(1000 + i), Changes: []store.Change{{Token: tok(i), Ham: 1,
			Weight: weight}},
			Marks: []store.Mark{{Digest: digest(i), Class: store.Ham, Time: uint32(1000 + i)}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func expire(t *testing.T, st store.Store, keep, marks, want int) {
	t.Helper()
	if removed, err := st.Expire(keep, marks); err != nil || removed != want {
		t.Fatalf("Expire(%d, %d) removed %d, %v; want %d", keep, marks, removed, err, want)
	}
}

func wantKept(t *testing.T, st store.Store, n int, kept func(i int) bool) {
	t.Helper()
	left := dump(t, st)
	for i := range n {
		if _, ok := left[tok(i)]; ok != kept(i) {
			t.Errorf("token %d of %d kept: %v", i, n, ok)
		}
		if r := lookup(t, st, tok(i))[0]; (r != store.Record{}) != kept(i) {
			t.Errorf("Lookup of token %d: %+v", i, r)
		}
	}
}

// testExpireWeightless: tokens without weight go first, the oldest of them first.
func testExpireWeightless(t *testing.T, open Open) {
	st := open()
	aged(t, st, 200) // 50 without weight
	expire(t, st, 180, -1, 20)
	kept := func(i int) bool { return i%4 != 0 || i >= 80 }
	for range 2 {
		wantKept(t, st, 200, kept)
		wantTotals(t, st, 0, 0, 180, 200)
		st = reopen(t, st, open)
	}
	st.Close()
}

// testExpireOldest: beyond those the longest unused go; a scan's use counts.
func testExpireOldest(t *testing.T, open Open) {
	st := open()
	before := time.Now().Add(-2 * time.Second)
	aged(t, st, 200)
	st.Touch([]store.Token{tok(1), tok(2)}, 100_000)
	expire(t, st, 100, -1, 100)
	// All 50 without weight are gone, and of the other 150 the 50 oldest except for the two that a scan used: up to 69.
	kept := func(i int) bool { return i%4 != 0 && i > 69 || i == 1 || i == 2 }
	for range 2 {
		wantKept(t, st, 200, kept)
		tot := totals(t, st)
		if tot.Tokens != 100 || tot.Oldest.Unix() != 1070 || tot.Newest.Unix() != 100_000 || tot.LastExpiry.Before(before) {
			t.Errorf("totals: %+v", tot)
		}
		st = reopen(t, st, open)
	}
	expire(t, st, 0, -1, 100)
	wantTotals(t, st, 0, 0, 0, 200)
	if tot := totals(t, st); !tot.Oldest.IsZero() {
		t.Errorf("the oldest token of none: %v", tot.Oldest)
	}
	st.Close()
}

func testExpireMarks(t *testing.T, open Open) {
	st := open()
	aged(t, st, 50)
	learn(t, st, store.Learning{Marks: []store.Mark{{Digest: digest(50), Class: store.Spam, Time: 1049}}})
	expire(t, st, -1, 10, 0)
	for range 2 {
		wantTotals(t, st, 0, 0, 50, 10)
		wantSeen(t, st, digest(39), 0)
		wantSeen(t, st, digest(42), store.Ham)
		st = reopen(t, st, open)
	}
	expire(t, st, -1, 0, 0)
	wantTotals(t, st, 0, 0, 50, 0)
	st.Close()
}

func testExpireUnlimited(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	aged(t, st, 20)
	expire(t, st, -1, -1, 0)
	expire(t, st, 20, 20, 0)
	wantTotals(t, st, 0, 0, 20, 20)
	if tot := totals(t, st); !tot.LastExpiry.IsZero() {
		t.Errorf("an expiry that removed nothing is noted: %v", tot.LastExpiry)
	}
}

// testExpireFuture: times of a clock that was ahead are set to the present, and then go like all others.
func testExpireFuture(t *testing.T, open Open) {
	st := open()
	now := time.Now()
	learnAt := func(from, to int, at time.Time) {
		t.Helper()
		for i := from; i < to; i++ {
			learn(t, st, store.Learning{Time: uint32(at.Unix()), Changes: []store.Change{{Token: tok(i), Ham: 1, Weight: 1}},
				Marks: []store.Mark{{Digest: digest(i), Class: store.Ham, Time: uint32(at.Unix())}}})
		}
	}
	future := time.Date(2102, 1, 1, 0, 0, 0, 0, time.UTC)
	learnAt(0, 50, now.Add(-48*time.Hour))
	learnAt(50, 100, future)
	expire(t, st, 90, 90, 10) // of the past ones, and marks of the future ones
	if tot := totals(t, st); tot.Newest.After(now.Add(time.Hour)) {
		t.Errorf("the newest time is still %v", tot.Newest)
	}
	wantSeen(t, st, digest(0), store.Ham)
	learnAt(100, 150, now.Add(time.Hour))
	for range 2 {
		expire(t, st, 50, -1, max(0, totals(t, st).Tokens-50))
		wantKept(t, st, 150, func(i int) bool { return i >= 100 })
		st = reopen(t, st, open)
	}
	st.Close()
}
