package resolver_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
	"asterism/dnsbl/resolver"
)

func newResolver(t testing.TB, opt resolver.Options) *resolver.Resolver {
	t.Helper()
	if opt.Try == 0 {
		opt.Try = 200 * time.Millisecond
	}
	r, err := resolver.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestLookup(t *testing.T) {
	long := strings.Repeat(`"`+strings.Repeat("x", 200)+`" `, 20)
	srv := dnstest.Start(t, `
a.example.    A 127.0.0.2
a.example.    A 127.0.0.3
a.example.    TXT "one"
six.example.  AAAA 2001:db8::1
esc.example.  TXT "a\"b\\c\200" "d"
long.example. TXT `+long+`
c1.example.   CNAME c2.example.
c2.example.   CNAME a.example.
mx.example.   MX 10 mail.example.
ns.example.   NS ns1.example.
1.0.0.127.in-addr.arpa. PTR localhost.example.
`)
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	ctx := t.Context()
	for _, tc := range []struct {
		name  string
		qtype uint16
		want  string
	}{
		{"a.example", dns.TypeA, "[127.0.0.2 127.0.0.3]"},
		{"A.Example.", dns.TypeA, "[127.0.0.2 127.0.0.3]"},
		{"c1.example", dns.TypeA, "[127.0.0.2 127.0.0.3]"},
		{"six.example", dns.TypeAAAA, "[2001:db8::1]"},
		{"a.example", dns.TypeAAAA, "[]"},
		{"none.example", dns.TypeA, "[]"},
	} {
		ans, err := r.Lookup(ctx, tc.name, tc.qtype)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if got := fmt.Sprint(ans.Addrs()); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	if ans, err := r.Lookup(ctx, "none.example", dns.TypeA); err != nil || ans.Rcode != dns.RcodeNameError {
		t.Errorf("a name that does not exist: %+v, %v", ans, err)
	}
	if txt, err := r.LookupTXT(ctx, "esc.example"); err != nil || !slices.Equal(txt, []string{"a\"b\\c\xc8d"}) {
		t.Errorf("escaped text: %q, %v", txt, err)
	}
	if txt, err := r.LookupTXT(ctx, "long.example"); err != nil || len(txt) != 1 || len(txt[0]) != 4000 {
		t.Errorf("text that needs TCP: %d texts, %v", len(txt), err)
	}
	if mx, err := r.LookupMX(ctx, "mx.example"); err != nil || len(mx) != 1 || mx[0].Host != "mail.example." {
		t.Errorf("MX: %v, %v", mx, err)
	}
	if ns, err := r.LookupNS(ctx, "ns.example"); err != nil || !slices.Equal(ns, []string{"ns1.example."}) {
		t.Errorf("NS: %v, %v", ns, err)
	}
	if names, err := r.LookupAddr(ctx, "127.0.0.1"); err != nil || !slices.Equal(names, []string{"localhost.example."}) {
		t.Errorf("PTR: %v, %v", names, err)
	}
	if ips, err := r.LookupIPAddr(ctx, "six.example"); err != nil || len(ips) != 1 {
		t.Errorf("addresses: %v, %v", ips, err)
	}
	var de *net.DNSError
	if _, err := r.LookupTXT(ctx, "none.example"); !errors.As(err, &de) || !de.IsNotFound {
		t.Errorf("missing text: %v is not a not-found error", err)
	}
}

func TestNames(t *testing.T) {
	srv := dnstest.Start(t, "")
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	for _, name := range []string{
		"", ".", "..", "a..b", ".a", `a\.b`, "a\x00b", "ä.example", strings.Repeat("x", 64) + ".example",
		strings.Repeat("x.", 127) + "xx",
	} {
		if _, err := r.Lookup(t.Context(), name, dns.TypeA); err == nil {
			t.Errorf("%q was looked up", name)
		}
	}
	if asked := srv.Asked(); len(asked) != 0 {
		t.Errorf("asked for %q", asked)
	}
	// SPF macros make such names of users' names.
	for _, name := range []string{`a"b;c.example`, "user@host.example", "a+b=c/d(e)'.example", "a b.example"} {
		if ans, err := r.Lookup(t.Context(), name, dns.TypeA); err != nil || ans.Rcode != dns.RcodeNameError {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCacheAndSharing(t *testing.T) {
	srv := dnstest.Start(t, "a.example. A 127.0.0.2\n")
	srv.Delay(50 * time.Millisecond)
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := r.Lookup(t.Context(), "a.example", dns.TypeA); err != nil {
				t.Error(err)
			}
			if _, err := r.Lookup(t.Context(), "none.example", dns.TypeA); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if asked := srv.Asked(); len(asked) != 2 {
		t.Errorf("100 lookups of two names asked %q", asked)
	}
	if _, _, ok := r.Cached("A.example.", dns.TypeA); !ok {
		t.Error("the answer is not remembered")
	}
	if _, _, ok := r.Cached("a.example", dns.TypeTXT); ok {
		t.Error("an answer of another type is taken for this one")
	}
}

func TestTTL(t *testing.T) {
	srv := dnstest.Start(t, "zero.example. 0 A 127.0.0.2\nshort.example. 1 A 127.0.0.2\n")
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	for range 2 {
		for _, name := range []string{"zero.example", "short.example"} {
			if _, err := r.Lookup(t.Context(), name, dns.TypeA); err != nil {
				t.Fatal(err)
			}
		}
	}
	if asked := srv.Asked(); len(asked) != 3 {
		t.Errorf("asked %q: an answer of TTL 0 must be asked for again, one of 1 s not", asked)
	}
	time.Sleep(1100 * time.Millisecond)
	if _, _, ok := r.Cached("short.example", dns.TypeA); ok {
		t.Error("an answer is remembered beyond its TTL")
	}
}

func TestCacheIsBounded(t *testing.T) {
	srv := dnstest.Start(t, "")
	const limit = 100_000
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}, CacheBytes: limit})
	for i := range 1000 {
		if _, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.example", i), dns.TypeA); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.Stats(); s.Bytes > limit || s.Entries == 0 {
		t.Errorf("cache holds %d entries of %d bytes, limit %d", s.Entries, s.Bytes, limit)
	}
	if _, _, ok := r.Cached("n999.example", dns.TypeA); !ok {
		t.Error("the newest answer is forgotten")
	}
	if _, _, ok := r.Cached("n0.example", dns.TypeA); ok {
		t.Error("the oldest answer is kept")
	}
}

func TestFailover(t *testing.T) {
	dead, live := dnstest.Start(t, ""), dnstest.Start(t, "a.example. A 127.0.0.2\n")
	dead.Silence(true)
	r := newResolver(t, resolver.Options{Servers: []string{dead.Addr, live.Addr}, Try: 50 * time.Millisecond})
	for i := range 6 {
		ans, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.example", i), dns.TypeA)
		if err != nil || ans.Rcode != dns.RcodeNameError {
			t.Fatalf("with the first of two servers dead: %v", err)
		}
	}
	if asked := dead.Asked(); len(asked) > 2 {
		t.Errorf("the dead server was asked first %d times", len(asked))
	}
	broken := dnstest.Start(t, "")
	broken.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
		m := new(dns.Msg)
		m.SetRcode(q, dns.RcodeServerFailure)
		_ = w.WriteMsg(m)
		return true
	})
	r = newResolver(t, resolver.Options{Servers: []string{broken.Addr, live.Addr}})
	if ans, err := r.Lookup(t.Context(), "a.example", dns.TypeA); err != nil || len(ans.Records) != 1 {
		t.Errorf("with the first of two servers broken: %v", err)
	}
	r = newResolver(t, resolver.Options{Servers: []string{broken.Addr}})
	var re *resolver.Error
	if _, err := r.Lookup(t.Context(), "a.example", dns.TypeA); !errors.As(err, &re) ||
		re.Rcode != dns.RcodeServerFailure {
		t.Errorf("a broken server: %v", err)
	}
	if asked := broken.Asked(); len(asked) != 2 {
		t.Errorf("a server that had failed was asked again: %q", asked)
	}
}

