package guides_test

import (
	"net/smtp"
	"strings"
	"testing"

	"asterism/test/e2e"
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
	p := e2e.ReadGuide(t, "from-mimedefang.md")
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

// TestBeforeTheDeliveryAgent: contrib/sendmail-mda.mc says where its lines belong; the daemon is started as the page
// has it.
func TestBeforeTheDeliveryAgent(t *testing.T) {
	p := e2e.ReadGuide(t, "from-mda-scanner.md")
	m := newMachine(t)
	m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "END\n")
	m.background(p.Commands(t, "")[0])
	m.run(anywhere + "useradd -m bob && " +
		"sed -i '/^MAILER_DEFINITIONS/e cat /usr/share/doc/asterism/examples/sendmail-mda.mc' /etc/mail/sendmail.mc && " +
		"make -C /etc/mail && systemctl restart sendmail")
	m.tagged("bob")
}

// background starts a spamd that stays in the foreground.
func (m *machine) background(command string) {
	m.t.Helper()
	m.run("(" + strings.TrimSpace(command) + ") </dev/null >/var/log/guide.log 2>&1 &\n" +
		"until grep -q msg=listening /var/log/guide.log; do sleep 0.1; kill -0 $! || exit 1; done")
}

// TestPolicy: the exceptions are a configuration without faults; a mail in quarantine is listed and released as the
// page
// shows it.
func TestPolicy(t *testing.T) {
	p := e2e.ReadGuide(t, "policy.md")
	m := newMachine(t)
	m.run(anywhere + "sed -i '/^MAILER_DEFINITIONS/e cat /usr/share/doc/asterism/examples/sendmail.mc' " +
		"/etc/mail/sendmail.mc && " +
		"make -C /etc/mail && useradd -m bob")
	m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "quarantine_score 5\nquarantine_to directory\n" +
		"quarantine_submit smtp:inet:25@127.0.0.1\nEND\n")
	m.run("systemctl start asterism && systemctl restart sendmail")
	m.send("alice@example.net", "bob@localhost", e2e.Letter("an offer", "This is certainly spam."))
	typed := p.Typed(t, "The two quarantines")
	if len(typed) != 2 {
		t.Fatalf("the page types %q", typed)
	}
	list := m.run(typed[0])
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if len(lines) != 2 || !strings.HasPrefix(list, "ID ") || !strings.Contains(lines[1], "an offer") {
		t.Fatalf("%s prints\n%s", typed[0], list)
	}
	id, words := strings.Fields(lines[1])[0], strings.Fields(typed[1])
	words[len(words)-1] = id
	if out := m.run(strings.Join(words, " ")); out != id+" released\n" {
		t.Errorf("%q prints %s", words, out)
	}
	m.run("for i in $(seq 600); do grep -q 'certainly spam' /var/mail/bob 2>/dev/null && exit; sleep 0.1; done; exit 1")

	m.configure(p, "Exceptions")
	m.run("systemctl reload asterism; until grep -q 'msg=\"configuration reloaded\"' /var/log/guide.log; do sleep 0.1; " +
		"done")
	conn, err := m.dial("127.0.0.1:25")
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := e2e.SendOn(c, "alice@example.net", []string{"bob@localhost"},
		e2e.Letter("offers", "This is certainly spam.")); err == nil ||
		!strings.Contains(err.Error(), "554 \"5.7.1 No spam, please\"") { // sendmail says that bob is at mx.example.org
		t.Errorf("spam for example.org: %v", err)
	}
}

// TestUsers: tokens and preferences of their own.
func TestUsers(t *testing.T) {
	p := e2e.ReadGuide(t, "users.md")
	m := newMachine(t)
	m.run("useradd -m bob; mkdir -p ~bob/Maildir/.Junk/cur ~bob/Maildir/.Junk/new ~bob/Maildir/.Junk/tmp " +
		"/etc/spamd/users\n" +
		"echo 'required_score 50' >/etc/spamd/users/bob\n" +
		"echo 'OPTIONS=\"--listen inet:783@127.0.0.1 --allow-tell\"' >>/etc/default/asterism")
	m.write("/root/mail", e2e.Letter("spam", "This is certainly spam."), 0o644)
	m.write("/home/bob/Maildir/.Junk/cur/1.mail:2,S", e2e.Letter("more spam", "This is certainly spam, too."), 0o644)
	m.run("cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "END\n")
	m.configure(p, "")
	m.run("systemctl start asterism")
	commands := strings.Split(strings.TrimSpace(strings.Join(p.Commands(t, "Tokens: `bayes_per_user`"), "")), "\n")
	if len(commands) != 6 {
		t.Fatalf("the page has %q", commands)
	}
	var out []string
	for _, command := range commands {
		out = append(out, m.run(command))
	}
	if !strings.Contains(out[0], "successfully un/learned") || !strings.Contains(out[1], "learned 1") ||
		!strings.Contains(out[3], " 2 ") {
		t.Errorf("the commands print %q", out)
	}
	if r := m.run("spamc -u bob -R <mail; spamc -u carol -R <mail"); !strings.Contains(r, "/50.0") ||
		!strings.Contains(r, "/5.0") {
		t.Errorf("bob's own required score: %s", r)
	}
}
