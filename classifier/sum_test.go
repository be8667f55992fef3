package classifier

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"asterism/config"
	"asterism/rules"
)

// shippedRules compiles rules as if they shipped, and gives some of them a score of the administrator's.
func shippedRules(t *testing.T, site string) *rules.Set {
	t.Helper()
	cfg := config.New()
	shipped := `loadplugin Mail::SpamAssassin::Plugin::Bayes
body BAYES_00 eval:check_bayes('0.00', '0.01')
body BAYES_50 eval:check_bayes('0.40', '0.60')
body BAYES_99 eval:check_bayes('0.99', '1.00')
body BAYES_999 eval:check_bayes('0.999', '1.00')
score BAYES_99 0 0 3.9 3.9
body A /a/
score A 2
body B /b/
score B 3 3 1 1
body C /c/
score C -1
body LIST /l/
tflags LIST userconf noautolearn
score LIST -100
`
	problems := append(cfg.Parse("shipped", []byte(shipped)), cfg.Parse("site", []byte(site))...)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for i := range cfg.Rules {
		cfg.Rules[i].Site = cfg.Rules[i].File == "site"
	}
	set, problems := rules.Compile(cfg, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

func hitsOf(set *rules.Set, names ...string) (hits []rules.Hit) {
	for _, name := range names {
		r := set.Rule(name)
		hits = append(hits, rules.Hit{Name: name, Score: r.Scores[rules.WithBayes], Share: 1, Own: r.Own, Rule: r})
	}
	return hits
}

func TestWeigh(t *testing.T) {
	for _, c := range []struct {
		name, site  string
		hits        []string
		odds, trust float64
		want        []float64 // points of the hits; nil if they stay as they are
	}{
		{"nothing but tests", "", []string{"A", "B"}, 3, 1, nil},
		{"no trust yet", "", []string{"A", "B", "BAYES_99"}, 5, 0, []float64{2, 3, 0}},
		{"full trust", "", []string{"A", "B", "C", "BAYES_99"}, 5, 1, []float64{1.3, 0.65, -0.65, 5.5}},
		{"half of it", "", []string{"A", "B", "BAYES_99"}, 5, 0.5, []float64{1.65, 1.65, 2.75}},
		{"ham", "", []string{"A", "BAYES_00"}, -3.5, 1, []float64{1.3, -3}},
		{"undecided", "", []string{"BAYES_50"}, 0, 1, []float64{0.5}},
		{"two tests of the learner's share", "", []string{"BAYES_999", "BAYES_99"}, 8, 1, []float64{1.093, 7.407}},
		{"bounds", "", []string{"BAYES_999", "BAYES_99"}, 80, 1, []float64{2.593, 7.407}},
		{"and below", "", []string{"BAYES_00"}, -80, 1, []float64{-4}},
		{"lists count in full", "", []string{"LIST", "A", "BAYES_99"}, 5, 1, []float64{-100, 1.3, 5}},
		{"the administrator's score", "score A 4\n", []string{"A", "B", "BAYES_99"}, 5, 1, []float64{4, 0.65, 5.5}},
		{"and against ham", "score A 4\n", []string{"A", "BAYES_00"}, -9, 1, []float64{4, -2}},
		{"which yields step by step", "score A 1\n", []string{"A", "BAYES_00"}, -9, 1, []float64{1, -3.5}},
		{"his rule", "body OWN /x/\n", []string{"OWN", "BAYES_99"}, 5, 1, []float64{1, 5.5}},
		{"his score of the learner's test", "score BAYES_99 4\n", []string{"A", "BAYES_99"}, 5, 1, nil},
		{"and of one of two", "score BAYES_999 1\n", []string{"A", "BAYES_99", "BAYES_999"}, 8, 1, nil},
		{"his score of another", "score BAYES_00 -1\n", []string{"A", "BAYES_99"}, 5, 1, []float64{1.3, 5.5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := shippedRules(t, c.site)
			hits := hitsOf(set, c.hits...)
			s := weigh(hits, 0, c.odds, c.trust)
			if (s == nil) != (c.want == nil) {
				t.Errorf("%s: sum %v", c.name, s)
				return
			}
			want := c.want
			if want == nil {
				for _, h := range hitsOf(set, c.hits...) {
					want = append(want, h.Score)
				}
			}
			sum := 0.0
			for i, h := range hits {
				sum += h.Score
				if math.Abs(h.Score-want[i]) > 1e-9 {
					t.Errorf("%s: %s has %v, want %v", c.name, h.Name, h.Score, want[i])
				}
			}
			if s != nil && math.Abs(s.Tests+s.Fixed+s.Learner-sum) > 1e-9 {
				t.Errorf("%s: %+v, the hits add up to %v", c.name, *s, sum)
			}
		})
	}
}

func TestSumIsShown(t *testing.T) {
	for want, s := range map[string]Sum{
		"Sum: learner +4.250, tests +1.300\n  trust in the learner 1.00, so tests count 0.65 of their scores\n": {
			Learner: 4.25, Tests: 1.3, Trust: 1, Share: 0.65},
		"Sum: learner -4.000, tests +0.000, fixed +3.000\n  trust in the learner 0.50, so tests count 0.82 of their " +
			"scores\n": {Learner: -4, Fixed: 3, Trust: 0.5,
			Share: 0.825},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestShownPoints: whatever the points, those shown add up to the score shown, and none is far from what it is.
func TestShownPoints(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		v := Verdict{Required: 5}
		for range rnd.IntN(30) {
			h := Hit{Score: thousandths(4 * rnd.NormFloat64())}
			v.Score += h.Score
			v.Hits = append(v.Hits, h)
		}
		v.Score = thousandths(v.Score)
		sum := 0.0
		for i, shown := range v.ShownPoints() {
			sum += shown
			if math.Abs(shown-v.Hits[i].Score) > 0.1 {
				t.Fatalf("%v is shown as %v", v.Hits[i].Score, shown)
			}
		}
		if want, _ := strconv.ParseFloat(v.ShownScore(), 64); len(v.Hits) > 0 && math.Abs(sum-want) > 1e-6 {
			t.Fatalf("shown points add up to %v, the score is %v, shown as %v: %v", sum, v.Score, want, v.Hits)
		}
	}
}
