package tag

import (
	"testing"
	"time"

	"asterism/classifier"
)

// TestTiming: _TIMING_ has the whole and the parts, and _RBL_ is empty where no list answered.
func TestTiming(t *testing.T) {
	v := &classifier.Verdict{Took: 20 * time.Millisecond,
		Phases: classifier.Phases{Learner: 5 * time.Millisecond, Rules: 10 * time.Millisecond}}
	const want = "total 20 ms - learner: 5.00 (25.0%), rules: 10.00 (50.0%), network: 0.00 (0.0%)|"
	if got := (Options{}).expand("_TIMING_|_RBL_", nil, v); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	v.Tags = map[string]string{"RBL": "<dns:a.example> [127.0.0.2]"}
	if got := (Options{}).expand("_RBL_", nil, v); got != v.Tags["RBL"] {
		t.Errorf("%q", got)
	}
}
