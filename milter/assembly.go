package milter

import (
	"strings"

	"asterism/classifier"
)

// assembly puts a mail together again from the header fields and body chunks that the MTA hands out.
//
// A mail's size is what the client sent, as far as it gets here: the fields the MTA passes on, each with its CRLF, the empty
// line, and the body with CRLF line ends. The MTA's own Received field is not among them.
type assembly struct {
	limit        int  // size from which on nothing is kept
	leadingSpace bool // values come with the space that followed the colon

	raw    []byte
	size   int // bytes seen so far; not all of a mail that was skipped
	forged int // fields that claim to be our verdict
}

// field appends a header field. Its folds come as LF, with CR before it or not.
func (a *assembly) field(name, value string) {
	if strings.EqualFold(strings.TrimRight(name, " \t"), classifier.HeaderName) {
		a.forged++
	}
	value = strings.ReplaceAll(value, "\r\n", "\n")
	value = strings.ReplaceAll(value, "\n", "\r\n")
	colon := ": "
	if a.leadingSpace {
		colon = ":"
	}
	a.add(name, colon, value, "\r\n")
}

// endOfHeader appends the empty line.
func (a *assembly) endOfHeader() {
	a.add("\r\n")
}

// body appends a chunk.
func (a *assembly) body(chunk []byte) {
	a.size += len(chunk)
	if a.tooLarge() {
		a.raw = nil
		return
	}
	a.raw = append(a.raw, chunk...)
}

func (a *assembly) add(parts ...string) {
	for _, s := range parts {
		a.size += len(s)
		if a.tooLarge() {
			a.raw = nil
			continue
		}
		a.raw = append(a.raw, s...)
	}
}

// tooLarge tells whether the mail has reached the size from which on it is not checked.
func (a *assembly) tooLarge() bool { return a.size >= a.limit }

// take returns the mail and gives it up.
func (a *assembly) take() []byte {
	raw := a.raw
	a.raw = nil
	return raw
}
