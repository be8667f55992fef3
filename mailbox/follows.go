package mailbox

import (
	"bytes"
	"strings"
)

// maxFieldName is how long the name of a header field may be that is recognized behind a From_ line, with its colon.
// RFC 5322 allows 77 characters and a colon.
const maxFieldName = 78

// next is the text after a From_ line.
type next uint8

const (
	text   next = iota // something else
	blank              // an empty line, or the end of the file
	fromed             // another From_ line, quoted or not
	field              // a header field
	known              // a header field of a name that mails have in fact
)

// nextLine judges the line that b begins with.
func nextLine(b []byte) next {
	switch {
	case len(b) == 0, b[0] == '\n', b[0] == '\r' && len(b) > 1 && b[1] == '\n':
		return blank
	case isFrom(b), b[0] == '>' && isFrom(b[1:]):
		return fromed
	}
	name := b[:min(len(b), maxFieldName)]
	colon := 0
	for colon < len(name) && name[colon] > ' ' && name[colon] < 0x7f && name[colon] != ':' {
		colon++
	}
	name = name[:colon]
	if rest := bytes.TrimLeft(b[colon:min(len(b), maxFieldName)], " \t"); colon == 0 || len(rest) == 0 || rest[0] != ':' {
		return text
	}
	if isKnownField(strings.ToLower(string(name))) {
		return known
	}
	return field
}

// isKnownField reports whether mails have header fields of a name, in lower case. In a text, a line may begin with a
// word and a colon as well.
func isKnownField(name string) bool {
	for _, prefix := range [...]string{"x-", "list-", "arc-", "resent-", "content-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "from", "to", "cc", "bcc", "fcc", "subject", "date", "message-id", "received", "return-path", "delivered-to",
		"envelope-to",
		"reply-to", "sender", "status", "mime-version", "references", "in-reply-to", "dkim-signature",
		"authentication-results",
		"received-spf", "precedence", "user-agent", "organization", "importance", "priority", "errors-to":
		return true
	}
	return false
}
