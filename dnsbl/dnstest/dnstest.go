// Package dnstest runs a DNS server on loopback for tests: it answers from a few lines of zone data, over UDP and
// TCP, and remembers what it was asked.
package dnstest

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Server is a DNS server that is authoritative for everything.
type Server struct {
	Addr string // host:port, the same for UDP and TCP

	mu      sync.Mutex
	records map[string][]dns.RR
	asked   []string
	delay   time.Duration
	special func(dns.ResponseWriter, *dns.Msg) bool
}

// Start starts a server that ends with the test. Zone holds records as in a zone file, names fully qualified; a name
// that is not there does not exist.
func Start(t testing.TB, zone string) *Server {
	t.Helper()
	s := &Server{records: make(map[string][]dns.RR)}
	s.Add(t, zone)
	udp, tcp := Listen(t)
	s.Addr = udp.LocalAddr().String()
	for _, srv := range []*dns.Server{{PacketConn: udp, Handler: s}, {Listener: tcp, Handler: s}} {
		started := make(chan struct{})
		srv.NotifyStartedFunc = func() { close(started) }
		go func() {
			if err := srv.ActivateAndServe(); err != nil {
				t.Log("DNS server:", err)
			}
		}()
		<-started
		t.Cleanup(func() { _ = srv.Shutdown() })
	}
	return s
}

// Listen returns sockets of UDP and TCP on one free port, for servers of a test's own.
func Listen(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	for tries := 20; ; tries-- { // the same port must be free for both
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp
		}
		udp.Close()
		if tries == 0 {
			t.Fatal(err)
		}
	}
}

// Add adds records.
func (s *Server) Add(t testing.TB, zone string) {
	t.Helper()
	p := dns.NewZoneParser(strings.NewReader("$TTL 300\n"+zone+"\n"), ".", "")
	s.mu.Lock()
	defer s.mu.Unlock()
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		name := strings.ToLower(rr.Header().Name)
		s.records[name] = append(s.records[name], rr)
	}
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
}

// Remove removes a name's records.
func (s *Server) Remove(name string) {
	s.mu.Lock()
	delete(s.records, dns.Fqdn(strings.ToLower(name)))
	s.mu.Unlock()
}

// Delay makes every answer take that long.
func (s *Server) Delay(d time.Duration) {
	s.mu.Lock()
	s.delay = d
	s.mu.Unlock()
}

// Silence makes the server read questions and answer none.
func (s *Server) Silence(on bool) {
	if on {
		s.Special(func(dns.ResponseWriter, *dns.Msg) bool { return true })
	} else {
		s.Special(nil)
	}
}

// Special lets a function answer first; it reports whether it did.
func (s *Server) Special(f func(dns.ResponseWriter, *dns.Msg) bool) {
	s.mu.Lock()
	s.special = f
	s.mu.Unlock()
}

// Asked returns the questions so far, as "name TYPE" with the name as it was asked, and forgets them.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	name, qtype := q.Question[0].Name, q.Question[0].Qtype
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimSuffix(name, ".")+" "+dns.TypeToString[qtype])
	delay, special := s.delay, s.special
	m := s.answer(q, strings.ToLower(name), qtype)
	s.mu.Unlock()
	time.Sleep(delay)
	if special != nil && special(w, q) {
		return
	}
	if _, ok := w.RemoteAddr().(*net.UDPAddr); ok {
		size := dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		m.Truncate(size)
	}
	_ = w.WriteMsg(m)
}

// answer finds the records of a name and of its CNAMEs' targets.
func (s *Server) answer(q *dns.Msg, name string, qtype uint16) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	for range 20 {
		next := ""
		for _, rr := range s.records[name] {
			if c, ok := rr.(*dns.CNAME); ok {
				next = strings.ToLower(c.Target)
				m.Answer = append(m.Answer, rr)
			} else if rr.Header().Rrtype == qtype || qtype == dns.TypeANY {
				m.Answer = append(m.Answer, rr)
			}
		}
		if next == "" {
			break
		}
		name = next
	}
	if len(m.Answer) == 0 {
		if s.records[name] == nil {
			m.Rcode = dns.RcodeNameError
		}
		m.Ns = []dns.RR{&dns.SOA{
			Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 60},
			Ns:  "ns.invalid.", Mbox: "hostmaster.invalid.", Minttl: 60,
		}}
	}
	return m
}
