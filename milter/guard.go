package milter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"asterism/conns"
)

// Commands of the milter protocol (SMFIC_*) that the guard looks at.
const (
	cmdAbort   = 'A'
	cmdBody    = 'B'
	cmdConnect = 'C'
	cmdMacro   = 'D'
	cmdHelo    = 'H'
	cmdHeader  = 'L'
	cmdMail    = 'M'
	cmdOptions = 'O'
	cmdRcpt    = 'R'
	cmdUnknown = 'U'
)

// maxPacket is the longest packet taken from an MTA. The protocol's own limit is 64 KB unless more was negotiated, but Postfix
// sends a header field of any length in one packet (header_size_limit, 100 KB by default).
const maxPacket = 1 << 20

// maxFirst is the longest first packet: an option negotiation.
const maxFirst = 64

// maxPackets bounds the packets that are under way on all connections, in bytes.
const maxPackets = 16 << 20

// When a connection may be closed to make room: what it owes us since when, and how long that may take. An MTA writes packets as a
// whole, and begins with one; between its mails, and inside one, it may have to wait for its client.
const (
	owesPacket = time.Second
	owesMail   = 10 * time.Second
	owesRest   = 5 * time.Minute // of a mail; longer than a check takes
)

// guard reads whole packets for go-milter, so that the library sees only well-formed ones of bounded length, and adds
// time limits and a way to stop between two mails. Only Read and the methods that say so may be called concurrently.
type guard struct {
	net.Conn
	idle, packet time.Duration
	rest         []byte // what of the current packet has not been read yet
	buf          []byte
	bytes        conns.Share // what buf takes
	room         func()      // makes room where the bytes are too few
	onFault      func(error) // told why the connection ended, unless the MTA just closed it
	onClose      func()
	closeOnce    sync.Once

	mu       sync.Mutex
	busy     bool      // a mail is in hand
	spoken   bool      // there was a first packet
	since    time.Time // of the last packet, or when the connection got its place; zero before
	began    time.Time // the packet under way; zero if there is none
	draining bool
}

// Read hands out the current packet, or reads the next. Every end of the connection is reported as io.EOF.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		if err := g.next(); err != nil {
			if !g.ordinary(err) {
				g.onFault(err)
			}
			return 0, io.EOF
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// next reads one packet: its length as four bytes, its command, its data.
func (g *guard) next() error {
	var length [4]byte
	g.bytes.GiveAll()
	if err := g.deadline(g.idle); err != nil {
		return err
	}
	if _, err := io.ReadFull(g.Conn, length[:1]); err != nil {
		return err
	}
	g.setBegan(time.Now())
	g.SetReadDeadline(time.Now().Add(g.packet))
	if _, err := io.ReadFull(g.Conn, length[1:]); err != nil {
		return midPacket(err)
	}
	n, limit := binary.BigEndian.Uint32(length[:]), uint32(maxPacket)
	if !g.spoken {
		limit = maxFirst
	}
	if n == 0 || n > limit {
		return fmt.Errorf("packet of %d bytes, want 1 to %d", n, limit)
	}
	g.buf = append(g.buf[:0], length[:]...)
	if err := g.read(int(n)); err != nil {
		return midPacket(err)
	}
	if err := g.wellFormed(g.buf[4], g.buf[5:]); err != nil {
		return err
	}
	g.note(g.buf[4])
	g.rest = g.buf
	return nil
}

// readStep is how many bytes of a packet are made room for at a time, so that memory is taken as they come, not as promised.
const readStep = 64 << 10

// read appends n bytes to the buffer.
func (g *guard) read(n int) error {
	if cap(g.buf) > 2*readStep {
		g.buf = append(make([]byte, 0, readStep), g.buf...) // one long packet is no reason to keep as much
	}
	for n > 0 {
		step := min(n, readStep)
		if err := g.take(step); err != nil {
			return err
		}
		have := len(g.buf)
		g.buf = append(g.buf, make([]byte, step)...)
		if _, err := io.ReadFull(g.Conn, g.buf[have:]); err != nil {
			return err
		}
		n -= step
	}
	return nil
}

