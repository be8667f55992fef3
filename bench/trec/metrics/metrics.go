// Package metrics computes the TREC spam track's figures from what a filter said of labelled messages.
package metrics

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Outcome is what a filter said of one message.
type Outcome struct {
	Spam    bool    // the true label
	Verdict bool    // the filter called it spam at its own threshold
	Score   float64 // any number that grows with the filter's belief in spam
}

// Figures are the track's measures, all in percent.
type Figures struct {
	OneMinusAUC float64 // (ham, spam) pairs ranked the wrong way, ties counting half
	HamMissed   float64 // hm%: ham called spam
	SpamMissed  float64 // sm%: spam called ham
	LAM         float64 // logistic average misclassification of the two above
	SpamMissed1 float64 // spam missed at the threshold that misclassifies 0.1% of ham
}

// Interval is a 95% confidence interval.
type Interval struct{ Low, High float64 }

// Report is the figures of one run with their intervals.
type Report struct {
	Ham, Spam int
	Figures
	AUCInterval, HamInterval, SpamInterval, LAMInterval, Spam1Interval Interval
}

// N returns how many messages were classified.
func (r *Report) N() int { return r.Ham + r.Spam }

// Resamples is the number of bootstrap resamples behind the intervals.
const Resamples = 1000

// Compute returns the figures of a run and their bootstrap intervals (percentiles of Resamples resamplings of the
// messages, drawn with a fixed seed so that the same run gives the same report). Without a message of each class the
// figures that need both are NaN.
func Compute(run []Outcome) Report {
	sorted := slices.Clone(run)
	slices.SortStableFunc(sorted, func(a, b Outcome) int { return cmp.Compare(a.Score, b.Score) })
	once := make([]int, len(sorted))
	var r Report
	for i, o := range sorted {
		once[i] = 1
		if o.Spam {
			r.Spam++
		} else {
			r.Ham++
		}
	}
	r.Figures = figures(sorted, once)

	var samples [5][]float64
	rnd := rand.New(rand.NewPCG(1, 2))
	times := make([]int, len(sorted))
	for range Resamples {
		clear(times)
		for range sorted {
			times[rnd.IntN(len(times))]++
		}
		f := figures(sorted, times)
		for i, v := range []float64{f.OneMinusAUC, f.HamMissed, f.SpamMissed, f.LAM, f.SpamMissed1} {
			if !math.IsNaN(v) {
				samples[i] = append(samples[i], v)
			}
		}
	}
	for i, to := range []*Interval{&r.AUCInterval, &r.HamInterval, &r.SpamInterval, &r.LAMInterval, &r.Spam1Interval} {
		*to = percentiles(samples[i])
	}
	return r
}

// percentiles returns the middle 95% of the values.
func percentiles(values []float64) Interval {
	if len(values) == 0 {
		return Interval{math.NaN(), math.NaN()}
	}
	slices.Sort(values)
	last := float64(len(values) - 1)
	return Interval{values[int(0.025*last+0.5)], values[int(0.975*last+0.5)]}
}

// figures computes the measures of a run sorted by score in which message i occurs times[i] times.
func figures(sorted []Outcome, times []int) Figures {
	var ham, spam, hamWrong, spamWrong int
	for i, o := range sorted {
		if o.Spam {
			spam += times[i]
			if !o.Verdict {
				spamWrong += times[i]
			}
		} else {
			ham += times[i]
			if o.Verdict {
				hamWrong += times[i]
			}
		}
	}
	f := Figures{HamMissed: percent(hamWrong, ham), SpamMissed: percent(spamWrong, spam)}
	f.LAM = 100 * logistic((logit(f.HamMissed/100)+logit(f.SpamMissed/100))/2)

	// One walk over groups of equal score. The threshold for 0.1% is the score of the ham that all but 0.1% of ham do
	// not exceed; spam at or below it is missed.
	at := max(0, int(float64(ham)*0.999)-1)
	var wrong float64
	var hamBelow, spamBelow int
	missed := -1
	for i := 0; i < len(sorted); {
		h, s, j := 0, 0, i
		for ; j < len(sorted) && sorted[j].Score == sorted[i].Score; j++ {
			if sorted[j].Spam {
				s += times[j]
			} else {
				h += times[j]
			}
		}
		wrong += float64(h) * (float64(spamBelow) + 0.5*float64(s))
		hamBelow += h
		spamBelow += s
		if missed < 0 && hamBelow > at {
			missed = spamBelow
		}
		i = j
	}
	f.OneMinusAUC = math.NaN()
	if ham > 0 && spam > 0 {
		f.OneMinusAUC = 100 * wrong / (float64(ham) * float64(spam))
	}
	f.SpamMissed1 = percent(max(missed, 0), spam)
	return f
}

func percent(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return 100 * float64(n) / float64(of)
}

// logit keeps a rate of zero finite, as the track's own evaluation does.
func logit(p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return math.Log(p / (1 - p))
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Point is one point of a ROC curve: the fractions of each class misclassified at some threshold.
type Point struct{ HamMissed, SpamMissed float64 }

// ROC returns the curve from the strictest threshold (no ham called spam) to the loosest.
func ROC(run []Outcome) []Point {
	sorted := slices.Clone(run)
	slices.SortStableFunc(sorted, func(a, b Outcome) int { return cmp.Compare(b.Score, a.Score) })
	var ham, spam int
	for _, o := range run {
		if o.Spam {
			spam++
		} else {
			ham++
		}
	}
	if ham == 0 || spam == 0 {
		return nil
	}
	curve := []Point{{0, 1}}
	var hamAbove, spamAbove int
	for i, o := range sorted {
		if o.Spam {
			spamAbove++
		} else {
			hamAbove++
		}
		if i+1 < len(sorted) && sorted[i+1].Score == o.Score {
			continue
		}
		curve = append(curve, Point{float64(hamAbove) / float64(ham), 1 - float64(spamAbove)/float64(spam)})
	}
	return curve
}

// Quick returns the figures of a run without intervals.
func Quick(run []Outcome) Figures {
	sorted := slices.Clone(run)
	slices.SortStableFunc(sorted, func(a, b Outcome) int { return cmp.Compare(a.Score, b.Score) })
	once := make([]int, len(sorted))
	for i := range once {
		once[i] = 1
	}
	return figures(sorted, once)
}
