package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Hostname is the name that the MTAs of the tests go by.
const Hostname = "mail.example.org"

// Sendmail is a running sendmail that takes mail for example.org and delivers it into a Spool.
type Sendmail struct {
	*Spool
	Addr    string // its SMTP port, host:port
	name    string // host name
	varMail string
	sasl    string
	dir     string
	cf      string
	proc    *Process
}

// SendmailOptions say how a Sendmail differs from the plain one.
type SendmailOptions struct {
	MC         string // lines for its .mc file, such as INPUT_MAIL_FILTER
	Mailer     string // program and arguments of the local mailer; empty means the spool's own
	Name       string // its host name; empty means Hostname
	KeepMailer bool   // leave the local mailer to MC
	VarMail    string // directory to see in the place of /var/mail; empty leaves that
	SASL       string // directory with the Sendmail.conf of AUTH (see SASL); empty has no AUTH
	Relay      string // address of an MTA to pass all mail on to, at RelayPort; empty delivers it
	RelayPort  string
}

// StartSendmail configures Debian's sendmail with m4 and starts it under a host name of its own (with a machine's
// short name it would sleep a minute, hoping for a better one).
func StartSendmail(t testing.TB, opt SendmailOptions) *Sendmail {
	t.Helper()
	m4 := Tool(t, "m4", "m4")
	if opt.Name == "" {
		opt.Name = Hostname
	}
	dir := Dir(t)
	port := FreePort(t)
	s := &Sendmail{
		Spool: newSpool(t, dir), Addr: fmt.Sprintf("127.0.0.1:%d", port),
		name: opt.Name, varMail: opt.VarMail, sasl: opt.SASL, dir: dir, cf: filepath.Join(dir, "sendmail.cf"),
	}
	mailer := opt.Mailer
	if mailer == "" {
		mailer = s.deliver + " $u"
	}
	Write(t, dir, "queue/.keep", "", 0o600)
	chmod(t, filepath.Join(dir, "queue"), 0o700)
	Write(t, dir, "service.switch", "hosts\tfiles\naliases\tfiles\npasswd\tfiles\n", 0o644)
	mc := Write(t, dir, "sendmail.mc", sendmailMC(dir, port, mailer, opt), 0o644)
	Write(t, dir, "sendmail.cf", Run(t, m4, mc), 0o644)
	s.start(t)
	return s
}

func sendmailMC(dir string, port int, mailer string, opt SendmailOptions) string {
	path, args, _ := strings.Cut(mailer, " ")
	domain := "LOCAL_DOMAIN(`example.org')dnl"
	if opt.Relay != "" {
		domain = "define(`SMART_HOST', " + quoteM4("esmtp:[%s]", opt.Relay) + ")dnl\n" +
			"define(`ESMTP_MAILER_ARGS', " + quoteM4("TCP $h %s", opt.RelayPort) + ")dnl"
	}
	mailerLines := "define(`LOCAL_MAILER_PATH', " + quoteM4("%s", path) + ")dnl\n" +
		"define(`LOCAL_MAILER_ARGS', " + quoteM4("%s %s", filepath.Base(path), args) + ")dnl\n" +
		"MODIFY_MAILER_FLAGS(`LOCAL', `-wA')dnl" // recipients need neither account nor aliases
	if opt.KeepMailer {
		mailerLines = "MODIFY_MAILER_FLAGS(`LOCAL', `-wA')dnl"
	}
	lines := []string{
		"include(`/usr/share/sendmail/cf/m4/cf.m4')dnl",
		"OSTYPE(`debian')dnl",
		"define(`confDOMAIN_NAME', " + quoteM4("%s", opt.Name) + ")dnl",
		"define(`QUEUE_DIR', " + quoteM4("%s/queue", dir) + ")dnl",
		"define(`confPID_FILE', " + quoteM4("%s/sendmail.pid", dir) + ")dnl",
		"define(`confSERVICE_SWITCH_FILE', " + quoteM4("%s/service.switch", dir) + ")dnl",
		"define(`confCONTROL_SOCKET_NAME', `')dnl",
		"define(`STATUS_FILE', `')dnl",
		"define(`HELP_FILE', `')dnl",
		"define(`ALIAS_FILE', `')dnl",
		"undefine(`confHOST_STATUS_DIRECTORY')dnl",
		"undefine(`confCR_FILE')dnl",
		"undefine(`confCT_FILE')dnl",
		"undefine(`confCW_FILE')dnl",
		"define(`confTO_IDENT', `0')dnl",
		"define(`confREFUSE_LA', `10000')dnl", // a busy machine is no reason not to listen, nor
		"define(`confQUEUE_LA', `10000')dnl",  // to put off deliveries
		"define(`confMIN_QUEUE_AGE', `0')dnl",
		"define(`confLOG_LEVEL', `14')dnl",
		"define(`confMILTER_LOG_LEVEL', `14')dnl",
		"define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit,GroupWritableDirPathSafe')dnl",
		mailerLines,
		"define(`_FFR_MILTER')dnl",
		"FEATURE(`no_default_msa')dnl",
		"FEATURE(`accept_unresolvable_domains')dnl",
		"FEATURE(`accept_unqualified_senders')dnl",
		domain,
		"DAEMON_OPTIONS(" + quoteM4("Family=inet, Name=MTA, Port=%d, Addr=127.0.0.1", port) + ")dnl",
		opt.MC,
		"MAILER_DEFINITIONS",
		"MAILER(`local')dnl",
		"MAILER(`smtp')dnl",
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s *Sendmail) start(t testing.TB) {
	t.Helper()
	s.proc = Start(t, s.command(t, "-bD", "-q1s", "-X", s.dir+"/smtp.log"))
	WaitListening(t, "tcp", s.Addr, s.proc)
	t.Cleanup(func() { // leave no process of the queue behind
		s.proc.Signal(syscall.SIGTERM)
		select {
		case <-s.proc.done:
		case <-time.After(5 * time.Second):
		}
	})
}

// command returns sendmail with this configuration and further arguments, under its host name.
func (s *Sendmail) command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	sendmail := Tool(t, "sendmail", "sendmail-bin")
	unshare := Tool(t, "unshare", "util-linux")
	script := `hostname "$0" && exec "$@"`
	if s.varMail != "" {
		script = `mount --bind "` + s.varMail + `" /var/mail && ` + script
	}
	if s.sasl != "" {
		script = `mount --bind "` + s.sasl + `" /usr/lib/sasl2 && ` + script
	}
	return exec.Command(unshare, append([]string{"-u", "-m", "sh", "-c", script, s.name, sendmail, "-C", s.cf},
		args...)...)
}

// Command runs sendmail with this configuration and further arguments, such as -bp, and returns what it printed.
func (s *Sendmail) Command(t testing.TB, args ...string) string {
	t.Helper()
	cmd := s.command(t, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sendmail %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Queue returns the directory of the mails that wait for their delivery.
func (s *Sendmail) Queue() string { return filepath.Join(s.dir, "queue") }

// Signal sends a signal to sendmail and its children.
func (s *Sendmail) Signal(sig syscall.Signal) { s.proc.Signal(sig) }
