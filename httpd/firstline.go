package httpd

import (
	"bytes"
	"net"
)

// maxFirstLine bounds the line that a connection begins with, in bytes; what is longer is left as it is.
const maxFirstLine = 4 << 10

// firstLine is a connection whose first line may be of another protocol than HTTP, and is put into its form.
type firstLine struct {
	net.Conn
	translate func(string) string
	read      []byte // of the first line and what came with it
	done      bool
}

// Read reads from the connection.
func (c *firstLine) Read(p []byte) (int, error) {
	for !c.done {
		end := bytes.IndexByte(c.read, '\n')
		if end < 0 && len(c.read) < maxFirstLine {
			more := make([]byte, maxFirstLine-len(c.read))
			n, err := c.Conn.Read(more)
			c.read = append(c.read, more[:n]...)
			if err != nil && bytes.IndexByte(c.read, '\n') < 0 {
				c.done = true
			}
			continue
		}
		if end >= 0 {
			line := c.translate(string(bytes.TrimSuffix(c.read[:end], []byte("\r"))))
			c.read = append([]byte(line+"\r\n"), c.read[end+1:]...)
		}
		c.done = true
	}
	if len(c.read) > 0 {
		n := copy(p, c.read)
		c.read = c.read[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
