package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Postfix is a running Postfix that takes mail for example.org and delivers it into a Spool.
type Postfix struct {
	*Spool
	Addr string // its SMTP port, host:port
	dir  string
	proc *Process
}

// Users that Debian has on every machine, in the place of Postfix's own.
const (
	postfixUser  = "daemon"
	postfixGroup = "games"
)

// StartPostfix starts Postfix with more lines for its main.cf. Postfix cannot be installed beside sendmail, so that
// it runs from where .ci/unpack-debs has put it.
func StartPostfix(t testing.TB, mainCF string) *Postfix {
	t.Helper()
	lib := filepath.Join(Root(t), "var", "test", "debs", "postfix", "usr", "lib", "postfix")
	if _, err := os.Stat(lib); err != nil {
		if lib = "/usr/lib/postfix"; !exists(lib + "/sbin/master") {
			Missing(t, "Postfix is missing: run .ci/unpack-debs var/test/debs postfix, which unpacks Debian's package postfix")
		}
	}
	dir := Dir(t)
	port := FreePort(t)
	p := &Postfix{Spool: newSpool(t, dir), Addr: fmt.Sprintf("127.0.0.1:%d", port), dir: dir}
	Write(t, dir, "conf/main.cf", strings.Join([]string{
		"compatibility_level = 3.6",
		"queue_directory = " + dir + "/queue",
		"data_directory = " + dir + "/data",
		"daemon_directory = " + lib + "/sbin",
		"shlib_directory = " + lib,
		"import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LD_LIBRARY_PATH=" + lib,
		"mail_owner = " + postfixUser,
		"setgid_group = " + postfixGroup,
		"maillog_file = " + dir + "/maillog",
		"maillog_file_prefixes = " + filepath.Dir(dir),
		"myhostname = " + Hostname,
		"mydestination =",
		"relay_domains = example.org",
		"relay_transport = spool:",
		"relay_recipient_maps =",
		"mynetworks = 127.0.0.0/8",
		"inet_protocols = ipv4",
		"alias_maps =",
		"alias_database =",
		"disable_dns_lookups = yes",
		"smtpd_relay_restrictions = permit_mynetworks, reject",
		"smtpd_authorized_xclient_hosts = 127.0.0.1",
	}, "\n")+"\n"+mainCF+"\n", 0o644)
	Write(t, dir, "conf/master.cf", fmt.Sprintf(`
127.0.0.1:%d inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
spool unix - n n - - pipe flags=Rq user=nobody argv=%s ${user}
`, port, p.deliver), 0o644)
	p.queue(t)
	cmd := exec.Command(filepath.Join(lib, "sbin", "master"), "-c", dir+"/conf", "-d")
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH=" + lib}
	p.proc = Start(t, cmd)
	t.Cleanup(func() {
		p.proc.Signal(syscall.SIGTERM) // takes its children along
		p.proc.Wait(t, 10*time.Second)
		if t.Failed() {
			log, _ := os.ReadFile(dir + "/maillog")
			t.Logf("Postfix logged:\n%s", log)
		}
	})
	WaitListening(t, "tcp", p.Addr, p.proc)
	return p
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// queue makes the directories that `postfix start` would make.
func (p *Postfix) queue(t testing.TB) {
	t.Helper()
	owner, err := user.Lookup(postfixUser)
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroup(postfixGroup)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(group.Gid)
	make := func(name string, mode os.FileMode, uid, gid int) {
		path := filepath.Join(p.dir, name)
		err := os.MkdirAll(path, 0o755)
		if err == nil {
			err = os.Chown(path, uid, gid)
		}
		if err == nil {
			err = os.Chmod(path, mode)
		}
		if err != nil {
			t.Fatalf("%v (Postfix has to be started by root)", err)
		}
	}
	make("queue", 0o755, 0, 0)
	make("queue/pid", 0o755, 0, 0)
	make("queue/public", 0o2710, uid, gid)
	make("queue/maildrop", 0o1730, uid, gid)
	for _, name := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
		"private", "saved", "trace"} {
		make("queue/"+name, 0o700, uid, 0)
	}
	make("data", 0o700, uid, 0)
}
