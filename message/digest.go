package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
)

// digestFields identify a mail together with its body. Nobody on a mail's way changes them; an MTA may fold them anew.
var digestFields = [...]string{"Message-ID", "Date", "From", "Subject"}

// Digest identifies a mail: it is the same before and after a filter or MTA has added header fields, changed line
// ends or folds, added blank lines at the end or quoted lines that start with "From " for an mbox. It is the start of
// a SHA-256, so that nobody can make two mails with the same digest. The one change that shows is an MTA adding one
// of the four fields that identify the mail, where its sender left it out.
func (m *Message) Digest() [20]byte {
	if m.haveDigest {
		return m.digest
	}
	h := sha256.New()
	buf := make([]byte, 0, digestChunk/2)
	for _, name := range digestFields {
		// Values are separated by their lengths, so that text cannot move from one to the next.
		start := len(buf)
		buf = append(buf, 0, 0, 0, 0)
		if f := m.Header().Field(name); f != nil {
			for word := range strings.FieldsSeq(f.Value()) {
				buf = append(append(buf, word...), ' ')
			}
		}
		binary.BigEndian.PutUint32(buf[start:], uint32(len(buf)-start))
	}
	if bytes.IndexByte(m.body, '\r') < 0 && !bytes.Contains(m.body, quotedFrom) { // as nearly all: no copy is needed
		h.Write(buf)
		buf = buf[:0]
		if body := bytes.TrimRight(m.body, "\n"); len(body) > 0 {
			h.Write(body)
			buf = append(buf, '\n')
		}
	} else {
		buf = hashLines(h, buf, m.body)
	}
	h.Write(buf)
	var sum [sha256.Size]byte
	copy(m.digest[:], h.Sum(sum[:0]))
	m.haveDigest = true
	return m.digest
}

// digestChunk is how many bytes of lines are hashed at a time: one line is too short for that.
const digestChunk = 1 << 10

// hashLines hashes what is in buf and then the lines of a body, each ended by one line feed, as they were before a
// mbox quoted some. It returns what is still to be hashed.
func hashLines(h hash.Hash, buf, body []byte) []byte {
	blank := 0
	for line := range bytes.Lines(body) {
		line = trimLineEnd(line)
		if len(line) == 0 {
			blank++
			continue
		}
		for ; blank > 0; blank-- {
			buf = append(buf, '\n')
		}
		buf = append(append(buf, unquoteMbox(line)...), '\n')
		if len(buf) >= digestChunk {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	return buf
}

// quotedFrom is in every body of which a line is quoted for an mbox.
var quotedFrom = []byte(">From ")

// unquoteMbox removes the ">" that an mbox puts before a line that starts with "From ".
func unquoteMbox(line []byte) []byte {
	if line[0] == '>' {
		if rest := bytes.TrimLeft(line, ">"); bytes.HasPrefix(rest, quotedFrom[1:]) {
			return rest
		}
	}
	return line
}
