package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
)

// Spool is where an MTA of a test delivers: one file per mail and recipient.
type Spool struct {
	box     string
	deliver string // program that stores a mail from standard input for the recipient in its argument
}

// newSpool makes a spool that any user may deliver into.
func newSpool(t testing.TB, dir string) *Spool {
	t.Helper()
	s := &Spool{box: filepath.Join(dir, "box")}
	for _, d := range []string{s.box, s.box + "/tmp", s.box + "/new"} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		chmod(t, d, 0o777)
	}
	s.deliver = Write(t, dir, "deliver", fmt.Sprintf(`#!/bin/sh
f="$1.$$"
cat > "%[1]s/tmp/$f" && mv "%[1]s/tmp/$f" "%[1]s/new/$f" || exit 75
`, s.box), 0o755)
	return s
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// Mails returns the mails delivered so far to a recipient (the local part of its address), with LF line ends.
func (s *Spool) Mails(t testing.TB, recipient string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.box, "new", recipient+".*"))
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(names)
	var mails []string
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, strings.ReplaceAll(string(raw), "\r\n", "\n"))
	}
	return mails
}

// Mail waits for the one mail delivered to a recipient and returns it.
func (s *Spool) Mail(t testing.TB, recipient string) string {
	t.Helper()
	var mails []string
	WaitFor(t, "mail for "+recipient, 30*time.Second, func() bool {
		mails = s.Mails(t, recipient)
		return len(mails) > 0
	})
	if len(mails) != 1 {
		t.Fatalf("%d mails for %s, want 1", len(mails), recipient)
	}
	return mails[0]
}

// HeaderFields returns the fields of a mail's header that have a name, as they are: name in its spelling, colon,
// value, folds.
func HeaderFields(mail, name string) []string {
	header, _, _ := strings.Cut(mail, "\n\n")
	var fields []string
	in := false
	for line := range strings.Lines(header + "\n") {
		if line[0] == ' ' || line[0] == '\t' {
			if in {
				fields[len(fields)-1] += line
			}
			continue
		}
		field, _, _ := strings.Cut(line, ":")
		if in = strings.EqualFold(strings.TrimRight(field, " \t"), name); in {
			fields = append(fields, line)
		}
	}
	for i := range fields {
		fields[i] = strings.TrimSuffix(fields[i], "\n")
	}
	return fields
}

// Send sends a mail (LF or CRLF line ends) by SMTP and returns the server's objection, if any.
func Send(addr, from string, to []string, mail string) error {
	c, err := DialSMTP(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Hello("client.example.net"); err != nil {
		return err
	}
	if err := SendOn(c, from, to, mail); err != nil {
		return err
	}
	return c.Quit()
}

// DialSMTP opens an SMTP connection that lasts a minute at most.
func DialSMTP(addr string) (*smtp.Client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	return smtp.NewClient(conn, Hostname)
}

// SendRaw sends a mail with commands as they are given, and returns the reply that ended it: to the mail, or to a
// command refused.
func SendRaw(c *smtp.Client, from, to, mail string) string {
	for _, command := range []string{from, to, "DATA", string(crlf(mail)) + "\r\n."} {
		id, err := c.Text.Cmd("%s", command)
		if err != nil {
			return err.Error()
		}
		c.Text.StartResponse(id)
		code, text, err := c.Text.ReadResponse(0)
		c.Text.EndResponse(id)
		if err != nil {
			return err.Error()
		}
		if code >= 400 || strings.HasSuffix(command, "\r\n.") {
			return fmt.Sprint(code, " ", text)
		}
	}
	return ""
}

// SendOn sends a mail on an SMTP connection that is already open.
func SendOn(c *smtp.Client, from string, to []string, mail string) error {
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, rcpt := range to {
		if err := c.Rcpt(rcpt); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(crlf(mail)); err != nil {
		return err
	}
	return w.Close()
}

// MustSend sends a mail that the server has to take.
func MustSend(t testing.TB, addr, from, to, mail string) {
	t.Helper()
	if err := Send(addr, from, []string{to}, mail); err != nil {
		t.Fatalf("sending to %s: %v", to, err)
	}
}

func crlf(mail string) []byte {
	b := bytes.ReplaceAll([]byte(mail), []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}
