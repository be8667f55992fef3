package config

import "asterism/phish"

func phishOptions() []option {
	return []option{
		{name: "phishing_openphish_feed", set: text(func(c *Config) *string { return &c.Phish.OpenPhish })},
		{name: "phishing_phishtank_feed", set: text(func(c *Config) *string { return &c.Phish.PhishTank })},
		{name: "phishing_phishstats_feed", set: text(func(c *Config) *string { return &c.Phish.PhishStats })},
		{name: "phishing_phishstats_minscore", def: "6", set: number(func(c *Config) *float64 { return &c.Phish.MinScore })},
		{name: "phishing_uri_noparam", def: "0", set: flag(func(c *Config) *bool { return &c.Phish.NoParam })},
	}
}

// HasPhish reports whether there is a feed of links of phishing.
func (c *Config) HasPhish() bool {
	return c.Phish != phish.Options{MinScore: c.Phish.MinScore, NoParam: c.Phish.NoParam}
}
