// Package daemon_test runs spamd as an administrator does: with good and bad configurations, signals and log forms.
package daemon_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// mimedefang is the file that MIMEDefang's administrators have in /etc/mail.
const mimedefang = `use_dcc 1
dcc_timeout 10
dcc_path /usr/local/bin/dccproc
use_pyzor 1
pyzor_timeout 10
pyzor_path /usr/local/bin/pyzor
use_bayes 1
use_learner 1
use_bayes_rules 1
bayes_auto_learn 1
bayes_auto_expire 1
bayes_file_mode 700
bayes_expiry_max_db_size 150000
bayes_path /var/spool/MD-Quarantine/.spamassassin/bayes
bayes_ignore_header X-Scanned-By
bayes_ignore_header X-Spam-Check
bayes_ignore_header X-Spam-Score
bayes_ignore_header X-Probably-Spam-Tag
`

// spamd runs spamd to its end and returns what it printed and its exit code.
func spamd(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), args...)
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestLint(t *testing.T) {
	dir := e2e.Dir(t)
	for _, c := range []struct {
		name, cf string
		code     int
		want     string
	}{
		{"good.cf", mimedefang, 0, ""},
		{"typo.cf", mimedefang + "bayes_auto_lern 1\n", 0, "typo.cf:19: warning: "},
		{"number.cf", mimedefang + "required_score five\n", 1, "number.cf:19: error: "},
	} {
		out, code := spamd(t, "--lint", "-c", e2e.Write(t, dir, c.name, c.cf, 0o644))
		if code != c.code || !strings.Contains(out, c.want) || c.want == "" && strings.Contains(out, "good.cf") {
			t.Errorf("%s: exit %d, want %d with %q:\n%s", c.name, code, c.code, c.want, out)
		}
	}
	if out, code := spamd(t, "-c", dir+"/number.cf", "--bayes-path", dir+"/bayes", "--milter",
		"unix:"+dir+"/m"); code != 78 || !strings.Contains(out, "number.cf:19: error: ") {
		t.Errorf("starting on a bad configuration: exit %d, want 78:\n%s", code, out)
	}
	if out, code := spamd(t, "--lint", "-c", dir+"/missing.cf"); code != 1 || !strings.Contains(out, "missing.cf") {
		t.Errorf("a missing file: exit %d, want 1:\n%s", code, out)
	}
}

func TestArguments(t *testing.T) {
	dir := e2e.Dir(t)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--help"}, 0, "--milter ADDR"},
		{[]string{"--version"}, 0, "spamd (Asterism) "},
		{[]string{"--no-such-flag"}, 64, "unknown flag --no-such-flag; see spamd --help"},
		{[]string{"surplus"}, 64, `unknown command "surplus"; see spamd --help`},
		{[]string{"chek"}, 64, `unknown command "chek", did you mean check? See spamd --help`},
		{[]string{"-c", dir + "/nosuch.cf", "--bayes-path", dir + "/b"}, 78, "nosuch.cf: error: no such file or directory"},
		{[]string{"--control-mode", "rw", "--bayes-path", dir + "/b"}, 64, "--control-mode \"rw\" is not an octal mode"},
		{[]string{"--milter", "nonsense", "--bayes-path", dir + "/b"}, 64, `socket "nonsense"`},
		{[]string{"--socket-mode", "rw", "--bayes-path", dir + "/b"}, 64, "not an octal mode"},
		{[]string{"--log-format", "xml"}, 64, "neither text nor json"},
		{[]string{"--max-size", "lots", "--bayes-path", dir + "/b"}, 78, "command line:1: error: "},
		{[]string{"--milter", "unix:/no/such/dir/s", "--bayes-path", dir + "/b"}, 69, "/no/such/dir"},
	} {
		if out, code := spamd(t, c.args...); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("spamd %s: exit %d, want %d with %q:\n%s", strings.Join(c.args, " "), code, c.code, c.want, out)
		}
	}
}

func TestReload(t *testing.T) {
	s := e2e.StartSpamd(t, e2e.TestRules, "-L")
	check := func() float64 {
		t.Helper()
		r, err := s.Client(t).Check(t.Context(), []byte(e2e.Letter("hi", "This is certainly spam.")))
		if err != nil {
			t.Fatal(err)
		}
		return r.Score
	}
	before := check()
	rewrite := func(cf string) {
		t.Helper()
		if err := os.WriteFile(s.Config, []byte(cf), 0o644); err != nil {
			t.Fatal(err)
		}
		s.Signal(syscall.SIGHUP)
	}
	rewrite(e2e.TestRules + "required_score many\nscore E2E_SPAM 20\n")
	s.WaitOutput(t, "configuration not reloaded", 10*time.Second)
	if n := strings.Count(s.Output(), "local.cf:"); n != 1 || !strings.Contains(s.Output(), "local.cf:8: error: ") {
		t.Errorf("%d lines name the bad file, want one with local.cf:8:\n%s", n, s.Output())
	}
	if got := check(); got != before {
		t.Errorf("after a bad reload the score is %v, want the old %v", got, before)
	}
	rewrite(e2e.TestRules + "score E2E_SPAM 20\n")
	s.WaitOutput(t, "configuration reloaded", 10*time.Second)
	if got := check(); got < before+9.9 || got > before+10.1 {
		t.Errorf("after the reload the score is %v, want 10 more than %v", got, before)
	}
}

