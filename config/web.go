package config

import (
	"path/filepath"
	"strings"
)

// Web is what the pages of spamd --web and their API keep.
type Web struct {
	Dir string // web_dir: accounts and remedies; "" for the directory web beside the learner's store
}

func webOptions() []option {
	return []option{
		{name: "web_dir", set: somePath(func(c *Config) *string { return &c.Web.Dir })},
	}
}

// WebDir returns the directory of what the pages keep.
func (c *Config) WebDir() string {
	switch {
	case c.Web.Dir != "":
		return c.Web.Dir
	case strings.Contains(c.Bayes.Path, "://"): // a store on a server
		return "/var/lib/spamd/web"
	}
	return filepath.Join(filepath.Dir(c.Bayes.Path), "web")
}
