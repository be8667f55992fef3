// Package running_test runs spamd as service managers do: from root, with pid file and log rotation, by systemd's
// notifications and sockets, and watched over HTTP.
package running_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/listen"
	"asterism/spamc"
	"asterism/test/e2e"
)

func TestHTTP(t *testing.T) {
	port := e2e.FreePort(t)
	s := e2e.StartSpamd(t, e2e.TestRules, "-L", "--http", fmt.Sprintf("inet:%d@127.0.0.1", port))
	if code, body := e2e.Get(t, port, "/healthz"); code != 200 {
		t.Errorf("/healthz: %d %s", code, body)
	}
	if code, body := e2e.Get(t, port, "/readyz"); code != 200 {
		t.Errorf("/readyz: %d %s", code, body)
	}
	client := s.Client(t)
	if r, err := client.Check(t.Context(), []byte(e2e.Letter("one", "This is certainly spam."))); err != nil || !r.Spam {
		t.Fatal(r, err)
	}
	_, body := e2e.Get(t, port, "/metrics")
	for _, line := range []string{
		"asterism_ready 1", `asterism_hits_total{test="E2E_SPAM"} 1`, `asterism_scans_total{front="spamc",result="spam"} 1`,
		`asterism_mails_total{action="answer",front="spamc"} 1`, "asterism_store_tokens 0",
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("/metrics lacks %s:\n%s", line, body)
		}
	}
	if strings.Contains(body, "asterism_dns") {
		t.Error("/metrics tells of DNS, with local tests only")
	}
	if code, _ := e2e.Get(t, port, "/other"); code != 404 {
		t.Errorf("/other: %d", code)
	}
}

// status returns a field of the status of each thread of a process.
func status(t *testing.T, pid int, field string) []string {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) < 2 {
		t.Fatalf("threads of %d: %v, %v", pid, files, err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, field+":"); ok {
				all = append(all, strings.Join(strings.Fields(value), " "))
			}
		}
	}
	return all
}

// owner returns the user who owns a file.
func owner(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// nobody is a user that every system has.
const nobody = 65534

func TestGivesUpRoot(t *testing.T) {
	e2e.NeedRoot(t)
	dir := e2e.Dir(t)
	pidFile := dir + "/spamd.pid"
	s := e2e.StartSpamd(t, "", "-L", "--user", "nobody", "--group", "nogroup", "--pid-file", pidFile)
	pid := s.Cmd.Process.Pid
	for field, want := range map[string]string{"Uid": "65534 65534 65534 65534", "Gid": "65534 65534 65534 65534",
		"CapEff": "0000000000000000", "Groups": "65534"} {
		for _, got := range status(t, pid, field) {
			if got != want {
				t.Errorf("%s of a thread: %s, want %s", field, got, want)
			}
		}
	}
	if text, err := os.ReadFile(pidFile); err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(pid) {
		t.Errorf("pid file: %q, %v, want %d", text, err, pid)
	}
	for _, path := range []string{filepath.Dir(s.Store), s.Store + ".bolt", s.Store + ".sock", strings.TrimPrefix(s.Milter,
		"unix:")} {
		if got := owner(t, path); got != nobody {
			t.Errorf("%s belongs to %d", path, got)
		}
	}
	s.Signal(syscall.SIGHUP)
	s.WaitOutput(t, "configuration reloaded", 10*time.Second)
	s.Signal(syscall.SIGTERM)
	if err := s.Wait(t, 20*time.Second); err != nil {
		t.Errorf("stopping: %v", err)
	}
	s.Restart(t, "--log-format", "json") // over what the first one could not remove
	if out, code := exitOf(t, "--user", "no-such-user"); code != 67 || !strings.Contains(out, "no-such-user") {
		t.Errorf("unknown user: exit %d: %s", code, out)
	}
}

// exitOf runs spamd until it ends, as it must.
func exitOf(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), args...)
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

// TestStoreMadeByRoot: an administrator teaches as root before the daemon's first start.
func TestStoreMadeByRoot(t *testing.T) {
	e2e.NeedRoot(t)
	dir := e2e.Dir(t)
	store := dir + "/bayes"
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	mail := e2e.Write(t, dir, "mail.eml", e2e.Letter("one", "This is spam."), 0o644)
	e2e.Run(t, e2e.Binary(t, "spam-learn"), "--bayes-path", store, "--spam", mail)
	cf := e2e.Write(t, dir, "users.cf", "bayes_per_user 1\n", 0o644)
	e2e.Run(t, e2e.Binary(t, "spam-learn"), "-c", cf, "--bayes-path", store, "-u", "bob", "--spam", mail)
	for _, made := range []string{store + ".bolt", store + ".users", store + ".users/bob.bolt"} {
		if got := owner(t, made); got != nobody {
			t.Errorf("%s belongs to %d", made, got)
		}
	}
	p := e2e.Start(t, exec.Command(e2e.Binary(t, "spamd"), "-L", "--user", "nobody", "--bayes-path", store, "--milter",
		"unix:"+dir+"/m"))
	p.WaitOutput(t, "listening", 30*time.Second)
	out := e2e.Run(t, e2e.Binary(t, "spam-learn"), "--bayes-path", store, "--forget", mail) // beside the daemon, as root
	if !strings.Contains(out, "forgotten 1") {
		t.Errorf("forgetting what was taught before the start: %s", out)
	}
}

