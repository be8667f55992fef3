package milter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	gomilter "github.com/d--j/go-milter"
)

// ErrClosed is returned by Serve after Shutdown.
var ErrClosed = errors.New("milter: server closed")

// Server serves milter connections.
type Server struct {
	opt      Options
	settings atomic.Pointer[Settings]
	conns    chan struct{} // one element per connection in service
	checks   chan struct{} // one element per running check
	waiting  atomic.Int64  // checks that wait for their turn

	mu        sync.Mutex
	closing   bool
	listeners []net.Listener
	sessions  map[*session]struct{}
	ended     chan struct{} // closed when closing is set and the last session has gone
}

// New returns a server that has mails checked by opt.Checker.
func New(opt Options) *Server {
	opt = opt.withDefaults()
	s := &Server{
		opt:      opt,
		conns:    make(chan struct{}, opt.MaxConns),
		checks:   make(chan struct{}, opt.MaxChecks),
		sessions: make(map[*session]struct{}),
		ended:    make(chan struct{}),
	}
	s.Configure(opt.Settings)
	return s
}

// Configure replaces the settings; mails whose envelope has already begun keep the old ones.
func (s *Server) Configure(settings Settings) {
	s.settings.Store(&settings)
}

// Serve accepts connections until ln fails or Shutdown is called, when it returns ErrClosed. It may be called for several
// listeners at once; it closes ln.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	if !s.addListener(ln) {
		return ErrClosed
	}
	for pause := time.Duration(0); ; {
		s.conns <- struct{}{}
		conn, err := ln.Accept()
		if err != nil {
			<-s.conns
			if s.isClosing() {
				return ErrClosed
			}
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			// Out of file descriptors, most likely: go on when some are free again.
			pause = min(2*pause+5*time.Millisecond, time.Second)
			s.opt.Log.Error("cannot accept a milter connection", "err", err, "pause", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		s.serveConn(conn, ln.Addr())
	}
}

// serveConn starts a session on conn, which came in at addr.
func (s *Server) serveConn(conn net.Conn, addr net.Addr) {
	ses := newSession(s, conn, addr)
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		conn.Close()
		<-s.conns
		return
	}
	s.sessions[ses] = struct{}{}
	s.mu.Unlock()
	// Serve starts the session in a goroutine and returns as the second Accept fails.
	err := gomilter.NewServer(ses.options()...).Serve(&single{Listener: nil, conn: ses.guard})
	if !errors.Is(err, io.EOF) {
		ses.guard.Close()
	}
}

// sessionEnded is called once for every session.
func (s *Server) sessionEnded(ses *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, ses)
	<-s.conns
	if s.closing && len(s.sessions) == 0 {
		close(s.ended)
	}
}

func (s *Server) addListener(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, ln)
	return !s.closing
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// Shutdown stops accepting, closes connections that are between mails, and waits for the mails in hand. When ctx ends first it
// closes all and returns an error that says how many mails were cut off; their MTAs keep them.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closing = true
	for _, ln := range s.listeners {
		ln.Close()
	}
	for ses := range s.sessions {
		ses.guard.drain()
	}
	if len(s.sessions) == 0 {
		close(s.ended)
	}
	s.mu.Unlock()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	n := len(s.sessions)
	for ses := range s.sessions {
		ses.guard.kill()
	}
	s.mu.Unlock()
	if n == 0 {
		return nil
	}
	<-s.ended
	return fmt.Errorf("milter: %d mails in hand were cut off: %w", n, ctx.Err())
}

// single is a listener that accepts one connection, given beforehand.
type single struct {
	net.Listener
	conn net.Conn
}

// Accept returns the connection, then io.EOF.
func (l *single) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, io.EOF
	}
	conn := l.conn
	l.conn = nil
	return conn, nil
}

// Close does nothing: the session closes its connection itself.
func (l *single) Close() error { return nil }
