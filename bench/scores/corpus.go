package main

import (
	"hash/fnv"
	"math"
	"slices"

	"asterism/rules"
)

// params is the weighing that the shipped scores were fitted with; flags change it.
var params = Params{HamCost: 15, HamTarget: 3, SpamTarget: 6, Prior: 4, Rounds: 400}

// corpus is all messages as the fit sees them.
type corpus struct {
	mails   []*mail
	samples []*Sample
	names   []string // of rules
	bounds  []Bound
}

// newCorpus gives each rule that hit anywhere its bounds: those of its line in the file, or its score where that is
// not fitted.
func newCorpus(mails []*mail, set *rules.Set, file *scoreFile) *corpus {
	c := &corpus{mails: mails}
	index := map[string]int32{}
	limits := set.ScoreLimits()
	weights := weigh(mails)
	for i, m := range mails {
		s := &Sample{Spam: m.spam, Weight: weights[i]}
		for _, h := range m.hits {
			r, ok := index[h.Name]
			if !ok {
				r = int32(len(c.names))
				index[h.Name] = r
				c.names = append(c.names, h.Name)
				c.bounds = append(c.bounds, file.bound(h.Name, h.Rule.Scores[0]))
			}
			s.Rules = append(s.Rules, r)
		}
		for _, l := range limits {
			use := limitUse{points: l.Points}
			for k, h := range m.hits {
				if slices.Contains(l.Rules, h.Name) {
					use.members = append(use.members, k)
				}
			}
			if l.Points > 0 && len(use.members) > 1 {
				s.Limits = append(s.Limits, use)
			}
		}
		c.samples = append(c.samples, s)
	}
	return c
}

// weigh gives each source of a kind the weight of the square root of its messages: what one sender wrote a hundred
// times is not a hundred times as true.
func weigh(mails []*mail) []float64 {
	count := map[[2]string]float64{}
	for _, m := range mails {
		count[[2]string{m.kind, m.source}]++
	}
	weights := make([]float64, len(mails))
	for i, m := range mails {
		weights[i] = 1 / math.Sqrt(count[[2]string{m.kind, m.source}])
	}
	return weights
}

// folds is in how many parts the sources are divided.
const folds = 10

// crossValidate fits on the sources of all folds but one and tries the scores on that one.
func (c *corpus) crossValidate() {
	c.leaveOut("each source tried with scores fitted without it", func(m *mail) int {
		h := fnv.New32a()
		h.Write([]byte(m.source))
		return int(h.Sum32() % folds)
	}, folds)
}

// leaveKindsOut fits without each kind and tries the scores on it.
func (c *corpus) leaveKindsOut() {
	var kinds []string
	for _, m := range c.mails {
		if k := baseKind(m.kind); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	c.leaveOut("each kind tried with scores fitted without it", func(m *mail) int {
		return slices.Index(kinds, baseKind(m.kind))
	}, len(kinds))
}

func (c *corpus) leaveOut(name string, part func(*mail) int, parts int) {
	t := table{name: name}
	var w sums
	for p := range parts {
		var rest []*Sample
		for i, m := range c.mails {
			if part(m) != p {
				rest = append(rest, c.samples[i])
			}
		}
		scores := Fit(rest, c.bounds, params)
		for i, m := range c.mails {
			if part(m) == p {
				t.add(m, w.score(c.samples[i], scores))
			}
		}
	}
	t.print()
}

func (c *corpus) report(name string, scores []float64) {
	t := table{name: name}
	var w sums
	for i, m := range c.mails {
		t.add(m, w.score(c.samples[i], scores))
	}
	t.print()
}
