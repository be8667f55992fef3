package milter

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"asterism/connpool"
)

// Commands of the milter protocol (SMFIC_*).
const (
	cmdAbort   = 'A'
	cmdBody    = 'B'
	cmdConnect = 'C'
	cmdData    = 'T'
	cmdEnd     = 'E'
	cmdEOH     = 'N'
	cmdMacro   = 'D'
	cmdHelo    = 'H'
	cmdHeader  = 'L'
	cmdMail    = 'M'
	cmdOptions = 'O'
	cmdQuit    = 'Q'
	cmdQuitNew = 'K'
	cmdRcpt    = 'R'
	cmdUnknown = 'U'
)

// maxPacket is the longest packet taken from an MTA. The protocol's own limit is 64 KB unless more was negotiated,
// but Postfix sends a header field of any length in one packet (header_size_limit, 100 KB by default).
const maxPacket = 1 << 20

// maxFirst is the longest first packet: an option negotiation.
const maxFirst = 64

// maxPackets bounds the packets that are under way on all connections, in bytes.
const maxPackets = 16 << 20

// Limits of the time that an MTA may take before its connection has to make room: for its first packet, for the rest
// of a packet, for another mail, and for the rest of a mail from the mail's beginning on. An MTA writes packets as a
// whole, but it may have to wait for its client between mails and inside one. The rest of a mail is due sooner than
// another mail: else clients that begin mails and do not end them would keep all others out. A mail that is being
// checked has no such limit.
const (
	owesFirst  = 3 * time.Second
	owesPacket = time.Second
	owesMail   = 10 * time.Second
	owesRest   = 5 * time.Second
)

// packetReader reads packets, well-formed ones of bounded length, within time limits, and can stop between two mails.
// Only the methods that say so may be called concurrently.
type packetReader struct {
	net.Conn
	idle, packet time.Duration
	*buffers                    // nil after close
	free         *sync.Pool     // where buffers come from
	held         int            // bytes of in that the current packet takes
	waited       bool           // the current packet did not come together with the one before
	bytes        connpool.Share // what long takes
	room         func()         // makes room where the bytes are too few

	mu       sync.Mutex
	busy     bool      // a mail is in hand
	begun    time.Time // when it began
	checking bool      // it has come to its end
	spoken   bool      // there was a first packet
	since    time.Time // of the last packet, or when the connection got its place; zero before
	began    time.Time // the packet under way; zero if there is none
	draining bool
}

// buffers are a connection's memory for packets, which the next one gets when it has ended.
type buffers struct {
	in   *bufio.Reader // what has come is read at once, though the protocol takes a packet for each header field
	long []byte        // a packet that in is too small for
}

// readAhead is how many bytes are read at once; some connections are idle for long.
const readAhead = 4 << 10

// newPacketReader returns a packetReader of a connection, with buffers from a pool.
func newPacketReader(conn net.Conn, opt *Options, free *sync.Pool) *packetReader {
	b, ok := free.Get().(*buffers)
	if !ok {
		b = &buffers{in: bufio.NewReaderSize(nil, readAhead)}
	}
	b.in.Reset(conn)
	return &packetReader{Conn: conn, idle: opt.Idle, packet: opt.Packet, buffers: b, free: free}
}

// next reads one packet: its length as four bytes, its command, its data. The data are valid until the next call.
func (g *packetReader) next() (cmd byte, data []byte, err error) {
	g.bytes.GiveAll()
	g.in.Discard(g.held)
	g.held = 0
	if err := g.await(); err != nil {
		return 0, nil, err
	}
	length, err := g.in.Peek(4)
	if err != nil {
		return 0, nil, midPacket(err)
	}
	n, limit := binary.BigEndian.Uint32(length), uint32(maxPacket)
	if !g.spoken {
		limit = maxFirst
	}
	if n == 0 || n > limit {
		return 0, nil, fmt.Errorf("packet of %d bytes, want 1 to %d", n, limit)
	}
	packet, err := g.read(4 + int(n))
	if err != nil {
		return 0, nil, midPacket(err)
	}
	cmd, data = packet[4], packet[5:]
	if err := g.wellFormed(cmd, data); err != nil {
		return 0, nil, err
	}
	g.note(cmd)
	return cmd, data, nil
}

// await waits until a packet begins, and limits the time that the rest of it may take. Where all of it has come there
// is no rest: most packets come as a whole, many together, and clocks and deadlines for each header field would cost
// more than reading it.
func (g *packetReader) await() error {
	if g.waited = g.in.Buffered() == 0; g.waited {
		if err := g.deadline(g.idle); err != nil {
			return err
		}
		if _, err := g.in.Peek(1); err != nil {
			return err
		}
	} else if !g.wanted() {
		return io.EOF
	}
	if g.whole() {
		return nil
	}
	now := time.Now()
	g.setBegan(now)
	return g.SetReadDeadline(now.Add(g.packet))
}

