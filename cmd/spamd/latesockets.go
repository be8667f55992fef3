package main

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"asterism/config"
	"asterism/connpool"
	"asterism/contain"
)

// webNow returns the sockets of --web to bind at the start: all, or none while nobody has a password.
func (o *options) webNow(cfg *config.Config) []string {
	if !hasAccounts(cfg) {
		return nil
	}
	return o.web
}

// hasAccounts reports whether there is a file of accounts. What is in it is for the log-in to say.
func hasAccounts(cfg *config.Config) bool {
	_, err := os.Stat(accountsFile(cfg))
	return err == nil
}

// webPatience is how soon after the first password the pages are there.
const webPatience = 500 * time.Millisecond

// openWebLater binds the sockets of --web once spamd web passwd has set the first password.
func (s *server) openWebLater(ctx context.Context, cfg *config.Config) {
	if len(s.opt.web) == 0 || hasAccounts(cfg) {
		return
	}
	s.log.Info("the pages of --web are off until spamd web passwd sets a password", "accounts", accountsFile(cfg))
	tick := time.NewTicker(webPatience)
	defer tick.Stop()
	for !hasAccounts(cfg) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	for _, text := range s.opt.web {
		if err := s.openWeb(ctx, text); err != nil {
			s.log.Error("the pages of --web are off until the next start", "web", text, "err", err)
		}
	}
}

// openWeb binds and serves one of these sockets.
func (s *server) openWeb(ctx context.Context, text string) error {
	file, err := socketFile("socket-mode", s.opt.socketMode, s.opt.owner, s.opt.group)
	if err != nil {
		return err
	}
	ln, err := openSocket(ctx, text, file)
	if err != nil {
		return err
	}
	one := []net.Listener{ln}
	if err := s.opt.checkWeb(one); err != nil {
		return errors.Join(err, ln.Close())
	}
	encrypt(one, s.webCert)
	s.log.Info("listening", "web", s.sockets.names(one))
	contain.Go(func() {
		if err := s.fronts.web.Serve(one[0]); !errors.Is(err, connpool.ErrClosed) {
			s.log.Error("the listener of the pages failed", "listener", ln.Addr(), "err", err)
		}
	})
	return nil
}
