package config

import (
	"errors"
	"fmt"
	"strings"

	"asterism/geo"
)

// Geo configures the databases of addresses, and the lookup of the client's network.
type Geo struct {
	Paths      map[string]string // geodb_options: files of databases by kind (country, city, isp, asn)
	Search     []string          // geodb_search_path: directories of databases
	ASNLookups []ASNLookup       // asn_lookup and asn_lookup_ipv6
	ASNPrefix  string            // asn_prefix: the prefix of _ASN_
	ASNGeo     bool              // asn_use_geodb
	ASNGeoOnly bool              // asn_prefer_geodb: query lists only for addresses missing in databases
	ASNDNS     bool              // asn_use_dns
}

// ASNLookup is a DNS zone of networks, and the tags for its answers.
type ASNLookup struct {
	Zone        string
	IPv6        bool
	ASN, Prefix string // names of the tags, without underscores
}

func geoOptions() []option {
	return []option{
		{name: "geodb_options", set: geoDatabases},
		{name: "geodb_search_path", set: words(func(c *Config) *[]string { return &c.Geo.Search })},
		{name: "country_db_path", old: []string{"uri_country_db_path"}, set: func(c *Config, v string) error {
			return geoDatabases(c, "country:"+unquote(v))
		}},
		{name: "asn_lookup", set: asnLookup(false)},
		{name: "asn_lookup_ipv6", set: asnLookup(true)},
		{name: "clear_asn_lookups", set: func(c *Config, v string) error {
			c.Geo.ASNLookups = nil
			return noValue(v)
		}},
		{name: "asn_prefix", def: "AS", set: text(func(c *Config) *string { return &c.Geo.ASNPrefix })},
		{name: "asn_use_geodb", def: "1", set: flag(func(c *Config) *bool { return &c.Geo.ASNGeo })},
		{name: "asn_prefer_geodb", def: "1", set: flag(func(c *Config) *bool { return &c.Geo.ASNGeoOnly })},
		{name: "asn_use_dns", def: "1", set: flag(func(c *Config) *bool { return &c.Geo.ASNDNS })},
	}
}

// geoDatabases reads "kind:path...".
func geoDatabases(c *Config, value string) error {
	if value == "" {
		return errors.New("needs a kind and a path, such as country:/usr/share/GeoIP/GeoLite2-Country.mmdb")
	}
	for w := range strings.FieldsSeq(value) {
		kind, path, _ := strings.Cut(w, ":")
		kind = strings.ToLower(kind)
		switch {
		case !geo.Kinds(kind):
			return fmt.Errorf("%q is not country, city, isp or asn", kind)
		case path != "" && !strings.HasSuffix(path, ".mmdb"):
			return fmt.Errorf("%s is not in the format .mmdb; .dat databases are not supported", path)
		}
		if c.Geo.Paths == nil {
			c.Geo.Paths = map[string]string{}
		}
		c.Geo.Paths[kind] = path
	}
	return nil
}

// asnLookup reads "zone [_ASNTAG_ _PREFIXTAG_]".
func asnLookup(ipv6 bool) setter {
	return func(c *Config, value string) error {
		fields := strings.Fields(value)
		if len(fields) != 1 && len(fields) != 3 {
			return errors.New("takes a zone, and optionally two tags, such as _ASN_ and _ASNCIDR_")
		}
		l := ASNLookup{Zone: strings.Trim(fields[0], "."), IPv6: ipv6, ASN: "ASN", Prefix: "ASNCIDR"}
		if len(fields) == 3 {
			l.ASN, l.Prefix = strings.Trim(fields[1], "_"), strings.Trim(fields[2], "_")
		}
		c.Geo.ASNLookups = append(c.Geo.ASNLookups, l)
		return nil
	}
}
