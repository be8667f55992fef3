package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Lists is the lists of addresses, hosts and domains that rules look things up in. Patterns are in lower case and may
// hold "*" and "?".
type Lists struct {
	// Addr is lists of address patterns by name in lower case: welcomelist_from, blocklist_from, welcomelist_to,
	// blocklist_to, more_spam_to, all_spam_to, welcomelist_auth, def_welcomelist_auth, welcomelist_from_spf,
	// def_welcomelist_from_spf, welcomelist_allows_relays, and the lists of enlist_addrlist under their own names.
	Addr map[string][]string
	// Rcvd is welcomelist_from_rcvd and def_welcomelist_from_rcvd.
	Rcvd map[string][]FromRcvd
	// DKIM is welcomelist_from_dkim and def_welcomelist_from_dkim.
	DKIM map[string][]FromDKIM
	// URIHost is lists of hosts by the name that enlist_uri_host gave: whether a host is listed or, with "!", excepted.
	URIHost map[string]map[string]bool
	// Subject is patterns of welcomelist_subject and blocklist_subject.
	Subject map[string][]string

	Freemail              []string // freemail_domains: patterns
	FreemailWelcome       []string // freemail_welcomelist: addresses and domains
	FreemailImportAuth    bool     // freemail_import_welcomelist_auth
	FreemailImportDefAuth bool     // freemail_import_def_welcomelist_auth
	FreemailMaxBody       int      // freemail_max_body_emails: so many addresses in the text are a list
	FreemailMaxBodyOf     int      // freemail_max_body_freemails: so many of such services
	FreemailSkipOverMax   bool     // freemail_skip_when_over_max: a list in the text says nothing
	FreemailSkipBulk      bool     // freemail_skip_bulk_envfrom: nor does bulk mail's Reply-To
	FreemailNameAddress   bool     // freemail_add_describe_email: reports name the address
	BounceRelays          []string // welcomelist_bounce_relays: host patterns
	TLD2, TLD3            []string // util_rb_2tld, util_rb_3tld: domains whose subdomains belong to different people
	URLShorteners         []string // url_shortener: hosts, or ".domain"
	Brands                []Brand  // known_brand
}

// FromRcvd is one entry of welcomelist_from_rcvd: mail from Addr counts if a relay of that name or network handed it
// in.
type FromRcvd struct {
	Addr  string       // address pattern
	Relay string       // domain that the relay's verified name must be in; "" if Net is set
	Net   netip.Prefix // network of the relay
}

// FromDKIM is one entry of welcomelist_from_dkim: mail from Addr counts if a valid signature is of Domain.
type FromDKIM struct {
	Addr   string
	Domain string // "" is the author's own domain
}

func (l *Lists) init() {
	l.Addr = map[string][]string{}
	l.Rcvd = map[string][]FromRcvd{}
	l.DKIM = map[string][]FromDKIM{}
	l.URIHost = map[string]map[string]bool{}
	l.Subject = map[string][]string{}
}

