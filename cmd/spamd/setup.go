package main

import (
	"net"
	"path/filepath"
	"strconv"
	"time"

	"asterism/config"
	"asterism/engine"
	"asterism/metrics"
)

// setup returns what the daemon works with. Its store stays the one it was started with.
func (s *server) setup(cfg *config.Config) *metrics.Setup {
	minHam, minSpam := cfg.Bayes.Minimum()
	now := &metrics.Setup{Config: configNames(s.opt), Loaded: time.Now(), Store: engine.StoreName(cfg.Bayes.Path),
		MinHam:  minHam,
		MinSpam: minSpam, MaxSize: cfg.Daemon.MaxSize, Milter: notations(s.sockets.milter)}
	if old := s.health.setup.Load(); old != nil {
		now.Store = old.Store
	}
	return now
}

// configNames returns the absolute names of what the configuration is read from, besides the built-in files.
func configNames(opt *options) []string {
	names := []string{}
	for _, name := range opt.sources().Names() {
		if abs, err := filepath.Abs(name); err == nil {
			name = abs
		}
		names = append(names, name)
	}
	return names
}

// notations returns the addresses of listeners as sendmail writes them.
func notations(listeners []net.Listener) []string {
	names := make([]string, len(listeners))
	for i, ln := range listeners {
		switch a := ln.Addr().(type) {
		case *net.TCPAddr:
			family := "inet6:"
			if a.IP.To4() != nil {
				family = "inet:"
			}
			names[i] = family + strconv.Itoa(a.Port) + "@" + a.IP.String()
		default:
			names[i] = "unix:" + a.String()
		}
	}
	return names
}
