// Package geo says where an address is: its country, continent, network and operator, by databases in MaxMind's format
// (https://maxmind.github.io/MaxMind-DB/) that the site has.
package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Unknown is the country of an address that no database has, Private that of one that is not of the public Internet.
const (
	Unknown = "XX"
	Private = "**"
)

// names are the files of each kind of database, the best first.
var names = map[string][]string{
	"country": {"GeoIP2-Country.mmdb", "GeoLite2-Country.mmdb", "dbip-country-lite.mmdb"},
	"city":    {"GeoIP2-City.mmdb", "GeoLite2-City.mmdb", "dbip-city-lite.mmdb"},
	"isp":     {"GeoIP2-ISP.mmdb"},
	"asn":     {"GeoIP2-ASN.mmdb", "GeoLite2-ASN.mmdb", "dbip-asn-lite.mmdb"},
}

// SearchPath is where databases are sought that have no path of their own.
var SearchPath = []string{"/usr/local/share/GeoIP", "/usr/share/GeoIP", "/var/lib/GeoIP"}

// Kinds reports whether a kind of database is known.
func Kinds(kind string) bool { return names[kind] != nil }

// Databases are the databases that a site has. The zero value has none. It is safe for concurrent use.
type Databases struct {
	country, asn, isp *maxminddb.Reader
}

// Open opens the databases: each kind at its path, or where it is found in the directories.
func Open(paths map[string]string, search []string) (*Databases, error) {
	d := &Databases{}
	var problems []error
	for kind, at := range map[string]**maxminddb.Reader{"country": &d.country, "asn": &d.asn, "isp": &d.isp} {
		file := find(kind, paths, search)
		if file == "" && kind == "country" { // a database of cities has countries
			file = find("city", paths, search)
		}
		if file == "" {
			continue
		}
		r, err := maxminddb.Open(file)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", file, err))
			continue
		}
		*at = r
	}
	return d, errors.Join(problems...)
}

func find(kind string, paths map[string]string, search []string) string {
	if p := paths[kind]; p != "" {
		return p
	}
	for _, dir := range search {
		for _, name := range names[kind] {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return filepath.Join(dir, name)
			}
		}
	}
	return ""
}

// HasCountry, HasASN and HasISP say which databases there are.
func (d *Databases) HasCountry() bool { return d != nil && d.country != nil }

// HasASN reports whether networks are known.
func (d *Databases) HasASN() bool { return d != nil && (d.asn != nil || d.isp != nil) }

// HasISP reports whether operators are known.
func (d *Databases) HasISP() bool { return d.HasASN() }

// place is what databases of countries and cities have, of all that they have.
type place struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Registered struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"registered_country"`
	Continent struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"continent"`
}

// Country returns the two letters of an address's country and continent (ISO 3166), or Unknown or Private.
func (d *Databases) Country(ip netip.Addr) (country, continent string) {
	ip = ip.Unmap()
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || !ip.IsValid() {
		return Private, Private
	}
	country, continent = Unknown, Unknown
	if !d.HasCountry() {
		return country, continent
	}
	var p place
	if err := d.country.Lookup(ip).Decode(&p); err != nil {
		return country, continent
	}
	for _, code := range []string{p.Registered.Code, p.Country.Code} {
		if code != "" {
			country = strings.ToUpper(code)
		}
	}
	if p.Continent.Code != "" {
		continent = strings.ToUpper(p.Continent.Code)
	}
	return country, continent
}

// network is what databases of networks have.
type network struct {
	Number       uint   `maxminddb:"autonomous_system_number"`
	Organization string `maxminddb:"autonomous_system_organization"`
	ISP          string `maxminddb:"isp"`
}

// ASN returns the number of the network that announces an address (RFC 1930), 0 if it is not known, whose it is, and
// the prefix.
func (d *Databases) ASN(ip netip.Addr) (number uint, organization string, prefix netip.Prefix) {
	n, prefix := d.network(ip)
	return n.Number, n.Organization, prefix
}

// ISP returns who operates an address, "" if that is not known.
func (d *Databases) ISP(ip netip.Addr) string {
	n, _ := d.network(ip)
	if n.ISP != "" {
		return n.ISP
	}
	return n.Organization
}

func (d *Databases) network(ip netip.Addr) (n network, prefix netip.Prefix) {
	if d == nil {
		return n, prefix
	}
	for _, r := range []*maxminddb.Reader{d.isp, d.asn} {
		if r == nil || n.Number != 0 {
			continue
		}
		result := r.Lookup(ip.Unmap())
		if result.Decode(&n) == nil && n.Number != 0 {
			prefix = result.Prefix()
		}
	}
	return n, prefix
}
