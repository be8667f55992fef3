package classifier

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLogText(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		" <a@b> ":                "<a@b>",
		strings.Repeat("x", 200): strings.Repeat("x", 200),
		strings.Repeat("x", 201): strings.Repeat("x", 200) + "…",
	} {
		if got := LogText(in); got != want {
			t.Errorf("LogText(%q) = %q, want %q", in, got, want)
		}
	}
	for i := range 4 {
		in := strings.Repeat("x", 197+i) + strings.Repeat("🂡", 60)
		if got := LogText(in); !utf8.ValidString(got) || len(got) > 203 {
			t.Errorf("%d bytes before: %q", 197+i, got)
		}
	}
	if got := LogText(strings.Repeat("\x80", 1000)); len(got) > 203 {
		t.Errorf("%d bytes of no UTF-8", len(got))
	}
}

func TestLoggedTests(t *testing.T) {
	v := &Verdict{Score: 3.2, Hits: []Hit{{Name: "A", Score: 3.5}, {Name: "B", Score: -0.3}}, Bayes: 0.99995}
	if got := v.testsWithPoints(); got != "A=3.5,B=-0.3" {
		t.Errorf("tests: %q", got)
	}
	if got := v.ShownBayes(); got != "-" {
		t.Errorf("too little learned: %q", got)
	}
	if v.BayesReady = true; v.ShownBayes() != "0.9999" && v.ShownBayes() != "1.0000" {
		t.Errorf("probability: %q", v.ShownBayes())
	}
}
