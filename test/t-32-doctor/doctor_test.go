// Package doctor_test has spamd doctor and spamd stats look at running daemons.
package doctor_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/metrics"
	"asterism/store"
	"asterism/test/e2e"
)

// doctor runs spamd doctor for a daemon and with an MTA's configuration, and returns what it printed and its exit code.
func doctor(t *testing.T, bin string, s *e2e.Spamd, mainCF string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(bin, append([]string{"doctor", "-c", s.Config, "--bayes-path", s.Store, "--main-cf", mainCF,
		"--sendmail-mc", "/nonexistent", "--sendmail-cf", "/nonexistent"}, args...)...)
	out, err := cmd.Output()
	if _, exit := err.(*exec.ExitError); err != nil && !exit {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestDoctor: a right set-up has no error and no warning; each of several faults is named with its remedy.
func TestDoctor(t *testing.T) {
	dir, bin := e2e.Dir(t), e2e.Binary(t, "spamd")
	s := e2e.StartSpamd(t, e2e.TestRules+"local_tests_only 1\nbayes_min_ham_num 2\nbayes_min_spam_num 2\n",
		"--socket-mode", "0666")
	client := s.Client(t)
	right := e2e.Write(t, dir, "main.cf", "smtpd_milters = "+s.Milter+"\n", 0o644)
	if out, code := doctor(t, bin, s, right); code != 0 ||
		!strings.Contains(out, "warning  learned        Bayes off: 0 of 2 ham, 0 of 2 spam") {
		t.Errorf("nothing learned: code %d\n%s", code, out)
	}
	for i := range 2 {
		for class, text := range map[store.Class]string{store.Ham: "agenda", store.Spam: "pills"} {
			if _, err := client.Learn(t.Context(), []byte(e2e.Letter(fmt.Sprint(i), text)), class); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, code := doctor(t, bin, s, right)
	if code != 0 || strings.Contains(out, "warning") || strings.Contains(out, "error") || strings.Count(out, "\n") < 7 {
		t.Errorf("a right set-up: code %d\n%s", code, out)
	}
	t.Logf("a right set-up:\n%s", out)
	if out, code := doctor(t, bin, s, right, "--quiet"); code != 0 || out != "" {
		t.Errorf("--quiet: code %d\n%s", code, out)
	}

	wrong := e2e.Write(t, dir, "wrong.cf", "smtpd_milters = inet:127.0.0.1:1\n", 0o644)
	if out, code := doctor(t, bin, s, wrong, "--quiet"); code != 1 || strings.Count(out, "\n") != 1 ||
		!strings.Contains(out, "but spamd serves "+s.Milter) {
		t.Errorf("a wrong socket in main.cf: code %d\n%s", code, out)
	}
	later := time.Now().Add(-time.Millisecond) // after the daemon has read it
	if err := os.Chtimes(s.Config, later, later); err != nil {
		t.Fatal(err)
	}
	if out, _ := doctor(t, bin, s, right); !strings.Contains(out, "was changed after the daemon has read it") {
		t.Errorf("a changed configuration:\n%s", out)
	}
	s.Signal(syscall.SIGTERM)
	s.Wait(t, time.Minute)
	out, code = doctor(t, bin, s, right)
	if code != 1 || !strings.Contains(out, "error    daemon         no spamd answers at "+s.Control) ||
		!strings.Contains(out, "does not answer as a milter") {
		t.Errorf("no daemon: code %d\n%s", code, out)
	}
	t.Logf("no daemon:\n%s", out)
}

// TestStats: the running daemon's counts, as a table and as JSON.
func TestStats(t *testing.T) {
	s := e2e.StartSpamd(t, e2e.TestRules+"local_tests_only 1\nbayes_auto_learn 0\nmax_size 10K\n")
	client := s.Client(t)
	for _, text := range []string{"certainly spam", "certainly spam", "certainly ham"} {
		if _, err := client.Process(t.Context(), []byte(e2e.Letter("a letter", text))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Learn(t.Context(), []byte(e2e.Letter("a letter", "certainly ham")), store.Ham); err != nil {
		t.Fatal(err)
	}
	bin, args := e2e.Binary(t, "spamd"), []string{"stats", "-c", s.Config, "--bayes-path", s.Store}
	out := e2e.Run(t, bin, args...)
	for _, want := range []string{"spam       2, 66.7% of 3 with a verdict",
		"too large  0, 0.0% of all, of 10240 bytes or more", "user ham 1",
		"off until 5 ham and 5 spam are learned: 1 ham, 0 spam", "2  100.0%    0.0% E2E_SPAM", "1    0.0%  100.0% E2E_HAM"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	var status metrics.Status
	if err := json.Unmarshal([]byte(e2e.Run(t, bin, append(args, "--json")...)), &status); err != nil {
		t.Fatal(err)
	}
	if status.Spam != 2 || status.Ham != 1 || status.Mails != 3 || status.Tests[0] != (metrics.Test{Name: "E2E_SPAM",
		Spam: 2}) {
		t.Errorf("JSON: %+v", status)
	}
	t.Logf("stats:\n%s", out)
}