func listOptions() []option {
	var all []option
	for _, name := range []string{"welcomelist_from", "blocklist_from", "welcomelist_to", "blocklist_to", "more_spam_to",
		"all_spam_to"} {
		all = append(all, option{name: name, old: olderNames(name), set: addAddrs(name), personal: true})
	}
	for _, name := range []string{"welcomelist_auth", "def_welcomelist_auth", "welcomelist_from_spf",
		"def_welcomelist_from_spf",
		"welcomelist_allows_relays", "def_blocklist_from", "def_welcomelist_from"} {
		all = append(all, option{name: name, old: olderNames(name), set: addAddrs(name)})
	}
	for _, name := range []string{"welcomelist_from", "blocklist_from", "welcomelist_to", "blocklist_to"} {
		all = append(all, option{name: "un" + name, old: olderNames("un" + name), set: dropAddrs(name), personal: true})
	}
	for _, name := range []string{"welcomelist_auth", "welcomelist_from_spf"} {
		all = append(all, option{name: "un" + name, old: olderNames("un" + name), set: dropAddrs(name, "def_"+name)})
	}
	for _, name := range []string{"welcomelist_from_rcvd", "def_welcomelist_from_rcvd"} {
		site := strings.HasPrefix(name, "def_")
		all = append(all, option{name: name, old: olderNames(name), set: addRcvd(name), personal: !site})
	}
	for _, name := range []string{"welcomelist_from_dkim", "def_welcomelist_from_dkim"} {
		all = append(all, option{name: name, old: olderNames(name), set: addDKIM(name)})
	}
	for _, name := range []string{"welcomelist_subject", "blocklist_subject"} {
		all = append(all, option{name: name, old: olderNames(name), personal: true,
			set: func(c *Config, v string) error {
				c.Lists.Subject[name] = append(c.Lists.Subject[name], strings.ToLower(v))
				return nil
			}})
	}
	return append(all, []option{
		{name: "unwelcomelist_from_rcvd", old: olderNames("unwelcomelist_from_rcvd"), set: dropRcvd, personal: true},
		{name: "unwelcomelist_from_dkim", old: olderNames("unwelcomelist_from_dkim"), set: dropDKIM},
		{name: "enlist_addrlist", set: enlistAddr},
		{name: "enlist_uri_host", set: enlistHost},
		{name: "delist_uri_host", set: delistHost},
		{name: "blocklist_uri_host", old: olderNames("blocklist_uri_host"), set: addHosts("BLOCK")},
		{name: "welcomelist_uri_host", old: olderNames("welcomelist_uri_host"), set: addHosts("WELCOME")},
		{name: "freemail_domains", set: lowerWords(func(c *Config) *[]string { return &c.Lists.Freemail })},
		{name: "freemail_welcomelist", old: []string{"freemail_whitelist"},
			set: lowerWords(func(c *Config) *[]string { return &c.Lists.FreemailWelcome })},
		{name: "freemail_import_welcomelist_auth", old: []string{"freemail_import_whitelist_auth"},
			set: flag(func(c *Config) *bool { return &c.Lists.FreemailImportAuth })},
		{name: "freemail_import_def_welcomelist_auth", old: []string{"freemail_import_def_whitelist_auth"},
			set: flag(func(c *Config) *bool { return &c.Lists.FreemailImportDefAuth })},
		{name: "freemail_max_body_emails", def: "5", set: count(func(c *Config) *int { return &c.Lists.FreemailMaxBody })},
		{name: "freemail_max_body_freemails", def: "3",
			set: count(func(c *Config) *int { return &c.Lists.FreemailMaxBodyOf })},
		{name: "freemail_skip_when_over_max", def: "1",
			set: flag(func(c *Config) *bool { return &c.Lists.FreemailSkipOverMax })},
		{name: "freemail_skip_bulk_envfrom", def: "1", set: flag(func(c *Config) *bool { return &c.Lists.FreemailSkipBulk })},
		{name: "freemail_add_describe_email", def: "1",
			set: flag(func(c *Config) *bool { return &c.Lists.FreemailNameAddress })},
		{name: "welcomelist_bounce_relays", old: []string{"whitelist_bounce_relays"},
			set: lowerWords(func(c *Config) *[]string { return &c.Lists.BounceRelays })},
		{name: "util_rb_2tld", set: lowerWords(func(c *Config) *[]string { return &c.Lists.TLD2 })},
		{name: "util_rb_3tld", set: lowerWords(func(c *Config) *[]string { return &c.Lists.TLD3 })},
		{name: "clear_util_rb", set: func(c *Config, v string) error {
			c.Lists.TLD2, c.Lists.TLD3 = nil, nil
			return noValue(v)
		}},
		{name: "known_brand", set: addBrand},
		{name: "url_shortener", set: addShorteners},
	}...)
}

// addShorteners adds hosts, or with a leading dot all hosts of a domain, for short_url() and for the shipped rules,
// which have a list of hosts.
func addShorteners(c *Config, value string) error {
	if err := lowerWords(func(c *Config) *[]string { return &c.Lists.URLShorteners })(c, value); err != nil {
		return err
	}
	return addHosts("SHORTENER")(c, value)
}

// olderNames returns the older names of a welcomelist or blocklist.
func olderNames(name string) []string {
	old := strings.NewReplacer("welcomelist", "whitelist", "blocklist", "blacklist").Replace(name)
	if old == name {
		return nil
	}
	return []string{old}
}

func lowerWords(field func(*Config) *[]string) setter {
	add := words(field)
	return func(c *Config, value string) error { return add(c, strings.ToLower(value)) }
}

func addAddrs(list string) setter {
	return func(c *Config, value string) error {
		if value == "" {
			return errors.New("needs an address")
		}
		c.Lists.Addr[list] = append(c.Lists.Addr[list], strings.Fields(strings.ToLower(value))...)
		return nil
	}
}

func dropAddrs(lists ...string) setter {
	return func(c *Config, value string) error {
		for _, list := range lists {
			c.Lists.Addr[list] = without(c.Lists.Addr[list], strings.Fields(strings.ToLower(value)))
		}
		return nil
	}
}

// without returns the list less some of its words.
func without(list, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(gone, s) })
}

