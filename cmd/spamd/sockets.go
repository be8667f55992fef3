package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"asterism/config"
	"asterism/daemon"
	"asterism/engine"
	"asterism/listen"
)

// sockets are what the daemon listens on.
type sockets struct {
	milter, spamc, control, http []net.Listener
	web, rspamd                  []net.Listener
	// the control socket beside the store, which is for the daemon's own user alone
	own []net.Listener
}

// The names that systemd's socket units give to their sockets (FileDescriptorName=).
const (
	milterName  = "milter"
	spamcName   = "spamc"
	controlName = "control"
	httpName    = "http"
	webName     = "web"
	rspamdName  = "rspamd"
)

// openSockets takes over the sockets that systemd passes on and binds all others, or none. Of a kind that systemd
// passes on, only those are bound besides that the command line names, and the control socket beside the store.
func openSockets(ctx context.Context, opt *options, cfg *config.Config, id daemon.Identity) (*sockets, error) {
	passed, err := daemon.Sockets(milterName, spamcName, controlName, httpName, webName, rspamdName)
	if err != nil {
		return nil, err
	}
	s := &sockets{milter: passed[milterName], spamc: passed[spamcName], control: passed[controlName],
		http: passed[httpName],
		web:  passed[webName], rspamd: passed[rspamdName]}
	if err := s.bind(ctx, opt, cfg, id); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// bind binds the sockets that the command line names, and those that there are without being named.
func (s *sockets) bind(ctx context.Context, opt *options, cfg *config.Config, id daemon.Identity) error {
	public, err := socketFile("socket-mode", opt.socketMode, cmp.Or(opt.owner, id.Owner()), cmp.Or(opt.group, id.Group()))
	if err != nil {
		return err
	}
	control, err := socketFile("control-mode", opt.controlMode, id.Owner(), cmp.Or(opt.controlGroup, id.Group()))
	if err != nil {
		return err
	}
	own, err := ownControl(cfg, id)
	if err != nil {
		return err
	}
	milter := opt.milter
	if len(s.milter) > 0 && !opt.milterSet {
		milter = nil
	}
	for _, group := range []struct {
		into  *[]net.Listener
		addrs []string
		file  listen.File
	}{
		{&s.milter, milter, public},
		{&s.spamc, opt.listen, public},
		{&s.own, own, listen.File{Mode: 0o600, Owner: id.Owner(), Group: id.Group()}},
		{&s.control, opt.namedControl(own), control},
		{&s.http, opt.http, public},
		{&s.rspamd, opt.rspamd, public},
		{&s.web, opt.webNow(cfg), public},
	} {
		for _, text := range group.addrs {
			if text == "none" {
				continue
			}
			ln, err := openSocket(ctx, text, group.file)
			if err != nil {
				return err
			}
			*group.into = append(*group.into, ln)
		}
	}
	return nil
}

func openSocket(ctx context.Context, text string, file listen.File) (net.Listener, error) {
	addr, err := listen.Parse(text)
	if err != nil {
		return nil, fail(exitUsage, err)
	}
	return listen.Listen(ctx, addr, file)
}

// ownControl returns the address of the control socket beside the store, whose directory is made if need be, for whom
// the daemon will become. With a store on a server it is beside the history or the record of senders, if there is one.
func ownControl(cfg *config.Config, id daemon.Identity) ([]string, error) {
	path := historyControl(cfg)
	if path == "" {
		return nil, nil
	}
	if err := id.MakeDir(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return []string{"unix:" + path}, nil
}

// historyControl returns the file of the control socket by which the history and the record of senders are asked; "" if
// there is none.
func historyControl(cfg *config.Config) string {
	path := engine.ControlPath(cfg.Bayes.Path)
	switch {
	case path != "":
	case cfg.History.On:
		path = engine.ControlPath(cfg.HistoryFile())
	case cfg.UseAWL() || cfg.UseTxRep():
		path = engine.ControlPath(cfg.SendersFile())
	}
	return path
}

// namedControl returns the control socket that the command line names, unless that is the one beside the store anyway.
func (o *options) namedControl(own []string) []string {
	if o.control == "" || slices.Contains(own, o.control) {
		return nil
	}
	return []string{o.control}
}

// socketFile says how a unix socket looks whose permission bits an option gives.
func socketFile(option, mode, owner, group string) (listen.File, error) {
	n, err := strconv.ParseUint(mode, 8, 32)
	if err != nil || n == 0 || n > 0o777 {
		return listen.File{}, fail(exitUsage, fmt.Errorf("--%s %q is not an octal mode such as 0660", option, mode))
	}
	return listen.File{Mode: fs.FileMode(n), Owner: owner, Group: group}, nil
}

// encrypt puts TLS on those of the sockets that are of TCP.
func encrypt(sockets []net.Listener, cert *listen.Certificate) {
	for i, ln := range sockets {
		if cert != nil && ln.Addr().Network() == "tcp" {
			sockets[i] = cert.Listener(ln)
		}
	}
}

// checkWeb refuses to take passwords over the network in clear text.
func (o *options) checkWeb(listeners []net.Listener) error {
	for _, ln := range listeners {
		addr, ok := ln.Addr().(*net.TCPAddr)
		if ok && !addr.IP.IsLoopback() && o.webCert == "" && !o.webProxy {
			return fail(exitUsage,
				fmt.Errorf("--web %s: passwords would cross the network unencrypted; set --web-cert and --web-key, "+
					"or --web-proxy if a proxy before this address speaks TLS", notations([]net.Listener{ln})[0]))
		}
	}
	return nil
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
	for _, group := range [][]net.Listener{s.milter, s.spamc, s.control, s.own, s.http, s.web, s.rspamd} {
		for _, ln := range group {
			ln.Close()
		}
	}
}
