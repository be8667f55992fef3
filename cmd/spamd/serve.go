package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"asterism/config"
	"asterism/contain"
	"asterism/daemon"
	"asterism/listen"
	"asterism/spamc"
)

// serve runs the daemon until ctx ends or a signal stops it.
func serve(ctx context.Context, opt *options) error {
	id, err := daemon.LookupIdentity(opt.runUser, opt.runGroup)
	if err != nil {
		return fail(exitNoUser, err)
	}
	if id.Found() {
		os.Setenv("HOME", id.Home) // that of bayes_path's default, and of helper programs
	}
	logs, err := openLogs(opt, id)
	if err != nil {
		return err
	}
	defer logs.close()
	s := &server{opt: opt, logs: logs, log: logs.area("spamd"), systemd: daemon.NewSystemd(),
		reloads: make(chan chan error)}
	err = s.run(ctx, id)
	if err != nil && !logs.onStderr(opt) { // where main prints it
		s.log.Error("ended", "err", err)
	}
	return err
}

// server is the running program.
type server struct {
	opt     *options
	logs    *logs
	log     *slog.Logger
	systemd *daemon.Systemd
	health  *health
	back    backend
	fronts  *fronts
	janitor *quarantineJanitor
	cert    *listen.Certificate // nil without --ssl
	webCert *listen.Certificate // nil without --web-cert
	sockets *sockets
	reloads chan chan error // who asks for a reload, and waits for what came of it
}

// run prepares all that takes root, gives it up, and serves.
func (s *server) run(ctx context.Context, id daemon.Identity) error {
	contain.LogTo(s.log)
	cfg, err := s.configure()
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	limitMemory(s.log, ended)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)

	access, err := s.opt.access()
	if err != nil {
		return err
	}
	if s.cert, err = s.opt.certificate(); err != nil {
		return err
	}
	if s.webCert, err = s.opt.webCertificate(); err != nil {
		return err
	}
	if s.sockets, err = openSockets(ctx, s.opt, cfg, id); err != nil {
		return fail(exitUnavailable, err)
	}
	defer s.sockets.close()
	if err := s.opt.checkWeb(s.sockets.web); err != nil {
		return err
	}
	encrypt(s.sockets.spamc, s.cert)
	encrypt(s.sockets.web, s.webCert)
	pid, err := daemon.CreatePidFile(s.opt.pidFile)
	if err != nil {
		return fail(exitUnavailable, err)
	}
	defer pid.Close()
	if err := s.becomeUser(cfg, id); err != nil {
		return fail(exitUnavailable, err)
	}
	s.health = newHealth(s.logs.area("http"))
	s.health.serve(s.sockets.http)
	defer s.health.close()
	if s.back, err = openBackend(cfg, s.logs.area("scan"), s.logs.area("net")); err != nil {
		return fail(exitUnavailable, err)
	}
	err = s.serve(ctx, cfg, access, pid, signals)
	if failed := s.back.Close(); failed != nil {
		err = errors.Join(err, fail(exitUnavailable, failed))
	}
	return err
}

// configure reads the configuration and logs its problems.
func (s *server) configure() (*config.Config, error) {
	cfg, problems := s.opt.loadConfig()
	logProblems(s.log, problems)
	if config.Failed(problems) {
		return nil, fail(exitConfig, errors.New("the configuration has errors"))
	}
	for _, p := range cfg.Ignored {
		s.logs.area("config").Debug("ignored", "at", p.String())
	}
	if n := len(cfg.Ignored); n > 0 {
		s.log.Warn("lines of the configuration have no effect; spamd --lint lists them", "lines", n)
	}
	return cfg, nil
}