func TestLogRotation(t *testing.T) {
	dir := e2e.Dir(t)
	log := dir + "/spamd.log"
	p := e2e.Start(t, exec.Command(e2e.Binary(t, "spamd"), "-L", "--log-file", log, "--bayes-path", dir+"/bayes",
		"--milter", "unix:"+dir+"/m"))
	contains := func(file, text string) func() bool {
		return func() bool {
			b, _ := os.ReadFile(file)
			return strings.Contains(string(b), text)
		}
	}
	e2e.WaitFor(t, "the start in the log", 30*time.Second, contains(log, "listening"))
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	p.Signal(syscall.SIGUSR1)
	e2e.WaitFor(t, "a new log", 10*time.Second, contains(log, "log file reopened"))
	p.Signal(syscall.SIGTERM)
	if err := p.Wait(t, 20*time.Second); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if !contains(log, "stopped")() || contains(log+".1", "stopped")() {
		t.Error("the end is not in the new log, or in the old one")
	}
	if p.Output() != "" {
		t.Errorf("printed %q beside its log", p.Output())
	}
	// What ends it is in the log, too: whoever starts it as a daemon may see nothing else.
	if _, code := exitOf(t, "-L", "--log-file", log, "--bayes-path", dir+"/bayes", "--milter",
		"unix:"+dir+"/missing/m"); code != 69 {
		t.Errorf("a socket that cannot be bound: exit %d", code)
	}
	if !contains(log, dir+"/missing/m")() {
		t.Error("the log does not say why it ended")
	}
}

// TestSystemdNotify reads what systemd would.
func TestSystemdNotify(t *testing.T) {
	dir := e2e.Dir(t)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: dir + "/notify", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	expect := func(words ...string) {
		t.Helper()
		conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			if err != nil {
				t.Fatalf("no %v: %v", words, err)
			}
			text := string(b[:n])
			if text == "WATCHDOG=1" && words[0] != text {
				continue
			}
			for _, w := range words {
				if !strings.Contains(text, w) {
					t.Fatalf("%q lacks %s", text, w)
				}
			}
			return
		}
	}
	cmd := exec.Command(e2e.Binary(t, "spamd"), "-L", "--bayes-path", dir+"/bayes", "--milter", "unix:"+dir+"/m")
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+dir+"/notify", "WATCHDOG_USEC=400000")
	p := e2e.Start(t, cmd)
	expect("READY=1", "STATUS=")
	if c, err := net.Dial("unix", dir+"/m"); err != nil {
		t.Errorf("ready, but not there: %v", err)
	} else {
		c.Close()
	}
	expect("WATCHDOG=1")
	expect("WATCHDOG=1")
	p.Signal(syscall.SIGHUP)
	expect("RELOADING=1", "MONOTONIC_USEC=")
	expect("READY=1")
	p.Signal(syscall.SIGTERM)
	expect("STOPPING=1")
	if err := p.Wait(t, 20*time.Second); err != nil {
		t.Error(err)
	}
}

// TestSocketActivation has systemd's own program pass sockets on.
func TestSocketActivation(t *testing.T) {
	activate := e2e.Tool(t, "systemd-socket-activate", "systemd")
	dir := e2e.Dir(t)
	milter, spamd, learn := dir+"/milter.sock", dir+"/spamc.sock", dir+"/learn.sock"
	p := e2e.Start(t, exec.Command(activate, "-l", milter, "-l", spamd, "-l", learn, "--fdname=milter:spamc:control",
		e2e.Binary(t, "spamd"), "-L", "--bayes-path", dir+"/bayes"))
	e2e.WaitListening(t, "unix", milter, p) // which starts it
	p.WaitOutput(t, "listening", 30*time.Second)
	addr, err := listen.Parse(spamd)
	if err != nil {
		t.Fatal(err)
	}
	client := &spamc.Client{Addr: addr}
	if err := client.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	// Users teach by the socket that systemd has made, root by the one beside the store.
	mail := e2e.Write(t, dir, "mail.eml", e2e.Letter("one", "This is spam."), 0o644)
	for _, where := range []string{"--control=unix:" + learn, "--bayes-path=" + dir + "/bayes"} {
		learned := e2e.Run(t, e2e.Binary(t, "spam-learn"), where, "--spam", mail)
		forgotten := e2e.Run(t, e2e.Binary(t, "spam-learn"), where, "--forget", mail)
		if !strings.Contains(learned, "learned 1") || !strings.Contains(forgotten, "forgotten 1") {
			t.Errorf("%s: %s%s", where, learned, forgotten)
		}
	}
	if out := p.Output(); strings.Contains(out, "127.0.0.1:8891") {
		t.Errorf("it has bound its default socket as well:\n%s", out)
	}
	p.Signal(syscall.SIGTERM)
	if err := p.Wait(t, 20*time.Second); err != nil {
		t.Error(err)
	}
	for _, path := range []string{milter, spamd, learn} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("it has removed systemd's socket: %v", err)
		}
	}

	wrong := e2e.Start(t, exec.Command(activate, "-l", dir+"/x.sock", "--fdname=mail", e2e.Binary(t, "spamd"), "-L",
		"--bayes-path", dir+"/bayes"))
	e2e.WaitListening(t, "unix", dir+"/x.sock", wrong)
	if err := wrong.Wait(t, 20*time.Second); err == nil {
		t.Error("a socket of an unknown name is taken")
	}
	scanner := bufio.NewScanner(strings.NewReader(wrong.Output()))
	for scanner.Scan() {
		if strings.Contains(scanner.Text(), `"mail"`) && strings.Contains(scanner.Text(), "FileDescriptorName") {
			return
		}
	}
	t.Errorf("the error does not name the socket:\n%s", wrong.Output())
}
