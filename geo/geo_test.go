package geo_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"asterism/geo"
	"asterism/geo/geotest"
)

func countries(t *testing.T) string {
	return geotest.Write(t, "GeoLite2-Country.mmdb", map[string]map[string]any{
		"8.2.3.0/24":   {"country": map[string]any{"iso_code": "CN"}, "continent": map[string]any{"code": "AS"}},
		"9.0.0.0/8":    {"registered_country": map[string]any{"iso_code": "DE"}, "continent": map[string]any{"code": "EU"}},
		"10.99.0.0/16": {"country": map[string]any{"iso_code": "FR"}},
	})
}

func TestDatabases(t *testing.T) {
	networks := geotest.Write(t, "asn.mmdb", map[string]map[string]any{
		"8.2.0.0/16": {"autonomous_system_number": 4134,
			"autonomous_system_organization": "Chinanet of a very long name that goes on and on"},
	})
	d, err := geo.Open(map[string]string{"country": countries(t), "asn": networks}, nil)
	if err != nil || !d.HasCountry() || !d.HasASN() {
		t.Fatal(err)
	}
	for ip, want := range map[string][2]string{"8.2.3.4": {"CN", "AS"}, "9.1.1.1": {"DE", "EU"}, "8.2.4.4": {"XX", "XX"},
		"10.99.1.1":      {"**", "**"},
		"::ffff:8.2.3.4": {"CN", "AS"}, "2001:db8::1": {"XX", "XX"}} {
		t.Run(ip, func(t *testing.T) {
			if country, continent := d.Country(netip.MustParseAddr(ip)); country != want[0] || continent != want[1] {
				t.Errorf("%s: %s %s, want %s", ip, country, continent, want)
			}
		})
	}
	number, organization, prefix := d.ASN(netip.MustParseAddr("8.2.3.4"))
	if number != 4134 || organization != "Chinanet of a very long name that goes on and on" ||
		prefix.String() != "8.2.0.0/16" {
		t.Errorf("%d %q %v", number, organization, prefix)
	}
	if number, _, _ := d.ASN(netip.MustParseAddr("9.9.9.9")); number != 0 {
		t.Errorf("network %d of an address that is not there", number)
	}
	if isp := d.ISP(netip.MustParseAddr("8.2.3.4")); isp == "" {
		t.Error("no operator")
	}
}

// TestOpen: databases are found by their names, and a damaged one is an error that names it.
func TestOpen(t *testing.T) {
	dir := filepath.Dir(countries(t))
	if d, err := geo.Open(nil, []string{"/nonexistent", dir}); err != nil || !d.HasCountry() || d.HasASN() {
		t.Errorf("%+v %v", d, err)
	}
	bad := filepath.Join(t.TempDir(), "bad.mmdb")
	if err := os.WriteFile(bad, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := geo.Open(map[string]string{"country": bad}, nil); err == nil || d.HasCountry() {
		t.Error("a damaged file is no error")
	}
	var none *geo.Databases
	if country, _ := none.Country(netip.MustParseAddr("8.2.3.4")); country != geo.Unknown {
		t.Errorf("without a database: %s", country)
	}
}
