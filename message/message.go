package message

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
	"unsafe"
)

// Message is one mail. Everything beyond the header and the tree of parts is computed when first asked for, and kept;
// a Message is therefore for one goroutine at a time.
type Message struct {
	raw     []byte
	body    []byte
	root    Part
	leaves  []*Part
	parts   int
	again   int // octets that may still be read in another way than the first
	nested  int // octets of mails within the mail whose encoding may still be undone
	cuts    int // octets that may still be searched for delimiters that are none
	defects defectSet
	clock   clock
	last    *Received // what the first header field says; nil if it is the sender's

	openWith func(*Message) any // of OpenWith
	open     func(*Message) any // the same, until it is called
	opened   any

	uris       []URI
	relays     []Received
	digest     [20]byte
	haveURIs   bool
	haveRelays bool
	haveDigest bool
}

// Parse reads a mail whose lines end in LF or CRLF. It keeps raw and hands out parts of it, as bytes and as strings:
// raw must not be changed while the Message or anything taken from it is in use. A leading mbox "From " line is
// skipped.
func Parse(raw []byte, opts ...Option) *Message {
	m := newMessage(raw, opts)
	head := raw
	if isMboxLine(head) {
		head = afterLine(head)
	}
	m.finish(head, m.root.header.parse(head, usualFields, false, &m.defects))
	return m
}

func newMessage(raw []byte, opts []Option) *Message {
	m := &Message{raw: raw}
	m.root.m = m
	for _, o := range opts {
		o(m)
	}
	return m
}

// finish parses the body of the mail head, whose header has been parsed.
func (m *Message) finish(head []byte, end headerEnd) {
	m.body = end.body
	m.checkHeader(head[:len(head)-len(m.body)])
	m.root.Header = &m.root.header
	m.root.raw, m.root.body = head, m.body
	m.parts, m.again, m.nested, m.cuts = 1, rereadings*len(m.raw), decodings*len(m.raw), searches*len(m.raw)
	m.root.parse(0, maxParts)
	m.root.readEarly(end, 0)
}

// ParseHandedOver reads a mail whose first field is the Received field of the last handover, which the caller has
// written. last has its data, so the field is not parsed. header is as in ParseMail.
func ParseHandedOver(raw []byte, header int, last Received, opts ...Option) *Message {
	m := ParseMail(raw, header, opts...)
	if m.root.header.Find("Received", 0) == 0 {
		last.Handover, last.Field = HandoverTCP, 0
		m.last = &last
	}
	return m
}

// Sent returns the header fields that the client sent: all except the field of ParseHandedOver.
func (m *Message) Sent() []Field {
	if m.last != nil {
		return m.root.header.fields[1:]
	}
	return m.root.header.fields
}

// Raw returns the mail as it was given to Parse.
func (m *Message) Raw() []byte { return m.raw }

// Header returns the mail's header.
func (m *Message) Header() *Header { return &m.root.header }

// Body returns everything after the header and the empty line that ends it.
func (m *Message) Body() []byte { return m.body }

// Root returns the part that is the whole mail; its Header is the mail's.
func (m *Message) Root() *Part { return &m.root }

// Leaves returns the parts that have no parts themselves, in order. There is at least one.
func (m *Message) Leaves() []*Part {
	if m.leaves == nil {
		m.leaves = m.root.appendLeaves(make([]*Part, 0, m.parts))
	}
	return m.leaves
}

// Defects returns the defects of the mail, each kind once. It decodes the header and all text parts.
func (m *Message) Defects() []Defect {
	h := &m.root.header
	for i := 0; i < len(h.fields) && !h.plain && !m.Late(); i++ {
		h.fields[i].Decoded()
		if h.fields[i].badWord {
			m.defects.add(DefectBadEncodedWord)
		}
	}
	for _, p := range m.Leaves() {
		if p.IsText() {
			p.Text()
		}
	}
	return m.defects.list()
}

// checkHeader notes what is wrong with the mail's header as a whole, and whether it has anything to decode.
func (m *Message) checkHeader(head []byte) {
	h := &m.root.header
	if len(h.fields) == 0 {
		m.defects.add(DefectNoHeader)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		m.defects.add(DefectNULHeader)
	}
	if ascii := isASCII(head); !ascii && !utf8.Valid(head) {
		m.defects.add(DefectEightBitHeader)
	} else {
		h.plain = ascii && !bytes.Contains(head, []byte("=?"))
	}
	for _, name := range onceFields {
		if i := h.Find(name, 0); i >= 0 && h.Find(name, i+1) >= 0 {
			m.defects.add(DefectDuplicateField)
		}
	}
}

// onceFields may occur at most once (RFC 5322 section 3.6, RFC 2045 section 4 to 6).
var onceFields = [...]string{"From", "Sender", "Reply-To", "To", "Cc", "Message-ID", "In-Reply-To", "References",
	"Subject", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}

// isMboxLine reports whether b starts with the line that an mbox puts before each mail.
func isMboxLine(b []byte) bool {
	if !bytes.HasPrefix(b, []byte("From ")) {
		return false
	}
	rest := bytes.TrimLeft(b[len("From "):], " \t")
	return len(rest) == 0 || rest[0] != ':' // "From : x" is a field in RFC 822's old syntax
}

// afterLine returns the rest after the first line of b.
func afterLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[i+1:]
	}
	return b[len(b):]
}

// isASCII reports whether b has no octet above 127.
func isASCII(b []byte) bool {
	const high = 0x8080808080808080
	for ; len(b) >= 32; b = b[32:] {
		if (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:])|
			binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&high != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// view returns b as a string without copying it. The caller of Parse has promised not to change the mail's bytes, and
// nothing here changes a buffer once it was handed out.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
