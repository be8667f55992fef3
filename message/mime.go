package message

import (
	"bytes"
	"strings"
)

// Bounds on the tree of parts. No mail client writes such mails, but someone will.
const (
	maxDepth = 32
	maxParts = 1000
)

// parse describes p and divides its body into parts, depth levels below the mail.
func (p *Part) parse(depth int) {
	p.describe()
	switch {
	case strings.HasPrefix(p.MediaType, "multipart/"):
		if depth >= maxDepth {
			p.m.defects.add(DefectTooDeep)
			return
		}
		p.parseMultipart(depth)
	case p.MediaType == "message/rfc822" || p.MediaType == "message/global":
		if depth >= maxDepth {
			p.m.defects.add(DefectTooDeep)
			return
		}
		if body := p.Decoded(); len(bytes.TrimSpace(body)) > 0 {
			p.addChild(body, depth)
		}
	}
}

// addChild adds the part raw to p. It returns false if there are too many parts.
func (p *Part) addChild(raw []byte, depth int) bool {
	if p.m.parts >= maxParts {
		p.m.defects.add(DefectTooManyParts)
		return false
	}
	p.m.parts++
	c := &Part{Parent: p, m: p.m, raw: raw}
	c.Header = &c.header
	var defects defectSet
	if p.MediaType == "message/rfc822" && isMboxLine(raw) {
		raw = afterLine(raw)
	}
	c.body = c.header.parse(raw, usualPartFields, &defects)
	if defects&(1<<DefectMissingSeparator) != 0 && len(c.body) > 0 {
		p.m.defects.add(DefectMissingPartHeader)
	}
	p.m.defects |= defects &^ (1 << DefectMissingSeparator)
	p.Children = append(p.Children, c)
	c.parse(depth + 1)
	return true
}

// parseMultipart divides the body of a multipart (RFC 2046 section 5.1.1). Where no delimiter is found the body becomes
// the only part, as text, since that is what a client would show.
func (p *Part) parseMultipart(depth int) {
	defects := &p.m.defects
	if p.Encoding == "base64" || p.Encoding == "quoted-printable" {
		defects.add(DefectEncodedMultipart)
	}
	boundary := p.Params["boundary"]
	if boundary == "" {
		defects.add(DefectNoBoundary)
		boundary = guessBoundary(p.body)
	}
	for a := p.Parent; a != nil && boundary != ""; a = a.Parent {
		if a.Params["boundary"] == boundary {
			defects.add(DefectDuplicateBoundary)
			break
		}
	}
	body := p.body
	if boundary == "" || !p.divide(body, boundary, depth) {
		defects.add(DefectMissingBoundary)
		if len(bytes.TrimSpace(body)) > 0 {
			p.addText(body)
		}
	}
}

// divide cuts body at the boundary and adds what is between the delimiters. It returns false if there is none.
func (p *Part) divide(body []byte, boundary string, depth int) bool {
	delimiter := []byte("--" + boundary)
	start, next, closed := findDelimiter(body, delimiter, 0)
	if start < 0 {
		return false
	}
	for !closed {
		begin := next
		start, next, closed = findDelimiter(body, delimiter, begin)
		if start < 0 {
			p.m.defects.add(DefectUnclosedMultipart)
			if len(bytes.TrimSpace(body[begin:])) > 0 {
				p.addChild(body[begin:], depth)
			}
			return true
		}
		if !p.addChild(trimLineEnd(body[begin:start]), depth) {
			return true
		}
	}
	return true
}

// findDelimiter finds the next delimiter line from offset on: where it starts, where the next line starts, and whether
// it is the closing one. Start is -1 if there is none.
func findDelimiter(body, delimiter []byte, offset int) (start, next int, closed bool) {
	for offset <= len(body) {
		i := bytes.Index(body[offset:], delimiter)
		if i < 0 {
			break
		}
		start = offset + i
		offset = start + len(delimiter)
		if start > 0 && body[start-1] != '\n' {
			continue
		}
		rest := body[offset:]
		end := bytes.IndexByte(rest, '\n')
		next = len(body)
		if end >= 0 {
			next = offset + end + 1
			rest = rest[:end]
		}
		closed = bytes.HasPrefix(rest, []byte("--"))
		if closed || len(bytes.TrimRight(rest, " \t\r")) == 0 {
			return start, next, closed
		}
	}
	return -1, len(body), false
}

// guessBoundary returns what follows "--" on the first line that looks like a delimiter: it starts a part's header.
func guessBoundary(body []byte) string {
	for len(body) > 0 {
		i := bytes.Index(body, []byte("--"))
		if i < 0 {
			return ""
		}
		atLineStart := i == 0 || body[i-1] == '\n'
		line := body[i+2:]
		body = afterLine(line)
		if !atLineStart {
			continue
		}
		line = bytes.TrimRight(line[:len(line)-len(body)], " \t\r\n")
		if len(line) > 0 && len(line) <= 200 && hasPrefixFold(view(body[:min(len(body), 8)]), "Content-") {
			return string(line)
		}
	}
	return ""
}

// addText adds body to p as a part of plain text without a header.
func (p *Part) addText(body []byte) {
	p.m.parts++
	c := &Part{Parent: p, m: p.m, raw: body, body: body, MediaType: "text/plain", Encoding: p.Encoding}
	c.Header = &c.header
	p.Children = append(p.Children, c)
}
