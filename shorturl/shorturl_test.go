package shorturl

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"asterism/shorturl/hosts"
)

// service is a server of short links; its host is 127.0.0.1.
func service(t *testing.T, asked *atomic.Int32) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		to := map[string]string{"/a": "http://target.example/x", "/chain": "/a", "/loop": "/loop2", "/loop2": "/loop",
			"/long": "/long1", "/long1": "/long2", "/long2": "/long3", "/long3": "/long4", "/file": "file:///etc/passwd",
			"/get": "http://target.example/get"}[r.URL.Path]
		switch {
		case r.URL.Path == "/ok":
		case to == "" || r.URL.Path == "/get" && r.Method != http.MethodGet:
			http.NotFound(w, r)
		default:
			http.Redirect(w, r, to, http.StatusMovedPermanently)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestResolve(t *testing.T) {
	var asked atomic.Int32
	s := service(t, &asked)
	loopback := func(ip netip.Addr) bool { return ip.IsLoopback() }
	opt := Options{Services: hosts.New([]string{"127.0.0.1"}, nil), MaxChain: 3, Timeout: 10 * time.Second, TTL: time.Hour,
		Allowed: loopback}
	c := New(opt)
	defer c.Close()
	for path, want := range map[string]Answer{
		"/a":     {Targets: []string{"http://target.example/x"}, Status: 301},
		"/chain": {Targets: []string{s.URL + "/a", "http://target.example/x"}, Status: 301, Chained: true},
		"/loop":  {Targets: []string{s.URL + "/loop2", s.URL + "/loop"}, Status: 301, Loop: true, Chained: true},
		"/long": {Targets: []string{s.URL + "/long1", s.URL + "/long2", s.URL + "/long3"}, Status: 301, Chained: true,
			TooLong: true},
		"/ok":   {Status: 200},
		"/none": {Status: 404},
		"/get":  {Status: 404},
		"/file": {Targets: []string{"file:///etc/passwd"}, Status: 301},
	} {
		t.Run(path, func(t *testing.T) {
			got := c.Resolve(t.Context(), s.URL+path)
			if !slices.Equal(got.Targets, want.Targets) || got.Status != want.Status || got.Chained != want.Chained ||
				got.Loop != want.Loop ||
				got.TooLong != want.TooLong {
				t.Errorf("%s: %+v, want %+v", path, got, want)
			}
		})
	}
	before := asked.Load()
	c.Resolve(t.Context(), s.URL+"/chain")
	if asked.Load() != before {
		t.Error("an answer is not remembered")
	}
	opt.Services = hosts.New(nil, []string{"127.0.0.1"})
	if got := New(opt).Resolve(t.Context(), s.URL+"/get"); got.Status != 301 {
		t.Errorf("by GET: %+v", got)
	}
	opt.Inside = func(link string) string {
		_, to, _ := strings.Cut(link, "?to=")
		return to
	}
	if got := New(opt).Resolve(t.Context(), "http://other.example/?to="+s.URL+"/get"); len(got.Targets) != 2 ||
		!got.Chained {
		t.Errorf("the link inside another one is not followed: %+v", got)
	}
	before = asked.Load()
	if got := New(opt).Resolve(t.Context(), "http://other.example/?to=http://target.example/"); len(got.Targets) != 1 ||
		asked.Load() != before {
		t.Errorf("a host that is no service is asked about the link inside: %+v", got)
	}
	before = asked.Load()
	if got := c.Resolve(t.Context(), "http://other.example/a"); got.Status != 0 || asked.Load() != before {
		t.Errorf("another host is asked: %+v", got)
	}
}

// TestPrivate: an address that is not of the public Internet is not connected to, however it is named.
func TestPrivate(t *testing.T) {
	var asked atomic.Int32
	s := service(t, &asked)
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	services := hosts.New([]string{"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"}, nil)
	c := New(Options{Services: services, MaxChain: 3, Timeout: 5 * time.Second, TTL: time.Hour})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"} {
		if got := c.Resolve(t.Context(), "http://"+host+port+"/a"); got.Status != 0 {
			t.Errorf("%s: %+v", host, got)
		}
	}
	if asked.Load() != 0 {
		t.Error("a private address was asked")
	}
	for _, ip := range strings.Fields("10.1.2.3 127.0.0.1 169.254.169.254 192.168.1.1 172.16.0.1 100.64.0.1 0.0.0.0 " +
		"224.0.0.1 255.255.255.255 ::1 fe80::1 fc00::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: 198.18.0.1 0.1.2.3") {
		if Public(netip.MustParseAddr(ip)) {
			t.Errorf("%s is taken for public", ip)
		}
	}
	if !Public(netip.MustParseAddr("8.8.8.8")) || !Public(netip.MustParseAddr("2606:4700::1")) {
		t.Error("public addresses are refused")
	}
}
