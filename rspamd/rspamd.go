// Package rspamd serves rspamd's HTTP protocol (https://docs.rspamd.com/developers/protocol) to rspamc, mail servers
// and delivery agents: /checkv2 and similar paths, /learnspam, /learnham, /stat, /ping, and the older RSPAMC protocol,
// which Exim speaks.
//
// A request carries its message as its body. Messages named by a file or by shared memory are refused: otherwise the
// server would read files for clients that may not read them.
package rspamd

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/history"
	"asterism/policy"
	"asterism/tag"
)

// Classifier scans and learns the messages of requests. It is called concurrently.
type Classifier interface {
	Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
	Learn(ctx context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error)
}

// Settings are the options that may change while the server runs.
type Settings struct {
	MaxSize    int64       // messages of this many bytes or more are not checked, and are answered as skipped
	Required   float64     // the score to name as the required one for messages that were not checked
	Policy     *policy.Set // actions by score; nil for the header only
	Tags       tag.Options // fields to add, which the answer names under "milter"
	OnError    bool        // a mail whose check failed is to be tried again ("soft reject"), not accepted
	OnOverload bool        // the same for a mail that found no room
}

// Options are the options that do not change while the server runs. Zero values stand for the defaults.
type Options struct {
	Classifier Classifier
	Settings   Settings
	Log        *slog.Logger
	Done       func(action, reason string) // called with the action on each mail; may be nil
	Stat       func() Stat

	// Record is called with each finished mail; v is nil for one without a verdict. It must not wait. May be nil.
	Record func(in *classifier.Input, v *classifier.Verdict, o *history.Outcome)

	MaxMessage int64            // longest message kept, in bytes. Default 32 MB
	Bytes      *connpool.Budget // of all messages in hand. Default MaxMessage
	MakeRoom   func()           // ends a request that is slow to arrive; may be nil
	Scans      *connpool.Scans  // memory of the scans and lessons that run at once. Default no bound
}

// Access has the permissions of a request's sender: nil, or the reason of a refusal.
type Access struct {
	Scan, Learn func(*http.Request) error
}

// Server answers requests.
type Server struct {
	opt      Options
	settings atomic.Pointer[Settings]
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
	if opt.MaxMessage <= 0 {
		opt.MaxMessage = 32 << 20
	}
	if opt.Bytes == nil {
		opt.Bytes = connpool.NewBudget(opt.MaxMessage + 1)
	}
	s := &Server{opt: opt}
	s.Configure(opt.Settings)
	return s
}

// Configure replaces the settings from the next request on.
func (s *Server) Configure(settings Settings) { s.settings.Store(&settings) }

// Route adds the protocol's paths to mux, for clients of some access.
func (s *Server) Route(mux *http.ServeMux, access Access) {
	scan := func(answer func(*mail) (any, error)) http.HandlerFunc { return s.message(access.Scan, true, answer) }
	learn := func(answer func(*mail) (any, error)) http.HandlerFunc { return s.message(access.Learn, false, answer) }
	for _, path := range []string{"/checkv2", "/scan"} {
		mux.Handle("POST "+path, scan(s.checkv2))
		mux.Handle("GET "+path, scan(s.checkv2)) // with a body, as old clients send it
	}
	mux.Handle("POST /check", scan(s.checkOld))
	mux.Handle("POST /symbols", scan(s.checkOld))
	mux.Handle("POST /learnspam", learn(s.learnSpam))
	mux.Handle("POST /learnham", learn(s.learnHam))
	mux.Handle("POST "+rspamcPath, s.rspamc(access.Scan))
	mux.Handle("GET /stat", allowed(access.Scan, s.stat))
	mux.Handle("GET /auth", allowed(access.Learn, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]string{"auth": "ok", "version": s.opt.Stat().Version})
	}))
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte("pong\r\n"))
	})
}

// errBrowser is why browsers are refused. No client of this protocol is one, and a page of a stranger's whose name
// leads to this address by now (DNS rebinding) is of the same origin to the browser.
var errBrowser = &Error{http.StatusForbidden, "forbidden: this is for mail servers and rspamc, not for browsers"}

// browser reports whether a request is sent by a page in a browser.
func browser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// allowed answers requests whose sender may send them.
func allowed(access func(*http.Request) error, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if browser(r) {
			refuse(w, errBrowser)
			return
		}
		if err := access(r); err != nil {
			refuse(w, &Error{http.StatusUnauthorized, err.Error()})
			return
		}
		next(w, r)
	}
}
