package mailbox

import (
	"bytes"
	"strconv"
)

// byContentLength returns the length of the message that the buffer begins with if its Content-Length is right: if what
// follows the body is the end of the file or, mostly behind an empty line, a From_ line.
func (m *mbox) byContentLength() (n int, ok bool, err error) {
	header, length, err := m.header()
	if err != nil || length < 0 || length > m.limit {
		return 0, false, err
	}
	end := header + int(length)
	for len(m.buf)-m.start < end+len("\r\n\r\n")+lookahead && !m.atEOF {
		if err := m.fill(); err != nil {
			return 0, false, err
		}
	}
	b := m.buf[m.start:]
	if len(b) < end || end > 0 && b[end-1] != '\n' && len(b) > end && b[end] != '\n' && b[end] != '\r' {
		return 0, false, nil
	}
	next := skipLineEnds(b, end)
	return end, next == len(b) || m.isDated(b, next), nil
}

// isDated reports whether there is a From_ line at byte i of b that has a date, or that a message begins with.
func (m *mbox) isDated(b []byte, i int) bool {
	line, _, ok := m.fromLineAt(b, i)
	if !ok {
		return false
	}
	_, dated := readFromLine(line)
	return dated || m.isBoundary(b, i)
}

// header returns the length of the header, with the empty line behind it, of the message that the buffer begins with,
// and the value of its last Content-Length field, -1 if there is none or no body.
func (m *mbox) header() (n int, length int64, err error) {
	searched := 0
	length = -1
	for {
		b := m.buf[m.start:]
		for from := searched; ; {
			i := bytes.IndexByte(b[from:], '\n')
			if i < 0 {
				searched = from
				break
			}
			line := b[from:][:i]
			if isFrom(line) {
				if _, _, ok := m.fromLineAt(b, from); !ok && len(b)-from < lookahead && !m.atEOF {
					searched = from
					break // to be decided with more of what follows
				}
				if m.isBoundary(b, from) {
					return 0, -1, nil // a message without a body
				}
			}
			from += i + 1
			if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
				if int64(from) > m.limit {
					length = -1
				}
				return from, length, nil
			}
			if v, ok := contentLength(line); ok {
				length = v
			}
		}
		if m.atEOF || int64(len(b)) > m.limit {
			return 0, -1, nil
		}
		if err := m.fill(); err != nil {
			return 0, -1, err
		}
	}
}

// contentLength returns the value of a Content-Length field, -1 if it is no length.
func contentLength(line []byte) (n int64, ok bool) {
	const field = "content-length:"
	if len(line) < len(field) || line[0]|' ' != 'c' || !bytes.EqualFold(line[:len(field)], []byte(field)) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line[len(field):])), 10, 48)
	if err != nil || n < 0 {
		return -1, true
	}
	return n, true
}

// skipLineEnds goes behind the line end that may end the body and the empty line that separates messages.
func skipLineEnds(b []byte, i int) int {
	for range 2 {
		if i < len(b) && b[i] == '\r' {
			i++
		}
		if i < len(b) && b[i] == '\n' {
			i++
		}
	}
	return i
}

// separator goes behind the line ends before the next From_ line.
func (m *mbox) separator() error {
	m.skip(skipLineEnds(m.buf[m.start:], 0))
	return nil
}
