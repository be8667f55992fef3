// Package lmtp is a proxy between an MTA and a local delivery agent that speak LMTP (RFC 2033). Commands and replies
// pass through unchanged, so that the agent decides about extensions and recipients; only the mails are tagged.
package lmtp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine bounds commands and lines of replies, in bytes.
const maxLine = 64 << 10

// Mail is one mail on its way.
type Mail struct {
	Sender     string
	Recipients []string // recipients that the agent has accepted
	Raw        []byte   // with CRLF line ends
}

// Proxy passes mails from an MTA to an agent.
type Proxy struct {
	// Tag returns the tagged mail. On an error the MTA gets a temporary failure.
	Tag func(context.Context, *Mail) ([]byte, error)
	// Standby gets the number of awaited replies; nil for none. It ignores agents that are neither connections nor
	// files.
	Standby *Standby
}

// errAgent is what the MTA is told when the agent is gone.
var errAgent = errors.New("the delivery agent ended the connection")

// Serve passes on one session until either side ends it. An error is about the agent; an MTA that goes away is none.
func (p *Proxy) Serve(ctx context.Context, mta, agent io.ReadWriter) error {
	s := &session{
		proxy: p, ctx: ctx, agent: agent, mtaW: mta, agentW: agent,
		mtaR: bufio.NewReaderSize(mta, maxLine), agentR: bufio.NewReaderSize(agent, maxLine),
	}
	if _, err := s.passReply(); err != nil {
		return s.lost(err, 1)
	}
	for {
		line, err := s.mtaR.ReadSlice('\n')
		if err != nil {
			return nil
		}
		verb, _, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		verb = strings.ToUpper(verb)
		if verb == "DATA" && len(s.mail.Recipients) > 0 {
			err = s.data()
		} else {
			err = s.command(verb, string(line))
		}
		if err != nil || verb == "QUIT" {
			return err
		}
	}
}

// session is one session between an MTA and an agent.
type session struct {
	proxy  *Proxy
	ctx    context.Context
	mtaR   *bufio.Reader
	mtaW   io.Writer
	agent  io.Reader // what agentR reads from
	agentR *bufio.Reader
	agentW io.Writer
	mail   Mail
}

// command passes a command and its reply on, and notes what it says of the mail.
func (s *session) command(verb, line string) error {
	switch verb {
	case "BDAT", "STARTTLS": // withheld from what the agent offers
		return s.reply("502 5.5.1 Not here\r\n")
	}
	if _, err := io.WriteString(s.agentW, line); err != nil {
		return s.lost(err, 1)
	}
	reply, err := s.agentReply()
	if err != nil {
		return s.lost(err, 1)
	}
	if verb == "LHLO" {
		reply = withhold(reply, "CHUNKING", "BINARYMIME", "STARTTLS")
	}
	if ok := reply[0] == '2'; ok {
		switch verb {
		case "MAIL":
			s.mail = Mail{Sender: path(line)}
		case "RCPT":
			s.mail.Recipients = append(s.mail.Recipients, path(line))
		case "RSET", "LHLO":
			s.mail = Mail{}
		}
	}
	return s.reply(reply)
}

// data takes a mail from the MTA, passes it on tagged, and the agent's reply for each recipient back.
func (s *session) data() error {
	defer func() { s.mail = Mail{} }()
	if err := s.reply("354 Go on, end with a line of one dot\r\n"); err != nil {
		return err
	}
	var err error
	if s.mail.Raw, err = readMail(s.mtaR); err != nil {
		return nil // the MTA went away in its mail
	}
	tagged, err := s.proxy.Tag(s.ctx, &s.mail)
	if err != nil {
		return s.notTagged()
	}
	n := len(s.mail.Recipients)
	if _, err := io.WriteString(s.agentW, "DATA\r\n"); err != nil {
		return s.lost(err, n)
	}
	reply, err := s.agentReply()
	if err != nil {
		return s.lost(err, n)
	}
	if reply[0] != '3' {
		return s.reply(strings.Repeat(reply, n))
	}
	if err := writeMail(s.agentW, tagged); err != nil {
		return s.lost(err, n)
	}
	s.proxy.Standby.expect(n, s.agent)
	for ; n > 0; n-- {
		if _, err := s.passReply(); err != nil {
			return s.lost(err, n)
		}
	}
	return nil
}

// notTagged refuses the mail for now and has the agent forget it.
func (s *session) notTagged() error {
	if err := s.reply(strings.Repeat("451 4.3.0 The mail could not be checked, try again later\r\n",
		len(s.mail.Recipients))); err != nil {
		return err
	}
	_, err := io.WriteString(s.agentW, "RSET\r\n")
	if err == nil {
		_, err = s.agentReply()
	}
	return err
}

// passReply passes the agent's next reply on and returns it.
func (s *session) passReply() (string, error) {
	reply, err := s.agentReply()
	if err != nil {
		return "", err
	}
	return reply, s.reply(reply)
}

// agentReply reads a reply, of several lines perhaps. It is never empty.
func (s *session) agentReply() (string, error) {
	var reply strings.Builder
	for reply.Len() < maxLine {
		line, err := s.agentR.ReadSlice('\n')
		if err != nil {
			return "", fmt.Errorf("%w: %w", errAgent, err)
		}
		reply.Write(line)
		if len(line) < 4 || line[3] != '-' {
			return reply.String(), nil
		}
	}
	return "", fmt.Errorf("%w: its reply does not end", errAgent)
}

// lost tells the MTA of a lost agent, in as many replies as it waits for.
func (s *session) lost(err error, replies int) error {
	s.reply(strings.Repeat("421 4.3.0 The delivery agent went away, try again later\r\n", replies))
	return err
}

func (s *session) reply(text string) error {
	_, err := io.WriteString(s.mtaW, text)
	return err
}

// withhold removes keywords from the reply to LHLO.
func withhold(reply string, keywords ...string) string {
	var kept []string
lines:
	for line := range strings.Lines(reply) {
		for _, k := range keywords {
			if len(line) > 4 && strings.EqualFold(strings.TrimSpace(line[4:]), k) {
				continue lines
			}
		}
		kept = append(kept, line)
	}
	if n := len(kept); n > 0 && len(kept[n-1]) > 3 { // the last line may have been removed
		kept[n-1] = kept[n-1][:3] + " " + kept[n-1][4:]
	}
	return strings.Join(kept, "")
}

// path returns the address in the angle brackets of a MAIL or RCPT command.
func path(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
