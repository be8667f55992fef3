package lmtp

import (
	"bufio"
	"bytes"
	"io"
)

// readMail reads a mail up to the line of one dot, and removes the dots that were put before others (RFC 5321,
// section 4.5.2).
func readMail(r *bufio.Reader) ([]byte, error) {
	var mail []byte
	for begin := true; ; {
		part, err := r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil, io.ErrUnexpectedEOF
		}
		if begin {
			if bytes.Equal(part, []byte(".\r\n")) || bytes.Equal(part, []byte(".\n")) {
				return mail, nil
			}
			part = bytes.TrimPrefix(part, []byte("."))
		}
		mail = append(mail, part...)
		begin = err == nil
	}
}

// writeMail writes a mail with CRLF line ends, dots before dots, and the line of one dot behind it.
func writeMail(w io.Writer, mail []byte) error {
	b := bufio.NewWriterSize(w, maxLine)
	for len(mail) > 0 {
		line, rest, _ := bytes.Cut(mail, []byte("\n"))
		mail = rest
		if bytes.HasPrefix(line, []byte(".")) {
			b.WriteByte('.')
		}
		b.Write(bytes.TrimSuffix(line, []byte("\r")))
		b.WriteString("\r\n")
	}
	b.WriteString(".\r\n")
	return b.Flush()
}
