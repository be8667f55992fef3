package bayes

import (
	"math"
	"math/rand/v2"
	"testing"

	"asterism/store"
)

// TestChiSquareTail: tails as statistical tables have them.
func TestChiSquareTail(t *testing.T) {
	for _, test := range []struct {
		x    float64
		n    int
		want float64
	}{{5.991, 1, 0.05}, {9.488, 2, 0.05}, {23.209, 5, 0.01}, {124.342, 50, 0.05}} {
		if got := math.Exp(lnTail(test.x, test.n)); math.Abs(got-test.want) > 1e-4 {
			t.Errorf("tail of %v with %d degrees of freedom is %v, want %v", test.x, 2*test.n, got, test.want)
		}
	}
	if got := lnTail(1e5, 500); math.IsNaN(got) || math.IsInf(got, 0) || got > -40000 {
		t.Errorf("far tail is %v", got)
	}
}

// spread is a mail whose every token was in so many hams and spams.
func spread(tokens int, ham, spam uint32) *mail {
	m := &mail{}
	for range tokens {
		m.body.tokens = append(m.body.tokens, 1)
		m.body.records = append(m.body.records, store.Record{Ham: ham, Spam: spam})
	}
	return m
}

// TestVotesOfCounts: both votes take the side of the counts, mirrored for the other class, and one word that only one
// class has does not decide.
func TestVotesOfCounts(t *testing.T) {
	totals := newTotals(100, 100)
	learned := [2]uint64{20000, 20000}
	for name, vote := range map[string]func(*mail) float64{
		"chi-square": func(m *mail) float64 { return m.chiSquare(&totals) },
		"posterior":  func(m *mail) float64 { return m.posterior(&totals, learned) },
	} {
		spam, ham := vote(spread(15, 1, 40)), vote(spread(15, 40, 1))
		if spam < 10 || math.Abs(spam+ham) > 1e-6*spam {
			t.Errorf("%s gives spam %v and ham %v", name, spam, ham)
		}
		if one := vote(spread(1, 0, 1)); one <= 0 || one > 4 {
			t.Errorf("%s gives one unknown word of spam %v", name, one)
		}
		if none := vote(spread(10, 0, 0)); none != 0 {
			t.Errorf("%s gives unknown words %v", name, none)
		}
	}
}

// TestFit: the calibration finds the line that the trials were drawn from.
func TestFit(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var trials []trial
	for range 20000 {
		x := trial{margin: rnd.NormFloat64() * 2, class: store.Ham}
		if rnd.Float64() < sigmoid(1.5*x.margin-0.5) {
			x.class = store.Spam
		}
		trials = append(trials, x)
	}
	slope, offset, ok := fit(trials)
	// Both classes count alike, which moves the offset by the log of their ratio.
	var spam float64
	for _, x := range trials {
		spam += target(x.class)
	}
	offset += math.Log(spam / (20000 - spam))
	if !ok || math.Abs(slope-1.5) > 0.1 || math.Abs(offset+0.5) > 0.1 {
		t.Errorf("slope %.3f, offset %.3f, %v; want 1.5, -0.5", slope, offset, ok)
	}
	if _, _, ok := fit(trials[:0]); ok {
		t.Error("a fit without trials")
	}
}

func TestModelSurvives(t *testing.T) {
	m := &model{slope: 1.25, offset: -0.5, tokens: [2]uint64{1 << 40, 7}, sampled: [2]uint32{3, 4}, last: store.Spam,
		streak: 9, calibrated: 77}
	got, err := decodeModel(m.encode())
	if err != nil || *got != *m {
		t.Errorf("%+v, %v; want %+v", got, err, m)
	}
	for _, bad := range [][]byte{{}, {1, 2}, make([]byte, modelSize)} {
		if _, err := decodeModel(bad); err == nil {
			t.Errorf("%v was taken for a model", bad)
		}
	}
}
