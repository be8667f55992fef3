package metrics

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"asterism/conns"
	"asterism/contain"
)

// Limits of the HTTP server. Those who ask are a few of the site's own programs.
const (
	maxConns  = 256
	maxHeader = 16 << 10 // bytes
	readTime  = 10 * time.Second
	writeTime = 30 * time.Second
	idleTime  = 2 * time.Minute
)

// slow is how long a request may be on its way before its connection has to make room for others.
const slow = time.Second

// Server is an HTTP server with limits of time, size and connections.
type Server struct {
	pool  *conns.Pool
	http  http.Server
	ready chan net.Conn // connections that have their place
	done  chan struct{} // closed by Close
	close sync.Once
}

// Server returns a server of m's handler.
func (m *Metrics) Server(log *slog.Logger) *Server {
	s := &Server{pool: conns.NewPool(maxConns, "requests", log), ready: make(chan net.Conn), done: make(chan struct{})}
	s.http = http.Server{
		Handler: s.busy(m.Handler()), MaxHeaderBytes: maxHeader, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	contain.Go(func() { _ = s.http.Serve(&placed{s}) }) // until Close
	return s
}

// connKey is where a request's context has its connection.
type connKey struct{}

// busy notes which connections have a request that is being answered: those are let finish.
func (s *Server) busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.setBusy(true)
			defer c.setBusy(false)
		}
		if err := contain.Do(func() { next.ServeHTTP(w, r) }); err != nil {
			http.Error(w, "internal error, see the log", http.StatusInternalServerError)
		}
	})
}

// Serve answers what comes in at ln until ln fails or Close is called, when it returns conns.ErrClosed. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	return s.pool.Serve(ln, func(c net.Conn) conns.Conn { return &conn{Conn: c, server: s} })
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

	mu    sync.Mutex
	busy  bool
	since time.Time // when it was first read from, or had its last answer; zero before
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
// it.
func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if c.since.IsZero() {
		c.since = time.Now()
	}
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	if bytes.HasSuffix(p[:n], []byte("\r\n\r\n")) {
		c.setBusy(true)
	}
	return n, err
}

// Spare tells whether the connection may make room for another: if it has asked for nothing for a while.
func (c *conn) Spare() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since, !c.busy && !c.since.IsZero() && time.Since(c.since) > slow
}

func (c *conn) setBusy(busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.since = busy, time.Now()
}

// Drain ends the connection: whoever asks for the daemon's health can ask again.
func (c *conn) Drain() { c.Kill() }

// Kill ends the connection; the HTTP server notices and closes it.
func (c *conn) Kill() { c.Conn.Close() }

// Close closes the connection and gives its place up.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.close.Do(func() {
		if c.ended != nil {
			c.ended()
		}
	})
	return err
}
