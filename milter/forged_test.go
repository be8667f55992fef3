package milter

import (
	"context"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/tag"
)

// The MTA is told to remove every field that some program could take for the verdict, under the name that the MTA has
// it under, and to change those in which one is hidden.
func TestForgedVerdictsUnderOtherSpellings(t *testing.T) {
	f := start(t, &checker{}, Options{})
	got := mail{fields: [][2]string{
		{"X-Spam-Score\u00a0", " 1"}, {"X-Spam-Score", " 2"}, {"x-spam-score\u00a0", " 3"}, {"X-Spam-\vScore", " 4"},
		{"X-Spam-Score\r", " 5"}, {"X-Spam-Score\xa0", " 6"},
		{"A", " b"}, {"A", " b\rX-Spam-Score: 7"}, {"a", " c\n d\fX-Spam-Score\v: 8\n e"}, {"X-Spam-Scores", " 9"},
		{"B", " not\rX-Other: 1"},
	}}.send(t, f.dial(t)).String()
	want := `change 2 A=" b"
change 3 a=" c\n d\n e"
change 1 X-Spam-Score=""
` + "change 2 X-Spam-Score\u00a0=\"\"\nchange 1 X-Spam-Score\u00a0=\"\"\n" + "change 1 X-Spam-\vScore=\"\"\nchange 1 X-Spam-Score\r=\"\"\nchange 1 X-Spam-Score\xa0=\"\"\n" + tagged
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if log := f.log.String(); !strings.Contains(log, "forged=8") {
		t.Errorf("the log does not count them: %s", log)
	}
}

// Whatever is in a mail's text or in what its rules say, no value that the MTA is given ends in a field of its own.
func TestValuesHandedToTheMTAAreOneField(t *testing.T) {
	v := spam()
	v.Tags = map[string]string{"SUBJPREFIX": "a\rX-Evil: 1\nX-Evil: 2\x00"}
	v.AuthResults = &classifier.AuthResults{Value: "mx;\n\tspf=pass\rX-Evil: 3\n\nX-Evil: 4"}
	check := func(context.Context, *classifier.Input) (*classifier.Verdict, error) { return v, nil }
	f := start(t, &checker{check: check}, Options{Settings: Settings{
		Tags: tag.Options{Subject: "_SUBJPREFIX_ *", Headers: []tag.Header{{When: "all", Name: "Note",
			Template: "_SUBJPREFIX_"}}}}})
	r := mail{fields: [][2]string{{"Subject", " hi\rX-Evil: 5\n\nX-Evil: 6"}}, body: "x"}.send(t, f.dial(t))
	if len(r.changes) < 5 {
		t.Errorf("got %s", r)
	}
	for _, c := range r.changes {
		for i, line := range strings.Split(c.HeaderValue, "\n") {
			if strings.ContainsAny(line, "\r\v\f\x00") || i > 0 && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line,
				"\t") || i > 0 && strings.TrimSpace(line) == "" {
				t.Errorf("%s gets %q", c.HeaderName, c.HeaderValue)
			}
		}
	}
}
