package deb_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

var rootTar = flag.String("root", "", "archive of a Debian system, as debootstrap makes it, to install the package in")

// guest is a Debian system below a directory.
type guest struct {
	t    *testing.T
	root string
}

// newGuest unpacks a system and mounts its /proc.
func newGuest(t *testing.T) *guest {
	t.Helper()
	g := &guest{t, e2e.Dir(t)}
	e2e.Run(t, "tar", "-C", g.root, "-xf", *rootTar)
	proc := filepath.Join(g.root, "proc")
	e2e.Run(t, "mount", "-t", "proc", "proc", proc)
	t.Cleanup(func() {
		g.try("/etc/init.d/asterism stop")
		e2e.Run(t, "umount", proc)
	})
	return g
}

// try runs a shell command in the guest.
func (g *guest) try(command string) (string, error) {
	cmd := exec.Command("chroot", g.root, "sh", "-c", command)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// run runs a shell command in the guest that must succeed.
func (g *guest) run(command string) string {
	g.t.Helper()
	out, err := g.try(command)
	if err != nil {
		g.t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return out
}

// put copies a file into the guest's root directory.
func (g *guest) put(file, name string) {
	g.t.Helper()
	e2e.Run(g.t, "cp", file, filepath.Join(g.root, name))
}

// pid returns the number of the running daemon.
func (g *guest) pid() int {
	g.t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(g.run("cat /run/spamd.pid")))
	if err != nil {
		g.t.Fatal(err)
	}
	return n
}

// files lists what is installed, except for dpkg's and adduser's own records and logs.
func (g *guest) files() string {
	return g.run("find / -xdev -path /proc -prune -o -path /var/lib/dpkg -prune -o -path /var/log -prune -o -path " +
		"/var/cache -prune -o -path /tmp -prune -o -path '/etc/*-' -o -path /run/adduser -o -print | sort")
}

// TestInstall follows an administrator from the first installation to the purge.
func TestInstall(t *testing.T) {
	if *rootTar == "" {
		t.Log("without -root only the package's content is tested; make test-deb installs it")
		return
	}
	g := newGuest(t)
	g.put(build(t, "1.0"), "one.deb")
	g.put(build(t, "1.1"), "two.deb")
	g.put(e2e.Write(t, e2e.Dir(t), "mail.eml", e2e.Letter("offer", "Buy now."), 0o644), "mail.eml")
	e2e.Write(t, g.root, "usr/sbin/policy-rc.d", "#!/bin/sh\n", 0o755) // or nothing is started where no init runs
	before := g.files()
	users := g.run("cat /etc/passwd /etc/group")

	g.run("dpkg -i /one.deb")
	first := g.pid()
	if out := g.run("stat -c '%U %a' /proc/$(cat /run/spamd.pid) /var/lib/spamd /var/lib/spamd/bayes.bolt " +
		"/run/spamd/milter.sock"); out != "spamd 555\nspamd 700\nspamd 600\nspamd 660\n" {
		t.Errorf("owners and modes of process, directory, store and socket:\n%s", out)
	}
	if out := g.run("spam-learn --spam /mail.eml"); !strings.Contains(out, "learned 1") {
		t.Errorf("teaching the running daemon: %s", out)
	}
	g.run("echo 'required_score 7' >>/etc/asterism/spamd.cf; service asterism reload")

	// An upgrade over the running daemon: it is another process afterwards, with the same store and configuration.
	g.run("dpkg -i /two.deb")
	second := g.pid()
	if second == first {
		t.Error("the old daemon still runs after the upgrade")
	}
	if _, err := os.Stat(fmt.Sprintf("%s/proc/%d", g.root, first)); err == nil {
		t.Error("the old daemon has not ended")
	}
	if exe := g.run("readlink /proc/$(cat /run/spamd.pid)/exe"); strings.TrimSpace(exe) != "/usr/sbin/spamd" {
		t.Errorf("the daemon runs from %s", exe)
	}
	if out := g.run("spam-learn --spam /mail.eml"); !strings.Contains(out, "already known 1") {
		t.Errorf("the upgrade lost what was learned: %s", out)
	}
	if out := g.run("tail -1 /etc/asterism/spamd.cf"); out != "required_score 7\n" {
		t.Errorf("the upgrade changed the configuration: %s", out)
	}
	if out := g.run("spamd check /mail.eml"); !strings.Contains(out, "\t7.0\t") {
		t.Errorf("the daemon does not use the configuration: %s", out)
	}

	// Stopping waits for the end; a mail's client connection does not hold it up for ever.
	started := time.Now()
	g.run("service asterism stop")
	if _, err := os.Stat(fmt.Sprintf("%s/proc/%d", g.root, second)); err == nil {
		t.Error("the script does not wait for the daemon's end")
	}
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("stopping an idle daemon took %v", took)
	}
	if out, err := g.try("service asterism status"); err == nil {
		t.Errorf("it is said to run: %s", out)
	}
	g.run("service asterism start && service asterism status")

	// A mistake in the configuration: the upgrade ends well, and says that the daemon does not run.
	g.run("echo 'required_score seven' >>/etc/asterism/spamd.cf")
	if out := g.run("dpkg -i /two.deb 2>&1"); !strings.Contains(out, "spamd --lint") {
		t.Errorf("installing over a bad configuration:\n%s", out)
	}
	g.run("sed -i '$d' /etc/asterism/spamd.cf; service asterism start")

	last := g.pid()
	g.run("dpkg -r asterism")
	if _, err := os.Stat(fmt.Sprintf("%s/proc/%d", g.root, last)); err == nil {
		t.Error("it still runs after its removal")
	}
	if out, err := g.try("test -e /run/spamd.pid"); err == nil {
		t.Errorf("its removal leaves the pid file: %s", out)
	}
	g.run("test -s /var/lib/spamd/bayes.bolt && test -s /etc/asterism/spamd.cf")
	g.run("dpkg -P asterism")
	if after := g.files(); after != before {
		t.Errorf("the purge leaves:\n%s", diff(before, after))
	}
	if out := g.run("cat /etc/passwd /etc/group"); out != users {
		t.Errorf("users and groups are not as they were:\n%s", diff(users, out))
	}
}

// diff returns the lines that only one of two texts has.
func diff(a, b string) string {
	var out strings.Builder
	for _, c := range []struct{ from, in, sign string }{{a, b, "-"}, {b, a, "+"}} {
		for line := range strings.Lines(c.from) {
			if !strings.Contains("\n"+c.in, "\n"+line) {
				out.WriteString(c.sign + line)
			}
		}
	}
	return out.String()
}
