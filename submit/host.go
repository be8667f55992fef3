package submit

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/emersion/go-smtp"

	"asterism/listen"
)

// host is a mailer that is spoken to over a socket.
type host struct {
	addr listen.Address
	lmtp bool
}

// Submit passes the mail on in one transaction. A recipient whom the server refuses before the mail's text is a
// reason to give up; so with SMTP it is all recipients or none, with LMTP each has a reply of its own.
func (h *host) Submit(ctx context.Context, m *Mail) ([]string, error) {
	if len(m.Recipients) == 0 {
		return nil, errNoRecipients
	}
	conn, err := listen.Dial(ctx, h.addr)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client := smtp.NewClient(conn)
	if h.lmtp {
		client = smtp.NewClientLMTP(conn)
	}
	client.CommandTimeout, client.SubmissionTimeout = time.Minute, 10*time.Minute // RFC 5321, section 4.5.3.2
	defer client.Close()
	taken, err := h.transact(client, m)
	if err != nil {
		return taken, fmt.Errorf("%s: %w", h.addr, err)
	}
	_ = client.Quit() // the mail is theirs already
	return taken, nil
}

func (h *host) transact(client *smtp.Client, m *Mail) ([]string, error) {
	if name, err := os.Hostname(); err == nil {
		if err := client.Hello(name); err != nil {
			return nil, err
		}
	}
	if err := client.Mail(m.Sender, &smtp.MailOptions{UTF8: !ascii(append(slices.Clone(m.Recipients),
		m.Sender))}); err != nil {
		return nil, err
	}
	for _, to := range m.Recipients {
		if err := client.Rcpt(to, nil); err != nil {
			return nil, fmt.Errorf("recipient %s: %w", to, err)
		}
	}
	text, err := client.Data()
	if err != nil {
		return nil, err
	}
	if _, err := text.Write(m.Raw); err != nil {
		return nil, err
	}
	if !h.lmtp {
		if _, err := text.CloseWithResponse(); err != nil {
			return nil, err
		}
		return m.Recipients, nil
	}
	replies, err := text.CloseWithLMTPResponse()
	taken := slices.DeleteFunc(slices.Clone(m.Recipients), func(to string) bool { return replies[to] == nil })
	return taken, err
}

// ascii reports whether addresses need no SMTPUTF8 (RFC 6531).
func ascii(addresses []string) bool {
	for _, a := range addresses {
		for i := range len(a) {
			if a[i] >= 0x80 {
				return false
			}
		}
	}
	return true
}
