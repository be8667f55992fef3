package unmark

import (
	"bytes"
	"slices"

	"asterism/message"
)

// edit is a message whose marks are being removed.
type edit struct {
	header  *message.Header
	fields  [][]byte // raw fields of the new header; those of header while it is nil
	body    []byte
	changed bool
}

// start lists the fields of the header, so that they can be changed.
func (e *edit) start() {
	if e.fields == nil {
		for _, f := range e.header.Fields() {
			e.fields = append(e.fields, f.Raw())
		}
	}
	e.changed = true
}

// bytes returns the message as edited.
func (e *edit) bytes() []byte {
	e.start()
	var b bytes.Buffer
	eol := "\n"
	for _, f := range e.fields {
		b.Write(f)
		if bytes.HasSuffix(f, []byte("\r\n")) {
			eol = "\r\n"
		} else if !bytes.HasSuffix(f, []byte("\n")) {
			b.WriteString(eol)
		}
	}
	b.WriteString(eol)
	b.Write(e.body)
	return b.Bytes()
}

// set replaces the first field of a name, or removes it for an empty value. Nothing happens where there is no such
// field.
func (e *edit) set(name, value string) {
	i := slices.IndexFunc(e.fields, func(raw []byte) bool { return isNamed(raw, name) })
	switch {
	case i < 0:
	case value == "":
		e.fields = slices.Delete(e.fields, i, i+1)
	default:
		e.fields[i] = []byte(name + ": " + value + lineEnd(e.fields[i]))
	}
}

func lineEnd(raw []byte) string {
	if bytes.HasSuffix(raw, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// isNamed reports whether a raw field has a name.
func isNamed(raw []byte, name string) bool {
	colon := bytes.IndexByte(raw, ':')
	return colon >= 0 && bytes.EqualFold(bytes.TrimSpace(raw[:colon]), []byte(name))
}
