package classifier

import (
	"bytes"
	"fmt"
	"strings"

	"asterism/message"
)

// Message parses the message. The first relay is the front's client, if it is known. So the client's own words, which
// are in the Received field of this hop too, cannot be mistaken for anything else.
func (in *Input) Message(opts ...message.Option) *message.Message {
	if !in.Copied() {
		return message.ParseMail(in.Raw, in.HeaderLen, opts...)
	}
	raw, header := in.withReceived(), 0
	if in.HeaderLen > 0 {
		header = in.HeaderLen + len(raw) - len(in.Raw)
	}
	return message.ParseHandedOver(raw, header, message.Received{
		IP: in.Client.Unmap(), RDNS: in.clientName(), LookedUp: true, Helo: in.Helo, By: in.Host, With: in.protocol(),
		ID: in.QueueID, For: in.onlyRecipient(), Auth: in.auth(), Date: in.date(),
	}, opts...)
}

// clientName returns the client's verified name, "" if it has none, which sendmail writes as its address in brackets.
func (in *Input) clientName() string {
	if strings.HasPrefix(in.ClientName, "[") {
		return ""
	}
	return strings.TrimRight(in.ClientName, ".")
}

// protocol returns the protocol that the client spoke (RFC 3848), as far as it is known.
func (in *Input) protocol() string {
	protocol := "ESMTP"
	if in.UTF8 {
		protocol = "UTF8SMTP" // RFC 6531, section 4.3
	}
	if in.AuthUser != "" {
		protocol += "A"
	}
	return protocol
}

// auth returns how the client authenticated, "" if it did not.
func (in *Input) auth() string {
	if in.AuthUser != "" {
		return in.protocol()
	}
	return ""
}

func (in *Input) onlyRecipient() string {
	if len(in.Recipients) == 1 {
		return in.Recipients[0]
	}
	return ""
}

func (in *Input) date() string { return in.now().Format("Mon, 2 Jan 2006 15:04:05 -0700") }

// withReceived returns the message as the next host will see it: with the Received field that the MTA has yet to write
// for this hop on top, in sendmail's form. Header rules and the learner then find the client where they find it in
// delivered mail.
func (in *Input) withReceived() []byte {
	eol := "\r\n"
	if i := bytes.IndexByte(in.Raw[:min(len(in.Raw), 1000)], '\n'); i > 0 && in.Raw[i-1] != '\r' || i == 0 {
		eol = "\n"
	}
	name := word(in.clientName())
	if name != "" {
		name += " "
	}
	client := in.Client.Unmap().String()
	if !in.Client.Unmap().Is4() {
		client = "IPv6:" + client // RFC 5321, section 4.1.3
	}
	field := fmt.Sprintf("Received: from %s (%s[%s])%s\tby %s with %s id %s", orUnknown(in.Helo), name, client,
		eol, orUnknown(in.Host), in.protocol(), orUnknown(in.QueueID))
	if to := word(in.onlyRecipient()); to != "" {
		field += eol + "\tfor <" + to + ">"
	}
	field += "; " + in.date() + eol
	out := make([]byte, 0, len(field)+len(in.Raw))
	return append(append(out, field...), in.Raw...)
}

// word drops what could end a field or break its clauses: these are the client's words.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune("()<>;", r) {
			return -1
		}
		return r
	}, s)
}

func orUnknown(s string) string {
	if s = word(s); s == "" {
		return "unknown"
	}
	return s
}