func TestNoServer(t *testing.T) {
	silent := dnstest.Start(t, "")
	silent.Silence(true)
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.LocalAddr().String()
	l.Close()
	for _, addr := range []string{silent.Addr, closed} {
		r := newResolver(t, resolver.Options{Servers: []string{addr}, Try: 50 * time.Millisecond})
		_, err := r.Lookup(t.Context(), "a.example", dns.TypeA)
		var re *resolver.Error
		if !errors.As(err, &re) || re.Server != addr || !re.Temporary() {
			t.Errorf("%s: %v", addr, err)
		}
		if _, err, ok := r.Cached("a.example", dns.TypeA); !ok || err == nil {
			t.Error("a failure is not remembered: each mail would wait for it again")
		}
	}
}

// TestMaxQueries: more questions than allowed at once wait for their turn, and give up in time.
func TestMaxQueries(t *testing.T) {
	srv := dnstest.Start(t, "")
	var now, most atomic.Int32
	srv.Special(func(dns.ResponseWriter, *dns.Msg) bool {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
		return false
	})
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}, MaxQueries: 3, Try: 2 * time.Second})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.example", i), dns.TypeA); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := most.Load(); n > 3 {
		t.Errorf("%d questions at once", n)
	}
	srv.Silence(true)
	r = newResolver(t, resolver.Options{Servers: []string{srv.Addr}, MaxQueries: 1, Try: time.Second,
		Timeout: 100 * time.Millisecond})
	for i := range 5 {
		wg.Go(func() {
			if _, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.example", i), dns.TypeA); err == nil {
				t.Error("an answer from a silent server")
			}
		})
	}
	wg.Wait()
}

