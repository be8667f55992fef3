// Package tag writes verdicts into messages and reports, for the fronts that return whole messages. (A milter only
// sends its MTA the fields to change.)
package tag

import (
	"bytes"
	"strings"

	"asterism/classifier"
	"asterism/unmark"
)

// Rewrite returns the message without incoming fields that claim to be ours, and with the fields for v at its
// beginning; a nil v adds none. Line ends are as in the message's first line. An mbox "From " line stays in front. raw
// is not changed. With Safe spam becomes an attachment of its report; Dropping replaces parts by notes.
func (o Options) Rewrite(raw []byte, v *classifier.Verdict) []byte {
	if o.Safe != SafeOff && v != nil && v.Spam() {
		return o.encapsulate(raw, v)
	}
	if v != nil {
		raw = o.Dropping.drop(raw, v.Attached)
	}
	out := make([]byte, 0, len(raw)+512)
	rest := raw
	line := mboxLine(rest)
	out = append(out, line...)
	rest = rest[len(line):]
	eol := "\n"
	if bytes.HasSuffix(firstLine(raw), []byte("\r\n")) {
		eol = "\r\n"
	}
	write := func(name, value string) { // the value with the blank before it
		out = append(out, strings.ReplaceAll(name+":"+OneField(value)+"\n", "\n", eol)...)
	}
	authserv := ""
	if v != nil {
		if a := v.AuthResults; a != nil {
			write(classifier.AuthResultsName, " "+a.Value)
			authserv = a.Authserv
		}
		for _, f := range o.Fields(v) {
			write(f.Name, " "+f.Value)
		}
	}
	head := header(rest)
	rest = rest[len(head):]
	names, marked := o.Names(), v == nil
	for len(head) > 0 {
		line := firstLine(head)
		field := head[:len(line)+len(continuation(head[len(line):]))]
		head = head[len(field):]
		name := nameOf(field)
		if claimsAny(name, names) {
			continue
		}
		if Claims(name, classifier.AuthResultsName) && o.ForgedResult(authserv, string(field[len(name)+1:])) {
			continue
		}
		if cleaned, found := Hidden(field, names); found {
			field = cleaned
		}
		if !marked && Claims(name, "Subject") {
			marked = true
			value := strings.ReplaceAll(string(bytes.TrimRight(field[bytes.IndexByte(field, ':')+1:], "\r\n")), "\r\n", "\n")
			if subject, change := o.RewriteSubject(value, v); change {
				write(PrevSubject, value)
				write("Subject", " "+subject)
				continue
			}
		}
		out = append(out, field...)
	}
	if !marked {
		if subject, change := o.RewriteSubject("", v); change {
			write(PrevSubject, " "+unmark.NoField)
			write("Subject", " "+subject)
		}
	}
	return append(out, rest...)
}

// HeaderOf returns the part of a message before its body, with the empty line that ends it.
func HeaderOf(raw []byte) []byte {
	n := len(header(raw))
	return raw[:n+len(firstLine(raw[n:]))]
}

// continuation returns the folded lines with which the text begins.
func continuation(rest []byte) []byte {
	n := 0
	for n < len(rest) && (rest[n] == ' ' || rest[n] == '\t') {
		n += len(firstLine(rest[n:]))
	}
	return rest[:n]
}

// firstLine returns the first line of b with its line end.
func firstLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1]
	}
	return b
}

// mboxLine returns the line that an mbox has put before a message, quoted or not; nil if there is none. "From : x" is
// a field in RFC 822's old syntax (RFC 5322, section 4.5), which may go on in the next line.
func mboxLine(raw []byte) []byte {
	rest, ok := bytes.CutPrefix(bytes.TrimPrefix(raw, []byte(">")), []byte("From "))
	if !ok || bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(":")) {
		return nil
	}
	return firstLine(raw)
}
