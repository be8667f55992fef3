package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
	"unsafe"
)

const (
	maxFields       = 10_000 // header fields kept; RFC 5322 has no limit
	usualFields     = 36     // room made for a mail's fields: 95 of 100 have no more
	usualPartFields = 4
	maxInvalid      = 3 // broken header lines skipped before the rest is taken for the body
)

// Header is a list of header fields in their order in the mail.
type Header struct {
	fields  []Field
	keys    []nameKey // of their names, in one place: to find a field is what rules do most
	buf     []byte    // unfolded values are cut from here
	charset string    // of octets above 127 that are not UTF-8, once it was guessed
	plain   bool      // nothing in it has to be decoded
}

// Field is one header field.
type Field struct {
	Name    string // as it was written, without the colon
	raw     []byte
	value   string
	decoded string
	h       *Header
	ready   bool // decoded is set
	badWord bool // an encoded word could not be decoded
	ended   bool // a newline follows value in memory
}

// Raw returns the field as it was: name, colon, folded value and line end.
func (f *Field) Raw() []byte { return f.raw }

// Value returns the value unfolded but not decoded: each line break with the white space after it is one space, and
// white space around the value is gone.
func (f *Field) Value() string { return f.value }

// Decoded returns the value unfolded and in UTF-8, RFC 2047's encoded words decoded.
func (f *Field) Decoded() string {
	if f.h.plain {
		return f.value
	}
	if !f.ready {
		var ok bool
		f.decoded, ok = decodeWords(f.h.toUTF8(f.value))
		f.ready, f.badWord = true, !ok
	}
	return f.decoded
}

// Line returns what Decoded does with a newline behind it, as rules see it: mostly without a copy.
func (f *Field) Line() string {
	decoded := f.Decoded()
	if f.ended && unsafe.StringData(decoded) == unsafe.StringData(f.value) && len(decoded) == len(f.value) {
		return unsafe.String(unsafe.StringData(f.value), len(f.value)+1)
	}
	return decoded + "\n"
}

// Is reports whether the field has the given name, in any case.
func (f *Field) Is(name string) bool {
	return len(f.Name) == len(name) && keyOf(f.Name) == keyOf(name) && strings.EqualFold(f.Name, name)
}

// nameKey is the length of a name and three of its letters in lower case, by which nearly all names differ.
type nameKey uint32

func keyOf(name string) nameKey {
	n := len(name)
	if n == 0 {
		return 0
	}
	return nameKey(n)<<24 | nameKey(name[0]|0x20)<<16 | nameKey(name[n/2]|0x20)<<8 | nameKey(name[n-1]|0x20)
}

// Fields returns all fields. They are shared with the Header; their order must not be changed.
func (h *Header) Fields() []Field { return h.fields }

// Find returns the index in Fields of the first field of that name, in any case, from an index on; -1 if there is none.
func (h *Header) Find(name string, from int) int {
	key := keyOf(name)
	for i := from; i < len(h.keys); i++ {
		if h.keys[i] == key && (h.fields[i].Name == name || strings.EqualFold(h.fields[i].Name, name)) {
			return i
		}
	}
	return -1
}

// Field returns the first field of that name, nil if there is none.
func (h *Header) Field(name string) *Field {
	if i := h.Find(name, 0); i >= 0 {
		return &h.fields[i]
	}
	return nil
}

// Has reports whether there is a field of that name.
func (h *Header) Has(name string) bool { return h.Field(name) != nil }

// Get returns the decoded value of the first field of that name, "" if there is none.
func (h *Header) Get(name string) string {
	if f := h.Field(name); f != nil {
		return f.Decoded()
	}
	return ""
}

// Value returns the unfolded, undecoded value of the first field of that name, "" if there is none.
func (h *Header) Value(name string) string {
	if f := h.Field(name); f != nil {
		return f.value
	}
	return ""
}

// Raw returns the value of the first field of that name as it was: everything after the colon, with folds and line end.
func (h *Header) Raw(name string) string {
	f := h.Field(name)
	if f == nil {
		return ""
	}
	return view(f.raw[bytes.IndexByte(f.raw, ':')+1:])
}

// All returns the decoded values of all fields of that name, from the top of the header down.
func (h *Header) All(name string) []string {
	var all []string
	for i := h.Find(name, 0); i >= 0; i = h.Find(name, i+1) {
		all = append(all, h.fields[i].Decoded())
	}
	return all
}

