// Package spamc_test runs SpamAssassin's own client, spamc, with each of its options against our spamd and against
// SpamAssassin's, and compares what it prints and how it exits, except for the scores, the names of tests and the texts
// of reports.
package spamc_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"asterism/test/e2e"
)

const testRules = e2e.TestRules + "bayes_auto_learn 0\n"

// theirDefaults are lines that SpamAssassin's own rules, which are not loaded here, begin with.
const theirDefaults = `
add_header spam Flag _YESNOCAPS_
add_header all Level _STARS(*)_
add_header all Status _YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ autolearn=_AUTOLEARN_ version=_VERSION_
`

// server is a spamd of ours or theirs.
type server struct {
	port   int
	socket string
}

// theirs starts SpamAssassin's spamd on a free port and a unix socket, with rules and a learner of its own.
func theirs(t *testing.T, args ...string) server {
	t.Helper()
	perl := e2e.Tool(t, "perl", "perl")
	spamd := filepath.Join(e2e.Root(t), "var", "test", "debs", "spamd", "usr", "sbin", "spamd")
	if _, err := os.Stat(spamd); err != nil {
		e2e.Missing(t, "SpamAssassin's spamd is missing: run .ci/unpack-debs var/test/debs spamd, which unpacks Debian's "+
			"package spamd")
	}
	if _, err := os.Stat("/usr/share/perl5/Mail/SpamAssassin.pm"); err != nil {
		e2e.Missing(t, "SpamAssassin is missing: install Debian's package spamassassin")
	}
	dir := e2e.Dir(t)
	for _, d := range []string{"rules", "bayes"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "bayes"), 0o777); err != nil {
		t.Fatal(err)
	}
	e2e.Write(t, dir, "rules/rules.cf",
		testRules+theirDefaults+"bayes_path "+dir+"/bayes/bayes\nreport_safe 0\nreport pts rule\nreport _SUMMARY_\n", 0o644)
	e2e.Write(t, dir, "rules/init.pre",
		"loadplugin Mail::SpamAssassin::Plugin::Check\nloadplugin Mail::SpamAssassin::Plugin::Bayes\n", 0o644)
	s := server{port: e2e.FreePort(t), socket: dir + "/spamd.sock"}
	args = append([]string{"-T", spamd, "-L", "-x", "-m", "1", "-u", "nobody", "-i", fmt.Sprintf("127.0.0.1:%d", s.port),
		"-i", s.socket,
		"--configpath", dir + "/rules", "--siteconfigpath", dir + "/rules", "-s", "stderr"}, args...)
	p := e2e.Start(t, exec.Command(perl, args...))
	e2e.WaitListening(t, "tcp", fmt.Sprintf("127.0.0.1:%d", s.port), p)
	e2e.WaitListening(t, "unix", s.socket, p)
	return s
}

// ours starts our spamd on a free port and a unix socket.
func ours(t *testing.T, args ...string) server {
	t.Helper()
	return oursWith(t, testRules, args...)
}

// oursWith starts our spamd with a configuration.
func oursWith(t *testing.T, cf string, args ...string) server {
	t.Helper()
	s := server{port: e2e.FreePort(t), socket: e2e.Dir(t) + "/spamd.sock"}
	e2e.StartSpamd(t, cf, append([]string{"-L", "--listen", fmt.Sprintf("inet:%d@127.0.0.1", s.port), "--listen", "unix:" +
		s.socket}, args...)...)
	return s
}

var (
	spam = e2e.Letter("an offer", "This is certainly spam.")
	ham  = e2e.Letter("hello", "This is certainly ham.")
	big  = e2e.Letter("big", strings.Repeat("This is certainly spam.\n", 40))
	// A mail in its envelope, as spamc -B reads it.
	bsmtp = "HELO mail.example.net\nMAIL FROM:<alice@example.net>\nRCPT TO:<bob@example.org>\nDATA\n" + spam + ".\nQUIT\n"
)

