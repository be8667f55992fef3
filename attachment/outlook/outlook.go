// Package outlook reads the mail formats of Outlook and Exchange: TNEF (MS-OXTNEF), sent as winmail.dat, and mail files
// (MS-OXMSG).
package outlook

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Bounds on what is kept of a mail.
const (
	maxFiles = 100
	maxText  = 128 << 10
	maxName  = 1 << 10
)

// Message is a mail in one of these forms.
type Message struct {
	Subject string
	Body    string
	HTML    string
	RTF     []byte
	Files   []File
	Broken  bool

	subject, body, html, rtf value
}

// File is an attachment.
type File struct {
	Name string
	Data []byte

	long, short value
}

// value is a property's value of a type. Of several of one property the last one counts, and is converted.
type value struct {
	kind int
	b    []byte
}

// Properties of mails and attachments (MS-OXPROPS), and their types.
const (
	propSubject  = 0x0037
	propBody     = 0x1000
	propRTF      = 0x1009
	propHTML     = 0x1013
	propData     = 0x3701
	propName     = 0x3704
	propLongName = 0x3707

	typeString  = 0x001e
	typeUnicode = 0x001f
	typeBinary  = 0x0102
	typeObject  = 0x000d
)

// property takes one value of the mail.
func (m *Message) property(id, kind int, b []byte) {
	switch v := (value{kind, b}); id {
	case propSubject:
		m.subject = v
	case propBody:
		m.body = v
	case propHTML:
		m.html = v
	case propRTF:
		m.rtf = v
	}
}

// property takes one value of an attachment.
func (f *File) property(id, kind int, b []byte) {
	switch v := (value{kind, b}); id {
	case propData:
		f.Data = b
	case propLongName:
		f.long = v
	case propName:
		f.short = v
	}
}

// end converts the values when all are taken.
func (m *Message) end() *Message {
	m.Subject, m.Body, m.HTML = m.subject.text(maxText), m.body.text(maxText), m.html.text(maxText)
	m.RTF = unpackRTF(m.rtf.b)
	for i := range m.Files {
		f := &m.Files[i]
		if f.Name = f.long.text(maxName); f.Name == "" {
			f.Name = f.short.text(maxName)
		}
	}
	return m
}

// text returns a string in UTF-8, of no more octets than most.
func (v value) text(most int) string {
	b := v.b[:min(len(v.b), most)]
	if v.kind == typeUnicode {
		units := make([]uint16, 0, len(b)/2)
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, binary.LittleEndian.Uint16(b[i:]))
		}
		return strings.TrimRight(string(utf16.Decode(units)), "\x00")
	}
	s := strings.TrimRight(string(b), "\x00")
	if valid := strings.ToValidUTF8(s, ""); len(valid) == len(s) {
		return s
	}
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, rune(s[i]))
	}
	return string(out)
}

// rtfStart is what the window holds when the unpacking of RTF begins (MS-OXRTFCP, 2.1.2.1).
const rtfStart = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript " +
	"\\fdecor MS Sans SerifSymbolArial" +
	"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// unpackRTF undoes the compression of RTF (MS-OXRTFCP).
func unpackRTF(b []byte) []byte {
	const header, window = 16, 4096
	if len(b) < header {
		return nil
	}
	size := min(int(binary.LittleEndian.Uint32(b[4:])), maxText*4)
	if bytes.Equal(b[8:12], []byte("MELA")) {
		return b[header:]
	}
	in := b[header:]
	var buf [window]byte
	at := copy(buf[:], rtfStart)
	out := make([]byte, 0, min(size, 8*len(b)))
	put := func(c byte) {
		out = append(out, c)
		buf[at%window] = c
		at++
	}
	for len(in) > 0 && len(out) < size {
		flags := in[0]
		in = in[1:]
		for bit := 0; bit < 8 && len(in) > 0 && len(out) < size; bit++ {
			if flags&(1<<bit) == 0 {
				put(in[0])
				in = in[1:]
				continue
			}
			if len(in) < 2 {
				return out
			}
			token := int(in[0])<<8 | int(in[1])
			in = in[2:]
			from, n := token>>4, token&15+2
			if from == at%window {
				return out
			}
			for i := range n {
				put(buf[(from+i)%window])
			}
		}
	}
	return out
}
