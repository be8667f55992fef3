package spamc

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/history"
	"asterism/tag"
)

// Classifier scans and learns the messages of requests. It is called concurrently.
type Classifier interface {
	Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
	Learn(ctx context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error)
	Forget(ctx context.Context, user string, raws [][]byte) ([]classifier.Learned, error)
}

// Settings are the options that may change while the server runs.
type Settings struct {
	MaxSize  int         // messages of this many bytes or more are not checked, and come back with a score of 0
	Required float64     // the score to name as the required one for messages that were not checked
	Tags     tag.Options // the header fields and reports of PROCESS and HEADERS

	LogSubject bool // log each message's subject
}

// Options are the options that do not change while the server runs. Zero values stand for the defaults.
type Options struct {
	Classifier Classifier
	StoreAdmin StoreAdmin // may be nil
	Settings   Settings
	Log        *slog.Logger
	// called with the action on each message: answer, skip (with the reason), error; may be nil
	Done   func(action, reason string)
	Status func() any // the answer to STATUS, as JSON; may be nil
	// History serves HISTORY, in JSON; may be nil.
	History func(ctx context.Context, do string, request []byte) ([]byte, error)
	// Senders serves SENDERS, in JSON; may be nil.
	Senders func(ctx context.Context, do string, request []byte) ([]byte, error)
	// Record is called with each finished message; v is nil for one without a verdict. It must not wait. May be nil.
	Record func(in *classifier.Input, v *classifier.Verdict, o *history.Outcome)

	MaxConns   int              // connections served at once; see Serve. Default 1,000
	MaxMessage int64            // longest message kept, in bytes, to give back or to learn. Default 32 MB
	Bytes      *connpool.Budget // of all messages in hand: more than MaxMessage. Default as much as one may have
	Scans      *connpool.Scans  // memory of the scans and lessons that run at once; more wait for it. Default no bound
	MakeRoom   func()           // makes other connections free Bytes. Default the server's own MakeRoom
	ReadHead   time.Duration    // time for the request's header. Default 30 s
	ReadBody   time.Duration    // time for its message. Default 5 min
	Answer     time.Duration    // time for working it out and for the answer to be taken. Default 5 min
}

// Access has the permissions of one listener's clients.
type Access struct {
	Tell       bool                  // may they teach and unteach
	Keep       bool                  // may they use StoreAdmin
	Status     bool                  // may they read the daemon's state
	Compatible bool                  // write the fields into messages that SpamAssassin's spamd writes, beside our own
	Allowed    func(netip.Addr) bool // may an address connect at all; nil allows all; Unix sockets are exempt
}

// Server answers requests of spamd's protocol.
type Server struct {
	*connpool.Pool
	opt      Options
	settings atomic.Pointer[Settings]
	leaving  chan struct{} // one element per connection that has left its place and waits for its client to close
}

// New returns a server that puts requests to opt.Classifier.
func New(opt Options) *Server {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Done == nil {
		opt.Done = func(_, _ string) {}
	}
	if opt.Record == nil {
		opt.Record = func(*classifier.Input, *classifier.Verdict, *history.Outcome) {}
	}
	if opt.MaxConns <= 0 {
		opt.MaxConns = 1000
	}
	if opt.MaxMessage <= 0 {
		opt.MaxMessage = 32 << 20
	}
	if opt.Bytes == nil {
		opt.Bytes = connpool.NewBudget(opt.MaxMessage + 1) // one byte more shows that it is too long
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
		opt:     opt,
		Pool:    connpool.NewPool(opt.MaxConns, "requests", opt.Log),
		leaving: make(chan struct{}, maxLeaving),
	}
	if s.opt.MakeRoom == nil {
		s.opt.MakeRoom = s.MakeBytes
	}
	s.Configure(opt.Settings)
	return s
}

// MakeBytes ends the request with a message that is slowest to arrive, if there is one.
func (s *Server) MakeBytes() { s.Pool.MakeRoom(connpool.Bytes) }

// maxLeaving is how many further connections may wait for their clients to close.
const maxLeaving = 100

// Configure replaces the settings from the next request on.
func (s *Server) Configure(settings Settings) { s.settings.Store(&settings) }

// Serve accepts connections until ln fails or Shutdown is called, when it returns connpool.ErrClosed. It may be called
// for several listeners at once; it closes ln. For TLS, ln is one of crypto/tls.
//
// When there are MaxConns connections, or Bytes has no more for messages, those make room for new ones whose request
// has been on its way for more than a second, so that clients who connect and say nothing, or a byte a second, cannot
// keep others out. Requests being answered are let finish, also by Shutdown.
func (s *Server) Serve(ln net.Listener, access Access) error {
	return s.Pool.Serve(ln, func(c net.Conn) connpool.Conn { return newConn(s, c, access) })
}
