package history

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/store"
)

// Figures are counts of the mails of a time.
type Figures struct {
	Since  time.Time     `json:"since"`
	Until  time.Time     `json:"until"`
	Step   time.Duration `json:"step"`
	Steps  []Step        `json:"steps"`  // from Since on, without a gap
	Scores []Scores      `json:"scores"` // by half points, ascending, without a gap; empty without mails
	Tests  []TestCount   `json:"tests"`  // most hits first
	Taught []TaughtCount `json:"taught"`
}

// Step is the counts of a part of the time.
type Step struct {
	Spam      int `json:"spam"`
	Ham       int `json:"ham"`
	Unscanned int `json:"unscanned"`
}

// Scores is how many mails have a score in a half point.
type Scores struct {
	From float64 `json:"from"` // up to half a point more, exclusive; the first and the last bin hold all beyond
	N    int     `json:"n"`
}

// TestCount is how many mails a test hit.
type TestCount struct {
	Name       string `json:"name"`
	Spam       int    `json:"spam"` // by the verdict
	Ham        int    `json:"ham"`
	TaughtSpam int    `json:"taught_spam"` // of them, taught since
	TaughtHam  int    `json:"taught_ham"`
}

// TaughtCount is how many mails with a verdict were taught as a class.
type TaughtCount struct {
	Spam  bool        `json:"spam"`  // the verdict
	Class store.Class `json:"class"` // the taught class
	N     int         `json:"n"`
}

// Bounds of the figures.
const (
	maxSteps    = 10_000
	lowestScore = -20
	highestBin  = 49.5
	scoreBins   = 2*(highestBin-lowestScore) + 1
)

// Figures counts the mails of a time, by steps. It reads indexes, not records: it takes a fraction of a second for a
// million.
func (l *Log) Figures(ctx context.Context, since, until time.Time, step time.Duration) (*Figures, error) {
	l.settle(ctx)
	f := &Figures{Since: since, Until: until, Step: max(step, time.Second)}
	n := int(min((until.Sub(since)+f.Step-1)/f.Step, maxSteps))
	if n <= 0 {
		return f, nil
	}
	f.Steps = make([]Step, n)
	c := &counter{f: f, q: &Query{Since: since, Until: until}, tests: map[string]*TestCount{},
		scores: make([]int, scoreBins)}
	starts, err := l.starts()
	if err != nil {
		return nil, err
	}
	for i, start := range starts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i > 0 && starts[i-1].Time().Before(since.Add(-clockSlack)) {
			break
		}
		if err := l.count(start, c); err != nil {
			return nil, err
		}
	}
	if err := l.countTaught(c); err != nil {
		return nil, err
	}
	c.finish()
	return f, nil
}

// counter adds up figures.
type counter struct {
	f      *Figures
	q      *Query
	tests  map[string]*TestCount
	scores []int
	taught [2][3]int // by verdict (ham, spam) and class
	flags  []byte    // of the segment's rows: flags, or 0 of a row outside the time
	places []uint32
}

// count adds a segment.
func (l *Log) count(start ID, c *counter) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.file.view(func(tx *bbolt.Tx) error {
		if start == l.start {
			t := l.tail
			c.add(t, len(t.rows), func(i int) row { return t.rows[i] }, l.file)
			return nil
		}
		if seg, ok := segmentOf(tx, start); ok && seg.start == start {
			if x := seg.index(false); x != nil {
				c.add(x, x.rows, x.row, l.file)
			}
		}
		return nil
	})
}

// add adds the rows of an index.
func (c *counter) add(x lister, n int, at func(int) row, f *file) {
	c.flags = slices.Grow(c.flags[:0], n)[:n]
	any := false
	for i := range n {
		w := at(i)
		if c.flags[i] = 0; !c.q.allows(&w) {
			continue
		}
		c.flags[i], any = w.flags|rowCounted, true
		step := &c.f.Steps[min(int((w.time-c.f.Since.UnixMilli())/c.f.Step.Milliseconds()), len(c.f.Steps)-1)]
		switch {
		case w.flags&rowScanned == 0:
			step.Unscanned++
			continue
		case w.flags&rowSpam != 0:
			step.Spam++
		default:
			step.Ham++
		}
		c.scores[binOf(float64(w.score)/1000)]++
	}
	if !any {
		return
	}
	for _, name := range f.names.all() {
		c.places = x.list(f.hash.term(kindTest, strings.ToLower(name)), c.places[:0])
		for _, i := range c.places {
			if int(i) < n && c.flags[i] != 0 {
				c.test(name, c.flags[i]&rowSpam != 0)
			}
		}
	}
}

// rowCounted marks a row that is in the time.
const rowCounted = 1 << 7

func binOf(score float64) int {
	return int(math.Floor(2 * (min(max(score, lowestScore), highestBin) - lowestScore)))
}

func (c *counter) test(name string, spam bool) *TestCount {
	t := c.tests[name]
	if t == nil {
		t = &TestCount{Name: name}
		c.tests[name] = t
	}
	if spam {
		t.Spam++
	} else {
		t.Ham++
	}
	return t
}

// countTaught adds the lessons of the mails, from their records.
func (l *Log) countTaught(c *counter) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.file.view(func(tx *bbolt.Tx) error {
		cur := tx.Bucket(taughtBucket).Cursor()
		for k, _ := cur.Seek(newID(c.q.Since.Add(-clockSlack)).key()); k != nil; k, _ = cur.Next() {
			seg, ok := segmentOf(tx, idOf(k))
			if !ok {
				continue
			}
			r := l.file.read(tx, &seg, idOf(k))
			if r == nil || !r.Scanned || r.Class() == 0 || !c.q.matchesColumns(r) {
				continue
			}
			verdict := 0
			if r.Spam() {
				verdict = 1
			}
			c.taught[verdict][r.Class()]++
			for _, t := range r.Tests {
				if f := c.tests[t.Name]; f != nil && r.Class() == store.Spam {
					f.TaughtSpam++
				} else if f != nil {
					f.TaughtHam++
				}
			}
		}
		return nil
	})
}

// finish puts the sums into the figures.
func (c *counter) finish() {
	first, last := slices.IndexFunc(c.scores, func(n int) bool { return n > 0 }), -1
	for i, n := range c.scores {
		if n > 0 {
			last = i
		}
	}
	for i := first; i >= 0 && i <= last; i++ {
		c.f.Scores = append(c.f.Scores, Scores{From: lowestScore + float64(i)/2, N: c.scores[i]})
	}
	for _, t := range c.tests {
		c.f.Tests = append(c.f.Tests, *t)
	}
	slices.SortFunc(c.f.Tests, func(a, b TestCount) int {
		return cmp.Or(cmp.Compare(b.Ham+b.Spam, a.Ham+a.Spam), strings.Compare(a.Name, b.Name))
	})
	for verdict, classes := range c.taught {
		for class, n := range classes {
			if n > 0 {
				c.f.Taught = append(c.f.Taught, TaughtCount{Spam: verdict == 1, Class: store.Class(class), N: n})
			}
		}
	}
}
