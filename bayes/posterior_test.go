package bayes

import (
	"math/rand/v2"
	"testing"

	"asterism/store"
)

// TestPosteriorIsReused: what a classifier computed for one message leaves nothing for the next.
func TestPosteriorIsReused(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	totals, learned := newTotals(100, 100), [2]uint64{20000, 20000}
	used := &mail{}
	for range 200 {
		fresh := &mail{}
		for range rnd.IntN(2 * posteriorTokens) {
			r := store.Record{Ham: rnd.Uint32N(50), Spam: rnd.Uint32N(50)}
			fresh.body.records = append(fresh.body.records, r)
		}
		used.body.records = fresh.body.records
		if got, want := used.posterior(&totals, learned), fresh.posterior(&totals, learned); got != want {
			t.Fatalf("%v, of a new classifier %v: %v", got, want, fresh.body.records)
		}
	}
}

func BenchmarkPosterior(b *testing.B) {
	totals := newTotals(10, 10)
	m := spread(100, 3, 5)
	b.ReportAllocs()
	for b.Loop() {
		m.posterior(&totals, [2]uint64{20000, 20000})
	}
}
