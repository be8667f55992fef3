package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"asterism/config"
	"asterism/milter"
)

// serve runs the daemon until ctx ends or a signal stops it.
func serve(ctx context.Context, opt *options) error {
	logs, err := openLogs(opt)
	if err != nil {
		return err
	}
	log := logs.area("spamd")
	milter.RedirectWarnings(log)
	cfg, problems := opt.loadConfig()
	logProblems(log, problems)
	if config.Failed(problems) {
		return fail(exitConfig, errors.New("the configuration has errors"))
	}
	for _, p := range cfg.Ignored {
		logs.area("config").Debug("ignored", "at", p.String())
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)

	sockets, err := openSockets(ctx, opt, cfg)
	if err != nil {
		return fail(exitUnavailable, err)
	}
	defer sockets.close()
	health := newHealth(logs.area("http"))
	health.serve(sockets.http)
	defer health.close()
	back, err := openBackend(cfg, logs.area("scan"), logs.area("net"))
	if err != nil {
		return fail(exitUnavailable, err)
	}
	d := &daemon{opt: opt, log: log, back: back, fronts: newFronts(logs, back, cfg, health.metrics, opt.allowTell)}
	failed := d.fronts.serve(sockets)
	health.started(back)
	log.Info("listening", "milter", sockets.names(sockets.milter), "spamc", sockets.names(sockets.spamc),
		"control", sockets.names(sockets.control), "http", sockets.names(sockets.http), "version", version())
	err = d.wait(ctx, signals, failed)
	health.stopping()
	d.stop(signals)
	return errors.Join(err, back.Close())
}

// daemon is the running program.
type daemon struct {
	opt    *options
	log    *slog.Logger
	back   backend
	fronts *fronts
}

// wait returns when the daemon is to end: with an error if a listener failed.
func (d *daemon) wait(ctx context.Context, signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fail(exitUnavailable, err)
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				d.log.Info("stopping", "signal", sig.String())
				return nil
			}
			d.reload()
		}
	}
}

// reload reads the configuration anew. A bad one is reported in one line, and the old one stays.
func (d *daemon) reload() {
	cfg, problems := d.opt.loadConfig()
	if config.Failed(problems) {
		d.log.Error("configuration not reloaded, the old one stays", "err", firstError(problems))
		return
	}
	logProblems(d.log, problems)
	if err := d.back.Reload(cfg); err != nil {
		d.log.Error("configuration not reloaded, the old one stays", "err", err)
		return
	}
	d.fronts.configure(cfg)
	d.log.Info("configuration reloaded")
}

// stop finishes what is in hand, for as long as --stop-timeout or until a second signal.
func (d *daemon) stop(signals <-chan os.Signal) {
	ctx, cancel := context.WithTimeout(context.Background(), d.opt.stopTime)
	defer cancel()
	go func() {
		for sig := range signals {
			if sig != syscall.SIGHUP {
				cancel()
				return
			}
		}
	}()
	if err := d.fronts.shutdown(ctx); err != nil {
		d.log.Warn("stopped early", "err", err)
	}
	d.log.Info("stopped")
}

// logProblems writes what is wrong with a configuration.
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
