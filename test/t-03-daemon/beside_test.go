package daemon_test

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/store"
	"asterism/test/e2e"
)

// TestCheckBesideDaemon: beside a daemon spamd check answers by its own options and with what the daemon knows, in
// every form, and teaches nothing.
func TestCheckBesideDaemon(t *testing.T) {
	dir := e2e.Dir(t)
	s := e2e.StartSpamd(t,
		e2e.TestRules+"bayes_auto_learn_threshold_spam 6\nbayes_min_ham_num 20\nbayes_min_spam_num 20\n")
	client := s.Client(t)
	for i := range 30 {
		for class, text := range map[store.Class]string{store.Ham: "minutes of the meeting, agenda and budget",
			store.Spam: "casino, lottery and pills"} {
			raw := fmt.Sprintf("%d\n", i) + text
			if _, err := client.Learn(t.Context(), []byte(e2e.Letter(fmt.Sprintf("%v %d", class, i), raw)), class); err != nil {
				t.Fatal(err)
			}
		}
	}
	before, err := client.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mail := e2e.Write(t, dir, "mail.eml", e2e.Letter("certainly spam", "certainly spam: casino, lottery and pills"), 0o600)
	own := e2e.Write(t, dir, "own.cf",
		"body OWN_RULE /casino/\nscore OWN_RULE 0.7\nbayes_min_ham_num 20\nbayes_min_spam_num 20\n", 0o600)
	forms := [][]string{{}, {"--json"}, {"--explain"}, {"--headers"}}
	check := func(args []string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"),
			append([]string{"check", "-L", "-c", own, "--bayes-path",
				s.Store, mail}, args...)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, stderr.String())
		}
		return string(out)
	}
	var beside []string
	for _, form := range forms {
		out := check(form)
		if !strings.Contains(out, "OWN_RULE") || !strings.Contains(out, "BAYES_") {
			t.Errorf("%q lacks its own rule or Bayes:\n%s", form, out)
		}
		beside = append(beside, out)
	}
	if after, err := client.Totals(t.Context()); err != nil || after.Spam != before.Spam || after.Ham != before.Ham ||
		after.Seen != before.Seen {
		t.Errorf("a look has taught something: %+v, before %+v, %v", after, before, err)
	}
	s.Signal(syscall.SIGTERM)
	s.Wait(t, time.Minute)
	for i, form := range forms {
		if alone := check(form); alone != beside[i] {
			t.Errorf("%q: beside the daemon\n%s\nwithout it\n%s", form, beside[i], alone)
		}
	}
}
