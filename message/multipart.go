package message

import (
	"bytes"
	"slices"
)

// piece is where a part of a multipart is in its body.
type piece struct{ start, end int }

// parseMultipart divides the body of a multipart (RFC 2046 section 5.1.1). If the boundary that was declared does not
// occur, one is guessed; if there is none, the body becomes the only part, as text, since that is what a client would
// show.
func (p *Part) parseMultipart(depth, room int) {
	defects := &p.m.defects
	body := p.body
	declared := boundaries(p.contentType, p.Params["boundary"])
	found, bareCR := occurring(body, declared)
	if bareCR {
		body = p.withLF(body)
		found, _ = occurring(body, declared)
	}
	if p.Encoding == "base64" || p.Encoding == "quoted-printable" {
		defects.add(DefectEncodedMultipart)
		if len(found) == 0 {
			body = p.Decoded()
			found, _ = occurring(body, declared)
		}
	}
	switch {
	case len(declared) == 0:
		defects.add(DefectNoBoundary)
	case len(found) == 0:
		defects.add(DefectMissingBoundary)
	}
	for _, boundary := range declared {
		p.noteDuplicate(boundary)
	}
	guessed := false
	if len(found) == 0 {
		if boundary, ok := guessBoundary(body); ok {
			found, guessed = []string{boundary}, true
		}
	}
	if len(found) == 0 {
		defects.add(DefectMissingBoundary)
		if text := beforeEnd(body, declared); len(bytes.TrimSpace(text)) > 0 {
			p.addText(text)
		}
		return
	}
	p.divideAt(body, found[0], guessed, depth, room)
	if len(found) > 1 {
		defects.add(DefectContradiction)
		for _, boundary := range found[1:] {
			if o := p.other(p.header, p.body); o != nil {
				o.MediaType, o.Params, o.Encoding, o.contentType = p.MediaType, p.Params, p.Encoding, p.contentType
				o.divideAt(body, boundary, false, depth, p.m.roomAgain())
			}
		}
	}
}

