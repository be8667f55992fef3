package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"asterism/config"
	"asterism/conns"
	"asterism/engine"
	"asterism/milter"
	"asterism/quarantine"
	"asterism/spamc"
)

// checkGrace is what a check may take beyond the deadline of its network tests before it counts as failed.
const checkGrace = 55 * time.Second

// maxCheck is what a check may take at most: less than sendmail's usual wait for the verdict (E:5m), which no
// progress note prolongs.
const maxCheck = 4 * time.Minute

// fronts are the servers that take mails.
type fronts struct {
	milter *milter.Server
	spamc  *spamc.Server
	access spamc.Access // of the clients of --listen
	http   *httpFronts
}

func newFronts(logs *logs, back backend, cfg *config.Config, access spamc.Access, health *health, opt *options,
	reload func() error) *fronts {
	count := health.metrics
	mem := budgets(cfg.Daemon.MaxSize, storeBytes(back.Stats()), logs.area("spamd"))
	f := &fronts{access: access}
	f.milter = milter.New(milter.Options{
		Checker: count.Front("milter", back), Settings: milterSettings(cfg), Log: logs.area("milter"),
		Graph:    graphLog(opt, logs.area("milter")),
		Done:     func(action, reason string) { count.Mail("milter", action, reason) },
		Record:   back.Record,
		MaxConns: opt.limits.conns, MaxChecks: opt.limits.scans, MaxWaiting: opt.limits.waiting,
		Bytes: mem.milter, Scans: mem.scans,
	})
	f.spamc = spamc.New(spamc.Options{
		Classifier: count.Front("spamc", back), Keeper: back, Settings: spamcSettings(cfg), Log: logs.area("spamc"),
		Done:     func(action, reason string) { count.Mail("spamc", action, reason) },
		Record:   back.Record,
		History:  back.AskHistory,
		Status:   func() any { return health.status() },
		MaxConns: opt.limits.conns, MaxMessage: mem.maxMessage, Bytes: mem.spamc, Scans: mem.scans,
		MakeRoom: f.makeRoom,
	})
	f.http = newHTTPFronts(logs, back, cfg, access, health, opt, mem, reload, f.makeRoom)
	return f
}

// makeRoom ends requests that are slow to arrive, on each front that takes its memory from the same budget.
func (f *fronts) makeRoom() {
	f.spamc.MakeRoom()
	f.http.web.MakeRoom()
	f.http.rspamd.MakeRoom()
}

// configure takes over a new configuration from the next mail on.
func (f *fronts) configure(cfg *config.Config) {
	f.milter.Configure(milterSettings(cfg))
	f.spamc.Configure(spamcSettings(cfg))
	f.http.configure(cfg)
}

func milterSettings(cfg *config.Config) milter.Settings {
	s := milter.Settings{
		MaxSize:           int(cfg.Daemon.MaxSize),
		SkipAuthenticated: cfg.Daemon.SkipAuthenticated,
		SkipTrusted:       cfg.Daemon.SkipTrusted,
		Trusted:           cfg.Network.Trusted.Contains,
		Tags:              engine.TagOptions(cfg, version()),
		Policy:            policySet(cfg),
		Quarantine:        quarantine.At(cfg.Quarantine.Dir),
		GraphLog:          cfg.Daemon.GraphLog,
		LogSubject:        cfg.Daemon.LogSubject,
		CheckTimeout:      min(cfg.Daemon.Deadline+checkGrace, maxCheck),
	}
	if cfg.Daemon.OnError == "tempfail" {
		s.OnError = milter.Tempfail
	}
	if cfg.Daemon.OnOverload == "tempfail" {
		s.OnOverload = milter.Tempfail
	}
	return s
}

func spamcSettings(cfg *config.Config) spamc.Settings {
	return spamc.Settings{
		MaxSize: int(cfg.Daemon.SpamdMaxSize), Required: cfg.Scoring.Required, Tags: engine.TagOptions(cfg, version()),
		LogSubject: cfg.Daemon.LogSubject,
	}
}

// serve serves all sockets in the background. A listener that fails says so on the channel returned.
func (f *fronts) serve(s *sockets) <-chan error {
	failed := make(chan error, 1)
	start := func(ln net.Listener, serve func(net.Listener) error) {
		go func() {
			err := serve(ln)
			if errors.Is(err, conns.ErrClosed) {
				return
			}
			select {
			case failed <- fmt.Errorf("%s: %w", ln.Addr(), err):
			default:
			}
		}()
	}
	for _, ln := range s.milter {
		start(ln, f.milter.Serve)
	}
	for _, ln := range s.spamc {
		start(ln, func(ln net.Listener) error { return f.spamc.Serve(ln, f.access) })
	}
	for _, ln := range s.control { // of which others may teach, but not take the store with its key
		start(ln, func(ln net.Listener) error { return f.spamc.Serve(ln, spamc.Access{Tell: true, Status: true}) })
	}
	for _, ln := range s.own {
		start(ln, func(ln net.Listener) error {
			return f.spamc.Serve(ln, spamc.Access{Tell: true, Keep: true, Status: true})
		})
	}
	for _, ln := range s.web {
		start(ln, f.http.web.Serve)
	}
	for _, ln := range s.rspamd {
		start(ln, f.http.rspamd.Serve)
	}
	return failed
}

// shutdown finishes what is in hand on all fronts at once, until ctx ends.
func (f *fronts) shutdown(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, 4)
	wg.Go(func() { errs[0] = f.milter.Shutdown(ctx) })
	wg.Go(func() { errs[1] = f.spamc.Shutdown(ctx) })
	wg.Go(func() { errs[2] = f.http.web.Shutdown(ctx) })
	wg.Go(func() { errs[3] = f.http.rspamd.Shutdown(ctx) })
	wg.Wait()
	return errors.Join(errs...)
}