func TestWithoutEDNS(t *testing.T) {
	srv := dnstest.Start(t, "a.example. A 127.0.0.2\n")
	srv.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
		if q.IsEdns0() == nil {
			return false
		}
		m := new(dns.Msg)
		m.SetRcode(q, dns.RcodeFormatError)
		_ = w.WriteMsg(m)
		return true
	})
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	if ans, err := r.Lookup(t.Context(), "a.example", dns.TypeA); err != nil || len(ans.Records) != 1 {
		t.Errorf("a server without EDNS: %v", err)
	}
}

func TestContextAndClose(t *testing.T) {
	srv := dnstest.Start(t, "")
	srv.Silence(true)
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}, Try: time.Minute, Timeout: time.Minute})
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Lookup(ctx, "a.example", dns.TypeA); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lookup whose context ended: %v", err)
	}
	r.Close()
	if _, err := r.Lookup(t.Context(), "a.example", dns.TypeA); !errors.Is(err, resolver.ErrClosed) {
		t.Errorf("a lookup after Close: %v", err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestOverTLS(t *testing.T) {
	cert, pool := selfSigned(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	backend := dnstest.Start(t, "a.example. A 127.0.0.2\nb.example. A 127.0.0.3\n")
	srv := &dns.Server{Listener: l, Net: "tcp-tls", Handler: backend}
	go func() { _ = srv.ActivateAndServe() }()
	defer func() { _ = srv.Shutdown() }()
	conf := &tls.Config{RootCAs: pool}
	r := newResolver(t, resolver.Options{Servers: []string{"tls://" + l.Addr().String() + "#dns.example"}, TLS: conf,
		Try: 2 * time.Second})
	for _, name := range []string{"a.example", "b.example"} {
		if ans, err := r.Lookup(t.Context(), name, dns.TypeA); err != nil || len(ans.Records) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := newResolver(t, resolver.Options{Servers: []string{"tls://" + l.Addr().String() + "#other.example"}, TLS: conf,
		Try: 2 * time.Second})
	if _, err := wrong.Lookup(t.Context(), "a.example", dns.TypeA); err == nil || !strings.Contains(err.Error(),
		"other.example") {
		t.Errorf("a certificate for another name: %v", err)
	}
}

func TestServers(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(conf, []byte("search x\nnameserver 192.0.2.1\nnameserver 2001:db8::53\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ in, want string }{
		{"192.0.2.1", "192.0.2.1:53"},
		{"192.0.2.1:5353", "192.0.2.1:5353"},
		{"2001:db8::1", "[2001:db8::1]:53"},
		{"[2001:db8::1]", "[2001:db8::1]:53"},
		{"[2001:db8::1]:54", "[2001:db8::1]:54"},
		{"tls://192.0.2.1", "tls://192.0.2.1:853"},
		{"tls://192.0.2.1:54#x.example", "tls://192.0.2.1:54"},
		{"", "192.0.2.1:53 [2001:db8::53]:53"},
		{"x.example", ""}, {"192.0.2.1:0", ""}, {"192.0.2.1#x", ""}, {"tls://192.0.2.1#", ""}, {"192.0.2.1:x", ""},
	} {
		t.Run(tc.in, func(t *testing.T) {
			opt := resolver.Options{ResolvConf: conf}
			if tc.in != "" {
				opt.Servers = []string{tc.in}
			}
			r, err := resolver.New(opt)
			got := ""
			if err == nil {
				got = strings.Join(r.Servers(), " ")
				r.Close()
			} else if !strings.Contains(err.Error(), tc.in) {
				t.Errorf("%q: error %q does not name it", tc.in, err)
			}
			if got != tc.want {
				t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}
