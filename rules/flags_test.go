package rules

import (
	"testing"

	"asterism/message"
)

// TestFlags: the last tflags line of a rule counts, nolog hides what it found, and a meta is none of the rules that it
// adds up.
func TestFlags(t *testing.T) {
	s, problems := compile(t, `
body A_ONE /foo/
tflags A_ONE multiple
tflags A_ONE nolog
meta A_SUM rules_matching(A_*) == 1
`)
	if len(problems) > 0 {
		t.Error(problems)
	}
	sc := s.Begin(message.Parse([]byte("Subject: x\n\nfoo foo\n")), &Envelope{})
	sc.RunLocal()
	sc.Hit("A_ONE", "secret")
	for _, h := range sc.Finish() {
		if h.Name == "A_ONE" && (h.Value != 1 || h.Detail != "*REDACTED*") {
			t.Errorf("%s: %v times, detail %q", h.Name, h.Value, h.Detail)
		}
	}
	if got := hits(s, "Subject: x\n\nfoo foo\n"); got != "A_ONE A_SUM" {
		t.Error(got)
	}
}
