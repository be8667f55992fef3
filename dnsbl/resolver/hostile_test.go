package resolver_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
	"asterism/dnsbl/resolver"
)

// reply is the true answer to a question, 127.0.0.2.
func reply(q *dns.Msg, a string) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Answer = []dns.RR{&dns.A{
		Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60},
		A:   net.ParseIP(a),
	}}
	return m
}

// TestForgedReplies: whatever arrives before the true answer, only the true answer counts.
func TestForgedReplies(t *testing.T) {
	for name, forge := range map[string]func(q *dns.Msg) []byte{
		"wrong id": func(q *dns.Msg) []byte {
			m := reply(q, "127.6.6.6")
			m.Id++
			return pack(m)
		},
		"wrong name": func(q *dns.Msg) []byte {
			m := reply(q, "127.6.6.6")
			m.Question[0].Name = "other.example."
			return pack(m)
		},
		"wrong type": func(q *dns.Msg) []byte {
			m := reply(q, "127.6.6.6")
			m.Question[0].Qtype = dns.TypeTXT
			return pack(m)
		},
		"no question": func(q *dns.Msg) []byte {
			m := reply(q, "127.6.6.6")
			m.Question = nil
			return pack(m)
		},
		"two questions": func(q *dns.Msg) []byte {
			m := reply(q, "127.6.6.6")
			m.Question = append(m.Question, m.Question[0])
			return pack(m)
		},
		"not a reply": func(q *dns.Msg) []byte {
			m := reply(q, "127.6.6.6")
			m.Response = false
			return pack(m)
		},
		"empty":     func(*dns.Msg) []byte { return []byte{} },
		"too short": func(q *dns.Msg) []byte { return pack(reply(q, "127.6.6.6"))[:11] },
		"cut off":   func(q *dns.Msg) []byte { b := pack(reply(q, "127.6.6.6")); return b[:len(b)-2] },
		"noise":     func(*dns.Msg) []byte { return []byte(strings.Repeat("\xff", 600)) },
		"compression loop": func(q *dns.Msg) []byte {
			b := pack(reply(q, "127.6.6.6"))
			qend := 12 + len(q.Question[0].Name) + 1 + 4
			return append(append(b[:qend:qend], 0xc0, byte(qend)), b[qend+2:]...) // the answer's name points at itself
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := dnstest.Start(t, "")
			srv.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
				_, _ = w.Write(forge(q))
				_ = w.WriteMsg(reply(q, "127.0.0.2"))
				return true
			})
			r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}, Try: 2 * time.Second})
			ans, err := r.Lookup(t.Context(), "a.example", dns.TypeA)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := fmt.Sprint(ans.Addrs()); got != "[127.0.0.2]" {
				t.Errorf("%s: answer %s", name, got)
			}
		})
	}
}

func pack(m *dns.Msg) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// TestOtherNamesInReply: records of names that nobody asked for are no answer.
func TestOtherNamesInReply(t *testing.T) {
	srv := dnstest.Start(t, "")
	srv.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
		m := reply(q, "127.6.6.6")
		m.Answer[0].Header().Name = "victim.example."
		_ = w.WriteMsg(m)
		return true
	})
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	if ans, err := r.Lookup(t.Context(), "a.example", dns.TypeA); err != nil || len(ans.Records) != 0 {
		t.Errorf("%v, %v", ans, err)
	}
	if _, _, ok := r.Cached("victim.example", dns.TypeA); ok {
		t.Error("a record of another name was remembered")
	}
}

func TestCNAMEChains(t *testing.T) {
	loop := "loop.example. CNAME loop2.example.\nloop2.example. CNAME loop.example.\n"
	var chain strings.Builder
	for i := range 19 {
		fmt.Fprintf(&chain, "c%d.example. CNAME c%d.example.\n", i, i+1)
	}
	chain.WriteString("c19.example. A 127.0.0.2\n")
	srv := dnstest.Start(t, loop+chain.String())
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}})
	for name, want := range map[string]int{"loop.example": 0, "c0.example": 0, "c15.example": 1} {
		t.Run(name, func(t *testing.T) {
			ans, err := r.Lookup(t.Context(), name, dns.TypeA)
			if err != nil || len(ans.Records) != want {
				t.Errorf("%s: %d records, want %d; %v", name, len(ans.Records), want, err)
			}
		})
	}
}

// TestHugeText: 64 KB of text come whole over TCP and do not fill the cache.
func TestHugeText(t *testing.T) {
	srv := dnstest.Start(t, "")
	srv.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
		m := new(dns.Msg)
		m.SetReply(q)
		txt := &dns.TXT{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60}}
		for range 254 {
			txt.Txt = append(txt.Txt, strings.Repeat("x", 255))
		}
		m.Answer = []dns.RR{txt}
		if _, ok := w.RemoteAddr().(*net.UDPAddr); ok {
			m.Answer, m.Truncated = nil, true
		}
		_ = w.WriteMsg(m)
		return true
	})
	r := newResolver(t, resolver.Options{Servers: []string{srv.Addr}, CacheBytes: 1 << 20, Try: 2 * time.Second})
	texts, err := r.LookupTXT(t.Context(), "huge.example")
	if err != nil || len(texts) != 1 || len(texts[0]) != 254*255 {
		t.Errorf("%d texts, %v", len(texts), err)
	}
	if s := r.Stats(); s.Bytes > 1<<16 {
		t.Errorf("the cache took %d bytes for one answer", s.Bytes)
	}
}

// TestSlowTCP: a server that sends a byte at a time, or a length and nothing more, costs the time limit and no more.
func TestSlowTCP(t *testing.T) {
	for _, c := range []struct{ pause, try time.Duration }{{5 * time.Millisecond, time.Minute}, {50 * time.Millisecond,
		400 * time.Millisecond}} {
		udp, tcp := dnstest.Listen(t)
		defer udp.Close()
		defer tcp.Close()
		go truncateAll(udp)
		go dribble(tcp, c.pause)
		r := newResolver(t, resolver.Options{Servers: []string{tcp.Addr().String()}, Try: c.try})
		_, err := r.Lookup(t.Context(), "slow.example", dns.TypeA)
		if patient := c.try > time.Second; patient != (err == nil) {
			t.Errorf("a byte each %v, within %v: %v", c.pause, c.try, err)
		}
	}
}

// truncateAll answers each datagram with "ask over TCP".
func truncateAll(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, peer, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		q := new(dns.Msg)
		if q.Unpack(buf[:n]) == nil {
			m := new(dns.Msg)
			m.SetReply(q)
			m.Truncated = true
			_, _ = conn.WriteTo(pack(m), peer)
		}
	}
}

// dribble answers each question over TCP a byte at a time.
func dribble(l net.Listener, pause time.Duration) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			q, err := (&dns.Conn{Conn: conn}).ReadMsg()
			if err != nil {
				return
			}
			b := pack(reply(q, "127.0.0.2"))
			for _, c := range append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) {
				if _, err := conn.Write([]byte{c}); err != nil {
					return
				}
				time.Sleep(pause)
			}
		}()
	}
}
