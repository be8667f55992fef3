package e2e

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// SetPassword sets the password of the account admin, or of another with its domains, for spamd's pages, and waits
// until
// they are served.
func SetPassword(t testing.TB, s *Spamd, password string, account ...string) {
	t.Helper()
	args := append([]string{"web", "passwd", "-c", s.Config, "--bayes-path", s.Store}, account...)
	cmd := exec.Command(Binary(t, "spamd"), args...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("spamd web passwd: %v\n%s", err, out)
	}
	s.WaitOutput(t, "msg=listening web=", 30*time.Second)
}
