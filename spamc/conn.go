package spamc

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"asterism/connpool"
	"asterism/contain"
)

// conn is one connection: one request, one answer.
type conn struct {
	net.Conn
	server *Server
	access Access
	bytes  connpool.Share // of the request's message
	ended  func()         // called when the connection has left its place
	left   sync.Once

	mu       sync.Mutex
	since    time.Time // when it got its place; zero before
	began    bool      // there was a first byte
	received bool      // its request has been read
	killed   bool
}

func newConn(s *Server, c net.Conn, access Access) *conn {
	return &conn{Conn: c, server: s, access: access, bytes: connpool.Share{Budget: s.opt.Bytes}}
}

// Serve answers the request in the background.
func (c *conn) Serve(ended func()) {
	c.mu.Lock()
	c.since = time.Now()
	c.mu.Unlock()
	c.ended = ended
	contain.Go(c.serve)
}

// Limits of the time that a client may take before its connection has to make room: until its first byte, when it
// holds no memory and may itself wait for a busy machine, and from there to the end of its request.
const (
	silent = 3 * time.Second
	slow   = time.Second
)

// Spare reports whether the connection may make room for another: if its request is slow.
func (c *conn) Spare(room connpool.Room) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.received || c.since.IsZero():
		return c.since, false
	case c.began:
		return c.since, time.Since(c.since) > slow
	}
	return c.since, room == connpool.Place && time.Since(c.since) > silent
}

// lastCall is how long a client that has said nothing may still begin when the server stops.
const lastCall = 100 * time.Millisecond

// Drain ends the connection if it has no request.
func (c *conn) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.began {
		c.SetReadDeadline(time.Now().Add(lastCall))
	}
}

// Kill ends the connection. A client in the middle of a request gets a temporary failure.
func (c *conn) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.killed = true
	if !c.began || c.received {
		c.Close()
		return
	}
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // ends the read
}

// deadline limits the time of the next step, unless the connection is to end.
func (c *conn) deadline(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.killed {
		_ = c.SetDeadline(time.Now().Add(d))
	}
}

// errMadeRoom is the answer to a request that others could not wait for.
var errMadeRoom = &ServerError{codeTempfail,
	"the request has taken long to arrive, and others wait for its place or its memory: try again"}

// note sets one of the flags above.
func (c *conn) note(flag *bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*flag = true
}

// begin notes the first byte, from which the request counts as slow or not.
func (c *conn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began, c.since = true, time.Now()
}

func (c *conn) isKilled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.killed
}

// serve answers the request. Whatever goes wrong ends this connection only.
func (c *conn) serve() {
	defer c.leave()
	defer c.Close()
	log := c.server.opt.Log.With("peer", c.peer())
	if !c.allowed() {
		log.Warn("connection refused: the address is not allowed")
		return
	}
	a, err := c.answer(log)
	if errors.Is(err, net.ErrClosed) {
		log.Debug("a silent client was closed to make room for another")
		return
	}
	if err != nil {
		a = refusal(err)
		level := slog.LevelError
		if a.code == codeProtocol || a.code == codeUnavailable || !c.received { // the client's fault
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "request refused", "err", err)
	}
	if a == nil { // SKIP
		return
	}
	killed := c.isKilled()
	patience := c.server.opt.Answer
	if killed {
		patience = time.Second
	}
	c.SetDeadline(time.Now().Add(patience))
	if err := a.writeTo(c); err != nil {
		if !errors.Is(err, net.ErrClosed) {
			log.Warn("the client did not accept its answer", "err", err)
		}
		return
	}
	if !killed {
		c.linger(lingering)
		return
	}
	select {
	case c.server.leaving <- struct{}{}:
		c.leave() // others wait for its place
		c.linger(time.Second)
		<-c.server.leaving
	default:
	}
}

// leave gives up the resources that others may wait for.
func (c *conn) leave() {
	c.left.Do(func() {
		c.bytes.GiveAll()
		if c.ended != nil {
			c.ended()
		}
	})
}

// answer reads the request and works out its answer.
func (c *conn) answer(log *slog.Logger) (a *answer, err error) {
	req, err := c.read()
	if err != nil {
		return nil, err
	}
	c.note(&c.received)
	defer contain.Err(&err)
	ctx, cancel := context.WithTimeout(context.Background(), c.server.opt.Answer)
	defer cancel()
	return c.server.answer(ctx, log, req, c)
}

// takeBytes waits until the message may be n bytes longer. Slow connections make room.
func (c *conn) takeBytes(n int64) error {
	for deadline := time.Now().Add(c.server.opt.ReadHead); !c.bytes.Take(n); time.Sleep(10 * time.Millisecond) {
		if c.isKilled() {
			return errMadeRoom
		}
		if time.Now().After(deadline) {
			return &ServerError{codeTempfail, "too many messages in hand"}
		}
		c.server.opt.MakeRoom()
	}
	return nil
}

// lingering is how long a client may take to close a connection.
const lingering = 2 * time.Second

// linger waits a moment for the client to close: closing first, with bytes of its request unread, would reset the
// connection and could cost it the answer.
func (c *conn) linger(d time.Duration) {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		return
	}
	c.SetReadDeadline(time.Now().Add(d))
	io.Copy(io.Discard, io.LimitReader(c.Conn, 1<<20))
}

// read reads the request within its time limits.
func (c *conn) read() (*request, error) {
	r := bufio.NewReaderSize(c.Conn, maxLine)
	c.deadline(c.server.opt.ReadHead) // for the writes of a TLS handshake as well
	if _, err := r.Peek(1); err == nil {
		c.begin()
		c.deadline(c.server.opt.ReadHead)
	}
	req, err := readHead(r)
	if err == nil && verbs[req.verb] {
		c.deadline(c.server.opt.ReadBody)
		err = req.readMessage(r, c.server.opt.MaxMessage, int64(c.server.settings.Load().MaxSize), c.takeBytes)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && c.isKilled() {
		return nil, errMadeRoom
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &ServerError{codeTimeout, "Timeout: the request did not arrive in time"}
	}
	return req, err
}

func (c *conn) allowed() bool {
	if c.access.Allowed == nil {
		return true
	}
	addr, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return true
	}
	ip, _ := netip.AddrFromSlice(addr.IP)
	return c.access.Allowed(ip.Unmap())
}

// peer names the client in the log.
func (c *conn) peer() string {
	if name := c.RemoteAddr().String(); name != "" && name != "@" {
		return name
	}
	return "unix"
}
