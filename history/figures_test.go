package history

import (
	"fmt"
	"testing"
	"time"

	"asterism/store"
)

// TestFigures: the figures are what counting the records gives, in the segment in hand and in closed ones.
func TestFigures(t *testing.T) {
	l := openLog(t, Options{})
	defer l.Close()
	since := time.Now().Add(-3 * time.Hour).Truncate(time.Hour)
	var want [3]Step
	tests := map[string][2]int{}
	for i := range 300 {
		r := sample(i)
		r.Time = since.Add(time.Duration(i) * 36 * time.Second)
		if i%50 == 7 {
			r.Scanned, r.Tests, r.Sum, r.BayesReady, r.Score = false, nil, nil, false, 0
		}
		step := &want[i/100]
		switch {
		case !r.Scanned:
			step.Unscanned++
		case r.Spam():
			step.Spam++
		default:
			step.Ham++
		}
		for _, hit := range r.Tests {
			n := tests[hit.Name]
			if r.Spam() {
				n[1]++
			} else {
				n[0]++
			}
			tests[hit.Name] = n
		}
		l.Append(r)
		if i == 150 {
			closeSegments(t, l)
		}
	}
	l.NoteTaught(sample(160).Lesson.Digest, store.Ham, "") // spam by its verdict
	f, err := l.Figures(ctx, since, since.Add(3*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(f.Steps); got != fmt.Sprint(want[:]) {
		t.Errorf("steps %s, want %v", got, want)
	}
	if len(f.Tests) != len(tests) {
		t.Errorf("%d tests, want %d", len(f.Tests), len(tests))
	}
	for _, tf := range f.Tests {
		if n := tests[tf.Name]; tf.Ham != n[0] || tf.Spam != n[1] {
			t.Errorf("%+v, want %v", tf, n)
		}
	}
	if f.Tests[0].Name != "BAYES_99" || f.Tests[0].TaughtHam != 1 {
		t.Errorf("%+v", f.Tests[0])
	}
	sum := 0
	for _, s := range f.Scores {
		sum += s.N
	}
	if sum != 294 || f.Scores[0].From != -5 || f.Scores[len(f.Scores)-1].From != 14.5 {
		t.Errorf("%d scores: %v", sum, f.Scores)
	}
	if len(f.Taught) != 1 || f.Taught[0] != (TaughtCount{true, store.Ham, 1}) {
		t.Errorf("%+v", f.Taught)
	}
	if f, err = l.Figures(ctx, since.Add(time.Hour), since.Add(2*time.Hour), time.Hour); err != nil ||
		f.Steps[0] != want[1] {
		t.Errorf("%+v, %v", f.Steps, err)
	}
}
