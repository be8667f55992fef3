package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"asterism/geo"
	"asterism/message"
)

// The pseudo-headers of the countries in which relays are, as SpamAssassin's plug-in RelayCountry names them.
const (
	headerCountries         = "X-Relay-Countries"
	headerCountriesExternal = "X-Relay-Countries-External"
	headerCountriesAll      = "X-Relay-Countries-All"
	headerCountriesAuth     = "X-Relay-Countries-Auth"
)

// countryTags are the tags of templates with the same values.
var countryTags = map[string]string{"RELAYCOUNTRY": headerCountries, "RELAYCOUNTRYEXT": headerCountriesExternal,
	"RELAYCOUNTRYALL": headerCountriesAll, "RELAYCOUNTRYAUTH": headerCountriesAuth}

// relayCountries returns the countries of relays, in their order.
func (sc *Scan) relayCountries(header string) string {
	chain := sc.relays()
	relays := chain.Untrusted
	switch header {
	case headerCountriesExternal:
		relays = chain.External
	case headerCountriesAll:
		relays = chain.Relays
	case headerCountriesAuth:
		first := slices.IndexFunc(chain.Trusted, func(r message.Relay) bool { return r.Auth != "" })
		if relays = nil; first >= 0 {
			relays = chain.Trusted[first:]
		}
	}
	var codes []string
	for i := range relays {
		code, _ := sc.set.shared.geo.Country(relays[i].IP)
		codes = append(codes, code)
	}
	return strings.Join(codes, " ")
}

// Geo returns the databases that tell where addresses are.
func (s *Set) Geo() *geo.Databases { return s.shared.geo }

// uriPlace has the places that a rule of uri_block_cc or a similar one hits.
type uriPlace struct {
	countries, continents []string // with "!" all but these
	networks              []netip.Prefix
	operators             []string
	excluded              []string // domains
}

// uriPlaceFunction is the function of such rules.
const uriPlaceFunction = "check_uri_local_bl"

// place reads a line uri_block_cc, uri_block_cont, uri_block_cidr, uri_block_isp or uri_block_exclude, which defines a
// rule.
func (b *builder) place(kind, name, value string) {
	p := b.set.uriPlaces[name]
	if p == nil {
		p = &uriPlace{}
		if b.set.uriPlaces == nil {
			b.set.uriPlaces = map[string]*uriPlace{}
		}
		b.set.uriPlaces[name] = p
	}
	if value == "" {
		b.warn("%s %s: has no value", kind, name)
		return
	}
	words := strings.Fields(value)
	switch kind {
	case "uri_block_cc":
		p.countries = append(p.countries, strings.Fields(strings.ToUpper(value))...)
	case "uri_block_cont":
		p.continents = append(p.continents, strings.Fields(strings.ToUpper(value))...)
	case "uri_block_isp":
		p.operators = append(p.operators, quotedWords(value)...)
	case "uri_block_exclude":
		p.excluded = append(p.excluded, strings.Fields(strings.ToLower(value))...)
		return
	case "uri_block_cidr":
		for _, w := range words {
			network, err := parseNetwork(w)
			if err != nil {
				b.warn("%s %s: %v", kind, name, err)
				continue
			}
			p.networks = append(p.networks, network)
		}
	}
	r := b.define(Body, name)
	r.fn = uriPlaceFunction
}

// parseNetwork reads an address or a network.
func parseNetwork(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network", s)
	}
	return netip.PrefixFrom(ip, ip.BitLen()), nil
}

// quotedWords divides a text into words; those in quotation marks may hold blanks.
func quotedWords(s string) (words []string) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end := strings.IndexAny(s, " \t")
		if s[0] == '"' {
			if i := strings.IndexByte(s[1:], '"'); i >= 0 {
				words, s = append(words, s[1:1+i]), s[i+2:]
				continue
			}
		}
		if end < 0 {
			end = len(s)
		}
		words, s = append(words, s[:end]), s[end:]
	}
	return words
}

// URIPlaceHits reports whether a rule of uri_block_cc and its kin hits an address of a URI's host, which is of a
// domain.
func (s *Set) URIPlaceHits(rule, domain string, ip netip.Addr) bool {
	p := s.uriPlaces[rule]
	if p == nil || slices.Contains(p.excluded, domain) {
		return false
	}
	if slices.ContainsFunc(p.networks, func(n netip.Prefix) bool { return n.Contains(ip) }) {
		return true
	}
	country, continent := s.shared.geo.Country(ip)
	if isListed(p.countries, country) || isListed(p.continents, continent) {
		return true
	}
	if len(p.operators) == 0 {
		return false
	}
	operator := s.shared.geo.ISP(ip)
	return slices.ContainsFunc(p.operators, func(o string) bool { return strings.EqualFold(o, operator) })
}

// isListed reports whether a code is in a list, or where the list has codes with "!", in none of those. What is not
// known is in no
// list.
func isListed(list []string, code string) bool {
	if len(list) == 0 || code == geo.Unknown || code == geo.Private {
		return false
	}
	if strings.HasPrefix(list[0], "!") {
		return !slices.Contains(list, "!"+code)
	}
	return slices.Contains(list, code)
}

// openPlaces opens the databases if a rule or the configuration needs them, and warns of rules that lack one.
func (b *builder) openPlaces() {
	g := &b.set.cfg.Geo
	country := slices.ContainsFunc(b.set.headers, func(h headerSpec) bool {
		return strings.HasPrefix(h.name,
			headerCountries)
	})
	network := false
	for _, r := range b.set.rules {
		country = country || r.fn == uriPlaceFunction
		network = network || r.fn == "check_asn"
	}
	if !country && !network && len(g.Paths) == 0 && len(g.Search) == 0 {
		return
	}
	places, err := geo.Open(g.Paths, append(slices.Clone(g.Search), geo.SearchPath...))
	if err != nil {
		b.warn("geodb_options: %v", err)
	}
	b.set.shared.geo = places
	for _, r := range b.set.rules {
		needs := r.Kind == Header && r.header >= 0 && r.fn == "" && strings.HasPrefix(b.set.headers[r.header].name,
			headerCountries)
		if p := b.set.uriPlaces[r.Name]; p != nil && len(p.countries)+len(p.continents) > 0 {
			needs = true
		}
		if needs && !places.HasCountry() {
			b.warnAt(r.line, "%s %s: no database of countries: set geodb_options country:/path/GeoLite2-Country.mmdb", r.Kind,
				r.Name)
		}
	}
}
