package main

import "math"

// Sample is one message as the fit sees it: which of the fitted rules hit, and what all other rules add up to.
type Sample struct {
	Spam  bool
	Rules []int   // indices of fitted rules
	Fixed float64 // sum of the scores that are not fitted
}

// Score adds up what the rules say.
func (s *Sample) Score(scores []float64) float64 {
	total := s.Fixed
	for _, r := range s.Rules {
		total += scores[r]
	}
	return total
}

// Bound is one fitted rule's start value and the range that its analyst allows. The start value also is the prior: a
// rule that the corpus says little about stays near it.
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

// Fit finds scores within the bounds that separate the samples. It minimises a smoothed hinge loss by projected
// gradient steps with per-rule step sizes (Adam), which is convex and therefore independent of the order of samples.
func Fit(samples []Sample, bounds []Bound, p Params) []float64 {
	scores := make([]float64, len(bounds))
	for i, b := range bounds {
		scores[i] = math.Min(math.Max(b.Start, b.Min), b.Max)
	}
	const smooth, beta1, beta2, tiny = 0.5, 0.9, 0.999, 1e-8
	grad := make([]float64, len(bounds))
	first := make([]float64, len(bounds))
	second := make([]float64, len(bounds))
	for round := 1; round <= p.Rounds; round++ {
		for i := range grad {
			grad[i] = 2 * p.Prior * (scores[i] - bounds[i].Start)
		}
		for i := range samples {
			s := &samples[i]
			total := s.Score(scores)
			var slope float64
			if s.Spam {
				slope = -sigmoid((p.SpamTarget - total) / smooth)
			} else {
				slope = p.HamCost * sigmoid((total-p.HamTarget)/smooth)
			}
			for _, r := range s.Rules {
				grad[r] += slope
			}
		}
		step := 0.05 * math.Min(1, 3*float64(p.Rounds-round)/float64(p.Rounds))
		for i, g := range grad {
			first[i] = beta1*first[i] + (1-beta1)*g
			second[i] = beta2*second[i] + (1-beta2)*g*g
			m := first[i] / (1 - math.Pow(beta1, float64(round)))
			v := second[i] / (1 - math.Pow(beta2, float64(round)))
			scores[i] = math.Min(math.Max(scores[i]-step*m/(math.Sqrt(v)+tiny), bounds[i].Min), bounds[i].Max)
		}
	}
	return scores
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
