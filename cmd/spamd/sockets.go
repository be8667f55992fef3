package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"

	"asterism/config"
	"asterism/daemon"
	"asterism/listen"
)

// sockets are what the daemon listens on.
type sockets struct {
	milter, spamc, control, http []net.Listener
}

// The names that systemd's socket units give to their sockets (FileDescriptorName=).
const (
	milterName  = "milter"
	spamcName   = "spamc"
	controlName = "control"
	httpName    = "http"
)

// openSockets takes over the sockets that systemd passes on and binds all others, or none. Of a kind that systemd passes on,
// only those are bound besides that the command line names.
func openSockets(ctx context.Context, opt *options, cfg *config.Config, id daemon.Identity) (*sockets, error) {
	mode, err := opt.mode()
	if err != nil {
		return nil, err
	}
	passed, err := daemon.Sockets(milterName, spamcName, controlName, httpName)
	if err != nil {
		return nil, err
	}
	s := &sockets{milter: passed[milterName], spamc: passed[spamcName], control: passed[controlName], http: passed[httpName]}
	if err := s.bind(ctx, opt, cfg, mode, id); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// bind binds the sockets that the command line names, and those that there are without being named.
func (s *sockets) bind(ctx context.Context, opt *options, cfg *config.Config, mode fs.FileMode, id daemon.Identity) error {
	public := listen.File{Mode: mode, Owner: cmp.Or(opt.owner, id.Owner()), Group: cmp.Or(opt.group, id.Group())}
	private := listen.File{Mode: 0o600, Owner: id.Owner(), Group: id.Group()}
	milter, control := opt.milter, []string(nil)
	if len(s.milter) > 0 && !opt.milterSet {
		milter = nil
	}
	if opt.control != "" || len(s.control) == 0 {
		var err error
		if control, err = controlAddress(opt, cfg, id); err != nil {
			return err
		}
	}
	for _, group := range []struct {
		into  *[]net.Listener
		addrs []string
		file  listen.File
	}{
		{&s.milter, milter, public},
		{&s.spamc, opt.listen, public},
		{&s.control, control, private},
		{&s.http, opt.http, public},
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

// controlAddress returns the control socket's address: --control, or a file beside the store, whose directory is made if
// need be, for whom the daemon will become. A store on a server has no such file, and no control socket unless --control names one.
func controlAddress(opt *options, cfg *config.Config, id daemon.Identity) ([]string, error) {
	if opt.control != "" {
		return []string{opt.control}, nil
	}
	path := cfg.Bayes.Path
	if strings.Contains(path, "://") {
		return nil, nil
	}
	path, err := filepath.Abs(path)
	if err == nil {
		err = id.MakeDir(filepath.Dir(path), 0o700)
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
