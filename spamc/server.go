package spamc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"asterism/classifier"
	"asterism/tag"
)

// ErrClosed is returned by Serve after Shutdown.
var ErrClosed = errors.New("spamc: server closed")

// Classifier is what requests are about. It is called concurrently.
type Classifier interface {
	Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
	Learn(ctx context.Context, lessons []classifier.Lesson) ([]classifier.Learned, error)
	Forget(ctx context.Context, raws [][]byte) ([]classifier.Learned, error)
}

// Settings are what an administrator may change while the server runs.
type Settings struct {
	MaxSize  int         // messages of this many bytes or more are not checked, and come back with a score of 0
	Required float64     // the score to name as the required one for messages that were not checked
	Tags     tag.Options // what PROCESS and HEADERS write into messages
}

// Options are what stays as it is while the server runs. Zero values stand for the defaults.
type Options struct {
	Classifier Classifier
	Settings   Settings
	Log        *slog.Logger
	Done       func(action string) // told what was done with each message to check: answer, skip, error; may be nil

	MaxConns   int           // connections served at once; see Serve. Default 1,000
	MaxMessage int64         // longest message taken, in bytes, to check or to learn. Default 64 MB
	ReadHead   time.Duration // time for the request's header. Default 30 s
	ReadBody   time.Duration // time for its message. Default 5 min
	Answer     time.Duration // time for working it out and for the answer to be taken. Default 5 min
}

// Access says what the clients of one listener may do.
type Access struct {
	Tell       bool                  // may they teach and unteach
	Compatible bool                  // write the fields into messages that SpamAssassin's spamd writes, beside our own
	Allowed    func(netip.Addr) bool // may an address connect at all; nil allows all, and unix sockets are not asked
}

// Server answers requests of spamd's protocol.
type Server struct {
	opt      Options
	settings atomic.Pointer[Settings]
	conns    chan struct{} // one element per connection in service

	mu        sync.Mutex
	closing   bool
	listeners []net.Listener
	active    map[*conn]struct{}
	ended     chan struct{} // closed when closing is set and the last connection has gone
}

// New returns a server that puts requests to opt.Classifier.
func New(opt Options) *Server {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Done == nil {
		opt.Done = func(string) {}
	}
	if opt.MaxConns <= 0 {
		opt.MaxConns = 1000
	}
	if opt.MaxMessage <= 0 {
		opt.MaxMessage = 64 << 20
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&opt.ReadHead, 30 * time.Second}, {&opt.ReadBody, 5 * time.Minute}, {&opt.Answer, 5 * time.Minute}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	s := &Server{
		opt:    opt,
		conns:  make(chan struct{}, opt.MaxConns),
		active: make(map[*conn]struct{}),
		ended:  make(chan struct{}),
	}
	s.Configure(opt.Settings)
	return s
}

// Configure replaces the settings from the next request on.
func (s *Server) Configure(settings Settings) { s.settings.Store(&settings) }

// Serve accepts connections until ln fails or Shutdown is called, when it returns ErrClosed. It may be called for several
// listeners at once; it closes ln. For TLS, ln is one of crypto/tls.
//
// When there are MaxConns connections, those make room for new ones whose request has been on its way for more than a second, so
// that clients who connect and say nothing, or a byte a second, cannot keep others out. Requests being answered are let
// finish.
func (s *Server) Serve(ln net.Listener, access Access) error {
	defer ln.Close()
	if !s.addListener(ln) {
		return ErrClosed
	}
	for pause := time.Duration(0); ; {
		c, err := ln.Accept()
		if err != nil {
			if s.isClosing() {
				return ErrClosed
			}
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			pause = min(2*pause+5*time.Millisecond, time.Second) // out of file descriptors, most likely
			s.opt.Log.Error("cannot accept a connection", "listener", ln.Addr(), "err", err, "pause", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		s.takePlace()
		s.start(&conn{Conn: c, server: s, access: access, since: time.Now()})
	}
}

// takePlace waits until there are fewer than MaxConns connections, and counts one more.
func (s *Server) takePlace() {
	for {
		select {
		case s.conns <- struct{}{}:
			return
		default:
			s.makeRoom()
		}
		select {
		case s.conns <- struct{}{}:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// slow is how long a request may be on its way before its connection has to make room.
const slow = time.Second

// makeRoom closes the connections whose requests are slow.
func (s *Server) makeRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.active {
		if !c.asked && time.Since(c.since) > slow {
			c.Close()
		}
	}
}

func (s *Server) start(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		c.Close()
		<-s.conns
		return
	}
	s.active[c] = struct{}{}
	go func() {
		c.serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.active, c)
		<-s.conns
		if s.closing && len(s.active) == 0 {
			close(s.ended)
		}
	}()
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

// Shutdown stops accepting and waits for the requests in hand. When ctx ends first it closes all and returns an error that
// says how many were cut off.
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
	if len(s.active) == 0 {
		close(s.ended)
	}
	s.mu.Unlock()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	n := len(s.active)
	for c := range s.active {
		c.Close()
	}
	s.mu.Unlock()
	return fmt.Errorf("spamc: %d requests in hand were cut off: %w", n, ctx.Err())
}

// conn is one connection: one request, one answer.
type conn struct {
	net.Conn
	server *Server
	access Access
	since  time.Time
	asked  bool // its request has been read; guarded by server.mu
}

// serve answers the request. Whatever goes wrong ends this connection only.
func (c *conn) serve() {
	defer c.Close()
	log := c.server.opt.Log.With("peer", c.peer())
	if !c.allowed() {
		log.Warn("connection refused: the address is not allowed")
		return
	}
	a, err := c.answer(log)
	if errors.Is(err, net.ErrClosed) {
		return // has made room for another
	}
	if err != nil {
		a = refusal(err)
		level := slog.LevelError
		if a.code == codeProtocol || a.code == codeUnavailable {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "request refused", "err", err)
	}
	if a == nil { // SKIP
		return
	}
	c.SetDeadline(time.Now().Add(c.server.opt.Answer))
	if _, err := c.Write(a.bytes()); err != nil {
		if !errors.Is(err, net.ErrClosed) {
			log.Warn("the client did not take its answer", "err", err)
		}
		return
	}
	c.linger()
}

// answer reads the request and works out its answer.
func (c *conn) answer(log *slog.Logger) (a *answer, err error) {
	req, err := c.read()
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	c.asked = true
	c.server.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			a, err = nil, fmt.Errorf("panic while answering: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), c.server.opt.Answer)
	defer cancel()
	return c.server.answer(ctx, log, req, c.access)
}

// linger waits a moment for the client to close: closing first, with bytes of its request unread, would reset the connection
// and could cost it the answer.
func (c *conn) linger() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		return
	}
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	io.Copy(io.Discard, io.LimitReader(c.Conn, 1<<20))
}

// read reads the request within its time limits.
func (c *conn) read() (*request, error) {
	r := bufio.NewReaderSize(c.Conn, maxLine)
	c.SetReadDeadline(time.Now().Add(c.server.opt.ReadHead))
	req, err := readHead(r)
	if err == nil && verbs[req.verb] {
		c.SetReadDeadline(time.Now().Add(c.server.opt.ReadBody))
		err = req.readMessage(r, c.server.opt.MaxMessage)
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
