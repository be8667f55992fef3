package config

import (
	"slices"
	"strings"
	"time"
)

// Auth is sender authentication: SPF, DKIM, DMARC and other hosts' results.
type Auth struct {
	SPFTimeout      time.Duration // spf_timeout
	DKIMTimeout     time.Duration // dkim_timeout
	DKIMMinKeyBits  int           // dkim_minimum_key_bits: signatures by shorter RSA keys do not count
	TrustedAuthserv []string      // authres_trusted_authserv: whose Authentication-Results are believed
	IgnoredAuthserv []string      // authres_ignored_authserv
	AuthresNetworks string        // authres_networks: which relays' results are read (internal, trusted, all)
	AddResults      bool          // add_authentication_results: write an Authentication-Results header (RFC 8601)
	ADSPOverride    []ADSP        // adsp_override
	ARCSealers      []string      // arc_trusted_sealers: domains whose seals are trusted
}

// Believed returns the filters whose Authentication-Results fields count: those trusted and not ignored.
func (a *Auth) Believed() []string {
	return slices.DeleteFunc(slices.Clone(a.TrustedAuthserv), func(name string) bool {
		return slices.ContainsFunc(a.IgnoredAuthserv, func(ignored string) bool { return strings.EqualFold(name, ignored) })
	})
}

// ADSP is one adsp_override: the signing practice to assume of author domains.
type ADSP struct {
	Domain   string // may begin with "*."
	Practice string // unknown, all, discardable, nxdomain, custom_low, custom_med, custom_high
}

func authOptions() []option {
	return []option{
		{name: "spf_timeout", def: "5", set: seconds(func(c *Config) *time.Duration { return &c.Auth.SPFTimeout })},
		{name: "dkim_timeout", def: "5", set: seconds(func(c *Config) *time.Duration { return &c.Auth.DKIMTimeout })},
		{name: "dkim_minimum_key_bits", def: "1024", set: count(func(c *Config) *int { return &c.Auth.DKIMMinKeyBits })},
		{name: "authres_trusted_authserv", set: words(func(c *Config) *[]string { return &c.Auth.TrustedAuthserv })},
		{name: "authres_ignored_authserv", set: words(func(c *Config) *[]string { return &c.Auth.IgnoredAuthserv })},
		{name: "authres_networks", def: "internal",
			set: oneOf(func(c *Config) *string { return &c.Auth.AuthresNetworks }, "internal", "trusted", "all")},
		{name: "add_authentication_results", def: "0", set: flag(func(c *Config) *bool { return &c.Auth.AddResults })},
		{name: "adsp_override", set: adspOverride},
		{name: "arc_trusted_sealers", set: lowerWords(func(c *Config) *[]string { return &c.Auth.ARCSealers })},
	}
}
