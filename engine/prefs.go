package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	osuser "os/user"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"asterism/config"
	"asterism/ownedfs"
	"asterism/rules"
)

// maxPrefs bounds a file of preferences, in bytes.
const maxPrefs = 256 << 10

// prefs are a user's preferences, as they were read last.
type prefs struct {
	modified time.Time // of the file; zero if there was none
	size     int64
	cfg      *config.Config // that they were read on top of
	set      *rules.Set     // likewise
	own      *rules.Set     // nil without preferences
	required float64        // required_score
	home     string         // of the user; "" if it was not asked for
}

// refresh returns the user's rules, nil if they equal the site's. Errors in the file are logged once.
func (p *prefs) refresh(cfg *config.Config, site *rules.Set, user string, log *slog.Logger) *rules.Set {
	if cfg.Daemon.UserPrefs == "" || site == nil {
		return nil
	}
	name := p.file(cfg.Daemon.UserPrefs, user)
	var modified time.Time
	var size int64
	info, err := os.Stat(name)
	if err == nil {
		modified, size = info.ModTime(), info.Size()
	}
	if p.cfg == cfg && p.set == site && p.modified.Equal(modified) && p.size == size {
		return p.own
	}
	p.cfg, p.set, p.modified, p.size, p.own = cfg, site, modified, size, nil
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	data, err := readPrefs(name)
	if err != nil {
		log.Warn("a user's preferences cannot be read", "user", user, "err", err)
		return nil
	}
	own, problems := cfg.Personal(name, data)
	set, more := site.Personal(own)
	for _, problem := range append(problems, more...) {
		log.Warn("a user's preferences", "user", user, "at", problem.String())
	}
	p.own, p.required = set, own.Scoring.Required
	return p.own
}

// file returns the name of a user's file: in user_prefs_path %u is the user, %l the part before an @, %d that behind
// it, and a leading ~ the user's home.
func (p *prefs) file(path, user string) string {
	local, domain, _ := strings.Cut(user, "@")
	path = strings.NewReplacer("%u", user, "%l", local, "%d", domain, "%%", "%").Replace(path)
	rest, inHome := strings.CutPrefix(path, "~/")
	if !inHome {
		return path
	}
	if p.home == "" {
		p.home = "/nonexistent" // as Debian has it for users without one
		if u, err := osuser.Lookup(user); err == nil {
			p.home = u.HomeDir
		}
	}
	return filepath.Join(p.home, rest)
}

// readPrefs reads a file that its user may have made into anything, such as a pipe that nobody writes to.
func readPrefs(name string) ([]byte, error) {
	f, err := ownedfs.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPrefs+1))
	if err == nil && len(data) > maxPrefs {
		err = fmt.Errorf("%s: longer than %d bytes", name, maxPrefs)
	}
	return data, err
}
