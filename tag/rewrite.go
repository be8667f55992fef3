// Package tag writes verdicts into messages and reports, for the fronts that hand back whole messages. (A milter only tells
// its MTA which fields to change.)
package tag

import (
	"bytes"
	"slices"
	"strings"

	"asterism/classifier"
	"asterism/unmark"
)

// Rewrite returns the message with every field removed that claims to be one of ours, and with the fields for v put first; a nil
// v adds none. Line ends are those of the message's first line. An mbox "From " line stays in front. raw is not changed. With Safe
// spam becomes an attachment of its report.
func (o Options) Rewrite(raw []byte, v *classifier.Verdict) []byte {
	if o.Safe != SafeOff && v != nil && v.Spam() {
		return o.encapsulate(raw, v)
	}
	out := make([]byte, 0, len(raw)+512)
	rest := raw
	if bytes.HasPrefix(rest, []byte("From ")) || bytes.HasPrefix(rest, []byte(">From ")) {
		line := firstLine(rest)
		out = append(out, line...)
		rest = rest[len(line):]
	}
	eol := "\n"
	if bytes.HasSuffix(firstLine(raw), []byte("\r\n")) {
		eol = "\r\n"
	}
	authserv := ""
	if v != nil {
		if a := v.AuthResults; a != nil {
			out = append(out, strings.ReplaceAll(classifier.AuthResultsName+": "+a.Value+"\n", "\n", eol)...)
			authserv = a.Authserv
		}
		for _, f := range o.Fields(v) {
			out = append(out, strings.ReplaceAll(f.Name+": "+f.Value+"\n", "\n", eol)...)
		}
	}
	names, forged, marked := o.Names(), false, v == nil
	for len(rest) > 0 {
		line := firstLine(rest)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break // the body begins
		}
		rest = rest[len(line):]
		if line[0] != ' ' && line[0] != '\t' {
			name := fieldName(line)
			forged = slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
			if strings.EqualFold(name, classifier.AuthResultsName) {
				_, value, _ := bytes.Cut(line, []byte(":"))
				forged = forged || o.ForgedResult(authserv, string(value)+string(continuation(rest)))
			}
			if !marked && strings.EqualFold(name, "Subject") {
				marked = true
				before := line
				if line = o.markSubject(line, v); !bytes.Equal(line, before) {
					out = append(out, prevSubject(before, continuation(rest))...)
				}
			}
		}
		if !forged {
			out = append(out, line...)
		}
	}
	if !marked {
		if subject, change := o.RewriteSubject("", v); change {
			out = append(out, PrevSubject+": "+unmark.NoField+eol+"Subject: "+subject+eol...)
		}
	}
	return append(out, rest...)
}

// markSubject returns the first line of a Subject field with what rewrite_header puts before its text.
func (o Options) markSubject(line []byte, v *classifier.Verdict) []byte {
	name, text, _ := bytes.Cut(line, []byte(":"))
	body := strings.TrimRight(string(text), "\r\n")
	subject, change := o.RewriteSubject(body, v)
	if !change {
		return line
	}
	return []byte(string(name) + ": " + subject + string(text[len(body):]))
}

// HeaderOf returns the part of a message before its body, with the empty line that ends it.
func HeaderOf(raw []byte) []byte {
	for rest := raw; len(rest) > 0; {
		line := firstLine(rest)
		rest = rest[len(line):]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return raw[:len(raw)-len(rest)]
		}
	}
	return raw
}

// fieldName returns the name of the field that a line begins, or the empty string.
func fieldName(line []byte) string {
	name, _, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return ""
	}
	return string(bytes.TrimRight(name, " \t"))
}

// prevSubject returns the field that keeps the value of a Subject field, of which these are the first and the further lines.
func prevSubject(line, more []byte) []byte {
	_, text, _ := bytes.Cut(line, []byte(":"))
	return slices.Concat([]byte(PrevSubject+":"), text, more)
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
