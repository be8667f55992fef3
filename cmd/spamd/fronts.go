package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"asterism/config"
	"asterism/connpool"
	"asterism/engine"
	"asterism/milter"
	"asterism/quarantine"
	"asterism/spamc"
)

// checkGrace is the time that a check may take beyond the deadline of its network tests before it counts as failed.
const checkGrace = 55 * time.Second

// maxCheck is the time limit of a check: less than sendmail's usual wait for the verdict (E:5m), which progress packets
// do not prolong.
const maxCheck = 4 * time.Minute

// front is a server of one protocol. To add one, write it in a file of its own and add it to newFronts, its sockets to
// openSockets and its flags to addServe.
type front interface {
	configure(cfg *config.Config)      // takes effect from the next message on
	serve(s *sockets, start startFunc) // on each of its listeners
	shutdown(ctx context.Context) error
}

// startFunc serves a listener in the background.
type startFunc func(ln net.Listener, serve func(net.Listener) error)

// fronts are all servers that take messages.
type fronts struct {
	list    []front
	sharing []roomMaker // those with one budget of memory
	web     *webFront   // whose sockets may open later
}

// frontParts are what fronts are made of.
type frontParts struct {
	logs   *logs
	back   backend
	cfg    *config.Config
	access spamc.Access // of the clients of --listen
	health *health
	opt    *options
	memory memory
	reload func() error

	makeRoom func() // see fronts.makeRoom
}

func newFronts(logs *logs, back backend, cfg *config.Config, access spamc.Access, health *health, opt *options,
	reload func() error) *fronts {
	mem := budgets(cfg.Daemon.MaxSize, storeBytes(back.Stats()), logs.area("spamd"))
	f := &fronts{}
	p := &frontParts{logs, back, cfg, access, health, opt, mem, reload, f.makeRoom}
	spamc, rspamd := newSpamcFront(p), newRspamdFront(p)
	f.web = newWebFront(p, rspamd.scans)
	f.list = []front{newMilterFront(p), spamc, rspamd, f.web}
	f.sharing = []roomMaker{spamc, rspamd, f.web}
	return f
}

// roomMaker is a front that can end requests which are slow to arrive.
type roomMaker interface{ MakeBytes() }

// makeRoom ends one such request on each front that takes its memory from the same budget.
func (f *fronts) makeRoom() {
	for _, one := range f.sharing {
		one.MakeBytes()
	}
}

// configure takes over a new configuration from the next message on.
func (f *fronts) configure(cfg *config.Config) {
	for _, one := range f.list {
		one.configure(cfg)
	}
}

// milterFront serves the milter protocol.
type milterFront struct{ *milter.Server }

func newMilterFront(p *frontParts) milterFront {
	log, count := p.logs.area("milter"), p.health.metrics
	return milterFront{milter.New(milter.Options{
		Checker: count.Front("milter", p.back), Settings: milterSettings(p.cfg), Log: log, Graph: graphLog(p.opt, log),
		Done:     func(action, reason string) { count.Mail("milter", action, reason) },
		Record:   p.back.Record,
		MaxConns: p.opt.limits.conns, MaxChecks: p.opt.limits.scans, MaxWaiting: p.opt.limits.waiting,
		Bytes: p.memory.milter, Scans: p.memory.scans,
	})}
}

func (f milterFront) configure(cfg *config.Config)       { f.Configure(milterSettings(cfg)) }
func (f milterFront) shutdown(ctx context.Context) error { return f.Shutdown(ctx) }

func (f milterFront) serve(s *sockets, start startFunc) {
	for _, ln := range s.milter {
		start(ln, f.Serve)
	}
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

// spamcFront serves SpamAssassin's spamd protocol, to clients of --listen and on the control sockets.
type spamcFront struct {
	*spamc.Server
	access spamc.Access
}

func newSpamcFront(p *frontParts) spamcFront {
	count := p.health.metrics
	return spamcFront{spamc.New(spamc.Options{
		Classifier: count.Front("spamc", p.back), StoreAdmin: p.back, Settings: spamcSettings(p.cfg),
		Log:      p.logs.area("spamc"),
		Done:     func(action, reason string) { count.Mail("spamc", action, reason) },
		Record:   p.back.Record,
		History:  p.back.AskHistory,
		Senders:  p.back.AskSenders,
		Status:   func() any { return p.health.status() },
		MaxConns: p.opt.limits.conns, MaxMessage: p.memory.maxMessage, Bytes: p.memory.spamc, Scans: p.memory.scans,
		MakeRoom: p.makeRoom,
	}), p.access}
}

func (f spamcFront) configure(cfg *config.Config)       { f.Configure(spamcSettings(cfg)) }
func (f spamcFront) shutdown(ctx context.Context) error { return f.Shutdown(ctx) }

func (f spamcFront) serve(s *sockets, start startFunc) {
	for _, group := range []struct {
		listeners []net.Listener
		access    spamc.Access
	}{
		{s.spamc, f.access},
		{s.control, spamc.Access{Tell: true, Status: true}}, // others may teach there, but not take the store with its key
		{s.own, spamc.Access{Tell: true, Keep: true, Status: true}},
	} {
		for _, ln := range group.listeners {
			start(ln, func(ln net.Listener) error { return f.Serve(ln, group.access) })
		}
	}
}

// serve serves all sockets in the background. The channel returned has the error of the first listener that fails.
func (f *fronts) serve(s *sockets) <-chan error {
	failed := make(chan error, 1)
	start := func(ln net.Listener, serve func(net.Listener) error) {
		go func() {
			err := serve(ln)
			if errors.Is(err, connpool.ErrClosed) {
				return
			}
			select {
			case failed <- fmt.Errorf("%s: %w", ln.Addr(), err):
			default:
			}
		}()
	}
	for _, one := range f.list {
		one.serve(s, start)
	}
	return failed
}

// shutdown finishes the work in progress on all fronts at once, until ctx ends.
func (f *fronts) shutdown(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(f.list))
	for i, one := range f.list {
		wg.Go(func() { errs[i] = one.shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
