// Package tag writes verdicts into messages and reports, for the fronts that hand back whole messages. (A milter only tells
// its MTA which fields to change.)
package tag

import (
	"bytes"
	"strings"

	"asterism/classifier"
)

// Rewrite returns the message with every field removed that claims to be our verdict, and with v's own field put first; a nil v
// adds none. Line ends are those of the message's first line. An mbox "From " line stays in front. raw is not changed.
func Rewrite(raw []byte, v *classifier.Verdict) []byte {
	out := make([]byte, 0, len(raw)+512)
	rest := raw
	if bytes.HasPrefix(rest, []byte("From ")) || bytes.HasPrefix(rest, []byte(">From ")) {
		line := firstLine(rest)
		out = append(out, line...)
		rest = rest[len(line):]
	}
	if v != nil {
		field := classifier.HeaderName + ": " + v.HeaderValue() + "\n"
		if bytes.HasSuffix(firstLine(raw), []byte("\r\n")) {
			field = strings.ReplaceAll(field, "\n", "\r\n")
		}
		out = append(out, field...)
	}
	forged := false
	for len(rest) > 0 {
		line := firstLine(rest)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break // the body begins
		}
		rest = rest[len(line):]
		if line[0] != ' ' && line[0] != '\t' {
			forged = isVerdict(line)
		}
		if !forged {
			out = append(out, line...)
		}
	}
	return append(out, rest...)
}

// Header returns the part of a message before its body, with the empty line that ends it.
func Header(raw []byte) []byte {
	for rest := raw; len(rest) > 0; {
		line := firstLine(rest)
		rest = rest[len(line):]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return raw[:len(raw)-len(rest)]
		}
	}
	return raw
}

// isVerdict tells whether a line begins a field that claims to be our verdict.
func isVerdict(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	return ok && strings.EqualFold(string(bytes.TrimRight(name, " \t")), classifier.HeaderName)
}

// firstLine returns the first line of b with its line end.
func firstLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1]
	}
	return b
}
