// Package httpd is an HTTP server with limits of time, size and connections, for the daemon's own handlers.
package httpd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"asterism/connpool"
	"asterism/contain"
)

// Options configures a server. Zero values stand for the defaults.
type Options struct {
	Handler   http.Handler
	Log       *slog.Logger
	MaxConns  int           // connections served at once. Default 256
	MaxHeader int           // bytes of a request's header. Default 16 KB
	ReadTime  time.Duration // for a request with its body. Default 10 s
	WriteTime time.Duration // for a request's answer, its work included. Default 30 s

	// FirstLine translates the first line of another protocol into an HTTP request line, and returns other lines
	// unchanged. May be nil.
	FirstLine func(line string) string
}

// idleTime is how long a connection may wait for its next request.
const idleTime = 2 * time.Minute

// Limits of the time that a client may take before its connection has to make room: until the first byte of a
// request, when it holds no memory and may itself wait for a busy machine, and from there to the request's end.
const (
	silent = 3 * time.Second
	slow   = time.Second
)

// Server serves HTTP/1.0 and HTTP/1.1. Connections beyond its limit close connections without a request.
type Server struct {
	opt   Options
	pool  *connpool.Pool
	http  http.Server
	ready chan net.Conn // connections that have their place
	done  chan struct{} // closed by Close
	close sync.Once
}

// New returns a server.
func New(opt Options) *Server {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.MaxConns, opt.MaxHeader = cmp.Or(opt.MaxConns, 256), cmp.Or(opt.MaxHeader, 16<<10)
	opt.ReadTime, opt.WriteTime = cmp.Or(opt.ReadTime, 10*time.Second), cmp.Or(opt.WriteTime, 30*time.Second)
	s := &Server{opt: opt, pool: connpool.NewPool(opt.MaxConns, "requests", opt.Log), ready: make(chan net.Conn),
		done: make(chan struct{})}
	s.http = http.Server{
		Handler: s.busy(opt.Handler), MaxHeaderBytes: opt.MaxHeader, ReadTimeout: opt.ReadTime,
		WriteTimeout: opt.WriteTime,
		IdleTimeout:  idleTime,
		ErrorLog:     slog.NewLogLogger(opt.Log.Handler(), slog.LevelDebug),
		ConnContext:  connContext,
	}
	contain.Go(func() { _ = s.http.Serve(&placed{s}) }) // until Close
	return s
}

// connKey is where a request's context has its connection.
type connKey struct{}

// connContext returns the context of a connection's requests. It ends when the connection has to make room.
func connContext(ctx context.Context, c net.Conn) context.Context {
	ours, ok := c.(*conn)
	if !ok {
		return ctx
	}
	ctx, ours.cancel = context.WithCancel(context.WithValue(ctx, connKey{}, ours))
	ours.armed.Store(true)
	return ctx
}

// busy notes which connections have a request that is being answered: those are let finish.
func (s *Server) busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.setAnswered(true)
			c.setBusy(r.ContentLength == 0)
			body := &body{ReadCloser: r.Body, conn: c, ended: r.ContentLength == 0}
			r.Body = body
			defer func() {
				// What a handler has left of a body is read before the next header, and may look like the end of one.
				c.setDone(!body.ended)
			}()
		}
		if err := contain.Do(func() { next.ServeHTTP(w, r) }); err != nil {
			http.Error(w, "internal error, see the log", http.StatusInternalServerError)
		}
	})
}

// Serve serves connections of ln until ln fails or Close is called, when it returns connpool.ErrClosed. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	return s.pool.Serve(ln, func(c net.Conn) connpool.Conn {
		if s.opt.FirstLine != nil {
			c = &firstLine{Conn: c, translate: s.opt.FirstLine}
		}
		return &conn{Conn: c, server: s}
	})
}

// MakeBytes ends the request whose body is slowest to arrive, if there is one.
func (s *Server) MakeBytes() { s.pool.MakeRoom(connpool.Bytes) }

// Shutdown closes connections without a request, and waits for requests in progress until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.pool.Shutdown(ctx)
	return errors.Join(err, s.Close())
}

// Close stops at once.
func (s *Server) Close() error {
	s.close.Do(func() { close(s.done) })
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.pool.Shutdown(now) // how many were cut off is of no interest
	return s.http.Close()
}

