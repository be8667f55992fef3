package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Dovecot is a running Dovecot: an LMTP server on a unix socket and an IMAP server, with a Maildir per user. Every user
// has the password "secret"; the mail belongs to the system's user nobody.
type Dovecot struct {
	LMTP string // the LMTP server's socket, in sendmail's notation
	IMAP string // the IMAP server, host:port
	dir  string
	proc *Process
}

// The numbers of nobody and nogroup on Debian.
const nobody, nogroup = 65534, 65534

// StartDovecot starts Debian's dovecot with users and more lines for its configuration. As root, for it changes to
// the owner of the mail.
func StartDovecot(t testing.TB, users []string, conf string) *Dovecot {
	t.Helper()
	bin := Tool(t, "dovecot", "dovecot-core")
	for program, debianPackage := range map[string]string{
		"/usr/lib/dovecot/lmtp": "dovecot-lmtpd", "/usr/lib/dovecot/imap": "dovecot-imapd",
		"/usr/bin/sievec": "dovecot-sieve",
	} {
		Tool(t, program, debianPackage)
	}
	NeedRoot(t)
	dir := Dir(t)
	port := FreePort(t)
	d := &Dovecot{LMTP: "unix:" + dir + "/run/lmtp", IMAP: fmt.Sprintf("127.0.0.1:%d", port), dir: dir}
	for _, user := range users {
		home := filepath.Join(dir, "home", user)
		err := os.MkdirAll(home, 0o755)
		if err == nil {
			err = os.Chown(home, nobody, nogroup)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	Write(t, dir, "dovecot.conf", fmt.Sprintf(`
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %%Ln
verbose_proctitle = yes
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=%[1]s/home/%%Ln
}
mail_location = maildir:~/Maildir
namespace inbox {
  inbox = yes
  mailbox Junk {
    auto = subscribe
    special_use = \Junk
  }
  mailbox Trash {
    auto = subscribe
    special_use = \Trash
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
service imap-login {
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
`, dir, port)+conf, 0o644)
	d.proc = Start(t, exec.Command(bin, "-F", "-c", d.Config()))
	t.Cleanup(func() {
		d.proc.Signal(syscall.SIGTERM) // takes its children along
		d.proc.Wait(t, 10*time.Second)
		if t.Failed() {
			t.Logf("Dovecot logged:\n%s", d.Log())
		}
	})
	WaitListening(t, "tcp", d.IMAP, d.proc)
	WaitListening(t, "unix", dir+"/run/lmtp", d.proc)
	return d
}

// CompileSieve makes Dovecot's users able to run a Sieve script that they cannot write to.
func CompileSieve(t testing.TB, script, conf string) {
	t.Helper()
	dir := Dir(t)
	Run(t, Tool(t, "sievec", "dovecot-sieve"), "-c", Write(t, dir, "dovecot.conf",
		"ssl = no\nlog_path = /dev/stderr\n"+conf, 0o644), script)
}

// Config returns the name of the configuration file.
func (d *Dovecot) Config() string { return filepath.Join(d.dir, "dovecot.conf") }

// Pid returns the number of the process whose children do the work.
func (d *Dovecot) Pid() int { return d.proc.Cmd.Process.Pid }

// Log returns what has been logged so far.
func (d *Dovecot) Log() string {
	log, _ := os.ReadFile(filepath.Join(d.dir, "log"))
	return string(log)
}

// Maildir returns the directory of a user's mail.
func (d *Dovecot) Maildir(user string) string { return filepath.Join(d.dir, "home", user, "Maildir") }
