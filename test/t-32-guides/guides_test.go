// Package guides_test follows the guides of docs to the letter: it runs the commands that it finds on a page, on a
// machine of their own, and looks at what the page promises.
package guides_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/test/e2e"
)

const local = "local_tests_only 1\n" + e2e.TestRules

// ham and spam are mailboxes of one mail.
var ham, spam = mbox("ham", "This is certainly ham."), mbox("spam", "This is certainly spam.")

func mbox(subject, text string) string {
	return "From alice@example.net Sun Nov 29 10:00:00 2026\n" + e2e.Letter(subject, text) + "\n"
}

func TestFromSpamAssassin(t *testing.T) {
	p := e2e.ReadGuide(t, "from-spamassassin.md")
	for _, section := range []string{"", "By hand"} {
		t.Run(cmp.Or(section, "with the package"), func(t *testing.T) {
			m := newMachine(t)
			m.write("/etc/spamassassin/local.cf", local, 0o644)
			m.write("/root/ham.mbox", ham, 0o644)
			m.write("/root/spam.mbox", spam, 0o644)
			m.write("/root/inbox.mbox", ham+spam, 0o644)
			if section == "" {
				m.run("systemctl start asterism") // as after the package's installation
				m.follow(p, "")
			} else {
				m.run("userdel spamd")
				blocks := p.Commands(t, section)
				lines := strings.Split(strings.TrimSpace(blocks[0]), "\n")
				last := len(lines) - 1 // runs in the foreground
				m.run(strings.Join(lines[:last], "\n"))
				m.background(lines[last])
				m.run(p.Commands(t, "")[1]) // teach
			}
			if out := m.run("spamc -K"); !strings.Contains(out, "SPAMD/1.5 0") {
				t.Errorf("spamc -K: %s", out)
			}
			if out := m.run("spamc -R <spam.mbox"); !strings.Contains(out, "E2E_SPAM") {
				t.Errorf("spamc -R: %s", out)
			}
			if out := m.run("spam-learn --bayes-path /var/lib/spamd/bayes --dump magic"); !strings.Contains(out, "nspam") {
				t.Errorf("learned: %s", out)
			}
		})
	}
}

// tagged sends a mail and wants it in a user's mailbox with its score and its sender.
func (m *machine) tagged(user string) {
	m.t.Helper()
	m.send("alice@example.net", user+"@localhost", e2e.Letter("spam", "This is certainly spam."))
	box := "/var/mail/" + user
	m.run("for i in $(seq 600); do grep -q 'certainly spam' " + box + " 2>/dev/null && exit; sleep 0.1; done; exit 1")
	if mail := m.run("cat " + box); !strings.Contains(mail, "X-Spam-Score: ") || !strings.Contains(mail, "E2E_SPAM") {
		m.t.Errorf("untagged:\n%s", mail)
	} else if !strings.Contains(mail, "From alice@example.net ") {
		m.t.Errorf("the envelope's sender is lost:\n%s", mail)
	}
	m.run("rm " + box)
}

func TestWithPostfix(t *testing.T) {
	p := e2e.ReadGuide(t, "postfix.md")
	for _, section := range []string{"Over TCP", "Over a Unix socket", "Over a Unix socket, without systemd"} {
		t.Run(section, func(t *testing.T) {
			m := newMachine(t)
			m.installPostfix()
			m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "END\nuseradd -m bob; systemctl start asterism")
			if strings.Contains(section, "without systemd") {
				m.run("systemctl stop asterism; service asterism start")
			}
			m.follow(p, section)
			m.tagged("bob")
			if strings.Contains(section, "without systemd") {
				m.run("service asterism restart")
			} else {
				m.run("systemctl restart asterism")
			}
			m.tagged("bob")
			m.follow(p, "Going back")
			if out := m.run("postconf -h smtpd_milters"); strings.TrimSpace(out) != "" {
				t.Errorf("Postfix still asks %s", out)
			}
		})
	}
}

// installPostfix installs what .ci/unpack-debs has unpacked, as the package does it, and starts it with its smtpd in a
// chroot.
func (m *machine) installPostfix() {
	m.t.Helper()
	debs := filepath.Join(e2e.Root(m.t), "var", "test", "debs", "postfix")
	if _, err := os.Stat(debs); err != nil {
		e2e.Missing(m.t, "Postfix is missing: run .ci/unpack-debs var/test/debs postfix: %v", err)
	}
	m.run(strings.ReplaceAll(postfixSetUp, "DEBS", debs))
}

// postfixSetUp is what the package's scripts do, with DEBS for the unpacked files.
const postfixSetUp = `
service sendmail stop || true
rm -f /usr/sbin/sendmail /usr/lib/sendmail /usr/bin/newaliases /usr/bin/mailq
cp -a --remove-destination DEBS/etc DEBS/var /
cp -a --remove-destination DEBS/usr/. /usr/
groupadd -r postfix
groupadd -r postdrop
useradd -r -g postfix -d /var/spool/postfix postfix
cp /usr/share/postfix/main.cf.debian /etc/postfix/main.cf
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
cp /usr/share/postfix/dynamicmaps.cf /etc/postfix
touch /etc/postfix/main.cf.proto /etc/postfix/master.cf.proto
ldconfig /usr/lib/postfix
postconf -e myhostname=mx.example.org mydestination=localhost,mx.example.org alias_maps= alias_database= \
	mailbox_command= home_mailbox= inet_interfaces=loopback-only smtpd_relay_restrictions=permit_mynetworks,reject \
	maillog_file=/var/log/mail.log
postfix set-permissions || true
postfix start
`
