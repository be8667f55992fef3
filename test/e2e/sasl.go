package e2e

import (
	"errors"
	"net/smtp"
	"os/exec"
	"strings"
	"testing"
)

// AuthMC are the lines of sendmail.mc that let clients authenticate by a password, without TLS.
const AuthMC = "define(`confAUTH_MECHANISMS', `PLAIN')dnl\nTRUST_AUTH_MECH(`PLAIN')dnl"

// SASL returns a directory with the configuration of the Cyrus SASL library for sendmail, and its database of one user.
func SASL(t testing.TB, user, password string) string {
	t.Helper()
	tool := Tool(t, "saslpasswd2", "sasl2-bin")
	dir := Dir(t)
	cmd := exec.Command(tool, "-p", "-c", "-f", dir+"/sasldb2", "-u", Hostname, user)
	cmd.Stdin = strings.NewReader(password)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("saslpasswd2: %v\n%s", err, out)
	}
	Write(t, dir, "Sendmail.conf",
		"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: "+dir+"/sasldb2\nmech_list: PLAIN\n", 0o644)
	return dir
}

// SendAuth sends a mail by SMTP as a user who authenticates with PLAIN (RFC 4616), and returns the server's
// objection, if any.
func SendAuth(addr, user, password, from string, to []string, mail string) error {
	c, err := DialSMTP(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Hello("client.example.net"); err != nil {
		return err
	}
	if err := c.Auth(plain{user, password}); err != nil {
		return err
	}
	if err := SendOn(c, from, to, mail); err != nil {
		return err
	}
	return c.Quit()
}

// plain is the mechanism PLAIN; that of net/smtp insists on TLS.
type plain struct{ user, password string }

// Start implements smtp.Auth.
func (p plain) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + p.user + "\x00" + p.password), nil
}

// Next implements smtp.Auth.
func (p plain) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errors.New("PLAIN has nothing more to say")
	}
	return nil, nil
}
