package config

import (
	"slices"
	"strings"
	"time"
)

// Links is how services that make links short are asked where links lead.
type Links struct {
	Max       int           // max_short_urls: links of a message that are asked about; 0 asks nobody
	MaxChain  int           // max_short_url_redirections
	Get       []string      // url_shortener_get: those of Lists.URLShorteners that are asked by GET, not HEAD
	Timeout   time.Duration // url_shortener_timeout: for one link
	TTL       time.Duration // url_shortener_cache_ttl
	UserAgent string        // url_shortener_user_agent
	Networks  Networks      // url_shortener_networks: addresses besides those of the Internet
}

func linkOptions() []option {
	near := func(c *Config) *Networks { return &c.Links.Networks }
	return []option{
		{name: "max_short_urls", def: "0", set: count(func(c *Config) *int { return &c.Links.Max })},
		{name: "max_short_url_redirections", def: "10", set: count(func(c *Config) *int { return &c.Links.MaxChain })},
		{name: "url_shortener_get", set: getShorteners},
		{name: "clear_url_shortener", set: clearShorteners},
		{name: "url_shortener_timeout", def: "5", set: seconds(func(c *Config) *time.Duration { return &c.Links.Timeout })},
		{name: "url_shortener_cache_ttl", def: "1d", set: seconds(func(c *Config) *time.Duration { return &c.Links.TTL })},
		{name: "url_shortener_user_agent", def: "Mozilla/5.0", set: text(func(c *Config) *string { return &c.Links.UserAgent })},
		{name: "url_shortener_networks", set: networks(near)},
	}
}

// getShorteners adds hosts that answer HEAD otherwise than GET.
func getShorteners(c *Config, value string) error {
	c.Links.Get = append(slices.Clip(c.Links.Get), strings.Fields(strings.ToLower(value))...)
	return addShorteners(c, value)
}

// clearShorteners takes hosts from those of url_shortener, or all.
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
