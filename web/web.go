// Package web has the daemon's pages for a mail administrator, and its HTTP API: the score of a mail with its reasons,
// corrections, the quarantine, figures.
//
// Pages are HTML without scripts. They need an account (package accounts). Each change is a form, which browsers send
// from these pages only (http.CrossOriginProtection), and a line in the log.
package web

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/connpool"
	"asterism/engine"
	"asterism/history"
	"asterism/metrics"
	"asterism/quarantine"
	"asterism/rspamd"
	"asterism/store"
	"asterism/web/accounts"
	"asterism/web/remedy"
)

// Settings are the options that may change while the server runs.
type Settings struct {
	Required   float64 // the score from which on a mail is spam
	Quarantine *quarantine.Dir
	// sends a mail of the quarantine to a recipient, or to all if that is ""
	Release func(ctx context.Context, id, to string) error
}

// Backend is the daemon's classifier and its data. It is called concurrently.
type Backend interface {
	Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
	Learn(ctx context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error)
	// Words returns the pull of each known word of a message, the strongest first.
	Words(user string, raw []byte) ([]bayes.TokenPull, error)
	// Describe returns the description of a test, "" if there is none.
	Describe(test string) string
	// History returns the history of mails, nil without one.
	History() *history.Log
	TeachRecord(ctx context.Context, id history.ID, class store.Class, by string) (*engine.Taught, error)
	UndoRecord(ctx context.Context, id history.ID, by string) (*engine.Taught, error)
	Rescore(r *history.Record) (engine.Rescored, error)
}

// Options are the options that do not change while the server runs.
type Options struct {
	Backend  Backend
	Status   func() *metrics.Status
	Remedies *remedy.File
	Reload   func() error    // has the daemon read its configuration anew
	Scans    *connpool.Scans // memory of scans
	Door     *accounts.Door
	Rspamd   *rspamd.Server // serves rspamd's protocol to clients with a password
	Settings Settings
	Log      *slog.Logger
	Host     string // this machine's name, for titles
	Version  string
	Secure   bool // browsers come by TLS, to us or to a proxy
	Proxy    bool // requests come through a proxy, whose X-Forwarded-For names the client
}

// Server answers requests.
type Server struct {
	opt      Options
	settings atomic.Pointer[Settings]
	handler  http.Handler
	week     weekly
}

//go:embed static openapi.json
var files embed.FS

// New returns a server.
func New(opt Options) *Server {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opt: opt}
	s.Configure(opt.Settings)
	mux := http.NewServeMux()
	mux.Handle("GET /static/", small(static))
	s.routeSession(mux)
	s.routeLinks(mux)
	s.routePages(mux)
	s.routeAPI(mux)
	if opt.Rspamd != nil {
		opt.Rspamd.Route(mux, rspamd.Access{Scan: s.withPassword, Learn: s.withPassword})
	}
	s.handler = headers(http.NewCrossOriginProtection().Handler(mux))
	return s
}

// routePages adds the pages and their forms.
func (s *Server) routePages(mux *http.ServeMux) {
	mux.Handle("GET /{$}", s.visitor("/", (*visit).find))
	mux.Handle("GET /mail/{id}", s.visitor("/", (*visit).mail))
	mux.Handle("POST /mail/{id}/teach", s.visitor("/", (*visit).teach))
	mux.Handle("POST /mail/{id}/undo", s.visitor("/", (*visit).undo))
	mux.Handle("GET /quarantine", s.visitor("/quarantine", (*visit).listQuarantine))
	mux.Handle("GET /quarantine/{id}", s.visitor("/quarantine", (*visit).look))
	mux.Handle("POST /quarantine/{id}/release",
		s.visitor("/quarantine", then((*visit).releaseItem, "/quarantine?did=released")))
	mux.Handle("POST /quarantine/{id}/delete",
		s.visitor("/quarantine", then((*visit).deleteItem, "/quarantine?did=deleted")))
	mux.Handle("POST /quarantine/{id}/teach", s.visitor("/quarantine", (*visit).taughtItem))
	mux.Handle("GET /suspects", s.visitor("/suspects", (*visit).suspects))
	mux.Handle("GET /figures", s.admin("/figures", (*visit).figures))
	mux.Handle("GET /remedies", s.admin("/remedies", (*visit).remedies))
	mux.Handle("POST /remedies", s.admin("/remedies", then((*visit).addRemedy, "/remedies")))
	mux.Handle("POST /remedies/{id}/remove", s.admin("/remedies", then((*visit).removeRemedy, "/remedies")))
	mux.Handle("GET /try", s.admin("/try", (*visit).try))
	mux.Handle("POST /try", s.admin("/try", (*visit).try))
}

// Configure replaces the settings from the next request on.
func (s *Server) Configure(settings Settings) { s.settings.Store(&settings) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// headers sets what holds for every answer: nothing is loaded from elsewhere, no script runs, no other site frames a
// page or learns its address, and nothing stays in a cache.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "+
			"frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// small returns a handler that reads no more of a body than a form has, whatever the method: parsing a form would
// write what is longer to disk.
func small(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next(w, r)
	}
}

// static serves the style and the icon.
func static(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=3600")
	http.ServeFileFS(w, r, files, strings.TrimPrefix(r.URL.Path, "/"))
}

// client returns the address that a request comes from, for the log and for counting wrong passwords.
func (s *Server) client(r *http.Request) string {
	if s.opt.Proxy {
		// The last is the one that the proxy saw, in a field of its own or in the client's; others are the client's word.
		chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if addr, err := netip.ParseAddr(strings.TrimSpace(chain[len(chain)-1])); err == nil {
			return addr.Unmap().WithZone("").String()
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unix"
	}
	return host
}

// errPassword is the answer to programs without a valid password. Its text tells no more than that.
var errPassword = errors.New("unauthorized: send an account's password in the field Password, as PASSWORD of the " +
	"account admin or as NAME:PASSWORD")

// withPassword reports whether a request of rspamd's protocol has the password of an account of the whole site.
func (s *Server) withPassword(r *http.Request) error {
	name, password, named := strings.Cut(r.Header.Get("Password"), ":")
	if !named {
		name, password = adminName, name
	}
	if password == "" {
		return errPassword
	}
	a, err := s.opt.Door.Password(s.client(r), name, password)
	var wait *accounts.Throttled
	switch {
	case err == nil && a.Admin():
		return nil
	case errors.As(err, &wait):
		return err
	}
	s.audit(r, name, "password refused", "path", r.URL.Path)
	return errPassword
}

// adminName is the account that a password alone belongs to.
const adminName = "admin"

// audit writes a line about what somebody did. What strangers make up is cut: a line is no place to fill a disk from.
func (s *Server) audit(r *http.Request, who, act string, attrs ...any) {
	for i, a := range attrs {
		if text, ok := a.(string); ok {
			attrs[i] = brief(text, maxLogged)
		}
	}
	s.opt.Log.InfoContext(context.WithoutCancel(r.Context()), "web",
		append([]any{"act", act, "who", brief(who, maxNamed), "from", s.client(r)}, attrs...)...)
}

// Bounds of a line of the log, in bytes: of who it is about, and of what else it says.
const (
	maxNamed  = 320
	maxLogged = 1000
)

// brief cuts a text to a number of bytes.
func brief(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
