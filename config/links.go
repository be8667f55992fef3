package config

import (
	"slices"
	"strings"
	"time"
)

// Links configures requests to services of short links and to redirectors.
type Links struct {
	Lookups                 // services of short links; Lists.URLShorteners has all of them
	Networks    Networks    // url_shortener_networks: allowed addresses outside the Internet, for both
	Redirectors Redirectors // redirectors
}

// Lookups configures the requests to services of one kind.
type Lookups struct {
	Max       int           // max_short_urls, max_redir_urls: most links of a message that are resolved; 0 for none
	MaxChain  int           // max_short_url_redirections, max_redir_url_redirections
	Get       []string      // url_shortener_get, url_redirector_get: services queried by GET instead of HEAD
	Timeout   time.Duration // url_shortener_timeout, url_redirector_timeout: for one link
	TTL       time.Duration // url_shortener_cache_ttl, url_redirector_cache_ttl
	UserAgent string        // url_shortener_user_agent, url_redirector_user_agent
}

// Redirectors are services whose links lead on to others.
type Redirectors struct {
	Lookups
	Hosts  []string // url_redirector, url_redirector_get: hosts, or ".domain", perhaps with a path
	Params string   // url_redirector_params: an expression whose first group is where a link leads; "" without
}

func linkOptions() []option {
	near := func(c *Config) *Networks { return &c.Links.Networks }
	hosts := func(c *Config) *[]string { return &c.Links.Redirectors.Hosts }
	params := func(c *Config) *string { return &c.Links.Redirectors.Params }
	return slices.Concat([]option{
		{name: "url_shortener_get", set: getShorteners},
		{name: "clear_url_shortener", set: clearShorteners},
		{name: "url_shortener_networks", set: networks(near)},
		{name: "url_redirector", set: lowerWords(hosts)},
		{name: "url_redirector_get", set: getRedirectors},
		{name: "clear_url_redirector", set: clearRedirectors},
		{name: "url_redirector_params", set: expression(params)},
	}, lookupOptions("short", "shortener", func(c *Config) *Lookups { return &c.Links.Lookups }),
		lookupOptions("redir", "redirector", func(c *Config) *Lookups { return &c.Links.Redirectors.Lookups }))
}

// askingOptions are the options of both kinds of services.
func lookupOptions(kind, service string, of func(*Config) *Lookups) []option {
	return []option{
		{name: "max_" + kind + "_urls", def: "0", set: count(func(c *Config) *int { return &of(c).Max })},
		{name: "max_" + kind + "_url_redirections", def: "10", set: count(func(c *Config) *int { return &of(c).MaxChain })},
		{name: "url_" + service + "_timeout", def: "5",
			set: seconds(func(c *Config) *time.Duration { return &of(c).Timeout })},
		{name: "url_" + service + "_cache_ttl", def: "1d",
			set: seconds(func(c *Config) *time.Duration { return &of(c).TTL })},
		{name: "url_" + service + "_user_agent", def: "Mozilla/5.0",
			set: text(func(c *Config) *string { return &of(c).UserAgent })},
	}
}

// getRedirectors adds hosts that answer HEAD otherwise than GET.
func getRedirectors(c *Config, value string) error {
	r := &c.Links.Redirectors
	if err := lowerWords(func(*Config) *[]string { return &r.Hosts })(c, value); err != nil {
		return err
	}
	return lowerWords(func(*Config) *[]string { return &r.Get })(c, value)
}

// clearRedirectors removes hosts of url_redirector, or all.
func clearRedirectors(c *Config, value string) error {
	r := &c.Links.Redirectors
	gone := r.Hosts
	if value != "" {
		gone = strings.Fields(strings.ToLower(value))
	}
	r.Get, r.Hosts = without(r.Get, gone), without(r.Hosts, gone)
	return nil
}

// getShorteners adds hosts that answer HEAD otherwise than GET.
func getShorteners(c *Config, value string) error {
	c.Links.Get = append(slices.Clip(c.Links.Get), strings.Fields(strings.ToLower(value))...)
	return addShorteners(c, value)
}

// clearShorteners removes hosts of url_shortener, or all.
func clearShorteners(c *Config, value string) error {
	gone := c.Lists.URLShorteners
	if value != "" {
		gone = strings.Fields(strings.ToLower(value))
	}
	for _, host := range gone {
		delete(c.Lists.URIHost["SHORTENER"], strings.Trim(host, "."))
	}
	c.Links.Get, c.Lists.URLShorteners = without(c.Links.Get, gone), without(c.Lists.URLShorteners, gone)
	return nil
}
