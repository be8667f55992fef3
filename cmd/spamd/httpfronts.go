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

// httpFronts are the servers of --web and --rspamd.
type httpFronts struct {
	web, rspamd *httpd.Server
	pages       *web.Server
	scans       *rspamd.Server
}

// Times that a mail may take to come in, and to be worked on after that.
const (
	webRead  = 5 * time.Minute
	webWrite = webRead + maxCheck + time.Minute
	webHead  = 64 << 10 // bytes: a Rcpt field per recipient
)

func newHTTPFronts(logs *logs, back backend, cfg *config.Config, access spamc.Access, health *health, opt *options,
	mem memory, reload func() error, makeRoom func()) *httpFronts {
	count, host := health.metrics, hostname()
	f := &httpFronts{}
	f.scans = rspamd.New(rspamd.Options{
		Classifier: count.Front("rspamd", back), Settings: rspamdSettings(cfg), Log: logs.area("rspamd"),
		Record: back.Record,
		Done:   func(action, reason string) { count.Mail("rspamd", action, reason) },
		Stat:   health.rspamdStat, MakeRoom: makeRoom,
		MaxMessage: mem.maxMessage, Bytes: mem.spamc, Scans: mem.scans,
	})
	f.pages = web.New(web.Options{
		Backend: back, Status: health.status, Remedies: remedy.At(remediesFile(cfg)), Reload: reload, Scans: mem.scans,
		Settings: webSettings(cfg),
		Door:     accounts.NewDoor(accounts.At(accountsFile(cfg)), nil), Rspamd: f.scans, Log: logs.area("web"),
		Host:    host,
		Version: version(),
		Secure:  opt.webCert != "" || opt.webProxy, Proxy: opt.webProxy,
	})
	server := func(h http.Handler, area string) *httpd.Server {
		return httpd.New(httpd.Options{Handler: h, Log: logs.area(area), MaxConns: opt.limits.conns, MaxHeader: webHead,
			ReadTime:  webRead,
			WriteTime: webWrite, FirstLine: rspamd.FirstLine})
	}
	mux := http.NewServeMux()
	f.scans.Route(mux, scanAccess(access))
	f.web, f.rspamd = server(f.pages, "web"), server(http.NewCrossOriginProtection().Handler(mux), "rspamd")
	return f
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

// configure takes over a new configuration from the next request on.
func (f *httpFronts) configure(cfg *config.Config) {
	f.scans.Configure(rspamdSettings(cfg))
	f.pages.Configure(webSettings(cfg))
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
