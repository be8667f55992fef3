package web

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	test := func(name string, p float64) points { return points{Name: name, Points: p} }
	for _, c := range []struct {
		name     string
		score    float64
		tests    []points
		decisive string
		sentence string
	}{
		{"one decides", 6.8, []points{test("BAYES_99", 3.5), test("A", 2), test("B", 1.3)}, "BAYES_99",
			"Tagged: 6.8 of 5.0 points. Without BAYES_99 it had 3.3."},
		{"the fewest, not the first", 7, []points{test("A", 1), test("B", 1.5), test("C", 4), test("D", 0.5)}, "C",
			"Tagged: 7.0 of 5.0 points. Without C it had 3.0."},
		{"two decide", 12, []points{test("A", 6), test("B", 5), test("C", 1)}, "A B",
			"Tagged: 12.0 of 5.0 points. Without A and B it had 1.0."},
		{"ham by a welcome", 2, []points{test("W", -6), test("A", 8)}, "W",
			"Tagged: 2.0 of 5.0 points. Without W it had 8.0 and was spam."},
		{"plain ham", 2.06, []points{test("A", 3), test("W", -0.94)}, "",
			"Tagged: 2.1 of 5.0 points. It was 3.0 short of spam."},
		{"just below", 4.96, []points{test("A", 4.96)}, "", "Tagged: 4.9 of 5.0 points. It was 0.1 short of spam."},
		{"no tests", 0, nil, "", "Tagged: 0.0 of 5.0 points. It was 5.0 short of spam."},
		{"nothing", 5, nil, "", "Tagged: 5.0 of 5.0 points."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := explain(c.score, 5, c.tests)
			names := []string{}
			for _, p := range w.Decisive {
				names = append(names, p.Name)
			}
			if got := strings.Join(names, " "); got != c.decisive {
				t.Errorf("decisive: %q, want %q", got, c.decisive)
			}
			if got := w.sentence("Tagged", c.score, 5); got != c.sentence {
				t.Errorf("got  %q\nwant %q", got, c.sentence)
			}
		})
	}
}
