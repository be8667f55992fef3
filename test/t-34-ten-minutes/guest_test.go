package minutes_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

// guest is a Debian below a directory, with processes, a host name and a network of its own, in which an MTA may have
// port 25. The network has no way out: packages and modules are downloaded outside.
type guest struct {
	t    *testing.T
	root string
	init *e2e.Process
	pid  string // of the first process in it
}

// newGuest unpacks a Debian and enters it.
func newGuest(t *testing.T, tar string) *guest {
	t.Helper()
	g := &guest{t: t, root: e2e.Dir(t)}
	e2e.Run(t, "tar", "-C", g.root, "-xf", tar)
	g.useNetwork()
	e2e.Write(t, g.root, "etc/hosts", "127.0.0.1 localhost fresh.example.org fresh\n", 0o644)
	e2e.Write(t, g.root, "usr/sbin/policy-rc.d", "#!/bin/sh\n", 0o755) // or nothing is started where no init runs
	const enter = `
hostname fresh.example.org
ip link set lo up
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/run"
mount --rbind /dev "$0/dev"
echo entered
exec chroot "$0" sh -c 'while :; do sleep 1; done'` // a shell buries the orphans of the services, as init does

	g.init = e2e.Start(t, exec.Command("unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--net", "--ipc",
		"--",
		"bash", "-euc", enter, g.root))
	g.init.WaitOutput(t, "entered", 30*time.Second)
	g.pid = strings.TrimSpace(e2e.Run(t, "pgrep", "-P", fmt.Sprint(g.init.Cmd.Process.Pid)))
	return g
}

// useNetwork gives the guest this machine's names, mirrors, proxies and certificates, as .ci/fresh does.
func (g *guest) useNetwork() {
	g.t.Helper()
	const copies = `
cp -L /etc/resolv.conf "$0/etc/"
if [ -e /etc/apt/sources.list.d/debian.sources ]; then
	cp /etc/apt/sources.list.d/debian.sources "$0/etc/apt/sources.list.d/"
	rm -f "$0/etc/apt/sources.list"
fi
grep -ls 'Acquire::.*[Pp]roxy' /etc/apt/apt.conf.d/* | xargs -r cp -t "$0/etc/apt/apt.conf.d/"
rm -f "$0/etc/apt/apt.conf.d/docker-clean"
mkdir -p "$0/etc/ssl"
cp -aL /etc/ssl/certs "$0/etc/ssl/"`
	e2e.Run(g.t, "bash", "-c", copies, g.root)
}

// typed are the newcomer's terminal and its variables.
var typed = []string{"HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
	"PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

// command returns a command line to run in a directory of the guest.
func (g *guest) command(ctx context.Context, dir, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", "--target", g.pid, "--mount", "--pid", "--uts", "--net", "--ipc", "--",
		"chroot", g.root, "bash", "-c", "cd "+dir+"\n"+line)
	cmd.Env = append(slices.Clone(typed), g.proxies()...)
	return cmd
}

// download runs a command line that starts no service in the guest, with this machine's network.
func (g *guest) download(dir, line string) {
	g.t.Helper()
	cmd := exec.Command("nsenter", "--target", g.pid, "--mount", "--pid", "--uts", "--ipc", "--",
		"chroot", g.root, "bash", "-c", "cd "+dir+"\n"+line)
	cmd.Env = append(slices.Clone(typed), g.proxies()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		g.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// proxies returns the variables by which this machine reaches the network.
func (g *guest) proxies() (found []string) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasSuffix(strings.ToLower(name), "_proxy") || name == "GOPROXY" || name == "GOSUMDB" ||
			name == "GONOSUMDB" {
			found = append(found, v)
		}
	}
	return found
}

// checkout copies Go and the committed tree into the guest.
func (g *guest) checkout() {
	g.t.Helper()
	goroot := strings.TrimSpace(e2e.Run(g.t, "go", "env", "GOROOT"))
	if err := os.MkdirAll(filepath.Join(g.root, "usr/local"), 0o755); err != nil {
		g.t.Fatal(err)
	}
	e2e.Run(g.t, "cp", "-a", goroot, filepath.Join(g.root, "usr/local/go"))
	e2e.Run(g.t, "git", "clone", "-q", e2e.Root(g.t), filepath.Join(g.root, "root/asterism"))
}
