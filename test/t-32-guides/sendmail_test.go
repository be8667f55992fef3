package guides_test

import (
	"strings"
	"testing"
)

// anywhere lets sendmail work on a machine under load and without a name server.
const anywhere = `cat >/root/anywhere.mc <<'END'
define(` + "`confREFUSE_LA', `1000'" + `)dnl
define(` + "`confQUEUE_LA', `1000'" + `)dnl
define(` + "`confDELAY_LA', `1000'" + `)dnl
FEATURE(` + "`accept_unresolvable_domains'" + `)dnl
END
sed -i '/^MAILER_DEFINITIONS/e cat /root/anywhere.mc' /etc/mail/sendmail.mc
`

func TestFromMIMEDefang(t *testing.T) {
	p := readPage(t, "from-mimedefang.md")
	m := newMachine(t)
	m.write("/etc/mail/sa-mimedefang.cf", local+"bayes_path /var/spool/MIMEDefang/.spamassassin/bayes\n", 0o644)
	m.run(anywhere + "sed -i '/^MAILER_DEFINITIONS/i INPUT_MAIL_FILTER(`mimedefang'\\'', " +
		"`S=unix:/var/spool/MIMEDefang/mimedefang.sock, F=T, T=S:1m;R:1m'\\'')' " +
		"/etc/mail/sendmail.mc && useradd -m bob && systemctl start asterism")
	m.follow(p, "")
	if mc := m.run("cat /etc/mail/sendmail.mc"); strings.Contains(mc, "mimedefang") {
		t.Errorf("MIMEDefang is still asked:\n%s", mc)
	}
	m.tagged("bob")
}

// TestBeforeTheDeliveryAgent: contrib/sendmail-mda.mc says where its lines belong.
func TestBeforeTheDeliveryAgent(t *testing.T) {
	m := newMachine(t)
	m.run(anywhere + "useradd -m bob && " +
		"sed -i '/^MAILER_DEFINITIONS/e cat /usr/share/doc/asterism/examples/sendmail-mda.mc' /etc/mail/sendmail.mc && " +
		"make -C /etc/mail && systemctl start asterism && systemctl restart sendmail")
	m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "END\nsystemctl restart asterism")
	m.tagged("bob")
}
