// Package httpapi_test runs rspamd's own client, rspamc, and plain HTTP clients against the daemon's HTTP API.
package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

// rspamc is Debian's client with a server to ask.
type rspamc struct {
	bin, lib string
	args     []string
}

// newRspamc finds the program that .ci/unpack-debs has put in its place.
func newRspamc(t *testing.T, args ...string) *rspamc {
	t.Helper()
	usr := filepath.Join(e2e.Root(t), "var", "test", "debs", "rspamd", "usr")
	c := &rspamc{bin: filepath.Join(usr, "bin", "rspamc"), lib: filepath.Join(usr, "lib", "rspamd"), args: args}
	if _, err := os.Stat(c.bin); err != nil {
		e2e.Missing(t,
			"rspamc is missing: run .ci/unpack-debs var/test/debs rspamd, which unpacks Debian's package rspamd")
	}
	return c
}

// run runs it with a mail on its standard input, and returns what it prints.
func (c *rspamc) run(t *testing.T, mail string, args ...string) string {
	t.Helper()
	cmd := exec.Command(c.bin, append(c.args, args...)...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+c.lib)
	cmd.Stdin = strings.NewReader(mail)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // a refusal is an exit code of 1
		t.Fatalf("rspamc: %v\n%s", err, out)
	}
	return string(out)
}

const password = "open sesame"

// start starts spamd with rspamd's protocol on a free port, and pages with a password on another.
func start(t *testing.T, cf string, args ...string) (s *e2e.Spamd, scans, pages string) {
	t.Helper()
	ports := [2]int{e2e.FreePort(t), e2e.FreePort(t)}
	s = e2e.StartSpamd(t, e2e.TestRules+"bayes_auto_learn 0\n"+cf, append([]string{"-L",
		"--rspamd", fmt.Sprintf("inet:%d@127.0.0.1", ports[0]), "--web", fmt.Sprintf("inet:%d@127.0.0.1", ports[1])},
		args...)...)
	e2e.SetPassword(t, s, password)
	return s, fmt.Sprintf("127.0.0.1:%d", ports[0]), fmt.Sprintf("127.0.0.1:%d", ports[1])
}

// has fails the test unless a text has all parts.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

// TestRspamc: scan, learn_spam, learn_ham and stat, as rspamd's users know them.
func TestRspamc(t *testing.T) {
	s, _, pages := start(t, "")
	spam, ham := e2e.Letter("offer", "This is certainly spam."), e2e.Letter("lunch", "This is certainly ham.")
	c := newRspamc(t, "-h", pages, "-P", password)

	has(t, c.run(t, spam, "-F", "alice@example.net", "-r", "bob@example.org", "-i", "192.0.2.7", "--helo",
		"mx.example.net", "symbols"),
		"Action: add header", "Spam: true", "Symbol: E2E_SPAM (10.00)", "Score: 1", "/ 5.00")
	s.WaitOutput(t, "from=alice@example.net to=bob@example.org", 30*time.Second)
	has(t, s.Output(), "client=[192.0.2.7]")
	has(t, c.run(t, ham, "symbols"), "Action: no action", "Spam: false", "Symbol: E2E_HAM (-10.00)")

	has(t, c.run(t, spam, "learn_spam"), "success = true")
	has(t, c.run(t, spam, "learn_spam"), "already learned as spam")
	has(t, c.run(t, ham, "learn_ham"), "success = true")
	has(t, c.run(t, spam, "learn_ham"), "success = true", "other class")
	totals, err := s.Client(t).Totals(t.Context())
	if err != nil || totals.Ham != 2 || totals.Spam != 0 {
		t.Errorf("the learner has %+v, %v", totals, err)
	}
	has(t, c.run(t, "", "stat"), "Messages scanned: 2", "Messages with action add header: 1, 50.00%",
		"Messages with action no action: 1, 50.00%",
		"Messages treated as spam: 1", "Messages learned: 2", "BAYES_HAM")

	var answer struct {
		Symbols map[string]struct{ Score float64 }
		Milter  struct {
			Add map[string]struct{ Value string } `json:"add_headers"`
		}
	}
	text := c.run(t, spam, "-j", "--compact", "symbols")
	if err := json.Unmarshal(bytes.TrimSpace([]byte(text)), &answer); err != nil ||
		answer.Symbols["E2E_SPAM"].Score != 10 ||
		!strings.Contains(answer.Milter.Add["X-Spam-Score"].Value, "E2E_SPAM") {
		t.Errorf("%v, %+v\n%s", err, answer, text)
	}
}

