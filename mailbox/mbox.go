package mailbox

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// mbox reads an mbox file of any kind.
//
// A message ends before a From_ line with a sender of one word and a date as RFC 4155 says, if a header field, or
// another From_ line, follows that. A sentence that begins with "From " may have a date too, and programs write lines
// without one, Thunderbird for instance. Such a line ends a message only behind an empty line and before a header
// field, whose name must be known unless the file's first From_ line has no date either.
//
// But if the message has a Content-Length, and the file or the next From_ line begins where it says that the body
// ends, that is believed, and nothing in the message is taken for a From_ line or for quoting (mboxcl2). From all
// others one ">" is taken off each line of the form ">From ", ">>From " and so on (mboxrd; the first of these is all
// that mboxo quotes).
type mbox struct {
	r      io.Reader
	closer io.Closer
	name   string
	limit  int64

	buf    []byte // buf[start:] is read and not yet given out
	start  int
	offset int64 // of buf[start] in the (decompressed) file
	atEOF  bool

	quoted bool // there was a ">From " in the message that buf[start:] begins with

	number  int
	undated bool // the file's first From_ line has no date
}

func (m *mbox) Close() error { return m.closer.Close() }

// lookahead is how many bytes it takes to decide about a From_ line: those of the line, and of the name that follows
// it.
const lookahead = maxFromLine + maxFieldName

// lookbehind is how many bytes before a From_ line matter: those of an empty line and the line end before it.
const lookbehind = len("\n\r\n")

func (m *mbox) next() (Message, error) {
	for {
		m.number++
		begin := m.offset
		raw, size, err := m.message()
		name := m.name + ":" + strconv.Itoa(m.number)
		switch {
		case err == io.EOF:
			return Message{}, err
		case err != nil:
			m.buf, m.start, m.atEOF = nil, 0, true
			return Message{}, fmt.Errorf("%s: message %d at byte %d: %w", m.name, m.number, begin, err)
		case size > m.limit:
			return Message{}, &TooLargeError{name, size}
		case size > 0: // else there is nothing between two From_ lines
			return Message{name, raw}, nil
		}
	}
}

// message returns the next message or, if it is too large, its size.
func (m *mbox) message() (raw []byte, size int64, err error) {
	if err := m.fromLine(); err != nil {
		return nil, 0, err
	}
	if n, ok, err := m.byContentLength(); err != nil {
		return nil, 0, err
	} else if ok {
		raw = slices.Clip(m.buf[m.start:][:n])
		m.skip(n)
		return raw, int64(n), m.separator()
	}
	searched := 0
	m.quoted = false
	for {
		n, found := m.boundary(m.buf[m.start:], searched, size == 0)
		if found {
			return m.take(n, size)
		}
		if m.atEOF {
			return m.take(len(m.buf)-m.start, size)
		}
		// What may still turn out to be a boundary stays to be searched.
		searched = max(searched, len(m.buf)-m.start-lookahead)
		if done := searched - lookbehind; done > 0 && (size > 0 || int64(searched) > m.limit) {
			m.skip(done)
			size += int64(done)
			searched = lookbehind
		}
		if err := m.fill(); err != nil {
			return nil, 0, err
		}
	}
}

// take ends a message n bytes from here, of which size bytes were skipped before, and goes behind the empty line that
// follows.
func (m *mbox) take(n int, size int64) ([]byte, int64, error) {
	b := m.buf[m.start:][:n]
	b = trimEmptyLine(b)
	size += int64(len(b))
	var raw []byte
	if size <= m.limit {
		raw = slices.Clip(b)
		if m.quoted {
			raw = unquote(b)
		}
	}
	m.skip(n)
	return raw, size, nil
}

// fromLine goes behind the From_ line that the next message begins with.
func (m *mbox) fromLine() error {
	for {
		b := m.buf[m.start:]
		end := bytes.IndexByte(b, '\n')
		switch {
		case end >= 0:
			end++
		case m.atEOF && len(b) == 0:
			return io.EOF
		case m.atEOF:
			end = len(b)
		default:
			if err := m.fill(); err != nil {
				return err
			}
			continue
		}
		if m.number == 1 {
			_, dated := readFromLine(b[:end])
			m.undated = !dated
		}
		m.skip(end)
		return nil
	}
}

