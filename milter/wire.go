package milter

import (
	"bufio"
	"encoding/binary"
	"net"
	"strings"
)

// wire is the connection to an MTA, with fewer system calls: what has come is read at once, though the protocol takes a packet
// for each header field, and what is to be changed in a mail is sent together with the reply that ends it.
type wire struct {
	net.Conn
	in  *bufio.Reader
	out []byte // packets that are held back, and the one that is being written
	end int    // where in out that one begins
}

// Sizes of buffers, in bytes.
const (
	readAhead = 4 << 10 // some connections are idle for long
	holdBack  = 64 << 10
)

// modifications are the replies (SMFIR_*) that change a mail: another one follows them.
const modifications = "+-2behimq"

func newWire(conn net.Conn) *wire { return &wire{Conn: conn, in: bufio.NewReaderSize(conn, readAhead)} }

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) { return w.in.Read(p) }

// Write sends p, a packet or a part of one, unless it is held back.
func (w *wire) Write(p []byte) (int, error) {
	w.out = append(w.out, p...)
	for len(w.out)-w.end >= 5 {
		packet := w.out[w.end:]
		size := 4 + int(binary.BigEndian.Uint32(packet))
		if len(packet) < size {
			break
		}
		w.end += size
		if !strings.ContainsRune(modifications, rune(packet[4])) || len(w.out) > holdBack {
			return len(p), w.flush()
		}
	}
	return len(p), nil
}

func (w *wire) flush() error {
	_, err := w.Conn.Write(w.out)
	w.out, w.end = w.out[:0], 0
	if cap(w.out) > holdBack {
		w.out = nil
	}
	return err
}
