package main

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"asterism/config"
	"asterism/engine"
	"asterism/httpd"
	"asterism/quarantine"
	"asterism/rspamd"
	"asterism/spamc"
	"asterism/web"
	"asterism/web/accounts"
	"asterism/web/remedy"
)

// webFront serves the pages and the HTTP API of --web.
type webFront struct {
	*httpd.Server
	pages *web.Server
}

// rspamdFront serves rspamd's protocol.
type rspamdFront struct {
	*httpd.Server
	scans *rspamd.Server
}

// Times that a mail may take to come in, and to be worked on after that.
const (
	webRead  = 5 * time.Minute
	webWrite = webRead + maxCheck + time.Minute
	webHead  = 64 << 10 // bytes: a Rcpt field per recipient
)

func newRspamdFront(p *frontParts) rspamdFront {
	count := p.health.metrics
	scans := rspamd.New(rspamd.Options{
		Classifier: count.Front("rspamd", p.back), Settings: rspamdSettings(p.cfg), Log: p.logs.area("rspamd"),
		Record: p.back.Record, Done: func(action, reason string) { count.Mail("rspamd", action, reason) },
		Stat: p.health.rspamdStat, MaxMessage: p.memory.maxMessage, Bytes: p.memory.spamc, Scans: p.memory.scans,
		MakeRoom: p.makeRoom,
	})
	mux := http.NewServeMux()
	scans.Route(mux, scanAccess(p.access))
	return rspamdFront{p.httpServer(http.NewCrossOriginProtection().Handler(mux), "rspamd"), scans}
}

// newWebFront has the API scan by the handlers of rspamd's protocol.
func newWebFront(p *frontParts, scans *rspamd.Server) *webFront {
	pages := web.New(web.Options{
		Backend: p.back, Status: p.health.status, Remedies: remedy.At(remediesFile(p.cfg)), Reload: p.reload,
		Scans: p.memory.scans, Settings: webSettings(p.cfg), Door: accounts.NewDoor(accounts.At(accountsFile(p.cfg)), nil),
		Rspamd: scans, Log: p.logs.area("web"), Host: hostname(), Version: version(),
		Secure: p.opt.webCert != "" || p.opt.webProxy, Proxy: p.opt.webProxy,
	})
	return &webFront{p.httpServer(pages, "web"), pages}
}

func (p *frontParts) httpServer(h http.Handler, area string) *httpd.Server {
	return httpd.New(httpd.Options{
		Handler: h, Log: p.logs.area(area), MaxConns: p.opt.limits.conns, MaxHeader: webHead,
		ReadTime: webRead, WriteTime: webWrite, FirstLine: rspamd.FirstLine,
	})
}

func (f rspamdFront) configure(cfg *config.Config)       { f.scans.Configure(rspamdSettings(cfg)) }
func (f rspamdFront) shutdown(ctx context.Context) error { return f.Shutdown(ctx) }

func (f rspamdFront) serve(s *sockets, start startFunc) {
	for _, ln := range s.rspamd {
		start(ln, f.Serve)
	}
}

func (f *webFront) configure(cfg *config.Config)       { f.pages.Configure(webSettings(cfg)) }
func (f *webFront) shutdown(ctx context.Context) error { return f.Shutdown(ctx) }

func (f *webFront) serve(s *sockets, start startFunc) {
	for _, ln := range s.web {
		start(ln, f.Serve)
	}
}

// accountsFile is the file of the accounts in web_dir.
func accountsFile(cfg *config.Config) string { return filepath.Join(cfg.WebDir(), "accounts") }

// remediesFile is the file of the remedies in web_dir.
func remediesFile(cfg *config.Config) string { return filepath.Join(cfg.WebDir(), "remedies.cf") }

func webSettings(cfg *config.Config) web.Settings {
	dir := quarantine.At(cfg.Quarantine.Dir)
	return web.Settings{Required: cfg.Scoring.Required, Quarantine: dir,
		Release: func(ctx context.Context, id, to string) error { return release(ctx, cfg, dir, id, to) }}
}

// hostname returns the machine's name; without one the pages have none in their titles.
func hostname() string {
	name, _ := os.Hostname()
	return name
}

// Why clients of --rspamd are refused.
var (
	errNotAllowed = errors.New("unauthorized: this address is not among --allowed-ips")
	errNoTell     = errors.New("unauthorized: learning is off at this address; set --allow-tell, or use --web with " +
		"a password")
)

// scanAccess is what clients of --rspamd may do: what those of --listen may.
func scanAccess(access spamc.Access) rspamd.Access {
	scan := func(r *http.Request) error {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && !access.Allowed(peer.Addr().Unmap().WithZone("")) {
			return errNotAllowed
		}
		return nil
	}
	return rspamd.Access{Scan: scan, Learn: func(r *http.Request) error {
		if err := scan(r); err != nil || access.Tell {
			return err
		}
		return errNoTell
	}}
}

func rspamdSettings(cfg *config.Config) rspamd.Settings {
	return rspamd.Settings{
		MaxSize: cfg.Daemon.SpamdMaxSize, Required: cfg.Scoring.Required, Policy: policySet(cfg),
		Tags:    engine.TagOptions(cfg, version()),
		OnError: cfg.Daemon.OnError == "tempfail", OnOverload: cfg.Daemon.OnOverload == "tempfail",
	}
}

// rspamdStat is what /stat tells.
func (h *health) rspamdStat() rspamd.Stat {
	s := h.status()
	st := rspamd.Stat{Version: s.Version, Uptime: s.Now.Sub(s.Started), Ham: s.Ham, Spam: s.Spam, Actions: s.Actions,
		Store: s.Setup.Store}
	if l := s.Store; l != nil {
		st.LearnedHam, st.LearnedSpam = uint64(l.Ham), uint64(l.Spam)
		st.Tokens, st.Bytes = uint64(l.Tokens), uint64(l.Bytes)
	}
	return st
}