// becomeUser makes the directories that take root, gives root up, and makes those that do not.
func (s *server) becomeUser(cfg *config.Config, id daemon.Identity) error {
	if cfg.QuarantinesHere() {
		if err := id.MakeDir(cfg.Quarantine.Dir, 0o700); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	if len(s.opt.web)+len(s.sockets.web) > 0 {
		if err := id.MakeDir(cfg.WebDir(), 0o700); err != nil {
			return fmt.Errorf("web_dir: %w", err)
		}
	}
	if err := id.Become(); err != nil {
		return err
	}
	return makeQuarantine(cfg)
}

// serve serves mails until it is told to stop and those in hand are done.
func (s *server) serve(ctx context.Context, cfg *config.Config, access spamc.Access, pid *daemon.PidFile,
	signals chan os.Signal) error {
	s.health.setup.Store(s.setup(cfg))
	s.fronts = newFronts(s.logs, s.back, cfg, access, s.health, s.opt, s.askReload)
	s.janitor = &quarantineJanitor{log: s.log, opt: s.opt}
	s.janitor.cfg.Store(cfg)
	cleaning, endCleaning := context.WithCancel(ctx)
	defer endCleaning()
	failed := s.fronts.serve(s.sockets)
	contain.Go(func() { s.janitor.run(cleaning) })
	contain.Go(func() { s.openWebLater(cleaning, cfg) })
	remind := &reminder{s.log, &s.janitor.cfg, s.back}
	contain.Go(func() { remind.run(cleaning, reminderInterval) })
	s.health.started(s.back)
	err := pid.Fill()
	s.log.Info("listening", "milter", s.sockets.names(s.sockets.milter), "spamc", s.sockets.names(s.sockets.spamc),
		"control", s.sockets.names(append(s.sockets.control, s.sockets.own...)), "http", s.sockets.names(s.sockets.http),
		"web", s.sockets.names(s.sockets.web), "rspamd", s.sockets.names(s.sockets.rspamd), "version", version())
	if err := daemon.ReleaseProgram(); err != nil {
		s.log.Debug("memory of the start was not released", "err", err)
	}
	if err == nil {
		s.systemd.Ready("serving")
		err = s.wait(ctx, signals, failed)
	}
	s.health.stopping()
	s.systemd.Stopping()
	s.stop(signals)
	return err
}

// wait returns when the daemon is to end: with an error if a listener failed.
func (s *server) wait(ctx context.Context, signals <-chan os.Signal, failed <-chan error) error {
	beat := time.NewTicker(s.systemd.Beat())
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fail(exitUnavailable, err)
		case <-beat.C:
			s.systemd.Alive()
		case done := <-s.reloads:
			done <- s.reload()
		case sig := <-signals:
			switch sig {
			case syscall.SIGHUP:
				s.systemd.Reloading()
				_ = s.reload() // which has logged why not
				s.systemd.Ready("serving")
			case syscall.SIGUSR1:
				s.reopenLog()
			default:
				s.log.Info("stopping", "signal", sig.String())
				return nil
			}
		}
	}
}

// reopenLog goes on in a new log file, after the old one was renamed.
func (s *server) reopenLog() {
	if err := s.logs.reopen(); err != nil {
		s.log.Error("the log file was not reopened, the old one stays", "err", err)
		return
	}
	s.log.Info("log file reopened")
}

// askReload has the configuration read anew, and returns why it was not taken.
func (s *server) askReload() error {
	done := make(chan error, 1)
	select {
	case s.reloads <- done:
		return <-done
	case <-time.After(reloadPatience):
		return errors.New("the daemon is busy or stopping")
	}
}

// reloadPatience is how long a reload waits for another one.
const reloadPatience = 30 * time.Second

// reload reads the certificates and the configuration anew. A bad one is reported in one line, and the old one stays.
func (s *server) reload() error {
	for _, cert := range []*listen.Certificate{s.cert, s.webCert} {
		if cert == nil {
			continue
		}
		if err := cert.Reload(); err != nil {
			s.log.Error("certificate not reloaded, the old one stays", "err", err)
		}
	}
	err := contain.Call(s.reloadConfig)
	if err != nil {
		s.log.Error("configuration not reloaded, the old one stays", "err", err)
	}
	return err
}

func (s *server) reloadConfig() error {
	cfg, problems := s.opt.loadConfig()
	if config.Failed(problems) {
		return firstError(problems)
	}
	logProblems(s.log, problems)
	if err := makeQuarantine(cfg); err != nil {
		return err
	}
	if err := s.back.Reload(cfg); err != nil {
		return err
	}
	s.fronts.configure(cfg)
	s.janitor.cfg.Store(cfg)
	s.health.setup.Store(s.setup(cfg))
	s.log.Info("configuration reloaded")
	return nil
}

// stop finishes the work in progress, for as long as --stop-timeout or until a second signal.
func (s *server) stop(signals <-chan os.Signal) {
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.stopTime)
	defer cancel()
	go func() {
		for sig := range signals {
			if sig != syscall.SIGHUP && sig != syscall.SIGUSR1 {
				cancel()
				return
			}
		}
	}()
	if err := s.fronts.shutdown(ctx); err != nil {
		s.log.Warn("stopped early", "err", err)
	}
	s.log.Info("stopped")
}

// logProblems writes the problems of a configuration.
func logProblems(log *slog.Logger, problems []config.Problem) {
	for _, p := range problems {
		level := slog.LevelWarn
		if p.Severity == config.Error {
			level = slog.LevelError
		}
		log.Log(context.Background(), level, "configuration", "at", p.String())
	}
}

// firstError returns the first error of a configuration that failed, and how many more there are.
func firstError(problems []config.Problem) error {
	first, n := "", 0
	for _, p := range problems {
		if p.Severity == config.Error {
			if n++; n == 1 {
				first = p.String()
			}
		}
	}
	if n > 1 {
		return fmt.Errorf("%s (and %d more)", first, n-1)
	}
	return errors.New(first)
}
