package rules

import (
	"fmt"
	"strings"
	"testing"

	"asterism/message"
)

const limitRules = `
body A /\bone\b/
score A 3
body B /\btwo\b/
score B 2
body C /\bthree\b/
score C 1.5
body N /\bnice\b/
score N -4
body __S /\bsub\b/
`

// TestScoreLimit: rules of a group add no more than its limit together, the strongest one in full.
func TestScoreLimit(t *testing.T) {
	for _, c := range []struct{ name, limits, text, want string }{
		{"no limit", "", "one two three", "A=3.0 B=2.0 C=1.5"},
		{"below the limit", "score_limit FACT 9 A B C", "one two three", "A=3.0 B=2.0 C=1.5"},
		{"the strongest in full, the next as far as it reaches", "score_limit FACT 4 A B C", "one two three",
			"A=3.0 B=1.0 C=0.0"},
		{"a strong one alone", "score_limit FACT 1 A B C", "one nothing", "A=3.0"},
		{"the strongest is above the limit", "score_limit FACT 1 A B C", "one two three", "A=3.0 B=0.0 C=0.0"},
		{"negative ones stand apart", "score_limit FACT 4 A B N", "one two nice", "A=3.0 B=1.0 N=-4.0"},
		{"others stand apart", "score_limit FACT 3 B C", "one two three", "A=3.0 B=2.0 C=1.0"},
		{"more lines, the last points", "score_limit FACT 9 A\nscore_limit FACT 4 B C", "one two three", "A=3.0 B=1.0 C=0.0"},
		{"lifted", "score_limit FACT 4 A B\nscore_limit FACT 0", "one two", "A=3.0 B=2.0"},
		{"two groups", "score_limit X 4 A B\nscore_limit Y 2 B C", "one two three", "A=3.0 B=0.5 C=1.5"},
	} {
		set, problems := compile(t, limitRules+c.limits+"\n")
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.name, problems)
		}
		sc := set.Begin(message.Parse([]byte("Subject: x\n\n"+c.text+"\n")), &Envelope{})
		sc.RunLocal()
		var got []string
		for _, h := range sc.Finish() {
			got = append(got, fmt.Sprintf("%s=%.1f", h.Name, h.Score))
			if want := h.Score / set.Rule(h.Name).Scores[0]; h.Share < want-1e-9 || h.Share > want+1e-9 {
				t.Errorf("%s: share of %s is %v, want %v", c.name, h.Name, h.Share, want)
			}
		}
		sc.Close()
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
	}
}

// TestScoreLimitWarns: a limit that cannot be what was meant is a warning with its line.
func TestScoreLimitWarns(t *testing.T) {
	for line, want := range map[string]string{
		"score_limit FACT":               `"" is not a number of points`,
		"score_limit FACT A B":           `"A" is not a number of points`,
		"score_limit FACT -1 A B":        `"-1" is not a number of points`,
		"score_limit FACT Inf A B":       `"Inf" is not a number of points`,
		"score_limit FACT 2 A B MISSING": "there is no rule MISSING",
		"score_limit FACT 2 A B __S":     "__S has no score of its own",
		"score_limit FACT 2 A B A":       "names A twice",
		"score_limit FACT 2 A":           "has no effect on less than two rules",
		"score_limit 2 A B":              `"2" is not a valid name of a rule`,
	} {
		_, problems := compile(t, limitRules+line+"\n")
		if len(problems) != 1 || !strings.Contains(problems[0], want) || !strings.HasPrefix(problems[0], "t.cf:11:") {
			t.Errorf("%s: got %v, want %s in line 11", line, problems, want)
		}
	}
}
