package unmark

import (
	"bytes"
	"slices"
	"strings"

	"asterism/message"
)

// wrapBoundaries begin the boundaries of wrappers: ours, and those of SpamAssassin and other programs that use
// MIME::Tools.
var wrapBoundaries = []string{ownBoundary, "----------=_"}

const ownBoundary = "=_spamd_"

// wrapped returns the message that a report carries as its attachment (report_safe 1 and 2), nil if m is no such
// report.
func wrapped(m *message.Message) []byte {
	parts := reportParts(m)
	if len(parts) < 2 {
		return nil
	}
	last := parts[len(parts)-1]
	if !strings.EqualFold(last.Params["x-spam-type"], "original") || !hasOneOf(m.Root().Params["boundary"],
		wrapBoundaries) {
		return nil
	}
	return last.Decoded()
}

// reportParts returns the parts of a message that may hold a report, none for all others.
func reportParts(m *message.Message) []*message.Part {
	root := m.Root()
	if root.MediaType != "multipart/mixed" || !hasVerdict(m.Header()) {
		return nil
	}
	return root.Children
}

func hasOneOf(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// reportFile is the name of a report that is attached to a message (report_part, MIMEDefang).
const reportFile = "SpamAssassinReport.txt"

// dropReport removes a report that was attached to the message.
func (e *edit) dropReport(m *message.Message) {
	parts := reportParts(m)
	if len(parts) < 2 {
		return
	}
	report := parts[len(parts)-1]
	if report.Filename != reportFile || report.MediaType != "text/plain" {
		return
	}
	boundary := m.Root().Params["boundary"]
	if len(parts) == 2 && strings.HasPrefix(boundary, ownBoundary) {
		e.unwrap(parts[0])
		return
	}
	if body := cutPart(e.body, report.Raw(), "--"+boundary); body != nil {
		e.body, e.changed = body, true
	}
}

// unwrap makes the first part of a multipart/mixed that was made for the report the message again.
func (e *edit) unwrap(first *message.Part) {
	content := first.Header.Fields()
	for _, f := range e.header.Fields() {
		if hasPrefixFold(f.Name, "content-") || len(content) == 0 && f.Is("MIME-Version") {
			continue
		}
		e.fields = append(e.fields, f.Raw())
	}
	for _, f := range content {
		e.fields = append(e.fields, f.Raw())
	}
	e.body, e.changed = first.Body(), true
}

// cutPart returns the body of a multipart without one of its parts and the delimiter line before it, nil if that is
// not there.
func cutPart(body, part []byte, delimiter string) []byte {
	end := bytes.LastIndex(body, part)
	if end < 0 {
		return nil
	}
	start := bytes.LastIndex(body[:end], []byte(delimiter))
	if start < 0 || len(bytes.TrimSpace(body[start+len(delimiter):end])) > 0 {
		return nil
	}
	rest := body[end+len(part):]
	rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
	return slices.Concat(body[:start], rest)
}
