package guides_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"asterism/test/e2e"
)

// dovecotSetUp is a Dovecot with mail of the user vmail, all of whose users have the password "secret".
const dovecotSetUp = `
useradd -m vmail
cat >/etc/dovecot/local.conf <<'END'
log_path = /var/log/mail.log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/home/vmail/%n
}
mail_location = maildir:~/Maildir
namespace inbox {
  mailbox Junk {
    auto = subscribe
  }
}
END
sed -i 's/^!include auth-system/#&/' /etc/dovecot/conf.d/10-auth.conf
dovecot
`

func TestTeachingFromIMAP(t *testing.T) {
	for program, debianPackage := range map[string]string{"/usr/lib/dovecot/imap": "dovecot-imapd",
		"sievec": "dovecot-sieve"} {
		e2e.Tool(t, program, debianPackage)
	}
	p := e2e.ReadGuide(t, "imap-teaching.md")
	for _, section := range []string{"A socket for teaching", "A socket for teaching, without systemd"} {
		t.Run(section, func(t *testing.T) {
			m := newMachine(t)
			m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "END\n" + dovecotSetUp)
			if section == "A socket for teaching" {
				m.run("systemctl start asterism")
			} else {
				m.run("service asterism start")
			}
			m.follow(p, section)
			m.follow(p, "Dovecot")
			bob := m.imap("bob")
			bob.Save("INBOX", e2e.Letter("offer", "Cheap watches."))
			bob.Move("INBOX", "Junk")
			for range 3 { // doveadm does not wait for the reload
				if _, err := m.try(knows(0, 1)); err == nil {
					break
				}
				bob = m.imap("bob")
				bob.Move("Junk", "INBOX")
				bob.Move("INBOX", "Junk")
			}
			m.run(knows(0, 1))
			bob.Move("Junk", "INBOX")
			m.run(knows(1, 0))
			if section == "A socket for teaching" { // else syslog has it
				m.run(`grep 'msg=tell peer=unix class=spam size=[0-9]* .*did="DidSet: local' /var/log/guide.log
grep 'class=ham .*did="DidSet: local, DidRemove: local"' /var/log/guide.log`)
			}
			m.follow(p, "Going back")
		})
	}
}

// imap opens a session on the machine's IMAP server.
func (m *machine) imap(user string) *e2e.IMAP {
	m.t.Helper()
	var conn net.Conn
	e2e.WaitFor(m.t, "the machine's IMAP server", time.Minute, func() (ok bool) {
		var err error
		conn, err = m.dial("127.0.0.1:143")
		return err == nil
	})
	return e2e.LoginIMAPOn(m.t, conn, user)
}

// knows returns commands that wait until so many mails are learned.
func knows(ham, spam int) string {
	return fmt.Sprintf(`for i in $(seq 100); do
	spam-learn --dump magic >/tmp/magic
	grep -q ' %d  *[0-9]*  non-token data: nham' /tmp/magic && grep -q ' %d  *[0-9]*  non-token data: nspam' /tmp/magic && exit
	sleep 0.1
done
cat /tmp/magic
exit 1`, ham, spam)
}
