package classifier

import (
	"bytes"
	"fmt"
	"strings"
)

// withReceived returns the message as the next host will see it: with the Received field that the MTA has yet to write for
// this hop on top, in sendmail's form. Rules, lists and the learner then find the client where they find it in delivered mail.
// Where the front does not know the client, the message is returned as it is.
func (in *Input) withReceived() []byte {
	if !in.Copied() {
		return in.Raw
	}
	eol := "\r\n"
	if i := bytes.IndexByte(in.Raw[:min(len(in.Raw), 1000)], '\n'); i > 0 && in.Raw[i-1] != '\r' || i == 0 {
		eol = "\n"
	}
	name := word(in.ClientName)
	if strings.HasPrefix(name, "[") {
		name = "" // sendmail's way to say that there is no name
	}
	if name != "" {
		name += " "
	}
	client := in.Client.Unmap().String()
	if !in.Client.Unmap().Is4() {
		client = "IPv6:" + client // RFC 5321, section 4.1.3
	}
	with := "ESMTP"
	if in.AuthUser != "" {
		with = "ESMTPA"
	}
	field := fmt.Sprintf("Received: from %s (%s[%s])%s\tby %s with %s id %s", orUnknown(in.Helo), name, client,
		eol, orUnknown(in.Host), with, orUnknown(in.QueueID))
	if len(in.Recipients) == 1 {
		field += eol + "\tfor <" + word(in.Recipients[0]) + ">"
	}
	field += "; " + in.now().Format("Mon, 2 Jan 2006 15:04:05 -0700") + eol
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
