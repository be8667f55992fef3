package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"asterism/listen"
	"asterism/spamc"
)

// Root returns the directory of the module.
func Root(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("go env GOMOD: %v", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

var building sync.Mutex

// Binary builds a command of this module, such as "spamd", unless it is up to date, and returns its path. The tests
// of several packages may do so at once. With -short it skips the test.
func Binary(t testing.TB, command string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("an end-to-end test: -short leaves it out")
	}
	building.Lock()
	defer building.Unlock()
	root := Root(t)
	lookAtSources(t, root)
	bin := filepath.Join(root, "var", "test", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Open(bin)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(bin, command), "./cmd/"+command)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", command, err, out)
	}
	return filepath.Join(bin, command)
}

// PublicBinary returns a copy of a command of this module that every user may run, wherever the module lies.
func PublicBinary(t testing.TB, command string) string {
	t.Helper()
	copied := filepath.Join(Dir(t), command)
	Run(t, "cp", Binary(t, command), copied)
	return copied
}

// lookAtSources lists every directory of the module, by which the go command notices that a result it has cached for
// a test is older than the program under test.
func lookAtSources(t testing.TB, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "var") {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Spamd is a running spamd.
type Spamd struct {
	*Process
	Milter  string  // its milter socket, in sendmail's notation
	Control string  // its control socket
	Config  string  // its configuration file
	Store   string  // its --bayes-path
	Group   *Cgroup // where it runs; nil for the test's own
	args    []string
	bin     string
}

// StartSpamd starts spamd with a configuration file of the given lines and further arguments, and waits until it
// listens. Unless the arguments say otherwise it asks nobody over the network.
func StartSpamd(t testing.TB, cf string, args ...string) *Spamd {
	t.Helper()
	return StartSpamdIn(t, nil, cf, args...)
}

// StartSpamdIn is StartSpamd in a control group.
func StartSpamdIn(t testing.TB, group *Cgroup, cf string, args ...string) *Spamd {
	t.Helper()
	dir := Dir(t)
	s := &Spamd{
		Milter:  "unix:" + dir + "/milter.sock",
		Control: "unix:" + dir + "/store/bayes.sock",
		Config:  Write(t, dir, "local.cf", cf, 0o644),
		Store:   filepath.Join(dir, "store", "bayes"),
		Group:   group,
		args:    args,
	}
	s.Restart(t)
	return s
}

// Restart starts spamd again after it has ended, with the arguments it had and more.
func (s *Spamd) Restart(t testing.TB, args ...string) {
	t.Helper()
	all := append([]string{"-c", s.Config, "--bayes-path", s.Store, "--milter", s.Milter}, s.args...)
	if s.bin == "" {
		s.bin = Binary(t, "spamd")
	}
	command := append([]string{s.bin}, append(all, args...)...)
	if s.Group != nil {
		command = s.Group.Command(command...)
	}
	s.Process = Start(t, exec.Command(command[0], command[1:]...))
	s.WaitOutput(t, "listening", 60*time.Second)
}

// Kill ends spamd as a crash would, and waits for that.
func (s *Spamd) Kill(t testing.TB) {
	t.Helper()
	s.Signal(syscall.SIGKILL)
	s.Wait(t, 10*time.Second)
}

// Client returns a client of spamd's control socket.
func (s *Spamd) Client(t testing.TB) *spamc.Client {
	t.Helper()
	addr, err := listen.Parse(s.Control)
	if err != nil {
		t.Fatal(err)
	}
	return &spamc.Client{Addr: addr}
}

// InputMailFilter returns the line that contrib/sendmail.mc has for sendmail.mc, for this spamd's socket.
func (s *Spamd) InputMailFilter(t testing.TB) string {
	t.Helper()
	return ContribMC(t, s.Milter)
}

// ContribMC returns contrib/sendmail.mc's lines with another socket.
func ContribMC(t testing.TB, socket string) string {
	t.Helper()
	return Contrib(t, "sendmail.mc", map[string]string{"unix:/run/spamd/milter.sock": socket})
}

// MDALines returns contrib/sendmail-mda.mc's lines for this spamd, with a program and its arguments in procmail's
// place.
func MDALines(t testing.TB, s *Spamd, agent string) string {
	t.Helper()
	lines := s.inPlace(t)
	lines["/usr/bin/procmail -f $g -Y -a $h -d $u"] = agent
	return Contrib(t, "sendmail-mda.mc", lines)
}

// LMTPLines returns contrib/sendmail-lmtp.mc's lines for this spamd, with another agent in mail.local's place if one
// is given.
func LMTPLines(t testing.TB, s *Spamd, agent string) string {
	t.Helper()
	lines := s.inPlace(t)
	if agent != "" {
		lines["-- /usr/libexec/sendmail/mail.local -l"] = agent
	}
	return Contrib(t, "sendmail-lmtp.mc", lines)
}

// inPlace says what stands for the installed spamd.
func (s *Spamd) inPlace(t testing.TB) map[string]string {
	return map[string]string{
		"`/usr/sbin/spamd'":                        "`" + Binary(t, "spamd") + "'",
		"--control unix:/var/lib/spamd/bayes.sock": fmt.Sprintf("-L -c %s --bayes-path %s", s.Config, s.Store),
	}
}

// Contrib returns a file of contrib with texts, each of which it has once, replaced.
func Contrib(t testing.TB, name string, replace map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), "contrib", name))
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
	for shipped, now := range replace {
		if strings.Count(s, shipped) != 1 {
			t.Fatalf("contrib/%s has %q not just once:\n%s", name, shipped, s)
		}
		s = strings.Replace(s, shipped, now, 1)
	}
	return strings.TrimRight(s, "\n")
}

// TestRules are configuration lines of two rules for tests: "certainly spam" in a body scores 10, "certainly ham" -10.
const TestRules = `
body      E2E_SPAM /certainly spam/
describe  E2E_SPAM Says that it is spam
score     E2E_SPAM 10
body      E2E_HAM /certainly ham/
describe  E2E_HAM Says that it is ham
score     E2E_HAM -10
`

// Letter returns an ordinary mail with a text.
func Letter(subject, text string) string {
	return fmt.Sprintf("From: Alice <alice@example.net>\nTo: Bob <bob@example.org>\nSubject: %s\nDate: %s\n"+
		"Message-ID: <%d.letter@example.net>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nDear Bob,\n\n"+
		"%s\n\nYours, Alice\n",
		subject, time.Now().Format(time.RFC1123Z), time.Now().UnixNano(), text)
}