// take waits until there are n bytes for the packet.
func (g *guard) take(n int) error {
	for deadline := time.Now().Add(g.packet); !g.bytes.Take(int64(n)); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("no memory for the packet: too many are under way")
		}
		g.setBegan(time.Time{}) // now it waits for us
		g.room()
		g.setBegan(time.Now())
	}
	return nil
}

// setBegan notes when the packet under way began.
func (g *guard) setBegan(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.began = t
}

// start notes that the connection has got its place.
func (g *guard) start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.since = time.Now()
}

// note notes that a packet of a command has come.
func (g *guard) note(cmd byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.since, g.began, g.spoken = time.Now(), time.Time{}, true
	switch cmd {
	case cmdMail:
		g.busy = true
	case cmdAbort:
		g.busy = false
	}
}

// spare tells whether the connection may be closed to make room for another, and since when it owes us something. It may be called
// concurrently.
func (g *guard) spare() (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.since.IsZero():
		return g.since, false
	case !g.began.IsZero():
		return g.began, time.Since(g.began) > owesPacket
	case !g.spoken:
		return g.since, time.Since(g.since) > owesPacket
	}
	patience := owesMail
	if g.busy {
		patience = owesRest
	}
	return g.since, time.Since(g.since) > patience
}

// deadline sets the limit for the next packet to begin, or returns io.EOF if none is wanted any more.
func (g *guard) deadline(d time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining && !g.busy {
		return io.EOF
	}
	return g.SetReadDeadline(time.Now().Add(d))
}

// midPacket says that a connection ended inside a packet, which io.EOF would hide.
func midPacket(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ordinary tells whether a connection may end like this in everyday life.
func (g *guard) ordinary(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.draining || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		!g.busy && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrDeadlineExceeded))
}

// wellFormed refuses packets whose strings do not end, as go-milter would read beyond them, and a first one that is no negotiation.
func (g *guard) wellFormed(cmd byte, data []byte) error {
	if !g.spoken && cmd != cmdOptions {
		return fmt.Errorf("%q packet before the option negotiation", cmd)
	}
	strings := 0
	switch cmd {
	case cmdMail, cmdRcpt, cmdHelo, cmdUnknown:
		strings = 1
	case cmdHeader:
		strings = 2
	case cmdConnect:
		// name NUL family [port address NUL]
		end := bytes.IndexByte(data, 0)
		if end < 0 || end+1 == len(data) {
			return errors.New("connect packet without a protocol family")
		}
		if data[end+1] != 'U' {
			strings = 2
		}
	case cmdMacro:
		if len(data) > 1 {
			strings = 1
		}
	}
	if strings > 0 && (bytes.Count(data, []byte{0}) < strings || data[len(data)-1] != 0) {
		return fmt.Errorf("%q packet with an unfinished string", cmd)
	}
	return nil
}

// Write sends a reply within the packet's time limit.
func (g *guard) Write(p []byte) (int, error) {
	g.SetWriteDeadline(time.Now().Add(g.packet))
	return g.Conn.Write(p)
}

// Close closes the connection and reports the end of the session, once.
func (g *guard) Close() error {
	g.closeOnce.Do(func() {
		g.Conn.Close()
		g.onClose()
	})
	return nil
}

// setBusy notes whether a mail is in hand. It may be called concurrently.
func (g *guard) setBusy(busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy = busy
}

// drain ends the session as soon as no mail is in hand. It may be called concurrently.
func (g *guard) drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
	if !g.busy {
		g.SetReadDeadline(time.Unix(1, 0))
	}
}

// kill cuts the connection, whatever is in hand. It may be called concurrently.
func (g *guard) kill() {
	g.drain()
	g.Conn.Close()
}
