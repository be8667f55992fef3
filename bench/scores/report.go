package main

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

const threshold = 5.0

// bareSuffix marks messages without the verdicts of other filters.
const bareSuffix = "-bare"

func baseKind(kind string) string { return strings.TrimSuffix(kind, bareSuffix) }

// tally counts messages of a kind over the threshold.
type tally struct{ n, over int }

// table is what some scores are worth, kind by kind and index by index.
type table struct {
	name    string
	kinds   map[string]*tally
	indexes []indexScores
}

// indexScores is the scores of the messages of one index.
type indexScores struct {
	name   string
	scores [2][]float64 // of ham and spam
}

func (t *table) add(m *mail, score float64) {
	if t.kinds == nil {
		t.kinds = map[string]*tally{}
	}
	label := "ham  " + m.kind
	if m.spam {
		label = "spam " + m.kind
	}
	k := t.kinds[label]
	if k == nil {
		k = &tally{}
		t.kinds[label] = k
	}
	k.n++
	if score >= threshold {
		k.over++
	}
	at := slices.IndexFunc(t.indexes, func(x indexScores) bool { return x.name == m.index })
	if at < 0 {
		at = len(t.indexes)
		t.indexes = append(t.indexes, indexScores{name: m.index})
	}
	class := &t.indexes[at].scores[0]
	if m.spam {
		class = &t.indexes[at].scores[1]
	}
	*class = append(*class, score)
}

func (t *table) print() {
	fmt.Printf("%s\n", t.name)
	for _, label := range slices.Sorted(maps.Keys(t.kinds)) {
		k := t.kinds[label]
		fmt.Printf("  %-24s %5d over %.1f of %5d: %6.2f%%\n", label, k.over, threshold, k.n, percent(k.over, k.n))
	}
	for _, x := range t.indexes {
		ham, spam := x.scores[0], x.scores[1]
		fmt.Printf("  %s: ham %.2f%% over, spam %.2f%%, (1-AUC)%% %.3f\n", x.name, percent(over(ham), len(ham)),
			percent(over(spam), len(spam)), 100*misranked(ham, spam))
	}
}

// over counts the scores from the threshold on.
func over(scores []float64) (n int) {
	for _, s := range scores {
		if s >= threshold {
			n++
		}
	}
	return n
}

// misranked returns the share of pairs of a ham and a spam in which the ham scores more; ties count half.
func misranked(ham, spam []float64) float64 {
	if len(ham) == 0 || len(spam) == 0 {
		return 0
	}
	slices.Sort(ham)
	wrong := 0.0
	for _, s := range spam {
		below, upTo := sort.SearchFloat64s(ham, s), sort.Search(len(ham), func(i int) bool { return ham[i] > s })
		wrong += float64(len(ham)-upTo) + float64(upTo-below)/2
	}
	return wrong / float64(len(ham)) / float64(len(spam))
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
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
	for _, m := range mails {
		for _, h := range m.hits {
			c := counts[h.Name]
			if c == nil {
				c = &count{}
				counts[h.Name] = c
			}
			scores[h.Name] = h.Rule.Scores[0]
			if m.spam {
				c.spam++
			} else {
				c.ham++
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		fmt.Printf("%-24s %6.2f  spam %5d  ham %5d\n", n, scores[n], counts[n].spam, counts[n].ham)
	}
}