func addRcvd(list string) setter {
	return func(c *Config, value string) error {
		fields := strings.Fields(strings.ToLower(value))
		if len(fields) != 2 {
			return errors.New("takes an address and a relay's domain or [network]")
		}
		entry := FromRcvd{Addr: fields[0], Relay: fields[1]}
		if strings.HasPrefix(entry.Relay, "[") {
			inner := strings.NewReplacer("[", "", "]", "").Replace(entry.Relay)
			if !strings.Contains(inner, ":") && !strings.Contains(inner, "/") && strings.Count(inner, ".") < 3 {
				inner += "." // an IPv4 address cut short stands for its network
			}
			p, err := parsePrefix(inner)
			if err != nil {
				return fmt.Errorf("%q is not an address or network", fields[1])
			}
			entry.Relay, entry.Net = "", p.Masked()
		}
		c.Lists.Rcvd[list] = append(c.Lists.Rcvd[list], entry)
		return nil
	}
}

func dropRcvd(c *Config, value string) error {
	gone := strings.Fields(strings.ToLower(value))
	for list, entries := range c.Lists.Rcvd {
		c.Lists.Rcvd[list] = slices.DeleteFunc(entries, func(e FromRcvd) bool { return slices.Contains(gone, e.Addr) })
	}
	return nil
}

func addDKIM(list string) setter {
	return func(c *Config, value string) error {
		fields := strings.Fields(strings.ToLower(value))
		if len(fields) < 1 || len(fields) > 2 {
			return errors.New("takes an address and optionally a signing domain")
		}
		entry := FromDKIM{Addr: fields[0]}
		if len(fields) == 2 {
			entry.Domain = fields[1]
		}
		c.Lists.DKIM[list] = append(c.Lists.DKIM[list], entry)
		return nil
	}
}

func dropDKIM(c *Config, value string) error {
	fields := strings.Fields(strings.ToLower(value))
	if len(fields) < 1 || len(fields) > 2 {
		return errors.New("takes an address and optionally a signing domain")
	}
	for list, entries := range c.Lists.DKIM {
		c.Lists.DKIM[list] = slices.DeleteFunc(entries, func(e FromDKIM) bool {
			return e.Addr == fields[0] && (len(fields) == 1 || e.Domain == fields[1])
		})
	}
	return nil
}

// cutList splits "(name) words" into name and words.
func cutList(value string) (string, []string, error) {
	name, rest, ok := strings.Cut(strings.TrimPrefix(value, "("), ")")
	if !ok || !strings.HasPrefix(value, "(") || strings.TrimSpace(name) == "" {
		return "", nil, errors.New("takes the list's name in parentheses, then its entries")
	}
	return strings.TrimSpace(name), strings.Fields(strings.ToLower(rest)), nil
}

func enlistAddr(c *Config, value string) error {
	list, addrs, err := cutList(value)
	if err != nil {
		return err
	}
	switch low := strings.ToLower(list); low { // these are options of their own
	case "welcomelist_from", "blocklist_from", "welcomelist_to", "blocklist_to":
		list = low
	}
	c.Lists.Addr[list] = append(c.Lists.Addr[list], addrs...)
	return nil
}

func enlistHost(c *Config, value string) error {
	list, hosts, err := cutList(value)
	if err != nil {
		return err
	}
	return addHosts(list)(c, strings.Join(hosts, " "))
}

func addHosts(list string) setter {
	return func(c *Config, value string) error {
		if value == "" {
			return errors.New("needs a host or domain")
		}
		if c.Lists.URIHost[list] == nil {
			c.Lists.URIHost[list] = map[string]bool{}
		}
		for host := range strings.FieldsSeq(strings.ToLower(value)) {
			name, excepted := strings.CutPrefix(host, "!")
			c.Lists.URIHost[list][strings.Trim(name, ".")] = !excepted
		}
		return nil
	}
}

func delistHost(c *Config, value string) error {
	only, hosts := "", strings.Fields(strings.ToLower(value))
	if strings.HasPrefix(value, "(") {
		var err error
		if only, hosts, err = cutList(value); err != nil {
			return err
		}
	}
	for list, entries := range c.Lists.URIHost {
		if only != "" && only != list {
			continue
		}
		for _, h := range hosts {
			delete(entries, strings.Trim(strings.TrimPrefix(h, "!"), "."))
		}
	}
	return nil
}

func adspOverride(c *Config, value string) error {
	fields := strings.Fields(strings.ToLower(value))
	if len(fields) < 1 || len(fields) > 2 {
		return errors.New("takes a domain and optionally a signing practice")
	}
	practice := "nxdomain"
	if len(fields) == 2 {
		practice = fields[1]
	}
	if !slices.Contains([]string{"unknown", "all", "discardable", "nxdomain", "custom_low", "custom_med", "custom_high"},
		practice) {
		return fmt.Errorf("%q is not a signing practice", practice)
	}
	c.Auth.ADSPOverride = append(c.Auth.ADSPOverride, ADSP{fields[0], practice})
	return nil
}
