package unmark

import (
	"bytes"
	"slices"
	"strings"

	"asterism/message"
)

// Remove returns a message without the marks of SpamAssassin and this program: the attachment of a report, or the
// message with the saved values of its fields (X-Spam-Prev-*) restored and without X-Spam-* fields. All else stays,
// byte by byte. Marks that a sender can write as well, such as [SPAM] in a subject, stay, except for the site's own
// beside a verdict. An mbox "From " line stays in front.
func (k *Marks) Remove(m *message.Message) []byte {
	line := m.Raw()[:len(m.Raw())-len(m.Root().Raw())]
	inner := m
	for range maxWrappers {
		raw := wrapped(inner)
		if raw == nil {
			break
		}
		inner = m.Another(raw)
	}
	if inner != m {
		return slices.Concat(line, inner.Raw())
	}
	if !hasVerdict(m.Header()) {
		return m.Raw()
	}
	e := edit{header: m.Header(), body: m.Body()}
	if e.dropReport(m); e.changed {
		m = m.Another(e.bytes())
	}
	return slices.Concat(line, k.bareHeader(m), m.Body())
}

// bareHeader returns a message's header, and the line that ends it, without marks. Lines that are no fields stay.
func (k *Marks) bareHeader(m *message.Message) []byte {
	previous := map[string][]byte{}
	for _, name := range restorable {
		if f := m.Header().Field(prevPrefix + name); f != nil {
			raw := f.Raw()
			if previous[name] = raw[len(prevPrefix):]; strings.TrimSpace(f.Value()) == NoField {
				previous[name] = []byte{}
			}
		}
	}
	var out bytes.Buffer
	rest := bytes.TrimSuffix(m.Root().Raw(), m.Body())
	fields := m.Header().Fields()
	for i := range fields {
		raw := fields[i].Raw()
		at := bytes.Index(rest, raw)
		if at < 0 {
			continue
		}
		out.Write(rest[:at])
		rest = rest[at+len(raw):]
		out.Write(k.bareField(&fields[i], m.Header(), previous))
	}
	out.Write(rest)
	return out.Bytes()
}

// bareField returns what stands in a field's place: nothing for a verdict, and for the first field of a name the value
// that was kept of it.
func (k *Marks) bareField(f *message.Field, h *message.Header, previous map[string][]byte) []byte {
	for _, name := range restorable {
		before, kept := previous[name]
		switch {
		case kept && f.Is(name), kept && f.Is(prevPrefix+name) && h.Field(name) == nil:
			delete(previous, name)
			return before
		case f.Is("Subject") && name == "Subject" && h.Field(prevPrefix+name) == nil:
			return k.bareSubject(f.Raw())
		}
	}
	if hasPrefixFold(f.Name, verdictPrefix) {
		return nil
	}
	return f.Raw()
}

// bareSubject returns a Subject field without the site's own marks.
func (k *Marks) bareSubject(raw []byte) []byte {
	text := bytes.TrimLeft(raw[bytes.IndexByte(raw, ':')+1:], " \t")
	bare := k.cutSite(string(text))
	if len(bare) == len(text) {
		return raw
	}
	return slices.Concat(raw[:len(raw)-len(text)], []byte(bare))
}
