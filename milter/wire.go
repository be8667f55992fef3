package milter

import (
	"encoding/binary"
	"net"
	"strings"
	"time"
)

// wire is the connection to an MTA, with fewer system calls: what is to be changed in a mail is sent together with
// the reply that ends it.
type wire struct {
	net.Conn
	limit time.Duration // how long the MTA may take to accept a reply
	out   []byte        // packets that are held back, and the one that is being written
	end   int           // where in out that one begins
}

// holdBack is how many bytes of replies are held back at most.
const holdBack = 64 << 10

// modifications are the replies (SMFIR_*) that change a mail: another one follows them.
const modifications = "+-2behimq"

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

// dropHeld forgets the packets that are held back.
func (w *wire) dropHeld() { w.out, w.end = w.out[:0], 0 }

func (w *wire) flush() error {
	w.SetWriteDeadline(time.Now().Add(w.limit))
	_, err := w.Conn.Write(w.out)
	w.out, w.end = w.out[:0], 0
	if cap(w.out) > holdBack {
		w.out = nil
	}
	return err
}
