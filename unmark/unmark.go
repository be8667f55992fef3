// Package unmark restores the original of a marked message: without the mark in its subject, without the report, and
// extracted from the report's wrapper. A learner that identifies messages by that form can undo a lesson from any copy,
// and learns no word of a report.
package unmark

import (
	"strings"

	"asterism/message"
)

// Marks has a site's own marks in addition to the usual ones. The zero value has the usual ones. It is safe for
// concurrent use.
type Marks struct {
	site []subjectMark
}

// New returns the Marks of a site that puts these templates before subjects (rewrite_header Subject).
func New(templates ...string) *Marks {
	k := &Marks{}
	for _, t := range templates {
		if mark, ok := compile(t); ok {
			k.site = append(k.site, mark)
		}
	}
	return k
}

// maxWrappers bounds the reports that may be wrapped around each other.
const maxWrappers = 3

// Original returns the message as it was before filters marked it; m itself if none did.
func (k *Marks) Original(m *message.Message) *message.Message {
	for range maxWrappers {
		inner := wrapped(m)
		if inner == nil {
			break
		}
		m = m.Another(inner)
	}
	e := edit{header: m.Header(), body: m.Body()}
	e.dropReport(m)
	e.restore(k)
	if !e.changed {
		return m
	}
	return m.Another(e.bytes())
}

// Marked reports whether a filter marked the message.
func (k *Marks) Marked(m *message.Message) bool { return k.Original(m) != m }

// verdictPrefix begins the names of the fields that SpamAssassin and this program write verdicts into.
const verdictPrefix = "x-spam-"

// hasVerdict reports whether a filter left its verdict in a header: a mark without one is the sender's own text.
func hasVerdict(h *message.Header) bool {
	fields := h.Fields()
	for i := range fields {
		if hasPrefixFold(fields[i].Name, verdictPrefix) {
			return true
		}
	}
	return false
}

// hasPrefixFold reports whether s begins with an ASCII prefix in any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
