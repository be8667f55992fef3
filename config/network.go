package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Network has the site's own hosts, and configures DNS queries.
type Network struct {
	LocalOnly bool // local_tests_only: no network checks

	Trusted  Networks // trusted_networks: relays that do not forge Received fields
	Internal Networks // internal_networks: the site's MXes and relays
	MSA      Networks // msa_networks: relays that only take mail of authenticated users

	OriginatingIPHeaders []string // originating_ip_headers: fields that hold a webmail client's address

	DNSServers        []string          // dns_server, each host:port, or tls:// with one; empty is the system's
	DNSAvailable      bool              // dns_available: anything but "no"
	DNSTimeout        time.Duration     // rbl_timeout: how long answers may take
	DNSOptions        []string          // dns_options
	DNSDeny           map[string]bool   // dns_query_restriction: zone -> denied; "*" for all
	DNSBlockTime      time.Duration     // dns_block_time: rest for a list whose dns_block_rule hit
	SkipRBL           bool              // skip_rbl_checks: no lists of addresses
	SkipURIBL         bool              // skip_uribl_checks: no lists of domains
	URIBLMaxDomains   int               // uridnsbl_max_domains: most domains of a message that are looked up
	URIBLSkipDomains  []string          // uridnsbl_skip_domain
	URIBLSkipMailto   bool              // uridnsbl_skip_mailto
	ZoneTimeouts      map[string]string // rbl_timeout with a zone: its times by zone
	DNSOverTLS        bool              // dns_over_tls: query the servers of dns_server over TLS (RFC 7858)
	DNSNoTestEntry    []string          // dns_no_test_entry: lists that do not list 127.0.0.2 and are sound all the same
	DNSMaxConcurrency int               // dns_max_concurrency: questions under way at once, of all scans

	HashBL HashBL
}

func networkOptions() []option {
	trusted := func(c *Config) *Networks { return &c.Network.Trusted }
	internal := func(c *Config) *Networks { return &c.Network.Internal }
	msa := func(c *Config) *Networks { return &c.Network.MSA }
	origin := func(c *Config) *[]string { return &c.Network.OriginatingIPHeaders }
	servers := func(c *Config) *[]string { return &c.Network.DNSServers }
	return []option{
		{name: "local_tests_only", def: "0", set: flag(func(c *Config) *bool { return &c.Network.LocalOnly })},
		{name: "trusted_networks", set: networks(trusted)},
		{name: "clear_trusted_networks", set: clearNetworks(trusted)},
		{name: "internal_networks", set: networks(internal)},
		{name: "clear_internal_networks", set: clearNetworks(internal)},
		{name: "msa_networks", set: networks(msa)},
		{name: "clear_msa_networks", set: clearNetworks(msa)},
		{name: "originating_ip_headers", set: words(origin)},
		{name: "clear_originating_ip_headers", set: clearWords(origin)},
		{name: "dns_server", set: dnsServer},
		{name: "clear_dns_servers", set: clearWords(servers)},
		{name: "dns_available", def: "yes", set: dnsAvailable},
		{name: "rbl_timeout", def: "5", set: rblTimeout},
		{name: "dns_options", set: dnsOptions},
		{name: "dns_query_restriction", set: dnsRestriction},
		{name: "clear_dns_query_restriction", set: func(c *Config, v string) error {
			c.Network.DNSDeny = nil
			return noValue(v)
		}},
		{name: "dns_block_time", def: "300", set: seconds(func(c *Config) *time.Duration { return &c.Network.DNSBlockTime })},
		{name: "skip_rbl_checks", def: "0", set: flag(func(c *Config) *bool { return &c.Network.SkipRBL })},
		{name: "skip_uribl_checks", def: "0", set: flag(func(c *Config) *bool { return &c.Network.SkipURIBL })},
		{name: "uridnsbl_max_domains", def: "20", set: count(func(c *Config) *int { return &c.Network.URIBLMaxDomains })},
		{name: "uridnsbl_skip_domain", set: words(func(c *Config) *[]string { return &c.Network.URIBLSkipDomains })},
		{name: "clear_uridnsbl_skip_domain", set: clearSkipDomains},
		{name: "uridnsbl_skip_mailto", def: "1", set: flag(func(c *Config) *bool { return &c.Network.URIBLSkipMailto })},
		{name: "dns_over_tls", def: "0", set: flag(func(c *Config) *bool { return &c.Network.DNSOverTLS })},
		{name: "dns_no_test_entry", set: words(func(c *Config) *[]string { return &c.Network.DNSNoTestEntry })},
		{name: "dns_max_concurrency", def: "1000",
			set: whole(1, 1_000_000, func(c *Config) *int { return &c.Network.DNSMaxConcurrency })},
	}
}