// placed is the listener from which the HTTP server takes the connections that have their place.
type placed struct{ server *Server }

// Accept returns the next connection.
func (l *placed) Accept() (net.Conn, error) {
	select {
	case c := <-l.server.ready:
		return c, nil
	case <-l.server.done:
		return nil, errors.New("closed")
	}
}

// Close implements net.Listener.
func (l *placed) Close() error { return nil }

// Addr implements net.Listener.
func (l *placed) Addr() net.Addr { return &net.UnixAddr{Name: "http", Net: "unix"} }

// conn is one connection.
type conn struct {
	net.Conn
	server *Server
	ended  func()
	close  sync.Once
	cancel context.CancelFunc // of its requests' context, once armed
	armed  atomic.Bool

	mu       sync.Mutex
	busy     bool
	reading  bool // the server waits for the client
	begun    bool // a request's first byte has come, and no answer
	answered bool // a request's header has been read, and not all of the request
	draining bool
	since    time.Time // when it was first read from, or had its last answer; zero before
	writing  time.Time // since when its client is to take what is written; zero while nothing is
}

// Serve hands the connection to the HTTP server.
func (c *conn) Serve(ended func()) {
	c.ended = ended
	select {
	case c.server.ready <- c:
	case <-c.server.done:
		c.Close()
	}
}

// Read reads from the connection. Only now does its client owe us something: that the machine was too busy to come to
// it is no reason to close it. A request whose header has ended is in hand, before the HTTP server comes to answer
// it. An empty line in a body ends no header.
func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if c.since.IsZero() {
		c.since = time.Now()
	}
	c.reading = true
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
	if n > 0 && !c.begun {
		c.begun, c.since = true, time.Now()
	}
	if bytes.HasSuffix(p[:n], []byte("\r\n\r\n")) && !c.answered {
		c.busy, c.since = true, time.Now()
	}
	return n, err
}

// Write writes to the connection. A client that does not read its answer makes room for others.
func (c *conn) Write(p []byte) (int, error) {
	c.setWriting(time.Now())
	defer c.setWriting(time.Time{})
	return c.Conn.Write(p)
}

func (c *conn) setWriting(since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = since
}

// Spare reports whether the connection may make room for another: if its request is late, or it does not read the
// answer. A request that has arrived and waits for the server stays.
func (c *conn) Spare(room connpool.Room) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case room == connpool.Bytes:
		return c.since, c.reading && c.answered && !c.busy && time.Since(c.since) > slow
	case !c.writing.IsZero():
		return c.writing, time.Since(c.writing) > slow
	case !c.reading || c.busy:
		return c.since, false
	case c.begun:
		return c.since, time.Since(c.since) > slow
	}
	return c.since, time.Since(c.since) > silent
}

func (c *conn) setBusy(busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.since = busy, time.Now()
}

// setDone notes the end of an answer; what is left of its request's body is still to be read.
func (c *conn) setDone(left bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered, c.begun, c.busy, c.since = left, left, false, time.Now()
}

// setAnswered notes whether a request has come to its handler of which not all has been read.
func (c *conn) setAnswered(answered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = answered
}

// body is a request's body. Until all of it has come, its connection is not in hand: a slow client makes room.
type body struct {
	io.ReadCloser
	conn  *conn
	ended bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.ended = true
		b.conn.setBusy(true)
	}
	return n, err
}

// Drain ends the connection before its next request.
func (c *conn) Drain() {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	_ = c.SetReadDeadline(time.Time{})
}

// SetReadDeadline sets when reads end: at once if there is to be no further request.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining && !c.busy {
		t = time.Unix(1, 0)
	}
	return c.Conn.SetReadDeadline(t)
}

// Kill ends the connection and all waits on it; the HTTP server then closes it.
func (c *conn) Kill() {
	if c.armed.Load() {
		c.cancel()
	}
	c.Conn.Close()
}

// Close closes the connection and gives its place up.
func (c *conn) Close() error {
	err := c.Conn.Close()
	if c.armed.Load() {
		c.cancel()
	}
	c.close.Do(func() {
		if c.ended != nil {
			c.ended()
		}
	})
	return err
}
