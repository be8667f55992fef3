package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"asterism/config"
	"asterism/listen"
)

// sockets are what the daemon listens on.
type sockets struct {
	milter, spamc, control, http []net.Listener
}

// openSockets binds all sockets, or none.
func openSockets(ctx context.Context, opt *options, cfg *config.Config) (*sockets, error) {
	mode, err := opt.mode()
	if err != nil {
		return nil, err
	}
	file := listen.File{Mode: mode, Owner: opt.owner, Group: opt.group}
	control, err := controlAddress(opt, cfg)
	if err != nil {
		return nil, err
	}
	s := &sockets{}
	for _, group := range []struct {
		into  *[]net.Listener
		addrs []string
		file  listen.File
	}{
		{&s.milter, opt.milter, file},
		{&s.spamc, opt.listen, file},
		{&s.control, control, listen.File{Mode: 0o600}},
		{&s.http, opt.http, file},
	} {
		for _, text := range group.addrs {
			if text == "none" {
				continue
			}
			ln, err := openSocket(ctx, text, group.file)
			if err != nil {
				s.close()
				return nil, err
			}
			*group.into = append(*group.into, ln)
		}
	}
	return s, nil
}

func openSocket(ctx context.Context, text string, file listen.File) (net.Listener, error) {
	addr, err := listen.Parse(text)
	if err != nil {
		return nil, fail(exitUsage, err)
	}
	return listen.Listen(ctx, addr, file)
}

// controlAddress returns the control socket's address: --control, or a file beside the store, whose directory is made if
// need be. A store on a server has no such file, and no control socket unless --control names one.
func controlAddress(opt *options, cfg *config.Config) ([]string, error) {
	if opt.control != "" {
		return []string{opt.control}, nil
	}
	path := cfg.Bayes.Path
	if strings.Contains(path, "://") {
		return nil, nil
	}
	path, err := filepath.Abs(path)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return []string{"unix:" + path + ".sock"}, nil
}

// names lists listeners for the log.
func (s *sockets) names(listeners []net.Listener) string {
	var names []string
	for _, ln := range listeners {
		names = append(names, ln.Addr().String())
	}
	return strings.Join(names, ",")
}

func (s *sockets) close() {
	for _, group := range [][]net.Listener{s.milter, s.spamc, s.control, s.http} {
		for _, ln := range group {
			ln.Close()
		}
	}
}
