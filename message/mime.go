package message

import (
	"bytes"
	"strings"
)

// Bounds on the tree of parts. No mail client writes such mails, but someone will.
const (
	maxDepth   = 32   // multiparts within multiparts; what is deeper is read without its structure
	maxParts   = 1000 // parts of a mail; of more the first, the last and the largest are kept
	leastRoom  = 8    // parts that a part may have however small its share of the mail is, if it is large enough for them
	partOctets = 100  // what is large enough for one part, in octets
	decodings  = 4    // how often a mail may be decoded in all, for mails within it that are encoded one in the other
	searches   = 16   // how often a mail may be searched in all for delimiters that are none
)

// parse describes p and divides its body into parts, depth levels below the mail, at most room of them.
func (p *Part) parse(depth, room int) {
	p.describe()
	if p.m.clock.look() {
		return
	}
	p.divide(depth, room)
	p.readOtherwise(depth)
}

// divide divides the body of p into parts.
func (p *Part) divide(depth, room int) {
	switch {
	case strings.HasPrefix(p.MediaType, "multipart/"):
		if depth >= maxDepth {
			p.m.defects.add(DefectTooDeep)
			p.flatten(depth, room)
		} else {
			p.parseMultipart(depth, room)
		}
	case p.isMessage():
		if p.Encoding != "7bit" && p.Encoding != "8bit" && p.Encoding != "binary" {
			if p.m.nested -= len(p.body); p.m.nested < 0 {
				p.m.defects.add(DefectTooDeep)
				return
			}
		}
		if body := p.Decoded(); len(bytes.TrimSpace(body)) > 0 {
			if depth >= maxDepth {
				p.m.defects.add(DefectTooDeep)
				if p.m.again -= len(body); p.m.again < 0 {
					return
				}
				body = innermost(body)
			}
			p.addChild(body, depth, room-1)
		}
	case p.isSigned():
		if content := signedContent(p.Decoded()); content != nil {
			p.addChild(content, depth, room-1)
		}
	}
}

// isMessage reports whether a part is a mail. The first fragment of a mail begins with its header (RFC 2046 section
// 5.2.2), and is mostly the only one; others have none.
func (p *Part) isMessage() bool {
	switch p.MediaType {
	case "message/rfc822", "message/global", "message/news":
		return true
	case "message/partial":
		return p.Params["number"] == "" || p.Params["number"] == "1"
	}
	return false
}

// innermost returns the mail in a mail that is no mail within a mail itself.
func innermost(raw []byte) []byte {
	for {
		var defects defectSet
		p := Part{m: &Message{}, raw: raw}
		p.Header = &p.header
		p.body = p.header.parse(raw, usualPartFields, true, &defects).body
		p.describe()
		if !p.isMessage() || p.Encoding != "7bit" || len(bytes.TrimSpace(p.body)) == 0 {
			return raw
		}
		raw = p.body
	}
}

// addChild adds the part raw to p, and what is within it: at most room parts.
func (p *Part) addChild(raw []byte, depth, room int) *Part {
	p.m.parts++
	c := &Part{Parent: p, m: p.m, raw: raw}
	c.Header = &c.header
	var defects defectSet
	if p.MediaType == "message/rfc822" && isMboxLine(raw) {
		raw = afterLine(raw)
	}
	end := c.header.parse(raw, usualPartFields, true, &defects)
	c.body = end.body
	if defects&(1<<DefectMissingSeparator) != 0 && len(c.body) > 0 && !p.isMessage() {
		p.m.defects.add(DefectMissingPartHeader)
	}
	p.m.defects |= defects &^ (1 << DefectMissingSeparator)
	p.Children = append(p.Children, c)
	c.parse(depth+1, room)
	c.readEarly(end, depth+1)
	return c
}

// addText adds body to p as a part without a header: of HTML if it looks so, else of plain text.
func (p *Part) addText(body []byte) {
	p.m.parts++
	c := &Part{Parent: p, m: p.m, raw: body, body: body, MediaType: "text/plain", Encoding: p.Encoding}
	if looksHTML(body) {
		c.MediaType = "text/html"
	}
	c.Header = &c.header
	p.Children = append(p.Children, c)
}
