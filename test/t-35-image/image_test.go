// Package image_test builds the container image and, with -container, runs it as its recipes do: without root,
// without capabilities and on a read-only file system.
package image_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/listen"
	"asterism/spamc"
	"asterism/test/e2e"
)

var container = flag.Bool("container", false,
	"build the image by buildah and run it by podman, as root; make test-image does")

// folder is where the recipes are.
const folder = "../../contrib/container"

// TestVariables: each variable of the Containerfile and of the recipes is an option: the daemon complains about none,
// and takes its value.
func TestVariables(t *testing.T) {
	files, err := filepath.Glob(folder + "/[^b]*")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	names := []string{"ASTERISM_NO_SUCH_OPTION"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') }) {
			if strings.HasPrefix(word, "ASTERISM_") && !slices.Contains(names, word) {
				names = append(names, word)
			}
		}
	}
	cmd := exec.Command(e2e.Binary(t, "spamd"), "--lint")
	cmd.Env = os.Environ()
	for _, name := range names {
		cmd.Env = append(cmd.Env, name+"=1")
	}
	out, _ := cmd.CombinedOutput()
	for _, name := range names {
		complained := strings.Contains(string(out), name+": no option")
		if complained != (name == "ASTERISM_NO_SUCH_OPTION") {
			t.Errorf("%s: complained is %t\n%s", name, complained, out)
		}
	}
	if len(names) < 5 {
		t.Errorf("variables: %q", names)
	}
}

// machine is podman with storage of its own.
type machine struct {
	t    *testing.T
	dir  string
	args []string
}

// command returns podman's command. Where control groups are those of version 1, which crun does not take, it sees
// none.
func (m *machine) command(args ...string) *exec.Cmd {
	args = slices.Concat([]string{"podman"}, m.args, args)
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return exec.Command(args[0], args[1:]...)
	}
	const hide = "umount -l /sys/fs/cgroup && mount -t tmpfs none /sys/fs/cgroup && exec \"$@\""
	return exec.Command("unshare", append([]string{"--mount", "sh", "-c", hide, "sh"}, args...)...)
}

// run runs podman to its end.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	cmd := m.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("podman %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

func TestImage(t *testing.T) {
	if !*container {
		t.Log("without -container the image is not built; make test-image does")
		return
	}
	e2e.Tool(t, "podman", "podman")
	dir := e2e.Dir(t)
	m := &machine{t, dir, []string{"--root", dir + "/storage", "--runroot", dir + "/run", "--storage-driver", "vfs"}}
	compile := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir+"/bin/", "./cmd/spamd",
		"./cmd/spam-learn")
	compile.Dir, compile.Env = e2e.Root(t), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e2e.Run(t, folder+"/build", append([]string{dir + "/bin", "asterism"}, m.args...)...)

	var images []struct {
		Config struct {
			User, StopSignal string
			Entrypoint       []string
			Volumes          map[string]any
		}
		HealthCheck *struct{ Test []string }
		Size        int64
	}
	if err := json.Unmarshal([]byte(m.run("image", "inspect", "asterism")), &images); err != nil || len(images) != 1 {
		t.Fatal(err, images)
	}
	config := images[0].Config
	if config.User != "10001:10001" || config.Volumes["/var/lib/spamd"] == nil || images[0].HealthCheck == nil {
		t.Fatalf("the image has %+v", images[0])
	}
	t.Logf("image: %d MB, health check %q", images[0].Size>>20, images[0].HealthCheck.Test)

	state := dir + "/state"
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(state, 10001, 10001); err != nil {
		t.Fatal(err)
	}
	s := &service{machine: m, state: state, spamc: e2e.FreePort(t), http: e2e.FreePort(t), milter: e2e.FreePort(t)}
	health := images[0].HealthCheck.Test[1:]
	s.start("one")
	if got := s.score(); !strings.HasPrefix(got, "X-Spam-Score: ") {
		t.Errorf("a mail gets %q", got)
	}
	mail := e2e.Letter("an offer", "A mail that teaches.")
	if got := s.exec("one", mail, "/usr/bin/spam-learn", "--spam"); !strings.Contains(got, "learned 1") {
		t.Errorf("teaching beside the daemon: %s", got)
	}
	s.exec("one", "", health...)
	if status := m.run("inspect", "--format", "{{.HostConfig.ReadonlyRootfs}} {{.State.Running}}",
		"one"); status != "true true\n" {
		t.Errorf("read-only and running: %s", status)
	}
	began := time.Now()
	s.stop()
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	store, err := os.Stat(state + "/bayes.bolt")
	if err != nil || store.Sys().(*syscall.Stat_t).Uid != 10001 {
		t.Fatalf("the store: %v, %+v", err, store)
	}
	s.start("two")
	if got := s.exec("two", mail, "/usr/bin/spam-learn", "--spam"); !strings.Contains(got, "already known 1") {
		t.Errorf("what was learned is not in the volume: %s", got)
	}
	s.stop()
	m.guide(health)
}

