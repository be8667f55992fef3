// Package tool finds the foreign programs that tests run, such as perl or spamassassin. Where one is missing the test
// is skipped, or fails if E2E_TOOLS is "required", as make test sets it.
package tool

import (
	"os"
	"os/exec"
	"testing"
)

// Missing ends a test for which a program is missing.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("E2E_TOOLS") == "required" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Path returns the path of a program and ends the test, naming the Debian package to install, if it is missing. It
// looks into the directories of PATH, and of the system's own programs.
func Path(t testing.TB, name, debianPackage string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	Missing(t, "%s is missing: install Debian's package %s", name, debianPackage)
	return ""
}
