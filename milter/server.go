package milter

import (
	"net"
	"sync"
	"sync/atomic"

	"asterism/connpool"
)

// Server serves milter connections.
type Server struct {
	*connpool.Pool
	opt      Options
	settings atomic.Pointer[Settings]
	packets  *connpool.Budget // bytes of packets under way
	workers  chan func()      // work for goroutines that have done other work
	checks   chan struct{}    // one element per running check
	waiting  atomic.Int64     // checks that wait for their turn
	buffers  sync.Pool        // of *buffers
	raws     sync.Pool        // of *[]byte: memory of mails that have been checked
}

// New returns a server that has mails checked by opt.Checker.
func New(opt Options) *Server {
	opt = opt.withDefaults()
	s := &Server{
		opt:     opt,
		Pool:    connpool.NewPool(opt.MaxConns, "mails", opt.Log),
		packets: connpool.NewBudget(maxPackets),
		workers: make(chan func()),
		checks:  make(chan struct{}, opt.MaxChecks),
	}
	s.Configure(opt.Settings)
	return s
}

// Configure replaces the settings; mails whose envelope has already begun keep the old ones.
func (s *Server) Configure(settings Settings) {
	s.settings.Store(&settings)
}

// Serve accepts connections until ln fails or Shutdown is called, when it returns connpool.ErrClosed. It may be called
// for several listeners at once; it closes ln.
//
// At MaxConns connections, a new one takes the place of a connection without negotiation within a second, or of one
// that has been silent between mails for long. Shutdown closes connections between mails and waits for mails in
// progress; MTAs keep the mails that it aborts.
func (s *Server) Serve(ln net.Listener) error {
	return s.Pool.Serve(ln, func(conn net.Conn) connpool.Conn { return newSession(s, conn, ln.Addr()) })
}
