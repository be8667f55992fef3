package spamassassin_test

import (
	"bytes"
	"os/exec"
	"testing"

	"asterism/test/e2e"
)

// TestRemoveMarkup: spamd check -d takes back what spamd check --headers and spamassassin -t wrote, as spamassassin -d
// does, and tells of a configuration with errors.
func TestRemoveMarkup(t *testing.T) {
	spamassassin := e2e.Tool(t, "spamassassin", "spamassassin")
	spamd := e2e.Binary(t, "spamd")
	dir := e2e.Dir(t)
	mail := e2e.Letter("certainly spam", "certainly spam")
	output := func(in, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Stdin = bytes.NewReader([]byte(in))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, stderr.String())
		}
		return string(out)
	}
	for name, lines := range map[string]string{
		"fields":        "report_safe 0\n",
		"subject":       "report_safe 0\nrewrite_header Subject [BULK]\n",
		"report_safe 1": "report_safe 1\nrewrite_header Subject [BULK]\n",
		"report_safe 2": "report_safe 2\n",
	} {
		cf := e2e.Write(t, dir, "a.cf", "use_bayes 0\nbody ALL /certainly/\nscore ALL 9\n"+lines, 0o600)
		ours := output(mail, spamd, "check", "-L", "--headers", "-c", cf)
		if ours == mail {
			t.Errorf("%s: no marks in %q", name, ours)
		}
		if got := output(ours, spamd, "check", "-d", "-c", cf); got != mail {
			t.Errorf("%s: %q became\n%q", name, ours, got)
		}
		home := t.TempDir()
		e2e.Write(t, home, "init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n", 0o600)
		theirs := output(mail, spamassassin, "-L", "-x", "-p", cf, "--siteconfigpath="+home)
		if theirs == mail {
			t.Errorf("%s: spamassassin makes no marks in %q", name, theirs)
		}
		want := output(theirs, spamassassin, "-d", "-L", "-x", "-p", cf, "--siteconfigpath="+home)
		if got := output(theirs, spamd, "check", "-d", "-c", cf); got != want {
			t.Errorf("%s: %q became\n%q with spamassassin\n%q", name, theirs, got, want)
		}
	}
	broken := e2e.Write(t, dir, "broken.cf", "include missing.cf\n", 0o600)
	if err := exec.Command(spamd, "check", "-d", "-c", broken, broken).Run(); err == nil {
		t.Error("a configuration with errors is no error")
	}
}
