package resolver_test

import (
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl/resolver"
)

// FuzzReply sends any bytes as the reply to a question, with the question's id so that they are looked at.
func FuzzReply(f *testing.F) {
	q := new(dns.Msg)
	q.SetQuestion("a.example.", dns.TypeTXT)
	f.Add(pack(reply(q, "127.0.0.2"))[2:])
	txt := new(dns.Msg)
	txt.SetReply(q)
	txt.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: "a.example.", Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 1}, Txt: []string{"a b"}}}
	f.Add(pack(txt)[2:])
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { udp.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newResolver(t, resolver.Options{Servers: []string{udp.LocalAddr().String()}, Try: 20 * time.Millisecond, Timeout: 20 * time.Millisecond})
		go func() {
			buf := make([]byte, 1500)
			n, peer, err := udp.ReadFrom(buf)
			if err == nil && n > 2 {
				_, _ = udp.WriteTo(append(buf[:2:2], data...), peer)
			}
		}()
		ans, err := r.Lookup(t.Context(), "a.example", dns.TypeTXT)
		if (ans == nil) == (err == nil) {
			t.Fatal("neither an answer nor an error")
		}
		if ans != nil {
			ans.TXT()
			ans.Addrs()
		}
	})
}
