package resolver

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// FuzzReply reads any bytes as the reply to a question.
func FuzzReply(f *testing.F) {
	for _, rr := range []string{
		`a.example. 60 TXT "a\"b" "c\\d\200"`, "a.example. 60 A 127.0.0.2", "a.example. 60 CNAME b.example.",
		"b.example. 60 TXT x",
	} {
		m := new(dns.Msg)
		m.SetQuestion("a.example.", dns.TypeTXT)
		m.Response = true
		record, err := dns.NewRR(rr)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = []dns.RR{record}
		packed, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed, uint16(dns.TypeTXT))
	}
	q := new(dns.Msg)
	f.Fuzz(func(t *testing.T, data []byte, qtype uint16) {
		m := new(dns.Msg)
		if m.Unpack(data) != nil {
			return
		}
		q.SetQuestion("a.example.", qtype)
		q.Id = m.Id
		isReply(m, q)
		a := newAnswer(m, key{"a.example.", qtype})
		if a.TTL < 0 || a.TTL > maxTTL || a.size() < 0 {
			t.Errorf("TTL %v, size %d", a.TTL, a.size())
		}
		for _, text := range a.TXT() {
			if len(text) > len(data) {
				t.Errorf("text of %d bytes in a reply of %d", len(text), len(data))
			}
		}
		for _, ip := range a.Addrs() {
			if !ip.IsValid() {
				t.Error("address that is none")
			}
		}
	})
}

// FuzzName asks for any name.
func FuzzName(f *testing.F) {
	for _, name := range []string{"a.example", `x"y;z(q)@h.example.`, "..", strings.Repeat("a.", 200)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		c, err := canonical(name)
		if err != nil {
			return
		}
		m := new(dns.Msg)
		m.SetQuestion(c, dns.TypeA)
		packed, err := m.Pack()
		if err != nil {
			t.Fatalf("%q became %q: %v", name, c, err)
		}
		back := new(dns.Msg)
		if err := back.Unpack(packed); err != nil || back.Question[0].Name != c {
			t.Errorf("%q became %q, and on the wire %q, %v", name, c, back.Question[0].Name, err)
		}
	})
}
