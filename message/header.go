package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Header is a list of header fields in their order in the mail.
type Header struct {
	fields  []Field
	keys    []nameKey             // of their names, in one place: to find a field is what rules do most
	known   keySet                // of keys: most fields that are looked for are not there
	buf     []byte                // unfolded values are cut from here
	charset string                // of octets above 127 that are not UTF-8, once it was guessed
	plain   bool                  // nothing in it has to be decoded
	last    *[len(onceFields)]int // where the last of each of onceFields is, if it came behind maxFields others
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

// Line returns the value of Decoded with a newline, for rules, mostly without a copy.
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

// keySet tells of most keys that they are none of some.
type keySet [4]uint64

// bit returns the place of a key in a keySet.
func (k nameKey) bit() (word int, bit uint64) {
	hash := uint32(k) * 0x9E3779B1
	return int(hash >> 30), 1 << (hash >> 24 & 63)
}

func (s *keySet) add(k nameKey) {
	word, bit := k.bit()
	s[word] |= bit
}

func (s *keySet) mayHave(k nameKey) bool {
	word, bit := k.bit()
	return s[word]&bit != 0
}

// Fields returns all fields. They are shared with the Header; their order must not be changed.
func (h *Header) Fields() []Field { return h.fields }

// Find returns the index in Fields of the first field of that name, in any case, from an index on; -1 if there is none.
func (h *Header) Find(name string, from int) int {
	key := keyOf(name)
	if !h.known.mayHave(key) {
		return -1
	}
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

// last returns the last field of that name, nil if there is none.
func (h *Header) lastField(name string) *Field {
	at := -1
	for i := h.Find(name, 0); i >= 0; i = h.Find(name, i+1) {
		at = i
	}
	if at < 0 {
		return nil
	}
	return &h.fields[at]
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
