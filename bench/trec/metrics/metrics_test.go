package metrics

import (
	"math"
	"testing"
)

// run builds outcomes from hams' and spams' scores, with the verdict at 5.
func run(ham, spam []float64) []Outcome {
	var out []Outcome
	for _, s := range ham {
		out = append(out, Outcome{Score: s, Verdict: s >= 5})
	}
	for _, s := range spam {
		out = append(out, Outcome{Spam: true, Score: s, Verdict: s >= 5})
	}
	return out
}

func TestFigures(t *testing.T) {
	for _, test := range []struct {
		name      string
		ham, spam []float64
		want      Figures
	}{
		{"perfect", []float64{1, 2}, []float64{8, 9}, Figures{LAM: 1e-4}},
		{"upside down", []float64{8, 9}, []float64{1, 2}, Figures{100, 100, 100, 100 - 1e-4, 100}},
		{"one pair of four wrong", []float64{1, 6}, []float64{4, 9}, Figures{25, 50, 50, 50, 0}},
		{"a tie counts half", []float64{3}, []float64{3}, Figures{50, 0, 100, 50, 100}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Compute(run(test.ham, test.spam)).Figures
			// With fewer than a thousand hams the 0.1% threshold is the last but one ham, as the peers' figures have it.
			for i, pair := range [][2]float64{{got.OneMinusAUC, test.want.OneMinusAUC}, {got.HamMissed, test.want.HamMissed},
				{got.SpamMissed, test.want.SpamMissed}, {got.LAM, test.want.LAM}, {got.SpamMissed1, test.want.SpamMissed1}} {
				if math.Abs(pair[0]-pair[1]) > 1e-6 {
					t.Errorf("figure %d is %v, want %v (%+v)", i, pair[0], pair[1], got)
				}
			}
		})
	}
}

func TestSpamMissedAtOneHamInAThousand(t *testing.T) {
	var ham, spam []float64
	for i := range 4000 {
		ham = append(ham, float64(i)/4000)
	}
	ham[3999], ham[3998], ham[3997], ham[3996] = 50, 50, 50, 50 // four of four thousand may be lost
	for range 90 {
		spam = append(spam, 10)
	}
	for range 10 {
		spam = append(spam, 0.5)
	}
	if got := Compute(run(ham, spam)).SpamMissed1; got != 10 {
		t.Errorf("spam missed at 0.1%% of ham is %v%%, want 10%%", got)
	}
}

func TestIntervalsHoldTheFigureAndRepeat(t *testing.T) {
	var ham, spam []float64
	for i := range 500 {
		ham = append(ham, float64(i%97)/20)
		spam = append(spam, 3+float64(i%89)/15)
	}
	r := Compute(run(ham, spam))
	if !(r.AUCInterval.Low < r.OneMinusAUC && r.OneMinusAUC < r.AUCInterval.High) {
		t.Errorf("%v is not within %v", r.OneMinusAUC, r.AUCInterval)
	}
	if again := Compute(run(ham, spam)); again != r {
		t.Errorf("the same run gave %+v and %+v", r, again)
	}
}

func TestROC(t *testing.T) {
	curve := ROC(run([]float64{1, 6}, []float64{4, 9}))
	want := []Point{{0, 1}, {0, 0.5}, {0.5, 0.5}, {0.5, 0}, {1, 0}}
	if len(curve) != len(want) {
		t.Fatalf("curve is %v, want %v", curve, want)
	}
	for i := range want {
		if curve[i] != want[i] {
			t.Fatalf("curve is %v, want %v", curve, want)
		}
	}
}
