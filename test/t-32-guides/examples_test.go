package guides_test

import (
	"os/exec"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// TestExamples: the lines of configuration that the pages show have no fault.
func TestExamples(t *testing.T) {
	for _, c := range [][2]string{
		{"rules.md", "Changing it"}, {"rules.md", "Names of attachments"}, {"../README.md", "Configuration"},
		{"policy.md", "Exceptions"},
		{"users.md", ""},
	} {
		page, section := c[0], c[1]
		text := strings.Join(e2e.ReadGuide(t, page).Commands(t, section), "")
		cf := e2e.Write(t, e2e.Dir(t), "example.cf", text, 0o644)
		out, err := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), "--lint", "-c", cf).CombinedOutput()
		if err != nil || string(out) != "0 errors, 0 warnings\n" {
			t.Errorf("%s, %q: %v\n%s", page, section, err, out)
		}
	}
}
