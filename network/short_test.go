package network_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"asterism/dnsbl/dnstest"
)

// shortOptions have a service on this machine asked.
const shortOptions = "max_short_urls 3\nurl_shortener 127.0.0.1\nurl_shortener_networks 127.0.0.0/8\n" +
	"url_shortener_timeout 20\n"

// redirOptions have it asked as a redirector.
const redirOptions = "max_redir_urls 3\nurl_redirector 127.0.0.1\nurl_shortener_networks 127.0.0.0/8\n" +
	"url_redirector_timeout 20\n"

// shortService starts a service of short links and returns its URL.
func shortService(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{"/a": "http://listed.com/x", "/chain": "/a", "/loop": "/loop", "/long": "/long1",
			"/long1": "/long2",
			"/long2": "/a"}[r.URL.Path]
		switch {
		case r.URL.Path == "/ok":
		case to == "":
			http.NotFound(w, r)
		default:
			http.Redirect(w, r, to, http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// only returns those of the names of rules that are wanted.
func only(names, wanted string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(names), func(name string) bool {
		return !slices.Contains(strings.Fields(wanted), name)
	}), " ")
}

// TestShortLinks: lists are asked about what short links lead to; nobody is asked that is not to be, and no answer is
// asked for twice.
func TestShortLinks(t *testing.T) {
	var asked atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://listed.com/x", http.StatusFound)
	}))
	defer service.Close()
	for _, test := range []struct {
		options, want string
		asked         int32 // by two messages of two links
	}{
		{shortOptions, "FAR URI_B", 2},
		{shortOptions + "url_shortener_cache_ttl 0", "FAR URI_B", 4},
		{shortOptions + "max_short_urls 1", "FAR URI_B", 1},
		{strings.Replace(shortOptions, "url_shortener_networks 127.0.0.0/8\n", "", 1), "", 0},
	} {
		asked.Store(0)
		s := newSite(t, dnstest.Start(t, "listed.com.uri.example. A 127.0.0.2\n"),
			"urirhssub URI_B uri.example. A 2\nbody URI_B eval:check_uridnsbl('URI_B')\n"+
				"body FAR eval:short_url_redir()\n"+test.options+"\n")
		for range 2 {
			got, _ := s.check(t, input(letter+service.URL+"/a "+service.URL+"/b\r\n"))
			if only(got, "FAR URI_B") != test.want {
				t.Errorf("%s: %s, want %s", test.options, got, test.want)
			}
		}
		if n := asked.Load(); n != test.asked {
			t.Errorf("%s: asked %d times, want %d", test.options, n, test.asked)
		}
	}
}

// TestRulesSeeTargets: rules about URIs see what short links lead to, and lists are asked about what these rules
// capture.
func TestRulesSeeTargets(t *testing.T) {
	const rules = `uri SEEN m{^http://listed\.com/x$}
uri __SEEN /listed\.com/
meta META __SEEN && DETAIL
uri TAGGED m{^http://(?<FAR>\w+)\.com/x$}
uri_detail DETAIL host =~ /^listed\.com$/
uri_detail __DETAIL host =~ /^listed\.com$/
meta META_DETAIL __DETAIL
blocklist_uri_host listed.com
body HOST eval:check_uri_host_in_blocklist()
askdns ASKED _FAR_.tags.example A 127.0.0.2
uri COUNTED /listed/
tflags COUNTED multiple
meta TWICE COUNTED == 1
`
	const all = "ASKED COUNTED DETAIL HOST META META_DETAIL SEEN TAGGED TWICE"
	service := shortService(t)
	for options, want := range map[string]string{shortOptions: all, redirOptions: all,
		shortOptions + "max_short_urls 0\n": ""} {
		s := newSite(t, dnstest.Start(t, "listed.tags.example. A 127.0.0.2\n"), rules+options)
		got, _ := s.check(t, input(letter+service+"/chain\r\n"))
		if hits := only(got, all); hits != want {
			t.Errorf("%s: %s, want %s", options, hits, want)
		}
	}
}

// TestRedirectors: lists are asked about what redirectors lead to, and about links inside others without asking anybody
// else for them.
func TestRedirectors(t *testing.T) {
	var asked atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://listed.com/x", http.StatusFound)
	}))
	defer service.Close()
	const params = "url_redirector_params [?&]zz=(.*)\n"
	address := strings.TrimPrefix(service.URL, "http://")
	inside := strings.Replace(redirOptions, "url_redirector 127.0.0.1\n", params, 1)
	for _, test := range []struct {
		options, link, want string
		asked               int32 // by two messages
	}{
		{redirOptions, service.URL + "/?a", "HAS URI_B", 1},
		{redirOptions + "url_redirector_cache_ttl 0\n", service.URL + "/?a", "HAS URI_B", 2},
		{redirOptions + "max_redir_urls 0\n", service.URL + "/a", "HAS", 0},
		{strings.Replace(redirOptions, "max_redir_urls 3\n", "", 1), service.URL + "/a", "HAS", 0},
		{strings.Replace(redirOptions, "url_shortener_networks 127.0.0.0/8\n", "", 1), service.URL + "/a", "HAS", 0},
		{redirOptions + "clear_url_redirector\n", service.URL + "/a", "", 0},
		{redirOptions, service.URL, "", 0},
		{strings.Replace(redirOptions, "127.0.0.1\n", "127.0.0.1/to\n", 1), service.URL + "/to/a", "HAS URI_B", 1},
		{strings.Replace(redirOptions, "127.0.0.1\n", "127.0.0.1/to\n", 1), service.URL + "/x", "", 0},
		{inside, "http://any.example/?zz=listed.com", "HAS URI_B", 0},
		{inside, "http://any.example/?zz=" + address, "HAS", 0},
		{redirOptions + params + "body CHAIN eval:redir_url_chained()\n", "http://any.example/?zz=" + address + "/x",
			"CHAIN HAS URI_B", 1},
		{redirOptions + params, "http://any.example/?x=1", "", 0},
	} {
		asked.Store(0)
		s := newSite(t, dnstest.Start(t, "listed.com.uri.example. A 127.0.0.2\n"),
			"urirhssub URI_B uri.example. A 2\nbody URI_B eval:check_uridnsbl('URI_B')\n"+
				"body HAS eval:redir_url()\n"+test.options)
		for range 2 {
			got, _ := s.check(t, input(letter+test.link+"\r\n"))
			if hits := only(got, "CHAIN HAS URI_B"); hits != test.want {
				t.Errorf("%s%s: %s, want %s", test.options, test.link, hits, test.want)
			}
		}
		if n := asked.Load(); n != test.asked {
			t.Errorf("%s%s: asked %d times, want %d", test.options, test.link, n, test.asked)
		}
	}
}
