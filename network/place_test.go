package network_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"asterism/dnsbl/dnstest"
	"asterism/geo/geotest"
)

// TestIPv6Network: asn_lookup_ipv6 names the zone for clients with IPv6 addresses.
func TestIPv6Network(t *testing.T) {
	const reversed = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.6.2"
	server := dnstest.Start(t, reversed+".asn6.example. TXT \"4134 | 2620::/32 | CN\"\n")
	for options, want := range map[string]bool{"asn_lookup_ipv6 asn6.example": true, "asn_lookup asn6.example": false} {
		s := newSite(t, server, options+"\nheader NET eval:check_asn('/^AS4134$/')\n")
		in := input(letter)
		in.Client = netip.MustParseAddr("2620::1")
		got, _ := s.check(t, in)
		if has := slices.Contains(strings.Fields(got), "NET"); has != want {
			t.Errorf("%s: %s, want NET %v", options, got, want)
		}
	}
}

// TestURIPlaces: the hosts of links are looked up, and their addresses compared with countries, continents, networks
// and operators.
func TestURIPlaces(t *testing.T) {
	countries := geotest.Write(t, "c.mmdb", map[string]map[string]any{
		"8.8.8.0/24": {"country": map[string]any{"iso_code": "CN"}, "continent": map[string]any{"code": "AS"}}})
	networks := geotest.Write(t, "n.mmdb", map[string]map[string]any{
		"8.8.0.0/16": {"autonomous_system_number": 1, "autonomous_system_organization": "Data Rancid"}})
	server := dnstest.Start(t, "www.crook.com. A 8.8.8.8\n")
	s := newSite(t, server, "geodb_options country:"+countries+" asn:"+networks+`
uri_block_cc CC cn
uri_block_cc NOT_CC !cn
uri_block_cc OTHER_CC !de !fr
uri_block_cont CONT as
uri_block_cidr NET 8.8.8.0/30 8.8.8.8
uri_block_cidr OTHER_NET 9.0.0.0/8
uri_block_isp ISP "Data Rancid" Other
uri_block_cc EXCLUDED cn
uri_block_exclude EXCLUDED crook.com
`)
	got, _ := s.check(t, input(letter))
	var hits []string
	for _, name := range strings.Fields(got) {
		if slices.Contains(strings.Fields("CC NOT_CC OTHER_CC CONT NET OTHER_NET ISP EXCLUDED"), name) {
			hits = append(hits, name)
		}
	}
	slices.Sort(hits)
	if want := "CC CONT ISP NET OTHER_CC"; strings.Join(hits, " ") != want {
		t.Errorf("%q, want %s", hits, want)
	}
}