// whole reports whether all of the next packet is in the buffer.
func (g *packetReader) whole() bool {
	have := g.in.Buffered()
	if have < 4 {
		return false
	}
	length, _ := g.in.Peek(4)
	return have-4 >= int(binary.BigEndian.Uint32(length))
}

// readStep is how many bytes of a packet are made room for at a time, so that memory is taken as they come, not as
// promised.
const readStep = 64 << 10

// read returns a packet of n bytes.
func (g *packetReader) read(n int) ([]byte, error) {
	if n <= g.in.Size() {
		g.held = n
		return g.in.Peek(n)
	}
	if g.long = g.long[:0]; cap(g.long) > 2*readStep {
		g.long = nil // one long packet is no reason to keep as much
	}
	for n > 0 {
		step := min(n, readStep)
		if err := g.take(step); err != nil {
			return nil, err
		}
		have := len(g.long)
		g.long = slices.Grow(g.long, step)[:have+step]
		if _, err := io.ReadFull(g.in, g.long[have:]); err != nil {
			return nil, err
		}
		n -= step
	}
	return g.long, nil
}

// take waits until there are n bytes for the packet.
func (g *packetReader) take(n int) error {
	for deadline := time.Now().Add(g.packet); !g.bytes.Take(int64(n)); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("no memory for the packet: other messages use it")
		}
		g.setBegan(time.Time{}) // now it waits for us
		g.room()
		g.setBegan(time.Now())
	}
	return nil
}

// setBegan notes when the packet under way began.
func (g *packetReader) setBegan(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.began = t
}

// start notes that the connection has got its place.
func (g *packetReader) start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.since = time.Now()
}

// note notes that a packet of a command has come.
func (g *packetReader) note(cmd byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waited || !g.began.IsZero() {
		g.since, g.began = time.Now(), time.Time{}
	}
	g.spoken = true
	switch cmd {
	case cmdMail:
		g.busy, g.begun, g.checking = true, time.Now(), false
	case cmdEnd:
		g.checking = g.busy
	case cmdAbort:
		g.busy, g.checking = false, false
	}
}

// spare reports whether the connection may be closed to make room for another, and since when it owes us something. It
// may be called concurrently.
func (g *packetReader) spare(room connpool.Room) (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.since.IsZero() || g.checking:
		return g.since, false
	case room == connpool.Bytes && g.began.IsZero() && !g.busy:
		return g.since, false
	case !g.began.IsZero():
		return g.began, time.Since(g.began) > owesPacket
	case !g.spoken:
		return g.since, time.Since(g.since) > owesFirst
	}
	if g.busy {
		return g.begun, time.Since(g.begun) > owesRest
	}
	return g.since, time.Since(g.since) > owesMail
}

// wanted reports whether another packet is wanted.
func (g *packetReader) wanted() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy || !g.draining
}

// deadline sets the limit for the next packet to begin, or returns io.EOF if none is wanted any more.
func (g *packetReader) deadline(d time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining && !g.busy {
		return io.EOF
	}
	return g.SetReadDeadline(time.Now().Add(d))
}

// errMadeRoom is logged for a connection that was closed so that another has a place.
var errMadeRoom = errors.New("its mail is overdue, and others wait for its connection or memory: " +
	"the MTA must try again")

// midPacket says that a connection ended inside a packet, which io.EOF would hide.
func midPacket(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ordinary reports whether a connection may end like this in everyday life.
func (g *packetReader) ordinary(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.draining || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		!g.busy && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrDeadlineExceeded))
}

// wellFormed refuses packets whose strings do not end, and a first one that is no negotiation.
func (g *packetReader) wellFormed(cmd byte, data []byte) error {
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
		if len(data) > maxMacros {
			return fmt.Errorf("macros of %d bytes, want at most %d", len(data), maxMacros)
		}
		if len(data) > 1 {
			strings = 1
		}
	}
	if strings > 0 && (bytes.Count(data, []byte{0}) < strings || data[len(data)-1] != 0) {
		return fmt.Errorf("%q packet with an unfinished string", cmd)
	}
	return nil
}

// close closes the connection and gives its memory back.
func (g *packetReader) close() {
	g.Conn.Close()
	g.bytes.GiveAll()
	g.in.Reset(nil)
	g.free.Put(g.buffers)
	g.buffers = nil
}

// setBusy notes whether a mail is in hand. It may be called concurrently.
func (g *packetReader) setBusy(busy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy, g.checking = busy, false
}

// drain ends the session as soon as no mail is in hand. It may be called concurrently.
func (g *packetReader) drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
	if !g.busy {
		g.SetReadDeadline(time.Unix(1, 0))
	}
}

// kill cuts the connection, whatever is in hand, and reports whether that cost a mail its way. It may be called
// concurrently.
func (g *packetReader) kill() (cut bool) {
	g.mu.Lock()
	cut = g.busy && !g.checking && !g.draining
	g.mu.Unlock()
	g.drain()
	g.Conn.Close()
	return cut
}