// TestRulesPath: a directory without rules in --configpath is an error at --lint, at the start and when the daemon
// reloads.
func TestRulesPath(t *testing.T) {
	dir := e2e.Dir(t)
	file := e2e.Write(t, dir, "rules/local.cf", "required_score 4\n", 0o644)
	const want = "rules: error: has no rules"
	if out, code := spamd(t, "--lint", "-C", dir+"/rules"); code != 1 || !strings.Contains(out, want) {
		t.Errorf("--lint: exit %d, want 1:\n%s", code, out)
	}
	if out, code := spamd(t, "-C", dir+"/rules", "--bayes-path", dir+"/bayes", "--milter", "unix:"+dir+"/m"); code != 78 ||
		!strings.Contains(out, want) {
		t.Errorf("at the start: exit %d, want 78:\n%s", code, out)
	}
	if err := os.WriteFile(file, []byte(e2e.TestRules), 0o644); err != nil {
		t.Fatal(err)
	}
	s := e2e.StartSpamd(t, "", "-L", "-C", dir+"/rules")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s.Signal(syscall.SIGHUP)
	s.WaitOutput(t, "configuration not reloaded", 10*time.Second)
	r, err := s.Client(t).Check(t.Context(), []byte(e2e.Letter("hi", "This is certainly spam.")))
	if err != nil || r.Score < 9 || !strings.Contains(s.Output(), want) {
		t.Errorf("after the reload: %+v, %v\n%s", r, err, s.Output())
	}
}

func TestStop(t *testing.T) {
	s := e2e.StartSpamd(t, "", "-L", "--log-format", "json")
	for line := range strings.Lines(s.Output()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	for path, mode := range map[string]os.FileMode{strings.TrimPrefix(s.Milter, "unix:"): 0o660,
		strings.TrimPrefix(s.Control, "unix:"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v, want mode %o", path, info, err, mode)
		}
	}
	if out, code := spamd(t, "--bayes-path", s.Store+"2", "--milter", s.Milter); code != 69 ||
		!strings.Contains(out, "in use") {
		t.Errorf("a second spamd on the socket: exit %d, want 69:\n%s", code, out)
	}
	s.Signal(syscall.SIGTERM)
	if err := s.Wait(t, 20*time.Second); err != nil {
		t.Errorf("SIGTERM: %v, want exit 0:\n%s", err, s.Output())
	}
	for _, socket := range []string{s.Milter, s.Control} {
		if _, err := os.Lstat(strings.TrimPrefix(socket, "unix:")); err == nil {
			t.Errorf("%s is left behind", socket)
		}
	}
	if left, _ := filepath.Glob(filepath.Dir(s.Store) + "/*"); len(left) != 1 {
		t.Errorf("left beside the store: %v", left)
	}
}

// `make run` gives the store a relative path: whoever gives the same one in the same directory finds the running
// daemon.
func TestRelativeStore(t *testing.T) {
	e2e.Tool(t, "cat", "coreutils")
	dir := e2e.Dir(t)
	cf := e2e.Write(t, dir, "local.cf", e2e.TestRules, 0o644)
	cmd := exec.Command(e2e.Binary(t, "spamd"), "-L", "-c", cf, "--bayes-path", "var/bayes", "--milter", "none")
	cmd.Dir = dir
	daemon := e2e.Start(t, cmd)
	daemon.WaitOutput(t, "listening", 30*time.Second)
	mail := e2e.Letter("hi", "This is certainly spam.")
	for _, c := range []struct{ program, args, want string }{
		{"spamd", "check -L -c local.cf --bayes-path var/bayes -", "E2E_SPAM"},
		{"spamd", "mda -L -c local.cf --bayes-path var/bayes -- cat", "E2E_SPAM"},
		{"spam-learn", "--bayes-path var/bayes --spam", "learned 1, already known 0, skipped 0"},
		{"spam-learn", "--bayes-path var/bayes --spam", "already known 1"},
	} {
		cmd := exec.Command(e2e.Binary(t, c.program), strings.Fields(c.args)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(mail)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s %s: %v\n%s", c.program, c.args, err, out)
		}
	}
}
