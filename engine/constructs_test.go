package engine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"asterism/config"
	"asterism/data"
)

// TestConstructs: what public rule sets are made of has an effect, and what has none is a warning with its line.
func TestConstructs(t *testing.T) {
	for _, name := range []string{"constructs.cf", "losses.cf"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			if comment, ok := strings.CutPrefix(line, "# "); ok && i > 0 {
				fmt.Fprintf(&want, "%d: warning: %s\n", i+2, comment)
			}
		}
		got := lint(t, config.Sources{Defaults: data.Default()}, string(text))
		for line := range strings.Lines(got) {
			if !strings.Contains(want.String(), line) {
				t.Errorf("%s: not expected: %s", name, line)
			}
		}
		for line := range strings.Lines(want.String()) {
			if !strings.Contains(got, line) {
				t.Errorf("%s: no %s", name, line)
			}
		}
	}
}