// TestRspamcRefused: nobody teaches or scans without a password; at --rspamd scanning takes none, teaching
// --allow-tell.
func TestRspamcRefused(t *testing.T) {
	_, scans, pages := start(t, "")
	mail := e2e.Letter("offer", "This is certainly spam.")
	for _, args := range [][]string{{"-h", pages}, {"-h", pages, "-P", "guess"}} {
		for _, command := range []string{"symbols", "learn_spam", "stat"} {
			has(t, newRspamc(t, args...).run(t, mail, command), "401")
		}
	}
	open := newRspamc(t, "-h", scans)
	has(t, open.run(t, mail, "symbols"), "Symbol: E2E_SPAM (10.00)")
	has(t, open.run(t, mail, "learn_spam"), "401")

	_, scans, _ = start(t, "", "--allow-tell")
	has(t, newRspamc(t, "-h", scans).run(t, mail, "learn_spam"), "success = true")
}

// TestRspamcPolicy: what becomes of a mail is rspamd's action of the same meaning.
func TestRspamcPolicy(t *testing.T) {
	_, scans, _ := start(t, "reject_score 9\nreject_reply 550 5.7.1 No spam here\nspamd_max_size 20K\n")
	c := newRspamc(t, "-h", scans)
	has(t, c.run(t, e2e.Letter("offer", "This is certainly spam."), "symbols"), "Action: reject",
		"550 5.7.1 No spam here")
	has(t, c.run(t, e2e.Letter("long", strings.Repeat("This is certainly spam.\n", 1000)), "symbols"),
		"Action: no action")
}

// TestWebDir: the accounts are those in web_dir, else those beside the store.
func TestWebDir(t *testing.T) {
	dir := e2e.Dir(t)
	s, _, pages := start(t, "web_dir "+dir+"/pages\n")
	if _, err := os.Stat(dir + "/pages/accounts"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(s.Store) + "/web"); err == nil {
		t.Error("there is a directory beside the store as well")
	}
	has(t, newRspamc(t, "-h", pages, "-P", password).run(t, e2e.Letter("a", "b"), "symbols"), "Score")
}

// TestClearTextBeyondThisMachine: passwords do not cross the network in clear text unless a proxy sees to it.
func TestClearTextBeyondThisMachine(t *testing.T) {
	dir := e2e.Dir(t)
	run := func(args ...string) string {
		args = append([]string{"-L", "--bayes-path", dir + "/bayes", "--milter", "none"}, args...)
		cmd := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), args...)
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	e2e.Write(t, dir, "web/accounts", "[]", 0o600)
	for _, host := range []string{"0.0.0.0", ""} {
		out := run("--web", fmt.Sprintf("inet:%d@%s", e2e.FreePort(t), host))
		has(t, out, "unencrypted", "--web-cert", "--web-proxy")
	}
	has(t, run("--web", "inet:1@127.0.0.1", "--web-cert", "x"), "--web-cert needs --web-key")
}

// TestExim: the RSPAMC protocol as Exim sends it, and in the form that Exim reads with sscanf: metric and action in its
// first lines.
func TestExim(t *testing.T) {
	s, scans, _ := start(t, "reject_score 15\n")
	mail := strings.ReplaceAll(e2e.Letter("offer", "This is certainly spam."), "\n", "\r\n")
	c, err := net.Dial("tcp4", scans)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "CHECK RSPAMC/1.3\r\nContent-length: %d\r\nQueue-Id: 1aBcDe-000001-2f\r\nFrom: "+
		"<alice@example.net>\r\nRecipient-Number: 1\r\n"+
		"Rcpt: <bob@example.org>\r\nHelo: mx.example.net\r\nHostname: mx.example.net\r\nIP: 192.0.2.7\r\n\r\n%s",
		len(mail), mail)
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^RSPAMD/1\.3 0 EX_OK\r\nMetric: default; True; 1\d\.\d\d / 5\.00 / 15\.00\r\n` +
		`Action: add header\r\nSymbol: E2E_SPAM\(10\.00\); `)
	if !want.Match(answer) {
		t.Errorf("%q", answer)
	}
	s.WaitOutput(t, "qid=1aBcDe-000001-2f from=alice@example.net to=bob@example.org", 30*time.Second)
}
