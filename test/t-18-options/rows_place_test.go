package options_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/geo/geotest"
	"asterism/test/e2e"
)

// shortService starts a service of short links and returns its URL.
func shortService(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/chain":
			http.Redirect(w, r, "/a", http.StatusFound)
		case path == "/get" && r.Method != http.MethodGet, path == "/liked" && r.UserAgent() != "Liked/1":
			http.NotFound(w, r)
		case path == "/slow":
			select {
			case <-time.After(3 * time.Second):
			case <-r.Context().Done():
			}
			http.Redirect(w, r, "/a", http.StatusFound)
		default:
			http.Redirect(w, r, "http://target.example/", http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// placeRows are where addresses are, by databases and lists of networks.
func placeRows(t *testing.T) []row {
	countries := geotest.Write(t, "GeoLite2-Country.mmdb",
		map[string]map[string]any{"8.2.3.0/24": {"country": map[string]any{"iso_code": "CN"}}})
	networks := geotest.Write(t, "GeoLite2-ASN.mmdb", map[string]map[string]any{
		"8.2.0.0/16": {"autonomous_system_number": 4134, "autonomous_system_organization": "Other"},
	})
	const rule, zone = "header CN X-Relay-Countries =~ /CN/\n", `4.3.2.8.asn.example. TXT "1234" "8.2.0.0" "15"` + "\n" +
		"4.3.2.8.other.example. TXT \"1234 | 8.2.0.0/15 | CN\"\n"
	const asn, lookup = "header NET eval:check_asn('/^AS1234$/')\nadd_header all ASN _ASN_ _ASNCIDR_\n",
		"asn_lookup asn.example\n"
	both := asn + lookup + "geodb_options asn:" + networks + "\n"
	const phishing = "body PHISH eval:check_phishing()\n"
	file := func(text string) string { return e2e.Write(t, t.TempDir(), "feed", text, 0o644) }
	open, tank := file("http://www.crook.com/page\n"), file("id,url\n1,http://www.crook.com/page,x\n")
	stats := file("d,5,http://www.crook.com/page,x\n")
	param := strings.Replace(letter, "/page", "/a/page?id=1", 1)
	service := shortService(t)
	const ask = "url_shortener 127.0.0.1\nurl_shortener_networks 127.0.0.1\nurl_shortener_timeout 20\nmax_short_urls 3\n"
	const short = "body FAR eval:short_url_redir()\nbody LONG eval:short_url_maxchain()\n" + ask
	const lead = "url_redirector 127.0.0.1\nurl_shortener_networks 127.0.0.1\nurl_redirector_timeout 20\n" +
		"max_redir_urls 3\n"
	const redir = "body HAS eval:redir_url()\nbody NONE eval:redir_url_404()\nbody LONG eval:redir_url_maxchain()\n" +
		"body CHAIN eval:redir_url_chained()\n" + lead
	link := func(path string) string { return letter + service + path + "\r\n" }
	const dns = "www.crook.com. A 8.8.8.8\n"
	return []row{
		{option: "max_short_urls", base: short + "max_short_urls 0", with: "max_short_urls 2", zone: dns, mail: link("/a"),
			came: "hit FAR "},
		{option: "max_short_url_redirections", base: short, with: "max_short_url_redirections 1", zone: dns,
			mail: link("/chain"), came: "hit LONG "},
		{option: "url_shortener_get", base: short, with: "url_shortener_get 127.0.0.1", zone: dns, mail: link("/get"),
			came: "hit FAR "},
		{option: "clear_url_shortener", base: short, with: "clear_url_shortener 127.0.0.1", zone: dns, mail: link("/a"),
			gone: "hit FAR "},
		{option: "url_shortener_timeout", base: short, with: "url_shortener_timeout 1", zone: dns, mail: link("/slow"),
			gone: "hit FAR "},
		{option: "url_shortener_user_agent", base: short, with: "url_shortener_user_agent Liked/1", zone: dns,
			mail: link("/liked"), came: "hit FAR "},
		{option: "url_shortener_networks", base: strings.Replace(short, "url_shortener_networks 127.0.0.1\n", "", 1),
			with: "url_shortener_networks 127.0.0.0/8", zone: dns, mail: link("/a"), came: "hit FAR "},
		{option: "url_shortener_cache_ttl", test: "network TestShortLinks"},
		{option: "url_redirector", base: strings.Replace(redir, "url_redirector 127.0.0.1\n", "", 1),
			with: "url_redirector 127.0.0.1", zone: dns,
			mail: link("/a"), came: "hit HAS "},
		{option: "clear_url_redirector", base: redir, with: "clear_url_redirector", zone: dns, mail: link("/a"),
			gone: "hit HAS "},
		{option: "url_redirector_get", base: redir, with: "url_redirector_get 127.0.0.1", zone: dns, mail: link("/get"),
			gone: "hit NONE "},
		{option: "url_redirector_params", base: redir, with: "url_redirector_params [?&]id=(.*)", mail: param,
			came: "hit HAS "},
		{option: "max_redir_urls", base: redir + "max_redir_urls 0", with: "max_redir_urls 2", zone: dns, mail: link("/get"),
			came: "hit NONE "},
		{option: "max_redir_url_redirections", base: redir, with: "max_redir_url_redirections 1", zone: dns,
			mail: link("/chain"), came: "hit LONG "},
		{option: "url_redirector_timeout", base: redir, with: "url_redirector_timeout 1", zone: dns, mail: link("/slow"),
			gone: "hit CHAIN "},
		{option: "url_redirector_user_agent", base: redir, with: "url_redirector_user_agent Liked/1", zone: dns,
			mail: link("/liked"), gone: "hit NONE "},
		{option: "url_redirector_cache_ttl", test: "network TestRedirectors"},
		{option: "phishing_openphish_feed", base: phishing + "phishing_openphish_feed " + file(""),
			with: "phishing_openphish_feed " + open, came: "hit PHISH "},
		{option: "phishing_phishtank_feed", base: phishing + "phishing_openphish_feed " + file(""),
			with: "phishing_phishtank_feed " + tank, came: "hit PHISH "},
		{option: "phishing_phishstats_feed", base: phishing + "phishing_openphish_feed " + file("") +
			"\nphishing_phishstats_minscore 4",
			with: "phishing_phishstats_feed " + stats, came: "hit PHISH "},
		{option: "phishing_phishstats_minscore", base: phishing + "phishing_phishstats_feed " + stats,
			with: "phishing_phishstats_minscore 4", came: "hit PHISH "},
		{option: "phishing_uri_noparam", base: phishing + "phishing_openphish_feed " +
			file("http://www.crook.com/a/page?id=2\n"),
			with: "phishing_uri_noparam 1", mail: param, came: "hit PHISH "},
		{option: "geodb_options",
			base: "header CN X-Relay-Countries =~ /CN/\ngeodb_search_path /nonexistent\ngeodb_options country:" + networks,
			with: "geodb_options country:" + countries, came: "hit CN "},
		{option: "geodb_search_path", base: "add_header all Where _RELAYCOUNTRY_", with: "geodb_search_path " +
			filepath.Dir(countries),
			came: "X-Spam-Where: CN\n"},
		{option: "country_db_path", base: rule + "geodb_options country:" + networks, with: "country_db_path " + countries,
			came: "hit CN "},
		{option: "asn_lookup", base: asn + "geodb_options asn:" + networks, with: lookup + "asn_use_geodb 0", zone: zone,
			came: "X-Spam-ASN: AS1234 8.2.0.0/15"},
		{option: "asn_lookup_ipv6", test: "network TestIPv6Network"},
		{option: "clear_asn_lookups", base: both + "asn_use_geodb 0", with: "clear_asn_lookups", zone: zone,
			gone: "hit NET "},
		{option: "asn_prefix", base: both + "asn_use_geodb 0", with: "asn_prefix X", zone: zone, gone: "hit NET "},
		{option: "asn_use_geodb", base: both, with: "asn_use_geodb 0", zone: zone, came: "hit NET "},
		{option: "asn_prefer_geodb", base: both, with: "asn_prefer_geodb 0", zone: zone, came: "hit NET "},
		{option: "asn_use_dns", base: both + "asn_use_geodb 0", with: "asn_use_dns 0", zone: zone, gone: "hit NET "},
	}
}
