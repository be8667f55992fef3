package tokenizer

import (
	"strings"

	"asterism/message"
)

// Bounds on the header: a mail of software that goes beyond is told from others by what comes first, and by the
// fields that say who sent it and what it is, wherever they are.
const (
	maxFields    = 150
	maxKnown     = 2 * maxFields // with fields that have tokens of their own
	forKnown     = 300           // tokens of the header that other fields leave to those
	maxValue     = 2000          // octets of a value
	maxWords     = 60            // words of a value
	maxAddresses = 20            // addresses of a field
)

// readHeader adds the tokens of the mail's header fields.
func (s *scan) readHeader(h *message.Header) {
	fields := h.Fields()
	received := 0
	for i, taken := 0, 0; i < len(fields) && taken < maxKnown; i++ {
		f := &fields[i]
		lower := s.lower(f.Name)
		known := s.t.fields[string(lower)]
		if known.ignored || known.name == "" && isFilterField(lower) {
			continue
		}
		if known.name == "" && (taken >= maxFields || len(s.dst.Header) >= maxBlock-forKnown) {
			continue
		}
		taken++
		name := known.name
		s.add(s.prefix(kindName, ""), f.Name)
		value := f.Value()
		if len(value) > maxValue {
			value = value[:maxValue]
		}
		switch name {
		case "received":
			received++
			s.received(value)
		case "from", "reply-to", "sender", "errors-to", "list-id", "list-post", "list-unsubscribe":
			s.addresses(name, value, f, true)
		case "to", "cc":
			s.addresses(name, value, f, false)
		case "message-id", "references", "in-reply-to":
			s.messageID(name, value)
		case "date":
			s.date(name, value)
		case "content-type":
			s.contentType(name, value)
		case "subject":
			s.subject(name, f)
		case "":
			s.values(f.Name, value)
		default:
			s.values(name, value)
			s.addShape(s.prefix(kindShape, name), value)
		}
	}
	s.addCount(s.prefix(kindShape, ""), "received", received)
}

// addPair adds "a>b".
func (s *scan) addPair(p prefix, a, b string) {
	text := append(append(append(s.scratch[:0], a...), '>'), b...)
	s.scratch = text
	s.addBytes(p, text)
}

// field has the data of a header field.
type field struct {
	ignored bool   // it is to leave no trace
	name    string // in lower case, if it has tokens of its own
}

// knownFields have tokens of their own.
var knownFields = []string{"received", "from", "to", "cc", "reply-to", "sender", "errors-to", "list-id", "list-post",
	"list-unsubscribe",
	"message-id", "references", "in-reply-to", "date", "content-type", "subject", "x-mailer", "user-agent",
	"content-transfer-encoding",
	"mime-version"}

// values adds the words of a value.
func (s *scan) values(name, value string) {
	p := s.prefix(kindValue, name)
	for i, n := 0, 0; n < maxWords; n++ {
		start, end := nextWord(value, i, inValue, midValue)
		if start == len(value) {
			return
		}
		if word := value[start:end]; len(word) <= maxWord {
			s.add(p, word)
		} else {
			s.addShape(s.prefix(kindShape, name), word)
		}
		i = end
	}
}

// messageID adds an identifier's domain, and the shape of the text before it, which tells the software that made it.
func (s *scan) messageID(name, value string) {
	shape := s.prefix(kindShape, name)
	id := strings.Trim(value, "<> ")
	at := strings.LastIndexByte(id, '@')
	if at < 0 {
		s.addShape(shape, value)
		return
	}
	s.addDomains(s.prefix(kindDomain, name), id[at+1:])
	s.addShape(shape, id[:at])
	s.addMeasuredShape(shape, id[:at])
}

// date adds the form of a date and its zone, never the date itself.
func (s *scan) date(name, value string) {
	s.addMeasuredShape(s.prefix(kindShape, name), value)
	p := s.prefix(kindValue, name)
	for word := range strings.FieldsSeq(value) {
		if c := word[0]; c == '-' || c == '+' || c == '(' {
			s.add(p, word)
		}
	}
}

// contentType adds the type with its parameters, and of the boundary only the form: it differs from mail to mail.
func (s *scan) contentType(name, value string) {
	shape := s.prefix(kindShape, name)
	const parameter = "boundary="
	if i := indexFold(value, parameter); i >= 0 {
		boundary := strings.Trim(value[i+len(parameter):], "\" \t")
		value = value[:i]
		s.addShape(shape, boundary)
		s.addMeasuredShape(shape, boundary)
	}
	s.addShape(shape, value)
	s.values(name, value)
	if slash := strings.IndexByte(value, ';'); slash > 0 {
		s.add(s.prefix(kindValue, name), value[:slash])
	}
}

// subject adds the Subject's words, here and in the body's block: it is the first line of the text.
func (s *scan) subject(name string, f *message.Field) {
	text := f.Decoded()
	if len(text) > maxValue {
		text = text[:maxValue]
	}
	shape := s.prefix(kindShape, name)
	s.addShape(shape, text)
	if strings.Contains(f.Value(), "=?") {
		s.add(shape, "=?")
	}
	s.addText(s.prefix(kindSubject, ""), shape, text, maxWords)
	s.block = &s.dst.Body
	s.addText(s.prefix(kindWord, ""), s.prefix(kindLong, ""), text, maxWords)
	s.block = &s.dst.Header
}

// indexFold returns where the lower-case ASCII text key first occurs in s in any case, -1 if it does not.
func indexFold(s, key string) int {
	for i := 0; i+len(key) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(key)], key) {
			return i
		}
	}
	return -1
}
