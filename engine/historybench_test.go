package engine_test

import (
	"context"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/engine"
	"asterism/history"
)

// TestHistoryCost prints what a history costs scans, on the mails below the directory HISTORY_CORPUS: blocks of scans
// without a history and with one, in turn. It is skipped without that variable.
//
//	HISTORY_CORPUS=DIR go test ./engine -run TestHistoryCost -v
func TestHistoryCost(t *testing.T) {
	dir := os.Getenv("HISTORY_CORPUS")
	if dir == "" {
		t.Skip("HISTORY_CORPUS is not set")
	}
	var mails [][]byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(mails) == 2000 {
			return err
		}
		raw, err := os.ReadFile(path)
		if len(raw) < 100<<10 {
			mails = append(mails, raw)
		}
		return err
	})
	if err != nil || len(mails) == 0 {
		t.Fatal(len(mails), err)
	}
	off := open(t, load(t, "bayes_auto_learn 0\n"))
	on := openWithHistory(t, load(t, "history 1\nbayes_auto_learn 0\n"))
	times := map[*engine.Engine][]time.Duration{}
	const block = 100
	for round := range 6 {
		for from := 0; from+block <= len(mails); from += block {
			for _, e := range []*engine.Engine{off, on} {
				for _, raw := range mails[from : from+block] {
					began := time.Now()
					in := &classifier.Input{Raw: raw, Client: netip.MustParseAddr("192.0.2.7"),
						Sender: "joe@example.com", Recipients: []string{"sue@example.org"}}
					v, err := e.Check(context.Background(), in)
					if err != nil {
						t.Fatal(err)
					}
					e.Record(in, v, &history.Outcome{Front: "milter", Action: "tag", Took: v.Took})
					if took := time.Since(began); round > 0 {
						times[e] = append(times[e], took)
					}
				}
			}
		}
	}
	at := func(e *engine.Engine, part float64) time.Duration {
		slices.Sort(times[e])
		return times[e][int(part*float64(len(times[e])-1))]
	}
	for _, part := range []float64{0.5, 0.9, 0.99} {
		without, with := at(off, part), at(on, part)
		t.Logf("%d scans each: p%.0f %v without, %v with a history: %+.1f%%", len(times[on]), 100*part,
			without.Round(time.Microsecond),
			with.Round(time.Microsecond), 100*(float64(with)/float64(without)-1))
	}
	s := on.History().Stats()
	t.Logf("%+v", s)
	if s.Dropped > 0 {
		t.Errorf("%d records dropped", s.Dropped)
	}
}
