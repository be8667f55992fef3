package guides_test

import (
	"context"
	_ "embed"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"asterism/test/e2e"
)

//go:embed systemctl
var systemctl string

// machine is a copy of this machine that has a network, processes and files of its own, and Debian's package of
// Asterism installed. Nothing that happens there is left behind.
type machine struct {
	t    *testing.T
	init *e2e.Process
	pid  int // of its first process
}

// packageFile is the directory of the Debian package, made once.
var packageFile = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "asterism-guides")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := packageFile(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// buildPackage returns the directory that the package is in.
func buildPackage(t *testing.T) string {
	t.Helper()
	dir, err := packageFile()
	if err != nil {
		t.Fatal(err)
	}
	if debs, _ := filepath.Glob(dir + "/*.deb"); len(debs) == 1 {
		return dir
	}
	bin := filepath.Dir(e2e.Binary(t, "spamd"))
	e2e.Binary(t, "spam-learn")
	e2e.Tool(t, "bash", "bash")
	e2e.Tool(t, "dpkg-deb", "dpkg")
	cmd := exec.Command(filepath.Join(e2e.Root(t), "contrib", "deb", "build"), bin, "1.0", dir)
	cmd.Env = append(os.Environ(), "DEB_COMPRESSION=-Znone")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("contrib/deb/build: %v\n%s", err, out)
	}
	return dir
}

// setUp makes the copy: the machine's own files below a layer in memory.
const setUp = `mount --make-rprivate / && mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir up work root &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" root &&
mount -t proc proc root/proc && mount --rbind /dev root/dev &&
mount -t tmpfs tmpfs root/run && mount -t tmpfs tmpfs root/tmp &&
mount -t tmpfs -o mode=755 tmpfs root/var/lib/spamassassin && ip link set lo up &&
hostname mx.example.org && echo "127.0.0.1 mx.example.org mx localhost" >root/etc/hosts &&
mkdir root/run/lock root/run/package && mount --bind "$2" root/run/package && chmod 1777 root/tmp &&
echo ready && exec chroot root sh -c 'while :; do sleep 1; done'` // which reaps what others leave

// newMachine starts one, or skips the test where that cannot be done.
func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a copy of the machine takes root")
	}
	if out, err := exec.Command("unshare", "-m", "-n", "-u", "-p", "-f", "true").CombinedOutput(); err != nil {
		t.Skipf("no namespaces can be made here: %s", out)
	}
	dir := e2e.Dir(t)
	cmd := exec.Command("unshare", "-m", "-n", "-u", "-p", "-f", "--kill-child", "sh", "-c", setUp, "sh", dir,
		buildPackage(t))
	m := &machine{t: t, init: e2e.Start(t, cmd)}
	m.init.WaitOutput(t, "ready", time.Minute)
	e2e.WaitFor(t, "the machine's first process", time.Minute, func() bool {
		pid := strconv.Itoa(cmd.Process.Pid)
		out, _ := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
		m.pid, _ = strconv.Atoi(strings.TrimSpace(string(out)))
		return m.pid > 0
	})
	m.write("/usr/local/bin/systemctl", systemctl, 0o755)
	// The packages that it replaces are not there; the policy for services is that of a usual machine.
	m.run("rm -f /usr/sbin/policy-rc.d; " +
		"dpkg --force-depends --force-confnew --no-triggers -i /run/package/*.deb\n" +
		"service asterism stop && rm -f /var/lib/spamd/*")
	return m
}

// try runs commands there, as root.
func (m *machine) try(commands string) (string, error) {
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(m.pid), "--mount", "--net", "--uts", "--pid",
		"--root",
		"env", "-C", "/root", "sh", "-e", "-c", commands)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive"}
	cmd.WaitDelay = time.Second // a daemon may keep the output open
	out, err := cmd.CombinedOutput()
	if err == exec.ErrWaitDelay {
		err = nil
	}
	return string(out), err
}

// run runs commands there, which must succeed, and returns what they print.
func (m *machine) run(commands string) string {
	m.t.Helper()
	out, err := m.try(commands)
	if err != nil {
		log, _ := m.try("cat /var/log/guide.log /var/log/mail.log 2>/dev/null")
		m.t.Fatalf("%s\n%v\n%s\nlog:\n%s", commands, err, out, log)
	}
	return out
}

// follow runs the commands of a section of a page, as they stand there.
func (m *machine) follow(p *e2e.Guide, section string) {
	m.t.Helper()
	for _, block := range p.Commands(m.t, section) {
		m.run(block)
	}
}

// configure adds a section's lines to the configuration, which spamd then finds nothing wrong with.
func (m *machine) configure(p *e2e.Guide, section string) {
	m.t.Helper()
	m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + strings.Join(p.Commands(m.t, section), "") + "END\n")
	if out := m.run("spamd --lint"); out != "0 errors, 0 warnings\n" {
		m.t.Errorf("docs/%s, %q: %s", p.Name, section, out)
	}
}

// write writes a file there.
func (m *machine) write(path, content string, mode os.FileMode) {
	m.t.Helper()
	local := e2e.Write(m.t, e2e.Dir(m.t), "file", content, 0o644)
	file, err := os.Open(local)
	if err != nil {
		m.t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("nsenter", "--target", strconv.Itoa(m.pid), "--mount", "--root",
		"sh", "-c", `mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"`,
		"sh", path, strconv.FormatUint(uint64(mode), 8))
	cmd.Stdin = file
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", path, err, out)
	}
}

// send sends a mail by SMTP to the machine's mail server.
func (m *machine) send(from, to, mail string) {
	m.t.Helper()
	var c *smtp.Client
	e2e.WaitFor(m.t, "the machine's mail server", time.Minute, func() bool {
		conn, err := m.dial("127.0.0.1:25")
		if err == nil {
			c, err = smtp.NewClient(conn, "localhost")
		}
		return err == nil
	})
	defer c.Close()
	if err := e2e.SendOn(c, from, []string{to}, mail); err != nil {
		log, _ := m.try("cat /var/log/guide.log /var/log/mail.log 2>/dev/null")
		m.t.Fatalf("sending to %s: %v\n%s", to, err, log)
	}
}

// dial connects to a TCP port of the machine.
func (m *machine) dial(addr string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread, which ends with the goroutine, has the machine's network
		var ns *os.File
		if ns, err = os.Open("/proc/" + strconv.Itoa(m.pid) + "/ns/net"); err != nil {
			return
		}
		defer ns.Close()
		if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err == nil {
			conn, err = net.DialTimeout("tcp", addr, time.Minute)
		}
	}()
	<-done
	return conn, err
}
