// Package doctor_test has all programs of an installation work together, and spamd doctor and spamd stats look at them.
package doctor_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/config"
	"asterism/test/e2e"
)

// TestOneConfiguration: without -c the daemon, spam-learn, check, quarantine and mda read one file, and so work on
// one store.
func TestOneConfiguration(t *testing.T) {
	e2e.Tool(t, "cat", "coreutils")
	dir := e2e.Dir(t)
	store, quarantine := filepath.Join(dir, "store", "bayes"), filepath.Join(dir, "quarantine")
	cf := e2e.Write(t, dir, "spamd.cf", e2e.TestRules+"bayes_path "+store+"\nquarantine_dir "+quarantine+
		"\nquarantine_score 9\nquarantine_to directory\nlocal_tests_only 1\n", 0o644)
	t.Setenv(config.FileEnv, cf)
	mail := e2e.Write(t, dir, "mail.eml", e2e.Letter("agenda", "certainly ham"), 0o644)
	daemon := e2e.Start(t, exec.Command(e2e.Binary(t, "spamd"), "--milter", "unix:"+dir+"/milter.sock"))
	daemon.WaitOutput(t, "listening", time.Minute)

	out := e2e.Run(t, e2e.Binary(t, "spam-learn"), "--ham", mail)
	if !strings.Contains(out, "learned 1,") || !strings.Contains(out, "through spamd at unix:"+store+".sock") {
		t.Errorf("spam-learn has not taught the daemon: %s", out)
	}
	out = e2e.Run(t, e2e.Binary(t, "spamd"), "check", mail)
	if !strings.Contains(out, "E2E_HAM") || !strings.Contains(out, "1 of 5 ham") || !strings.Contains(out, store+".bolt") {
		t.Errorf("check reads something else, or does not say which store: %s", out)
	}
	if out = e2e.Run(t, e2e.Binary(t, "spamd"), "quarantine", "list"); strings.Contains(out, "no such") {
		t.Errorf("quarantine: %s", out)
	}
	if _, err := os.Stat(quarantine); err != nil {
		t.Errorf("the daemon has another quarantine_dir: %v", err)
	}
	mda := exec.Command(e2e.Binary(t, "spamd"), "mda", "--", "cat")
	mda.Stdin = strings.NewReader(e2e.Letter("agenda", "certainly ham"))
	if tagged, err := mda.CombinedOutput(); err != nil || !strings.Contains(string(tagged), "E2E_HAM") {
		t.Errorf("mda: %v\n%s", err, tagged)
	}

	// The command line wins, and says so in one line.
	other := filepath.Join(dir, "other")
	for _, args := range [][]string{{"spam-learn", "--ham", "--bayes-path", other, mail},
		{"spamd", "check", "--bayes-path", other, mail}} {
		out := e2e.Run(t, e2e.Binary(t, args[0]), args[1:]...)
		said := fmt.Sprintf("takes the place of that of %s, line ", cf)
		if strings.Count(out, said) != 1 || !strings.Contains(out, other+".bolt") {
			t.Errorf("%q:\n%s", args, out)
		}
	}
}
