// Package storetest is the conformance suite of store.Store: the required behavior of every implementation, seen from
// outside.
package storetest

import (
	"testing"

	"asterism/store"
)

// Open returns the store of one test. Called again after the store was closed, it opens the same data again. The test
// fails if it cannot.
type Open func() store.Store

// Run runs the suite. fresh is called once per test and returns the opener of a new, empty store.
func Run(t *testing.T, fresh func(t *testing.T) Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"Empty":             testEmpty,
		"Learn":             testLearn,
		"CountsStopAtZero":  testCountsStopAtZero,
		"Forget":            testForget,
		"WeightAlone":       testWeightAlone,
		"LastSeen":          testLastSeen,
		"Marks":             testMarks,
		"Samples":           testSamples,
		"Meta":              testMeta,
		"BadLearning":       testBadLearning,
		"Conflict":          testConflict,
		"Reopen":            testReopen,
		"ReopenUnwaited":    testReopenUnwaited,
		"ExpireWeightless":  testExpireWeightless,
		"ExpireOldest":      testExpireOldest,
		"ExpireMarks":       testExpireMarks,
		"ExpireUnlimited":   testExpireUnlimited,
		"ExpireFuture":      testExpireFuture,
		"Clear":             testClear,
		"Replace":           testReplace,
		"ReplaceFails":      testReplaceFails,
		"Closed":            testClosed,
		"Many":              testMany,
		"Concurrent":        testConcurrent,
		"ExpireWhileInUse":  testExpireWhileInUse,
		"RandomAgainstMaps": testRandomAgainstMaps,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// tok makes a token out of a small number, spread over the whole range as real ones are.
func tok(i int) store.Token { return store.Token(uint64(i)*0x9e3779b97f4a7c15 + 1) }

func digest(i int) (d store.Digest) {
	for j := range d {
		d[j] = byte(uint64(tok(i)) >> (j % 8 * 8))
	}
	return d
}

// learn applies learnings and waits until they are acknowledged.
func learn(t *testing.T, st store.Store, l ...store.Learning) {
	t.Helper()
	c, err := st.Apply(l...)
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// lookup returns the records of some tokens.
func lookup(t *testing.T, st store.Store, toks ...store.Token) []store.Record {
	t.Helper()
	dst := make([]store.Record, len(toks))
	for i := range dst {
		dst[i].Ham = 99 // must be overwritten
	}
	if err := st.Lookup(toks, dst); err != nil {
		t.Fatal(err)
	}
	return dst
}

func wantRecord(t *testing.T, st store.Store, tk store.Token, want store.Record) {
	t.Helper()
	if got := lookup(t, st, tk)[0]; got != want {
		t.Errorf("token %x: %+v, want %+v", tk, got, want)
	}
}

func totals(t *testing.T, st store.Store) store.Totals {
	t.Helper()
	tot, err := st.Totals()
	if err != nil {
		t.Fatal(err)
	}
	return tot
}

// wantTotals compares the four numbers.
func wantTotals(t *testing.T, st store.Store, ham, spam uint32, tokens, seen int) {
	t.Helper()
	got := totals(t, st)
	if got.Ham != ham || got.Spam != spam || got.Tokens != tokens || got.Seen != seen {
		t.Errorf("totals: %d ham, %d spam, %d tokens, %d seen; want %d, %d, %d, %d",
			got.Ham, got.Spam, got.Tokens, got.Seen, ham, spam, tokens, seen)
	}
}

func wantSeen(t *testing.T, st store.Store, d store.Digest, want store.Class) {
	t.Helper()
	if got, err := st.Seen(d); err != nil || got != want {
		t.Errorf("Seen(%x) = %v, %v; want %v", d, got, err, want)
	}
}

func reopen(t *testing.T, st store.Store, open Open) store.Store {
	t.Helper()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return open()
}

// dump collects every token by Each.
func dump(t *testing.T, st store.Store) map[store.Token]store.Record {
	t.Helper()
	all := map[store.Token]store.Record{}
	err := st.Each(func(tk store.Token, r store.Record) bool {
		if _, dup := all[tk]; dup {
			t.Errorf("Each gave token %x twice", tk)
		}
		all[tk] = r
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
