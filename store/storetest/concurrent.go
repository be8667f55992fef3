package storetest

import (
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"asterism/store"
)

// testConcurrent: learnings of several goroutines all arrive, while others scan.
func testConcurrent(t *testing.T, open Open) {
	st := open()
	const learners, each, shared = 4, 100, 50
	var all []store.Token
	for i := range shared {
		all = append(all, tok(i))
	}
	stop := make(chan struct{})
	var scans, learns sync.WaitGroup
	for range 2 {
		scans.Go(func() {
			dst := make([]store.Record, len(all))
			for now := uint32(1); ; now += 10_000 {
				select {
				case <-stop:
					return
				default:
				}
				if err := st.Lookup(all, dst); err != nil {
					t.Error(err)
					return
				}
				for i, r := range dst {
					if r.Ham > learners*each || r.Ham > 0 && r.Weight < 0 {
						t.Errorf("token %d: %+v", i, r)
					}
				}
				st.Touch(all, now)
				st.Totals()
			}
		})
	}
	for g := range learners {
		learns.Go(func() {
			for i := range each {
				l := store.Learning{Ham: 1, Marks: []store.Mark{{Digest: digest(g*each + i), Class: store.Ham}}}
				for _, tk := range all {
					l.Changes = append(l.Changes, store.Change{Token: tk, Ham: 1, Weight: 1})
				}
				l.Changes = append(l.Changes, store.Change{Token: tok(1000 + g*each + i), Ham: 1})
				c, err := st.Apply(l)
				if err == nil && i%10 == 0 {
					err = c.Wait()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	learns.Wait()
	close(stop)
	scans.Wait()
	for range 2 {
		wantTotals(t, st, learners*each, 0, shared+learners*each, learners*each)
		for _, r := range lookup(t, st, all...) {
			if r.Ham != learners*each || r.Weight != learners*each {
				t.Errorf("%+v", r)
			}
		}
		st = reopen(t, st, open)
	}
	st.Close()
}

// testExpireWhileInUse: scans and learnings go on during an expiry, and no learning of a token that stays is lost.
func testExpireWhileInUse(t *testing.T, open Open) {
	st := open()
	defer st.Close()
	const n = 20_000
	l := store.Learning{Time: 1}
	for i := range n {
		l.Changes = append(l.Changes, store.Change{Token: tok(i), Ham: 1, Weight: 1})
	}
	learn(t, st, l)
	busy := make([]store.Token, 100)
	for i := range busy {
		busy[i] = tok(i)
	}
	st.Touch(busy, 1_000_000)
	done := make(chan error)
	go func() {
		for _, keep := range []int{n / 2, n / 4, n / 8, n / 16} {
			if _, err := st.Expire(keep, -1); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	learned := uint32(0)
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		l := store.Learning{Time: 1_000_000}
		for _, tk := range busy {
			l.Changes = append(l.Changes, store.Change{Token: tk, Spam: 1})
		}
		if _, err := st.Apply(l); err != nil {
			t.Fatal(err)
		}
		learned++
		for _, r := range lookup(t, st, busy...) {
			if r.Ham != 1 || r.Spam != learned {
				t.Fatalf("after %d learnings: %+v", learned, r)
			}
		}
	}
	if got := totals(t, st).Tokens; got != n/16 || got != len(dump(t, st)) {
		t.Errorf("%d tokens left, want %d", got, n/16)
	}
}

// testRandomAgainstMaps does a long random sequence of everything and compares with plain maps.
func testRandomAgainstMaps(t *testing.T, open Open) {
	rnd := rand.New(rand.NewPCG(1, 2))
	st := open()
	tokens := map[store.Token]store.Record{}
	marks := map[store.Digest]store.Class{}
	var ham, spam uint32
	add := func(n *uint32, d int32) { *n = uint32(max(int64(*n)+int64(d), 0)) }
	for step := range 600 {
		var ls []store.Learning
		for range 1 + rnd.IntN(3) {
			l := store.Learning{Time: rnd.Uint32N(1 << 20), Ham: rnd.Int32N(3) - 1, Spam: rnd.Int32N(3) - 1}
			add(&ham, l.Ham)
			add(&spam, l.Spam)
			for range rnd.IntN(40) {
				c := store.Change{Token: tok(rnd.IntN(500)), Ham: rnd.Int32N(5) - 2, Spam: rnd.Int32N(5) - 2,
					Weight: float32(rnd.IntN(9) - 4)}
				l.Changes = append(l.Changes, c)
				r, known := tokens[c.Token]
				add(&r.Ham, c.Ham)
				add(&r.Spam, c.Spam)
				r.Weight += c.Weight
				if c.Ham != 0 || c.Spam != 0 {
					r.LastSeen = max(r.LastSeen, l.Time)
				}
				switch {
				case r.Ham == 0 && r.Spam == 0:
					delete(tokens, c.Token)
				case known || c.Ham != 0 || c.Spam != 0:
					tokens[c.Token] = r
				}
			}
			m := store.Mark{Digest: digest(rnd.IntN(50)), Class: store.Class(rnd.IntN(3))}
			l.Marks = []store.Mark{m}
			if marks[m.Digest] = m.Class; m.Class == 0 {
				delete(marks, m.Digest)
			}
			ls = append(ls, l)
		}
		c, err := st.Apply(ls...)
		if err != nil {
			t.Fatal(err)
		}
		switch rnd.IntN(40) {
		case 0:
			st = reopen(t, st, open)
		case 1, 2, 3:
			if err := c.Wait(); err != nil {
				t.Fatal(err)
			}
		case 4:
			keep := len(tokens) * 9 / 10
			if _, err := st.Expire(keep, -1); err != nil {
				t.Fatal(err)
			}
			left := dump(t, st)
			if len(left) > keep {
				t.Fatalf("step %d: %d tokens left, want at most %d", step, len(left), keep)
			}
			maps.DeleteFunc(tokens, func(tk store.Token, _ store.Record) bool { _, ok := left[tk]; return !ok })
		}
		wantTotals(t, st, ham, spam, len(tokens), len(marks))
		if t.Failed() {
			t.Fatalf("at step %d", step)
		}
	}
	st = reopen(t, st, open)
	defer st.Close()
	if got := dump(t, st); !maps.Equal(got, tokens) {
		t.Errorf("the tokens differ: %d, want %d", len(got), len(tokens))
	}
	for i := range 50 {
		wantSeen(t, st, digest(i), marks[digest(i)])
	}
}
