package main

import (
	"math"
	"slices"
)

// Sample is one message as the fit sees it: the rules that hit, and the score limits that several of them are under.
type Sample struct {
	Spam   bool
	Weight float64
	Rules  []int32 // indices of rules
	Limits []limitUse
}

// limitUse is a score limit that two or more hits of a message are under.
type limitUse struct {
	points  float64
	members []int // indices into Sample.Rules
}

// sums is what a fit computes of one sample at a time.
type sums struct {
	points []float64 // by Sample.Rules
	slopes []float64 // how much of a change of the rule's score reaches the sum
	order  []int
}

// score adds up what the rules say, as rules.Set does: of the rules under a limit the strongest counts in full, the
// next ones as far as it reaches.
func (w *sums) score(s *Sample, scores []float64) float64 {
	w.points, w.slopes = w.points[:0], w.slopes[:0]
	for _, r := range s.Rules {
		w.points, w.slopes = append(w.points, scores[r]), append(w.slopes, 1)
	}
	for i := range s.Limits {
		w.limit(&s.Limits[i])
	}
	total := 0.0
	for _, p := range w.points {
		total += p
	}
	return total
}

func (w *sums) limit(l *limitUse) {
	w.order = w.order[:0]
	sum := 0.0
	for _, m := range l.members {
		if p := w.points[m]; p > 0 {
			w.order = append(w.order, m)
			sum += p
		}
	}
	if sum <= l.points || len(w.order) < 2 {
		return
	}
	slices.SortStableFunc(w.order, func(a, b int) int {
		switch {
		case w.points[a] > w.points[b]:
			return -1
		case w.points[a] < w.points[b]:
			return 1
		}
		return 0
	})
	strongest := w.points[w.order[0]]
	left := max(l.points, strongest)
	for n, m := range w.order {
		kept := min(w.points[m], left)
		left -= kept
		w.points[m] = kept
		if n > 0 || strongest < l.points { // what one of them gains, others lose
			w.slopes[m] = 0
		}
	}
}

// Bound is one rule's start value and the range that its analyst allows: one value, if it is not fitted. The start
// value also is the prior: a rule that the corpus says little about stays near it.
type Bound struct {
	Start, Min, Max float64
}

// Params weigh the fit. The default threshold is 5.0 throughout.
type Params struct {
	HamCost    float64 // how much one point of a ham too high costs, one of a spam too low being 1
	HamTarget  float64 // score below which a ham costs nothing to speak of
	SpamTarget float64 // score above which a spam costs nothing to speak of
	Prior      float64 // strength of the pull towards the start values
	Rounds     int     // gradient steps
}

// Fit finds scores within the bounds that separate the samples. It minimizes a smoothed hinge loss by projected
// gradient steps with a step size for each rule (Adam). Except for the limits the loss is convex.
func Fit(samples []*Sample, bounds []Bound, p Params) []float64 {
	scores := make([]float64, len(bounds))
	for i, b := range bounds {
		scores[i] = min(max(b.Start, b.Min), b.Max)
	}
	const smooth, beta1, beta2, tiny = 0.5, 0.9, 0.999, 1e-8
	grad := make([]float64, len(bounds))
	first := make([]float64, len(bounds))
	second := make([]float64, len(bounds))
	var w sums
	for round := 1; round <= p.Rounds; round++ {
		for i := range grad {
			grad[i] = 2 * p.Prior * (scores[i] - bounds[i].Start)
		}
		for _, s := range samples {
			total := w.score(s, scores)
			var slope float64
			if s.Spam {
				slope = -s.Weight * sigmoid((p.SpamTarget-total)/smooth)
			} else {
				slope = s.Weight * p.HamCost * sigmoid((total-p.HamTarget)/smooth)
			}
			for i, r := range s.Rules {
				grad[r] += slope * w.slopes[i]
			}
		}
		step := 0.05 * min(1, 3*float64(p.Rounds-round)/float64(p.Rounds))
		for i, g := range grad {
			first[i] = beta1*first[i] + (1-beta1)*g
			second[i] = beta2*second[i] + (1-beta2)*g*g
			m := first[i] / (1 - math.Pow(beta1, float64(round)))
			v := second[i] / (1 - math.Pow(beta2, float64(round)))
			scores[i] = min(max(scores[i]-step*m/(math.Sqrt(v)+tiny), bounds[i].Min), bounds[i].Max)
		}
	}
	return scores
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