// dnsServer appends a name server: an address, in brackets or not, and perhaps a port.
func dnsServer(c *Config, value string) error {
	if rest, ok := strings.CutPrefix(value, "tls://"); ok {
		return tlsServer(c, rest)
	}
	host, port := value, "53"
	if h, p, err := net.SplitHostPort(value); err == nil {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if _, err := netip.ParseAddrPort(net.JoinHostPort(host, port)); err != nil {
		return fmt.Errorf("%q is not an address with or without a port", value)
	}
	c.Network.DNSServers = append(c.Network.DNSServers, net.JoinHostPort(host, port))
	return nil
}

// tlsServer appends a name server for queries over TLS, as "tls://address[:port][#name]", with the name in its
// certificate.
func tlsServer(c *Config, value string) error {
	addr, name, named := strings.Cut(value, "#")
	if _, err := netip.ParseAddrPort(addr); err != nil {
		if _, err := netip.ParseAddr(strings.Trim(addr, "[]")); err != nil || named && name == "" {
			return fmt.Errorf("tls://%s is not of the form tls://ADDRESS[:PORT][#NAME]", value)
		}
	}
	c.Network.DNSServers = append(c.Network.DNSServers, "tls://"+value)
	return nil
}

func dnsAvailable(c *Config, value string) error {
	switch word, _, _ := strings.Cut(strings.ToLower(value), ":"); word {
	case "yes", "1", "test":
		c.Network.DNSAvailable = true
	case "no", "0":
		c.Network.DNSAvailable = false
	default:
		return fmt.Errorf("%q is not yes, no or test", value)
	}
	return nil
}

// rblTimeout reads "t [t_min] [zone]".
func rblTimeout(c *Config, value string) error {
	fields := strings.Fields(value)
	if len(fields) == 0 || len(fields) > 3 {
		return errors.New("takes a time, and optionally a shortest time and a zone")
	}
	if zone := fields[len(fields)-1]; len(fields) > 1 && strings.ContainsAny(zone, ".") && zone[0]|0x20 >= 'a' {
		if c.Network.ZoneTimeouts == nil {
			c.Network.ZoneTimeouts = map[string]string{}
		}
		if _, err := parseSeconds(fields[0]); err != nil {
			return err
		}
		c.Network.ZoneTimeouts[strings.ToLower(zone)] = strings.Join(fields[:len(fields)-1], " ")
		return nil
	}
	longest, err := parseSeconds(fields[0])
	if err != nil {
		return err
	}
	if len(fields) > 1 {
		if _, err = parseSeconds(fields[1]); err != nil {
			return err
		}
		c.noEffect("a least time has no effect here: no answer is waited for longer because others came")
	}
	c.Network.DNSTimeout = longest
	return nil
}

// dnsOptions keeps the words about EDNS; of the others the resolver decides itself.
func dnsOptions(c *Config, value string) error {
	if value == "" {
		return errors.New("needs a value")
	}
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		switch name, _, _ := strings.Cut(strings.ToLower(word), "="); name {
		case "edns", "edns0", "noedns", "noedns0":
			c.Network.DNSOptions = append(c.Network.DNSOptions, word)
		default:
			c.noEffect(word + " has no effect here")
		}
	}
	return nil
}

func dnsRestriction(c *Config, value string) error {
	fields := strings.Fields(strings.ToLower(value))
	if len(fields) < 2 || fields[0] != "allow" && fields[0] != "deny" {
		return errors.New("takes allow or deny, then domains")
	}
	if c.Network.DNSDeny == nil {
		c.Network.DNSDeny = map[string]bool{}
	}
	for _, domain := range fields[1:] {
		c.Network.DNSDeny[strings.Trim(domain, ".")] = fields[0] == "deny"
	}
	return nil
}

func clearSkipDomains(c *Config, value string) error {
	if value == "" {
		c.Network.URIBLSkipDomains = nil
		return nil
	}
	c.Network.URIBLSkipDomains = without(c.Network.URIBLSkipDomains, strings.Fields(value))
	return nil
}