// guide types what docs/container.md has, with the network of a namespace of its own as the machine's.
func (m *machine) guide(health []string) {
	m.t.Helper()
	commands := e2e.ReadGuide(m.t, "container.md").Commands(m.t, "")
	if len(commands) != 4 || !strings.HasPrefix(commands[0], "make image ") { // which is what this test has made
		m.t.Fatalf("the page has %q", commands)
	}
	bin := e2e.Dir(m.t)
	e2e.Write(m.t, bin, "podman",
		fmt.Sprintf("#!/bin/sh\nverb=$1; shift\n[ $verb != run ] || set -- --network host --cgroups disabled --ulimit "+
			"nofile=1024:1024 --ulimit nproc=2048:2048 \"$@\"\n"+
			"exec %s %s $verb \"$@\"\n", e2e.Tool(m.t, "podman", "podman"), strings.Join(m.args, " ")), 0o755)
	e2e.Write(m.t, bin, "spam.mbox", "From a@example.net Sun Nov 29 10:00:00 2026\n"+e2e.Letter("spam", "Spam.")+"\n",
		0o644)
	script := "ip link set lo up\n" + commands[1] + "for i in $(seq 300); do podman exec asterism " +
		strings.Join(health, " ") +
		" && break; sleep 0.2; done\n" + commands[3] + "podman exec asterism " + strings.Join(health, " ") +
		"\npodman stop -t 40 asterism\n"
	cmd := m.command()
	cmd.Args = append(cmd.Args[:len(cmd.Args)-1-len(m.args)], "unshare", "--net", "sh", "-e", "-c", script)
	cmd.Path = e2e.Tool(m.t, cmd.Args[0], "util-linux")
	cmd.Dir, cmd.Env = bin, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "learned 1") {
		m.t.Errorf("docs/container.md: %v\n%s\n%s", err, script, out)
	}
}

// service is the daemon in a container.
type service struct {
	*machine
	state               string
	spamc, http, milter int
	process             *e2e.Process
}

// start starts the daemon by the image's variables, in a container that has its name, and waits until it serves.
func (s *service) start(name string) {
	s.t.Helper()
	s.process = e2e.Start(s.t, s.command("run", "--rm", "--name", name, "--network", "host", "--cgroups", "disabled",
		"--read-only",
		"--cap-drop", "all", "--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit",
		"nproc=2048:2048",
		"--volume", s.state+":/var/lib/spamd", "--env", fmt.Sprintf("ASTERISM_MILTER=inet:%d@127.0.0.1", s.milter),
		"--env", fmt.Sprintf("ASTERISM_LISTEN=inet:%d@127.0.0.1", s.spamc), "--env",
		fmt.Sprintf("ASTERISM_HTTP=inet:%d@127.0.0.1", s.http),
		"--env", "ASTERISM_LOCAL_TESTS_ONLY=1", "asterism"))
	e2e.WaitListening(s.t, "tcp", fmt.Sprintf("127.0.0.1:%d", s.milter), s.process)
	e2e.WaitFor(s.t, "/readyz", 30*time.Second, func() bool {
		r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", s.http))
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
}

// stop ends the daemon as podman stop does.
func (s *service) stop() {
	s.t.Helper()
	s.process.Signal(syscall.SIGTERM)
	if err := s.process.Wait(s.t, 40*time.Second); err != nil {
		s.t.Errorf("it ended with %v:\n%s", err, s.process.Output())
	}
}

// exec runs a program in the container, as docker compose exec does.
func (s *service) exec(name, input string, program ...string) string {
	s.t.Helper()
	cmd := s.command(slices.Concat([]string{"exec", "-i", name}, program)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Errorf("%q in the container: %v\n%s", program, err, out)
	}
	return string(out)
}

// score returns the header that a mail gets over the spamd protocol.
func (s *service) score() string {
	s.t.Helper()
	addr, err := listen.Parse(fmt.Sprintf("inet:%d@127.0.0.1", s.spamc))
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := (&spamc.Client{Addr: addr}).Process(s.t.Context(), []byte(e2e.Letter("hello", "A mail.")))
	if err != nil {
		s.t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(r.Message), "\n")
	return line
}
