package dkim

import (
	"bytes"
	"io"
	"strings"
)

// canonicalization is how a message is written before it is hashed (RFC 6376, section 3.4).
type canonicalization bool

const (
	simple  canonicalization = false
	relaxed canonicalization = true
)

// parseCanonicalization reads c=.
func parseCanonicalization(value string) (header, body canonicalization, ok bool) {
	if value == "" {
		return simple, simple, true
	}
	first, second, both := strings.Cut(value, "/")
	header, ok = readCanonicalization(first)
	if both && ok {
		body, ok = readCanonicalization(second)
	}
	return header, body, ok
}

func readCanonicalization(word string) (canonicalization, bool) {
	return canonicalization(strings.EqualFold(word, "relaxed")), strings.EqualFold(word, "relaxed") ||
		strings.EqualFold(word, "simple")
}

// appendField appends a header field, its name apart from the rest, which begins behind the colon. Its lines may end in
// LF alone.
func (c canonicalization) appendField(b []byte, name string, raw, value []byte) []byte {
	if c == simple {
		for line := range bytes.Lines(raw) {
			b = append(append(b, withoutEnd(line)...), "\r\n"...)
		}
		return b
	}
	b = append(append(b, strings.ToLower(name)...), ':')
	start := len(b)
	for line := range bytes.Lines(value) {
		b = appendReduced(b, withoutEnd(line))
	}
	b = append(b[:start], bytes.Trim(b[start:], " ")...)
	return append(b, "\r\n"...)
}

// appendReduced appends a line with each run of blanks as one, also where the first goes on a run that b ends in.
func appendReduced(b, line []byte) []byte {
	for _, c := range line {
		if c != ' ' && c != '\t' {
			b = append(b, c)
		} else if len(b) == 0 || b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
	}
	return b
}

// writeBody writes a body, whose lines may end in LF alone, and returns how many bytes it is in its canonical form.
func (c canonicalization) writeBody(w io.Writer, body []byte) (n int) {
	const chunk = 4096
	out := make([]byte, 0, chunk+256)
	flush := func() {
		n += len(out)
		_, _ = w.Write(out) // a hash takes all
		out = out[:0]
	}
	empty := 0 // empty lines that count only if another follows
	written := false
	for line := range bytes.Lines(body) {
		line = withoutEnd(line)
		if c == relaxed {
			line = bytes.TrimRight(line, " \t")
		}
		if len(line) == 0 {
			empty++
			continue
		}
		for ; empty > 0; empty-- {
			if out = append(out, "\r\n"...); len(out) >= chunk {
				flush()
			}
		}
		if c == relaxed {
			out = appendReduced(out, line)
		} else {
			out = append(out, line...)
		}
		out = append(out, "\r\n"...)
		written = true
		if len(out) >= chunk {
			flush()
		}
	}
	if !written && c == simple {
		out = append(out, "\r\n"...) // section 3.4.3: a body without lines is one empty line
	}
	flush()
	return n
}

// withoutEnd returns a line without its line end, CRLF or LF.
func withoutEnd(line []byte) []byte {
	if line, ok := bytes.CutSuffix(line, []byte("\n")); ok {
		return bytes.TrimSuffix(line, []byte("\r"))
	}
	return line
}