// toUTF8 returns s in UTF-8. Headers do not declare a charset for bare octets above 127, but it is one for all of them.
func (h *Header) toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if h.charset == "" {
		const enough = 1024
		var sample []byte
		for i := range h.fields {
			if value := h.fields[i].value; !utf8.ValidString(value) && len(sample) < enough {
				sample = append(append(sample, value[:min(len(value), enough)]...), '\n')
			}
		}
		h.charset = guessCharset(sample)
	}
	return view(convertNamed([]byte(s), h.charset))
}

// parse reads fields from b up to an empty line and returns what follows it. A line that starts with "--" ends the
// header as well, being a MIME delimiter, and so does the fourth line that is no field: the body has begun without an
// empty line before it. Room is how many fields to expect.
func (h *Header) parse(b []byte, room int, defects *defectSet) (body []byte) {
	h.fields, h.keys = make([]Field, 0, room), make([]nameKey, 0, room)
	invalid := 0
	for len(b) > 0 {
		if b[0] == '\n' {
			return b[1:]
		}
		if b[0] == '\r' && len(b) > 1 && b[1] == '\n' {
			return b[2:]
		}
		if b[0] == '-' && len(b) > 1 && b[1] == '-' {
			break
		}
		raw, folded := cutField(b)
		name, colon := fieldName(raw)
		switch {
		case name > 0:
			if len(h.fields) < maxFields {
				h.add(raw, name, colon, folded, defects)
			} else {
				defects.add(DefectTooManyFields)
			}
		case raw[0] == ' ' || raw[0] == '\t':
			defects.add(DefectBadFolding)
		default:
			defects.add(DefectMalformedField)
			if invalid++; invalid > maxInvalid {
				defects.add(DefectMissingSeparator)
				return b
			}
		}
		b = b[len(raw):]
	}
	defects.add(DefectMissingSeparator)
	return b
}

// add appends the field raw, whose name is that many bytes long.
func (h *Header) add(raw []byte, name, colon int, folded bool, defects *defectSet) {
	value := raw[colon+1:]
	if folded {
		value = h.unfold(value, defects)
	}
	start, end := 0, len(value)
	for start < end && isSpace(value[start]) {
		start++
	}
	for end > start && isSpace(value[end-1]) {
		end--
	}
	f := Field{
		Name:  view(raw[:name]),
		h:     h,
		raw:   raw,
		value: view(value[start:end]),
		ended: start < end && end < len(value) && value[end] == '\n',
	}
	h.fields, h.keys = append(h.fields, f), append(h.keys, keyOf(f.Name))
}

// isSpace reports whether c is white space or a part of a line end.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unfold returns value with each line break and the white space after it as one space, and a newline behind it.
func (h *Header) unfold(value []byte, defects *defectSet) []byte {
	const chunk = 2048
	if room := len(value) + len("\n"); cap(h.buf)-len(h.buf) < room {
		h.buf = make([]byte, 0, max(chunk, room))
	}
	start := len(h.buf)
	for len(value) > 0 {
		line := value
		if i := bytes.IndexByte(value, '\n'); i >= 0 {
			line, value = value[:i], value[i+1:]
		} else {
			value = nil
		}
		h.buf = append(h.buf, bytes.TrimSuffix(line, []byte("\r"))...)
		blanks := 0
		for blanks < len(value) && (value[blanks] == ' ' || value[blanks] == '\t') {
			blanks++
		}
		if value = value[blanks:]; blanks > 0 {
			h.buf = append(h.buf, ' ')
			if rest := bytes.TrimLeft(value, "\r"); len(rest) == 0 || rest[0] == '\n' {
				defects.add(DefectBadFolding)
			}
		}
	}
	h.buf = append(h.buf, '\n')
	return h.buf[start:len(h.buf):len(h.buf)]
}

// cutField returns the first line of b with its continuation lines.
func cutField(b []byte) (raw []byte, folded bool) {
	end := 0
	for {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return b, folded
		}
		end += i + 1
		if end == len(b) || b[end] != ' ' && b[end] != '\t' {
			return b[:end], folded
		}
		folded = true
	}
}

// fieldName returns the length of the name at the start of a field, 0 if there is none, and where the colon is. White space between
// name and colon is RFC 822's old syntax (RFC 5322 section 4.5).
func fieldName(raw []byte) (n, colon int) {
	for n < len(raw) && raw[n] > ' ' && raw[n] < 0x7f && raw[n] != ':' {
		n++
	}
	colon = n
	for colon < len(raw) && (raw[colon] == ' ' || raw[colon] == '\t') {
		colon++
	}
	if colon == len(raw) || raw[colon] != ':' {
		return 0, 0
	}
	return n, colon
}
