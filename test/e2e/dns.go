package e2e

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// DNS is a name server that counts what it is asked. Names without a record do not exist.
type DNS struct {
	Addr string // host:port, UDP and TCP

	mu      sync.Mutex
	records map[string]string // lower-case name with final dot -> A record
	silent  bool
	asked   []string
}

// StartDNS starts a name server with A records by name.
func StartDNS(t testing.TB, records map[string]string) *DNS {
	t.Helper()
	d := &DNS{records: map[string]string{}}
	for name, addr := range records {
		d.records[dns.Fqdn(strings.ToLower(name))] = addr
	}
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.Addr = pc.LocalAddr().String()
	ln, err := net.Listen("tcp4", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: d}, {Listener: ln, Handler: d}} {
		go s.ActivateAndServe()
		t.Cleanup(func() { s.Shutdown() })
	}
	return d
}

// Silence makes the server deaf: questions are counted but not answered.
func (d *DNS) Silence() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent = true
}

// Asked returns the names that have been asked for, in order.
func (d *DNS) Asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.asked...)
}

// ServeDNS answers one question.
func (d *DNS) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	m.Rcode = dns.RcodeNameError
	for _, question := range q.Question {
		name := strings.ToLower(question.Name)
		d.asked = append(d.asked, name)
		if addr, ok := d.records[name]; ok {
			m.Rcode = dns.RcodeSuccess
			if question.Qtype == dns.TypeA {
				m.Answer = append(m.Answer, &dns.A{
					Hdr: dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60},
					A:   net.ParseIP(addr),
				})
			}
		}
	}
	if !d.silent {
		w.WriteMsg(m)
	}
}
