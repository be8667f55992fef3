package config

import (
	"errors"
	"io/fs"
	"os"
	"slices"
)

// SystemFile is the machine's configuration, which every program reads by default, and SystemStore its default
// bayes_path. So the daemon and its tools use the same store for every user and home directory.
const (
	SystemFile  = "/etc/asterism/spamd.cf"
	SystemStore = "/var/lib/spamd/bayes"
)

// FileEnv is the environment variable that names a file to read in the place of SystemFile; NoFile for none.
const (
	FileEnv = "ASTERISM_CONFIG"
	NoFile  = "none"
)

// locations are where a configuration is looked for.
type locations struct {
	file string
	dirs []string // SpamAssassin's, of which the first that exists counts
}

// standard are the places of Debian, of SpamAssassin built from source, and of the BSDs' packages.
var standard = locations{SystemFile, []string{"/etc/spamassassin", "/etc/mail/spamassassin",
	"/usr/local/etc/mail/spamassassin",
	"/usr/local/etc/spamassassin", "/usr/pkg/etc/spamassassin"}}

// OrStandard returns the sources themselves where they name a file or a site's directory, else with the machine's
// configuration: SystemFile or, where there is none, SpamAssassin's directory.
func (s Sources) OrStandard() Sources { return standard.of(s, os.Getenv(FileEnv)) }

// of returns what OrStandard does. named is the value of FileEnv.
func (p locations) of(s Sources, named string) Sources {
	switch {
	case len(s.Files) > 0 || s.SitePath != "" || named == NoFile:
	case named != "":
		s.Files = []string{named}
	case exists(p.file):
		s.Files = []string{p.file}
	default:
		if i := slices.IndexFunc(p.dirs, exists); i >= 0 {
			s.SitePath = p.dirs[i]
		}
	}
	return s
}

// Names returns the names of the site's sources.
func (s Sources) Names() []string {
	if s.SitePath == "" {
		return s.Files
	}
	return append([]string{s.SitePath}, s.Files...)
}

// exists reports whether something is there; what cannot be looked at is, and reading it tells why it cannot.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}