// calls are options of spamc and what it is given. Learning comes in an order in which its answers differ.
var calls = []struct{ options, mail string }{
	{"-c", spam}, {"-c", ham}, {"-c -x", spam}, {"-E -c", spam},
	{"-y", spam}, {"-y", ham}, {"-R", spam}, {"-R", ham}, {"-r", spam}, {"-r", ham}, {"-r -E", spam}, {"-R -E", ham},
	{"-E", spam}, {"-E", ham}, {"-x", spam}, {"", ham}, {"--headers", spam}, {"--headers", ham}, {"-f", spam},
	{"-z", spam}, {"-z -c", spam}, {"-z -y", ham}, {"-u bob -c", spam}, {"-t 30 -c", spam}, {"-n 10 -c", ham},
	{"-s 500 -c", big}, {"-s 500", big}, {"-s 500 -x", big}, {"-s 500 -E", big}, {"-K", ""}, {"-l -c", spam},
	{"-C report", spam}, {"-C report", spam}, {"-C revoke", spam}, {"-C revoke", spam}, {"-C eggs", spam},
	{"-L forget", spam},
	{"-L ham", ham}, {"-L ham", ham}, {"-L spam", ham}, {"-L forget", ham}, {"-L forget", ham}, {"-L spam", spam},
	{"-L eggs", spam},
	{"-c", ""}, {"", ""}, {"-c", "no header at all"}, {"-c", "Subject: nul\x00byte\n\nx\x00y\n"}, {"-E", "\nbody only\n"},
	{"-c", strings.ReplaceAll(spam, "\n", "\r\n")}, {"-d 127.0.0.1 -c", spam}, {"--connect-retries 1 -c", spam},
	{"-H -d 127.0.0.1 -c", spam}, {"-X -c", spam}, {"-B", bsmtp}, {"-B -c", bsmtp}, {"-e cat", spam}, {"-E -e cat", spam},
}

func TestEveryOption(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	them, us := theirs(t, "--allow-tell"), ours(t, "--allow-tell")
	for i, c := range calls {
		compare(t, fmt.Sprintf("call %d, spamc %s", i, c.options), spamc, them.tcp(c.options), us.tcp(c.options), c.mail)
	}
	for _, c := range calls[:len(calls)-1] {
		if !strings.Contains(c.options, "-d 127.0.0.1") {
			compare(t, "over a unix socket, spamc "+c.options, spamc, them.unix(c.options), us.unix(c.options), c.mail)
		}
	}
}

// Without --allow-tell nobody teaches.
func TestTeachingRefused(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	them, us := theirs(t), ours(t)
	for _, options := range []string{"-L spam", "-L ham", "-L forget", "-C report", "-C revoke", "-x -L spam", "-c"} {
		compare(t, "spamc "+options, spamc, them.tcp(options), us.tcp(options), spam)
	}
}

func TestNobodyListens(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	for options, code := range map[string]int{"-c": 0, "-x -c --connect-retries 1": 69,
		"-x -X -c --connect-retries 1": 75} {
		nobody := server{port: e2e.FreePort(t)}
		if _, got := run(t, spamc, nobody.tcp(options+" --retry-sleep 0"), spam); got != code {
			t.Errorf("spamc %s: exit %d, want %d", options, got, code)
		}
	}
}

// tcp returns options of spamc for the server's port; options of a program that spamc is to run come last.
func (s server) tcp(options string) []string {
	return append([]string{"-F", "/dev/null", "-p", fmt.Sprint(s.port)}, strings.Fields(options)...)
}

// unix returns options of spamc for the server's unix socket.
func (s server) unix(options string) []string {
	return append([]string{"-F", "/dev/null", "-U", s.socket}, strings.Fields(options)...)
}

// compare holds what spamc prints of our server, and how it exits, against theirs.
func compare(t *testing.T, what, spamc string, theirs, ours []string, mail string) {
	t.Helper()
	want, wantCode := run(t, spamc, theirs, mail)
	got, gotCode := run(t, spamc, ours, mail)
	if a, b := plain(got), plain(want); a != b || gotCode != wantCode {
		t.Errorf("%s: exit %d, want %d\ngot  %q\nwant %q", what, gotCode, wantCode, a, b)
	}
}

// run runs spamc and returns what it prints and its exit code.
func run(t *testing.T, spamc string, args []string, mail string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), spamc, args...)
	cmd.Stdin = strings.NewReader(mail)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

var (
	scores  = regexp.MustCompile(`-?\d+(\.\d)?/5\.0`)
	names   = regexp.MustCompile(`\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b(,\s*[A-Z][A-Z0-9_]+)*`)
	folds   = regexp.MustCompile(`\r?\n[ \t]+`)
	verdict = regexp.MustCompile(`^-?\d[^\n]*\n`)
	theirOn = regexp.MustCompile(`(?m)^X-Spam-(Checker-Version|Status|Level|Flag|Report|Score): .*\r?\n`)
)

// plain takes out what may differ: scores, names of tests, reports, and the values of our fields, whose names it lists.
func plain(s string) string {
	s = folds.ReplaceAllString(s, " ")
	if strings.Contains(s, "pts rule") {
		s = verdict.FindString(s) + "REPORT"
	}
	s = scores.ReplaceAllString(s, "N/5.0")
	fields := map[string]bool{}
	for _, m := range theirOn.FindAllStringSubmatch(s, -1) {
		fields[m[1]] = true
	}
	delete(fields, "Score") // ours alone
	s = theirOn.ReplaceAllString(s, "")
	s = names.ReplaceAllString(s, "NAMES")
	return fmt.Sprint(fields, s)
}
