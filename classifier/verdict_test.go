package classifier

import (
	"strings"
	"testing"
)

func TestHeaderValue(t *testing.T) {
	hits := func(names ...string) (list []Hit) {
		for _, n := range names {
			list = append(list, Hit{Name: n})
		}
		return list
	}
	for _, c := range []struct {
		name            string
		score, required float64
		hits            []Hit
		want            string
	}{
		{"nothing hit", 0, 5, nil, "0.0 ()"},
		{"as documented", 6.8, 5, hits("NAME_OF_TEST", "OTHER"), "6.8 (******) NAME_OF_TEST,OTHER"},
		{"below one", 0.99, 5, nil, "0.9 ()"},
		{"just one", 1, 5, nil, "1.0 (*)"},
		{"not rounded up to the threshold", 4.96, 5, nil, "4.9 (****)"},
		{"not rounded up to a threshold between integers", 5.46, 5.5, nil, "5.4 (*****)"},
		{"not rounded up to another asterisk", 7.951, 5, nil, "7.9 (*******)"},
		{"rounded where that changes nothing", 4.66, 5, nil, "4.7 (****)"},
		{"exactly the threshold", 5, 5, nil, "5.0 (*****)"},
		{"negative", -2.3, 5, hits("BAYES_00"), "-2.3 () BAYES_00"},
		{"no negative zero", -0.04, 5, nil, "0.0 ()"},
		{"at most forty", 1003.5, 5, nil, "1003.5 (" + strings.Repeat("*", 40) + ")"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Verdict{Score: c.score, Required: c.required, Hits: c.hits}
			if got := v.HeaderValue(); got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
			}
		})
	}
}

func TestHeaderValueIsFolded(t *testing.T) {
	v := Verdict{Score: 3, Required: 5}
	for range 40 {
		v.Hits = append(v.Hits, Hit{Name: "SOME_TEST_OF_THIRTY_CHARACTERS"})
	}
	lines := strings.Split(HeaderName+": "+v.HeaderValue(), "\n")
	if len(lines) < 10 {
		t.Fatalf("%d lines for 40 long names", len(lines))
	}
	for i, l := range lines {
		if width := len(strings.ReplaceAll(l, "\t", "        ")); width > 78 {
			t.Errorf("line %d has %d columns: %q", i, width, l)
		}
		if i > 0 && l[0] != '\t' {
			t.Errorf("line %d does not continue the field: %q", i, l)
		}
	}
	if got := strings.Count(strings.ReplaceAll(v.HeaderValue(), "\n\t", ""), "SOME_TEST"); got != 40 {
		t.Errorf("%d of 40 names are left", got)
	}
}

func TestHitsAreSortedByWeight(t *testing.T) {
	hits := []Hit{{Name: "B", Score: 1}, {Name: "NICE", Score: -3}, {Name: "A", Score: 1}, {Name: "ZERO"},
		{Name: "TOP", Score: 4}}
	sortHits(hits)
	v := Verdict{Hits: hits}
	if got := strings.Join(v.Names(), " "); got != "TOP NICE A B ZERO" {
		t.Errorf("got %s", got)
	}
}
