package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"asterism/classifier"
)

// points is a test with its points in a sum.
type points struct {
	Name        string
	Points      float64
	Description string
	Detail      string
}

// why is what explains a verdict: one sentence, and the fewest tests without which it were another.
type why struct {
	Spam     bool
	Decisive []points // none if no tests decide: the sum has none of the sign that it takes
	Without  float64  // the score without them
}

// explain finds the fewest tests without which a score were on the other side of the required one. Taking the largest
// first is what makes them fewest.
func explain(score, required float64, tests []points) why {
	w := why{Spam: score >= required, Without: score}
	candidates := slices.DeleteFunc(slices.Clone(tests), func(p points) bool {
		return p.Points == 0 ||
			p.Points > 0 != w.Spam
	})
	slices.SortStableFunc(candidates,
		func(a, b points) int { return cmp.Compare(math.Abs(b.Points), math.Abs(a.Points)) })
	left := score
	for i, p := range candidates {
		left = math.Round((left-p.Points)*1000) / 1000
		if left >= required != w.Spam {
			w.Decisive, w.Without = candidates[:i+1], left
			return w
		}
	}
	return w
}

// shown returns a score as headers show it: with one decimal, and not as having reached what it has not.
func shown(score, required float64) string {
	return strings.Replace((&classifier.Verdict{Score: score, Required: required}).ShownScore(), "-", "−", 1)
}

// signed returns points with their sign.
func signed(p float64) string {
	text := strconv.FormatFloat(math.Abs(p), 'f', 1, 64)
	switch {
	case text == "0.0":
		return "0.0"
	case p < 0:
		return "−" + text
	}
	return "+" + text
}

// sentence says what was done with a mail, and what it turned on.
func (w *why) sentence(done string, score, required float64) string {
	s := fmt.Sprintf("%s: %s of %s points.", done, shown(score, required), decimal(required))
	names := make([]string, len(w.Decisive))
	for i, p := range w.Decisive {
		names[i] = p.Name
	}
	switch {
	case len(names) > 0 && w.Spam:
		return s + fmt.Sprintf(" Without %s it had %s.", list(names), shown(w.Without, required))
	case len(names) > 0:
		return s + fmt.Sprintf(" Without %s it had %s and was spam.", list(names), shown(w.Without, required))
	case !w.Spam:
		return s + fmt.Sprintf(" It was %s short of spam.", decimal(math.Ceil((required-score)*10-1e-9)/10))
	}
	return s
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// list joins names as a sentence has them.
func list(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
