package running_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/dnsbl/dnstest"
	"asterism/listen"
	"asterism/spamc"
	"asterism/test/e2e"
)

// sysv is contrib's SysV script with a site's own paths in /etc/default/asterism.
type sysv struct {
	t                         *testing.T
	dir, script, defaults, cf string
	control                   string
}

// newSysV copies spamd below a directory, for the script to start, and writes a configuration.
func newSysV(t *testing.T, cf, args string) *sysv {
	t.Helper()
	e2e.NeedRoot(t)
	dir := e2e.Dir(t)
	s := &sysv{t: t, dir: dir, script: filepath.Join(e2e.Root(t), "contrib", "asterism.init"), defaults: dir + "/default",
		control: dir + "/store/bayes.sock"}
	s.cf = e2e.Write(t, dir, "spamd.cf", cf, 0o644)
	// The group of this user, whom every Debian has, has the same name.
	e2e.Write(t, dir, "default/asterism", fmt.Sprintf("DAEMON=%[4]s\nRUNAS=games\nRUNDIR=%[1]s/run\nPIDFILE=%[1]s/pid\n"+
		"ARGS='-c %[2]s --bayes-path %[1]s/store/bayes --milter unix:%[1]s/run/milter.sock %[3]s'\n", dir, s.cf, args,
		e2e.PublicBinary(t, "spamd")), 0o644)
	t.Cleanup(func() { s.call("stop") })
	return s
}

// call runs the script and returns what it printed and its exit code.
func (s *sysv) call(action string) (string, int) {
	cmd := exec.Command("unshare", "-m", "sh", "-c", `mount --bind "$1" /etc/default && exec "$2" "$3"`, "sh", s.defaults,
		s.script, action)
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

// must calls the script, which must exit with a code.
func (s *sysv) must(action string, code int) {
	s.t.Helper()
	if out, got := s.call(action); got != code {
		s.t.Errorf("%s: exit %d, want %d\n%s", action, got, code, out)
	}
}

// pid returns the number of the running daemon, 0 if there is no pid file.
func (s *sysv) pid() int {
	text, _ := os.ReadFile(s.dir + "/pid")
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

func runs(pid int) bool { return pid > 0 && syscall.Kill(pid, 0) == nil }

func TestSysVScript(t *testing.T) {
	dns := dnstest.Start(t, "2.0.0.127.rbl.e2e.test. A 127.0.0.2\n")
	s := newSysV(t, e2e.TestRules+"header E2E_RBL eval:check_rbl('e2e', 'rbl.e2e.test.')\nscore E2E_RBL 1\n"+
		"scan_deadline 3\n", "--dns-server "+dns.Addr)
	s.must("status", 3)
	s.must("stop", 0) // nothing to stop is no failure
	s.must("start", 0)
	addr, err := listen.Parse("unix:" + s.control)
	if err != nil {
		t.Fatal(err)
	}
	client := &spamc.Client{Addr: addr}
	if err := client.Ping(t.Context()); err != nil {
		t.Errorf("started, but it does not answer: %v", err)
	}
	s.must("status", 0)
	first := s.pid()
	if got := owner(t, s.control); got == 0 || !runs(first) {
		t.Errorf("process %d, socket of user %d", first, got)
	}
	s.must("start", 0) // it runs already
	if s.pid() != first {
		t.Error("a second start has started another")
	}

	// A mail is in hand, its name server silent: the script waits for its verdict.
	dns.Silence(true)
	verdict := make(chan error, 1)
	go func() {
		mail := "Received: from mail.bad.example (mail.bad.example [93.184.216.34]) by mx.example.net; Sat, 21 Nov 2026 " +
			"20:00:00 +0000\n"
		r, err := client.Check(t.Context(), []byte(mail+e2e.Letter("hi", "This is certainly spam.")))
		if err == nil && !r.Spam {
			err = fmt.Errorf("no spam: %+v", r)
		}
		verdict <- err
	}()
	e2e.WaitFor(t, "a question to the name server", 10*time.Second, func() bool { return len(dns.Asked()) > 0 })
	s.must("stop", 0)
	if runs(first) {
		t.Error("stopped, but the daemon still runs")
	}
	select {
	case err := <-verdict:
		if err != nil {
			t.Errorf("the mail in hand: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the script has not waited for the mail in hand")
	}
	s.must("status", 3)

	dns.Silence(false)
	s.must("start", 0)
	first = s.pid()
	s.must("reload", 0)
	s.must("rotate", 0)
	s.must("restart", 0)
	if second := s.pid(); second == first || runs(first) || !runs(second) {
		t.Errorf("restarted: %d has become %d", first, second)
	}

	// What cannot start is a failure at once.
	e2e.Write(t, s.dir, "spamd.cf", "required_score seven\n", 0o644)
	begun := time.Now()
	s.must("restart", 1)
	if took := time.Since(begun); took > 20*time.Second { // the script's limit is 30 s
		t.Errorf("the script has waited %v for a daemon that had ended", took)
	}
	if out, code := s.call("frobnicate"); code != 2 || !strings.Contains(out, "Usage:") {
		t.Errorf("an unknown action: exit %d: %s", code, out)
	}
}
