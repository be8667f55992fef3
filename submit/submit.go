// Package submit hands mails to a mail server for delivery: to a program such as sendmail, or to a host by SMTP (RFC
// 5321) or LMTP (RFC 2033).
package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"asterism/listen"
)

// Mail is one mail and its envelope, whose addresses have no angle brackets; an empty Sender is the null sender.
type Mail struct {
	Sender     string
	Recipients []string
	Raw        []byte // lines end in CRLF or LF
}

// Mailer takes mails for delivery. It is safe for concurrent use.
type Mailer interface {
	// Submit returns the recipients for whom the server has taken the mail. If those are not all of them the error says
	// why.
	Submit(ctx context.Context, m *Mail) (taken []string, err error)
}

// Parse returns the mailer that a configuration names: "smtp:" or "lmtp:" and a socket as sendmail writes it
// (smtp:inet:25@127.0.0.1), or the absolute path of a program and its first arguments, such as /usr/sbin/sendmail,
// which is given -i -f SENDER -- RECIPIENT… besides and the mail on its standard input.
func Parse(s string) (Mailer, error) {
	protocol, rest, _ := strings.Cut(s, ":")
	switch {
	case protocol == "smtp" || protocol == "lmtp":
		addr, err := listen.Parse(rest)
		if err != nil {
			return nil, err
		}
		return &host{addr: addr, lmtp: protocol == "lmtp"}, nil
	case strings.HasPrefix(s, "/"):
		return &program{strings.Fields(s)}, nil
	}
	return nil, fmt.Errorf("%q is neither the path of a program nor smtp:ADDR or lmtp:ADDR", s)
}

// errNoRecipients is returned for a mail to nobody.
var errNoRecipients = errors.New("the mail has no recipients")

// program is a mailer like sendmail's command line.
type program struct{ command []string }

// Submit runs the program; with exit status 0 it has taken the mail.
func (p *program) Submit(ctx context.Context, m *Mail) ([]string, error) {
	if len(m.Recipients) == 0 {
		return nil, errNoRecipients
	}
	sender := m.Sender
	if sender == "" {
		sender = "<>"
	}
	args := append(append([]string{}, p.command[1:]...), "-i", "-f", sender, "--")
	cmd := exec.CommandContext(ctx, p.command[0], append(args, m.Recipients...)...)
	cmd.Stdin = bytes.NewReader(bytes.ReplaceAll(m.Raw, []byte("\r\n"), []byte("\n")))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %.500s", p.command[0], err, bytes.TrimSpace(out))
	}
	return m.Recipients, nil
}