// boundary finds the next From_ line at or behind byte from of b, which begins with a message or in the midst of one.
func (m *mbox) boundary(b []byte, from int, isStart bool) (n int, found bool) {
	if isStart && from == 0 && m.isBoundary(b, 0) {
		return 0, true
	}
	for {
		i := bytes.Index(b[from:], fromPrefix) // without the text before it: that begins with a byte that is rarer
		if i < 0 {
			return 0, false
		}
		from += i
		if from > 0 {
			switch b[from-1] {
			case '\n':
				if m.isBoundary(b, from) {
					return from, true
				}
			case '>':
				m.quoted = true
			}
		}
		from += len(fromPrefix)
	}
}

// isBoundary reports whether a message begins with the line at byte i of b. Where b ends too early to tell, it does
// not, unless b ends with the file.
func (m *mbox) isBoundary(b []byte, i int) bool {
	line, follows, ok := m.fromLineAt(b, i)
	if !ok {
		return false
	}
	who, dated := readFromLine(line)
	behindBlank := i == 0 || len(trimEmptyLine(b[:i])) < i
	switch {
	case dated && who != prose:
		return follows >= fromed || follows == blank && behindBlank
	case !behindBlank:
		return false
	case m.undated:
		return follows >= field
	}
	return follows == known && (dated || who == address)
}

// fromLineAt returns the From_ line at byte i of b, and the rest. It is not ok if there is none, or if b ends
// too early to tell.
func (m *mbox) fromLineAt(b []byte, i int) (line []byte, follows next, ok bool) {
	line = b[i:]
	if !isFrom(line) {
		return nil, text, false
	}
	end := bytes.IndexByte(line[:min(len(line), maxFromLine)], '\n')
	if end < 0 {
		return line, blank, m.atEOF && len(line) <= maxFromLine
	}
	rest := line[end+1:]
	if len(rest) < maxFieldName && bytes.IndexByte(rest, '\n') < 0 && !m.atEOF {
		return nil, text, false
	}
	return line[:end], nextLine(rest), true
}

// trimEmptyLine takes an empty line off the end of b.
func trimEmptyLine(b []byte) []byte {
	for _, end := range []string{"\n", "\r\n"} {
		if t, ok := bytes.CutSuffix(b, []byte(end)); ok && (len(t) == 0 || t[len(t)-1] == '\n') {
			return t
		}
	}
	return b
}

// skip goes n bytes on.
func (m *mbox) skip(n int) {
	m.start += n
	m.offset += int64(n)
}

// chunkSize is the size of a buffer. Messages are not copied out of it: it goes with the last of them.
const chunkSize = 4 * bufferSize

// fill reads more into the buffer, another one if there is no room in it; io.EOF only sets atEOF.
func (m *mbox) fill() error {
	if cap(m.buf)-len(m.buf) < bufferSize {
		rest := m.buf[m.start:]
		next := make([]byte, len(rest), max(chunkSize, 2*len(rest)+bufferSize))
		copy(next, rest)
		m.buf, m.start = next, 0
	}
	n, err := io.ReadAtLeast(m.r, m.buf[len(m.buf):cap(m.buf)], 1)
	m.buf = m.buf[:len(m.buf)+n]
	if err == io.EOF {
		m.atEOF = true
		err = nil
	}
	return err
}

// unquote returns a copy of a message without one ">" before each "From " that is only quoted.
func unquote(b []byte) []byte {
	raw := make([]byte, 0, len(b))
	for {
		i := bytes.Index(b, []byte(">From "))
		if i < 0 {
			return append(raw, b...)
		}
		quotes := i // the first of the ">" before it
		for quotes > 0 && b[quotes-1] == '>' {
			quotes--
		}
		if quotes == 0 && (len(raw) == 0 || raw[len(raw)-1] == '\n') || quotes > 0 && b[quotes-1] == '\n' {
			raw = append(append(raw, b[:quotes]...), b[quotes+1:i+1]...)
		} else {
			raw = append(raw, b[:i+1]...)
		}
		b = b[i+1:]
	}
}
