package main

import (
	"errors"
	"log/slog"
	"net"
	"sync/atomic"

	"asterism/connpool"
	"asterism/engine"
	"asterism/httpd"
	"asterism/metrics"
)

// Why the daemon does not serve mails.
var (
	errStarting = errors.New("starting")
	errStopping = errors.New("stopping")
)

// health tells over HTTP how the daemon is, from before its store is open until its last mail is done.
type health struct {
	log     *slog.Logger
	metrics *metrics.Metrics
	server  *httpd.Server
	back    atomic.Pointer[backend] // nil until mails are served
	setup   atomic.Pointer[metrics.Setup]
	ending  atomic.Bool
}

func newHealth(log *slog.Logger) *health {
	h := &health{log: log}
	h.metrics = metrics.New(metrics.Options{Version: version(), Ready: h.ready, Stats: h.stats})
	h.server = h.metrics.Server(log)
	return h
}

// serve answers at all listeners in the background. If one fails the daemon goes on: mail matters more.
func (h *health) serve(listeners []net.Listener) {
	for _, ln := range listeners {
		go func() {
			if err := h.server.Serve(ln); !errors.Is(err, connpool.ErrClosed) {
				h.log.Error("the HTTP listener failed", "listener", ln.Addr(), "err", err)
			}
		}()
	}
}

// started notes that mails are served.
func (h *health) started(back backend) { h.back.Store(&back) }

// stopping notes that no new mails are served.
func (h *health) stopping() { h.ending.Store(true) }

func (h *health) close() { h.server.Close() }

// ready says why a load balancer should send mails elsewhere, if it should.
func (h *health) ready() error {
	back := h.back.Load()
	switch {
	case h.ending.Load():
		return errStopping
	case back == nil:
		return errStarting
	}
	return (*back).Ready()
}

// status is what the control socket tells of the daemon.
func (h *health) status() *metrics.Status { return h.metrics.Status(*h.setup.Load()) }

func (h *health) stats() engine.Stats {
	if back := h.back.Load(); back != nil {
		return (*back).Stats()
	}
	return engine.Stats{}
}
