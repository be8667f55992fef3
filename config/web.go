package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// Web configures the pages of spamd --web and their API.
type Web struct {
	Dir string // web_dir: accounts and remedies; "" for the directory web beside the learner's store
	URL string // web_url: where users' browsers find the pages, without a slash at its end; "" if they do not
}

func webOptions() []option {
	return []option{
		{name: "web_dir", set: somePath(func(c *Config) *string { return &c.Web.Dir })},
		{name: "web_url", set: webURL},
	}
}

// WebDir returns the directory of the pages' files.
func (c *Config) WebDir() string {
	switch {
	case c.Web.Dir != "":
		return c.Web.Dir
	case strings.Contains(c.Bayes.Path, "://"): // a store on a server
		return "/var/lib/spamd/web"
	}
	return filepath.Join(filepath.Dir(c.Bayes.Path), "web")
}

// webURL sets the address of the pages.
func webURL(c *Config, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is not an address such as https://mx.example.org", value)
	}
	c.Web.URL = strings.TrimRight(value, "/")
	return nil
}
