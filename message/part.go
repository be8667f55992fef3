package message

import (
	"bytes"
	"slices"
	"strings"
)

// Part is one MIME entity: the mail itself, a part of a multipart, or the mail within a message/rfc822 part.
type Part struct {
	Parent   *Part
	Children []*Part
	// the part as others read it, who take another of its fields or another end of its header; mostly none
	Others []*Part
	Header *Header // never nil

	// "text/plain": lower case, without parameters; the RFCs' default if it is missing or broken
	MediaType   string
	Params      map[string]string // of Content-Type, names in lower case, RFC 2231 undone; nil if there are none
	Charset     string            // as declared, in lower case; "" if not declared
	Encoding    string            // Content-Transfer-Encoding in lower case; "7bit" if not declared
	Disposition string            // of Content-Disposition, in lower case; "" if there is none
	Filename    string            // the first of Names, "" if there is none; no path is removed

	m           *Message
	header      Header
	contentType string // the field's value that describes the part
	raw         []byte
	body        []byte
	decoded     []byte
	text        string
	html        *HTML
	names       []string
	nameHides   bool
	have        partState
}

// partState says which of a Part's lazy values are there.
type partState uint8

const (
	haveDecoded partState = 1 << iota
	haveText
	haveNames
)

// Raw returns the part with its header, as it was.
func (p *Part) Raw() []byte { return p.raw }

// Body returns the part without its header, as it was.
func (p *Part) Body() []byte { return p.body }

// IsLeaf reports whether the part has no parts itself.
func (p *Part) IsLeaf() bool { return len(p.Children) == 0 }

// IsText reports whether the part is a leaf of type text/*, or one of the message/* types that are plain text
// (delivery-status and the like), or HTML.
func (p *Part) IsText() bool {
	return p.IsLeaf() && (strings.HasPrefix(p.MediaType, "text/") || strings.HasPrefix(p.MediaType, "message/") ||
		p.IsHTML())
}

// IsHTML reports whether the part is a leaf of type text/html, or of any type with the name of a web page: a reader who
// opens that file sees a page, and SpamAssassin reads it as one.
func (p *Part) IsHTML() bool {
	return p.IsLeaf() && (p.MediaType == "text/html" || p.MediaType == "application/xhtml+xml" ||
		slices.ContainsFunc(p.Names(), isPageName))
}

// isPageName reports whether a file of this name opens in a web browser.
func isPageName(name string) bool {
	switch extension(name) {
	case ".htm", ".html", ".shtml":
		return true
	}
	return false
}

// IsAttachment reports whether a mail client would offer the part as a file.
func (p *Part) IsAttachment() bool {
	return p.Disposition == "attachment" || p.Disposition != "inline" && p.Filename != ""
}

// Decoded returns the body with its transfer encoding undone. It may share memory with the mail.
func (p *Part) Decoded() []byte {
	if p.have&haveDecoded == 0 && !p.m.clock.look() {
		p.decoded = decodeTransfer(p.body, p.Encoding, &p.m.defects)
		p.have |= haveDecoded
	}
	return p.decoded
}

// DecodedString returns Decoded as a string that shares its memory.
func (p *Part) DecodedString() string { return view(p.Decoded()) }

// Text returns the body of a text part in UTF-8, with lines that end in LF. For text/html that is the HTML source.
func (p *Part) Text() string {
	if p.have&haveText == 0 && !p.m.clock.look() {
		charset := p.Charset
		if charset == "" && p.IsHTML() && !isASCII(p.Decoded()) {
			charset = metaCharset(p.Decoded())
		}
		p.text = decodeText(p.Decoded(), charset, convertGuess, &p.m.defects)
		p.have |= haveText
	}
	return p.text
}

// HTML returns the part as a reader sees it, nil if it is not HTML.
func (p *Part) HTML() *HTML {
	if p.html == nil && p.IsHTML() {
		p.html = p.m.ParseHTML(p.Text())
	}
	return p.html
}

// Visible returns the text a reader sees: HTML().Text for HTML, Text() with the lines joined that a client joins
// otherwise.
func (p *Part) Visible() string {
	if h := p.HTML(); h != nil {
		return h.Text
	}
	return p.flowed()
}

func (p *Part) appendLeaves(leaves []*Part) []*Part {
	if p.IsLeaf() {
		leaves = append(leaves, p)
	}
	for _, c := range p.Children {
		leaves = c.appendLeaves(leaves)
	}
	for _, o := range p.Others {
		leaves = o.appendLeaves(leaves)
	}
	return leaves
}

// describe reads the fields that say what the part is, of several of one name the last.
func (p *Part) describe() {
	var contentType, encoding string
	if f := p.Header.lastField("Content-Type"); f != nil {
		contentType = f.value
	}
	if f := p.Header.lastField("Content-Transfer-Encoding"); f != nil {
		encoding = f.value
	}
	p.take(p.newReading(contentType, encoding))
	if f := p.Header.Field("Content-Disposition"); f != nil {
		p.Disposition, _ = readParams(f.value)
	}
	if names := p.Names(); len(names) > 0 {
		p.Filename = names[0]
	}
}

// validMediaType reports whether s is type/subtype (RFC 2045 section 5.1).
func validMediaType(s string) bool {
	i := strings.IndexByte(s, '/')
	return i > 0 && i < len(s)-1 && !strings.ContainsAny(s, " \t\"<>@,:?=[]") && strings.IndexByte(s[i+1:], '/') < 0
}

// trimLineEnd removes one LF or CRLF from the end of b.
func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}
