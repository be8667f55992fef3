package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"asterism/bench/trec/filter"
	"asterism/bench/trec/index"
	"asterism/store"
)

// regime says which feedback a filter gets.
type regime struct {
	kind  string
	n     int     // of delay, first, autolearn, batch, each
	share float64 // of partial, noise, relearn
	order string
}

// online reports whether the filter learns while it classifies.
func (r *regime) online() bool { return r.kind != "batch" && r.kind != "each" }

func parseRegime(feedback, order string) (*regime, error) {
	kind, arg, _ := strings.Cut(feedback, ":")
	r := &regime{kind: kind, order: order}
	bad := fmt.Errorf("-feedback %q is none of full, delay:N, partial:P, noise:P, relearn:P, first:N, autolearn:N, "+
		"batch:N, each:N", feedback)
	switch kind {
	case "full":
		if arg != "" {
			return nil, bad
		}
	case "delay", "first", "autolearn", "batch", "each":
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 {
			return nil, bad
		}
		r.n = n
	case "partial", "noise", "relearn":
		percent, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(percent >= 0 && percent <= 100) {
			return nil, bad
		}
		r.share = percent / 100
	default:
		return nil, bad
	}
	switch order {
	case "interleaved":
	case "ham-first", "spam-first":
		if r.online() {
			return nil, fmt.Errorf("-order %s is for batches", order)
		}
	default:
		return nil, fmt.Errorf("-order %q is none of interleaved, ham-first, spam-first", order)
	}
	return r, nil
}

// result is what the filter said of one message.
type result struct {
	class store.Class
	spam  bool    // the full score reached the required one
	score float64 // the full score
	tests float64 // that of the tests alone
	odds  float64 // log-odds of the Bayes probability
	bayes float64 // that probability
	auto  string  // as what it was auto-learned, if it was
}

// run classifies the messages, and returns the results of those that were not trained on before.
func (r *regime) run(f *filter.Filter, entries []index.Entry) ([]result, error) {
	switch r.kind {
	case "batch":
		return r.batch(f, entries[:min(r.n, len(entries))], entries[min(r.n, len(entries)):])
	case "each":
		return r.batch(f, firstOfEach(entries, r.n, true), firstOfEach(entries, r.n, false))
	}
	chance := rand.New(rand.NewPCG(1, 2))
	var results []result
	for i, e := range entries {
		if r.kind == "autolearn" && i == r.n {
			if err := f.Autolearn(); err != nil {
				return nil, err
			}
		}
		got, err := classify(f, e)
		if err != nil {
			return nil, err
		}
		results = append(results, got)
		at := i
		class := e.Class
		switch r.kind {
		case "delay":
			if at = i - r.n; at < 0 {
				continue
			}
			class = entries[at].Class
		case "partial":
			if chance.Float64() >= r.share {
				continue
			}
		case "noise":
			if chance.Float64() < r.share {
				class = class.Other()
			}
		case "first", "autolearn":
			if i >= r.n {
				continue
			}
		}
		raw, err := os.ReadFile(entries[at].Path)
		if err != nil {
			return nil, err
		}
		if r.kind == "relearn" && chance.Float64() < r.share {
			if err := f.Learn(raw, class.Other()); err != nil {
				return nil, fmt.Errorf("%s: %w", entries[at].Path, err)
			}
		}
		if err := f.Learn(raw, class); err != nil {
			return nil, fmt.Errorf("%s: %w", entries[at].Path, err)
		}
	}
	return results, nil
}

// firstOfEach returns the first n entries of each class, or the others.
func firstOfEach(entries []index.Entry, n int, first bool) (list []index.Entry) {
	seen := map[store.Class]int{}
	for _, e := range entries {
		if seen[e.Class]++; (seen[e.Class] <= n) == first {
			list = append(list, e)
		}
	}
	return list
}

// batch trains on some messages and classifies others.
func (r *regime) batch(f *filter.Filter, train, test []index.Entry) ([]result, error) {
	runs := []store.Class{0}
	switch r.order {
	case "ham-first":
		runs = []store.Class{store.Ham, store.Spam}
	case "spam-first":
		runs = []store.Class{store.Spam, store.Ham}
	}
	for _, class := range runs {
		if err := f.Train(train, class); err != nil {
			return nil, err
		}
	}
	var results []result
	for _, e := range test {
		got, err := classify(f, e)
		if err != nil {
			return nil, err
		}
		results = append(results, got)
	}
	return results, nil
}

func classify(f *filter.Filter, e index.Entry) (result, error) {
	raw, err := os.ReadFile(e.Path)
	if err != nil {
		return result{}, err
	}
	v, err := f.Check(raw)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", e.Path, err)
	}
	return result{class: e.Class, spam: v.Spam(), score: v.Score, tests: filter.Tests(v), odds: v.BayesOdds,
		bayes: v.Bayes, auto: v.Autolearn}, nil
}
