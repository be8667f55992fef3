// Package submit hands mails to a mail server for delivery: to a program such as sendmail, or to a host by SMTP (RFC
// 5321) or LMTP (RFC 2033).
package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"

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

// Program returns the mailer that runs a command line such as sendmail's: the path of the program and its first
// arguments. It is given -i -f SENDER -- RECIPIENT… besides, and the mail on its standard input.
func Program(command []string) Mailer { return &program{command} }

// SMTP returns the mailer that speaks SMTP to a server (RFC 5321).
func SMTP(server listen.Address) Mailer { return &host{addr: server} }

// LMTP returns the mailer that speaks LMTP to a server (RFC 2033).
func LMTP(server listen.Address) Mailer { return &host{addr: server, lmtp: true} }

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
