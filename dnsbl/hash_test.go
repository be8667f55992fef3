package dnsbl_test

import (
	"os/exec"
	"strings"
	"testing"

	"asterism/test/tool"
)

// dnsblHash hashes with the system's own programs.
func dnsblHash(t *testing.T, alg, s string) string {
	t.Helper()
	line := `printf %s "$1" | ` + alg + `sum | cut -d' ' -f1`
	if alg == "sha256" {
		line = `printf %s "$1" | sha256sum | cut -d' ' -f1 | sed 's/../\\x&/g' | xargs -0 printf %b | head -c 32 | base32 ` +
			`| tr -d '=\n' | tr A-Z a-z`
	}
	out, err := exec.Command(tool.Path(t, "bash", "bash"), "-c", line, "-", s).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
