package tag

import (
	"os"
	"strings"
	"testing"

	"asterism/classifier"
)

// TestForgedResults: of the fields in the site's own name, in any spelling, none is left, and all of others.
func TestForgedResults(t *testing.T) {
	raw, err := os.ReadFile("testdata/authres.eml")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Authserv: "mx.our.example"}
	verdict := &classifier.Verdict{Score: 1, Required: 5, AuthResults: &classifier.AuthResults{Authserv: "mx.our.example",
		Value: "mx.our.example;\n\tspf=none"}}
	elsewhere := &classifier.Verdict{Score: 1, Required: 5,
		AuthResults: &classifier.AuthResults{Authserv: "mx2.our.example", Value: "mx2.our.example;\n\tspf=none"}}
	for _, c := range []struct {
		name string
		o    Options
		v    *classifier.Verdict
		left int
	}{
		{"checked", o, verdict, 1},
		{"not checked", o, nil, 1},
		{"no answers", o, &classifier.Verdict{Required: 5}, 1},
		{"none added", Options{}, nil, 11},
		{"another host", o, elsewhere, 11},
		{"believed", Options{Authserv: "mx.our.example", Believed: []string{"MX.our.example"}}, verdict, 11},
		{"another believed", Options{Authserv: "mx.our.example", Believed: []string{"other.example"}}, verdict, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(c.o.Rewrite(raw, c.v))
			if n := strings.Count(got, "dmarc=pass"); n != c.left || !strings.Contains(got, "a11.com") {
				t.Errorf("%s: %d left of those that came, want %d:\n%s", c.name, n, c.left, got)
			}
			if c.left == 1 && strings.Contains(got, "header.from=a7") {
				t.Errorf("%s: a folded line is left:\n%s", c.name, got)
			}
		})
	}
}

// TestForgedResultsInReport: the report that spam is attached to takes over no forged field.
func TestForgedResultsInReport(t *testing.T) {
	raw := "Authentication-Results: (x) mx.our.example; dmarc=pass\nAuthentication-Results: other.example; " +
		"dmarc=pass\nSubject: s\n\nx\n"
	o := Options{Authserv: "mx.our.example", Safe: SafeMail, SafeCopy: []string{"Authentication-Results"}}
	got := string(o.Rewrite([]byte(raw), &classifier.Verdict{Score: 9, Required: 5}))
	head, _, _ := strings.Cut(got, "\n\n")
	if strings.Contains(head, "(x)") || !strings.Contains(head, "other.example") {
		t.Error(head)
	}
}
