package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

const threshold = 5.0

// The weighings that the shipped scores were fitted with. Rules that are alone may cost more ham: whoever has taught the
// filter nothing wants it to find something, and the learner, where there is one, finds what they do not.
var (
	aloneParams   = Params{HamCost: 5, HamTarget: 3.2, SpamTarget: 6, Prior: 1, Rounds: 600}
	learnedParams = Params{HamCost: 3.6, HamTarget: 3.6, SpamTarget: 6, Prior: 16, Rounds: 600}
)

// tally counts messages over the threshold.
type tally struct{ ham, hamOver, spam, spamOver int }

func (t *tally) add(spam bool, score float64) {
	over := 0
	if score >= threshold {
		over = 1
	}
	if spam {
		t.spam++
		t.spamOver += over
	} else {
		t.ham++
		t.hamOver += over
	}
}

func (t *tally) print(label string) {
	fmt.Printf("%-30s ham %4d of %4d over %.1f: %5.2f%%   spam %4d of %4d: %5.2f%%\n", label, t.hamOver, t.ham, threshold,
		percent(t.hamOver, t.ham), t.spamOver, t.spam, percent(t.spamOver, t.spam))
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}

func report(label string, mails []*mail, score func(*mail) float64) {
	var t tally
	for _, m := range mails {
		t.add(m.spam, score(m))
	}
	t.print(label)
}

func reportSamples(label string, samples []Sample, scores []float64) {
	var t tally
	for i := range samples {
		t.add(samples[i].Spam, samples[i].Score(scores))
	}
	t.print(label)
}

// tryHalves fits on each half of a random division and tries the result on the other.
func tryHalves(seed int, samples []Sample, bounds []Bound) {
	order := rand.New(rand.NewPCG(uint64(seed), 0)).Perm(len(samples))
	var halves [2][]Sample
	for i, k := range order {
		halves[i%2] = append(halves[i%2], samples[k])
	}
	for h := range halves {
		scores := Fit(halves[h], bounds, aloneParams)
		reportSamples(fmt.Sprintf("alone, seed %d, tried on %d", seed, 2-h), halves[1-h], scores)
	}
}

func listMails(mails []*mail) {
	sorted := slices.Clone(mails)
	slices.SortStableFunc(sorted, func(a, b *mail) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	for _, m := range sorted {
		label := "ham"
		if m.spam {
			label = "spam"
		}
		names := make([]string, len(m.hits))
		for i, h := range m.hits {
			names[i] = h.Name
		}
		fmt.Printf("%s %6.2f %s %s\n", label, m.score, m.path, strings.Join(names, ","))
	}
}

func listRules(mails []*mail) {
	type count struct{ spam, ham int }
	counts := map[string]*count{}
	scores := map[string]float64{}
	var names []string
	for _, m := range mails {
		for _, h := range m.hits {
			c := counts[h.Name]
			if c == nil {
				c = &count{}
				counts[h.Name] = c
				names = append(names, h.Name)
			}
			scores[h.Name] = h.Score
			if m.spam {
				c.spam++
			} else {
				c.ham++
			}
		}
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Printf("%-24s %6.2f  spam %5d  ham %5d\n", n, scores[n], counts[n].spam, counts[n].ham)
	}
}