// withLF returns body with LF for each CR without it, which is the line end of some readers.
func (p *Part) withLF(body []byte) []byte {
	p.m.defects.add(DefectLooseDelimiter)
	return bytes.ReplaceAll(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// noteDuplicate notes that a multipart around p has the same boundary.
func (p *Part) noteDuplicate(boundary string) {
	for a := p.Parent; a != nil; a = a.Parent {
		if a.Params["boundary"] == boundary {
			p.m.defects.add(DefectDuplicateBoundary)
			return
		}
	}
}

// divideAt adds the text between the delimiters in body.
func (p *Part) divideAt(body []byte, boundary string, guessed bool, depth, room int) {
	delimiter := []byte("--" + boundary)
	pieces, loose, bareCR := p.pieces(body, delimiter)
	if bareCR {
		body = p.withLF(body)
		pieces, loose, _ = p.pieces(body, delimiter)
	}
	if guessed {
		loose, delimiter = true, delimiter[:len("--")]
	}
	if !loose {
		delimiter = nil
	}
	p.addPieces(body, pieces, delimiter, depth, room)
}

// pieces returns where the parts are in body, and whether lines begin like a delimiter and go on otherwise, or are
// delimiters behind a CR without LF.
func (p *Part) pieces(body, delimiter []byte) (pieces []piece, loose, bareCR bool) {
	open, closed := -1, false
	for at := 0; ; {
		d := findDelimiter(body, delimiter, at)
		loose, bareCR = loose || d.loose, bareCR || d.bareCR
		if d.start < 0 {
			break
		}
		if open >= 0 {
			pieces = append(pieces, piece{open, open + len(trimLineEnd(body[open:d.start]))})
		}
		at, open = d.next, d.next
		if d.closing {
			open, closed = -1, true
		} else if closed {
			p.m.defects.add(DefectPartsAfterEnd)
		}
	}
	if open >= 0 {
		p.m.defects.add(DefectUnclosedMultipart)
		if len(bytes.TrimSpace(body[open:])) > 0 {
			pieces = append(pieces, piece{open, len(body)})
		}
	}
	return pieces, loose, bareCR
}

// addPieces adds the parts that are there, at most room of them and of what is within them. A part that is text is
// divided once more where a line begins with the bytes of loose and a part's header follows, unless loose is nil.
func (p *Part) addPieces(body []byte, pieces []piece, loose []byte, depth, room int) {
	if len(pieces) > room {
		p.m.defects.add(DefectTooManyParts)
		pieces = spread(body, pieces, max(room, 1))
	}
	size := 1
	for _, s := range pieces {
		size += s.end - s.start
	}
	room -= len(pieces)
	for i, s := range pieces {
		if i > 0 && p.m.clock.look() {
			return
		}
		raw := body[s.start:s.end]
		c := p.addChild(raw, depth, roomFor(len(raw), size, room))
		for n := 0; loose != nil && c.IsText() && n < maxParts; n++ {
			start, next := findLoose(c.body, loose)
			if start < 0 {
				break
			}
			p.m.defects.add(DefectLooseDelimiter)
			rest := c.body[next:]
			if p.m.cuts -= len(rest); p.m.cuts < 0 {
				break
			}
			c.raw, c.body = c.raw[:len(c.raw)-len(c.body)+start], c.body[:start]
			c = p.addChild(rest, depth, roomFor(len(rest), size, room))
		}
	}
}

// roomFor returns how many of room parts a part may have that is so many octets large, of size.
func roomFor(part, size, room int) int {
	return max(room*part/size, min(part/partOctets, leastRoom), 1)
}

// spread chooses at most n pieces: of those that are not blank the first, the last, and of the others the largest, in
// order. The last of an alternative is what people see, and what is large has more to say.
func spread(body []byte, pieces []piece, n int) []piece {
	pieces = slices.DeleteFunc(pieces, func(s piece) bool { return len(bytes.TrimSpace(body[s.start:s.end])) == 0 })
	if len(pieces) <= n {
		return pieces
	}
	first, last := n/3, n/3
	middle := slices.Clone(pieces[first : len(pieces)-last])
	slices.SortStableFunc(middle, func(a, b piece) int { return (b.end - b.start) - (a.end - a.start) })
	middle = middle[:n-first-last]
	slices.SortFunc(middle, func(a, b piece) int { return a.start - b.start })
	return slices.Concat(pieces[:first], middle, pieces[len(pieces)-last:])
}

// delimiterLine is a delimiter of a multipart.
type delimiterLine struct {
	start, next int  // where it starts, -1 if there is none, and where the next line starts
	closing     bool // it ends the multipart
	loose       bool // a line before it begins like it, and goes on otherwise
	bareCR      bool // the same stands behind a CR without LF
}

// findDelimiter finds the next delimiter line from offset on. White space may follow the boundary and nothing else,
// whatever RFC 2046 says about lines that begin with it: "--a--b" is the delimiter of the boundary "a--b" within a
// multipart of the boundary "a".
func findDelimiter(body, delimiter []byte, offset int) (d delimiterLine) {
	for offset <= len(body) {
		i := bytes.Index(body[offset:], delimiter)
		if i < 0 {
			break
		}
		d.start = offset + i
		offset = d.start + len(delimiter)
		if d.start > 0 && body[d.start-1] != '\n' {
			d.bareCR = d.bareCR || body[d.start-1] == '\r'
			continue
		}
		rest := body[offset:]
		end := bytes.IndexByte(rest, '\n')
		d.next = len(body)
		if end >= 0 {
			d.next = offset + end + 1
			rest = rest[:end]
		}
		rest = bytes.TrimRight(rest, " \t\r")
		d.closing = string(rest) == "--"
		if d.closing || len(rest) == 0 {
			return d
		}
		d.loose = true
	}
	d.start, d.next, d.closing = -1, len(body), false
	return d
}

// findLoose finds a line that begins so and is followed by one that begins like a part's header: where it starts, -1
// if there is none, and where the next line starts.
func findLoose(body, begin []byte) (start, next int) {
	for at := 0; at < len(body); at = next {
		i := bytes.Index(body[at:], begin)
		if i < 0 {
			break
		}
		start = at + i
		next = len(body) - len(afterLine(body[start:]))
		if (start == 0 || body[start-1] == '\n') && startsHeader(body[next:]) {
			return start, next
		}
	}
	return -1, len(body)
}

// startsHeader reports whether b starts like the header of a part.
func startsHeader(b []byte) bool {
	return hasPrefixFold(view(b[:min(len(b), len("Content-"))]), "Content-")
}

// guessBoundary returns the rest after "--" on the first line that looks like a delimiter: it starts a part's header.
func guessBoundary(body []byte) (boundary string, ok bool) {
	start, next := findLoose(body, []byte("--"))
	if start < 0 {
		return "", false
	}
	const longest = 200
	line := bytes.TrimRight(body[start+len("--"):next], " \t\r\n")
	return string(line), len(line) <= longest
}

// beforeEnd returns the text before the first closing delimiter of a multipart that has no other.
func beforeEnd(body []byte, declared []string) []byte {
	for _, boundary := range declared {
		if d := findDelimiter(body, []byte("--"+boundary), 0); d.start >= 0 {
			body = body[:d.start]
		}
	}
	return body
}

// flatten adds the text between lines that look like delimiters, whatever multiparts they belong to.
func (p *Part) flatten(depth, room int) {
	var pieces []piece
	at, next := findLoose(p.body, []byte("--"))
	for at >= 0 {
		start := next
		if at, next = findLoose(p.body[start:], []byte("--")); at < 0 {
			pieces = append(pieces, piece{start, len(p.body)})
			break
		}
		pieces = append(pieces, piece{start, start + len(trimLineEnd(p.body[start:start+at]))})
		next += start
	}
	p.addPieces(p.body, pieces, nil, depth, room)
}
