package config

import (
	"os/user"
	"path/filepath"
	"testing"
)

// TestHome: without HOME the user database knows where "~/" is.
func TestHome(t *testing.T) {
	u, err := user.Current()
	if err != nil {
		t.Skip("this user is not in the user database: ", err)
	}
	t.Setenv("HOME", "")
	if got := expandHome("~/.spamassassin/bayes"); got != filepath.Join(u.HomeDir, ".spamassassin/bayes") {
		t.Errorf("without HOME: %s", got)
	}
	t.Setenv("HOME", "/home/of/bob")
	if got := expandHome("~/a"); got != "/home/of/bob/a" {
		t.Errorf("with HOME: %s", got)
	}
	if got := expandHome("/etc/~/a"); got != "/etc/~/a" {
		t.Errorf("another path: %s", got)
	}
}
