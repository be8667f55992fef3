package resolver

import (
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Answer has the DNS records of one name. All callers share it: do not change it.
type Answer struct {
	Rcode   int           // dns.RcodeSuccess, or dns.RcodeNameError for a name that does not exist
	Records []dns.RR      // records of the requested type, at the end of the name's CNAMEs if it has any
	TTL     time.Duration // how long it may be remembered, from when it came
}

// Bounds of how long answers are remembered. RFC 2308 advises hours at most for negative answers, RFC 1035 a week for
// positive ones; lists change faster than that.
const (
	maxTTL         = 24 * time.Hour
	maxNegativeTTL = time.Hour
	noSOATTL       = time.Minute // a negative answer that does not say how long it is good for
	maxCNAMEs      = 12
)

// newAnswer reads a reply to the question k.
func newAnswer(m *dns.Msg, k key) *Answer {
	a := &Answer{Rcode: m.Rcode, TTL: maxTTL}
	name := k.name
	for range maxCNAMEs {
		next := ""
		for _, rr := range m.Answer {
			h := rr.Header()
			if h.Class != dns.ClassINET || !strings.EqualFold(h.Name, name) {
				continue
			}
			if c, ok := rr.(*dns.CNAME); ok && k.qtype != dns.TypeCNAME && k.qtype != dns.TypeANY {
				next = c.Target
			} else if h.Rrtype == k.qtype || k.qtype == dns.TypeANY {
				a.Records = append(a.Records, rr)
			} else {
				continue
			}
			a.TTL = min(a.TTL, time.Duration(h.Ttl)*time.Second)
		}
		if len(a.Records) > 0 || next == "" {
			break
		}
		name = next
	}
	if len(a.Records) == 0 {
		a.TTL = min(a.TTL, negativeTTL(m))
	}
	return a
}

// negativeTTL follows RFC 2308, section 5: the lesser of the SOA's TTL and its last field.
func negativeTTL(m *dns.Msg) time.Duration {
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			return min(time.Duration(min(soa.Hdr.Ttl, soa.Minttl))*time.Second, maxNegativeTTL)
		}
	}
	return noSOATTL
}

// size estimates the memory of the records.
func (a *Answer) size() int {
	n := 0
	for _, rr := range a.Records {
		n += 100 + 2*dns.Len(rr)
	}
	return n
}

// Addrs returns the addresses of the A and AAAA records.
func (a *Answer) Addrs() []netip.Addr {
	var addrs []netip.Addr
	for _, rr := range a.Records {
		switch rr := rr.(type) {
		case *dns.A:
			if ip, ok := netip.AddrFromSlice(rr.A.To4()); ok {
				addrs = append(addrs, ip)
			}
		case *dns.AAAA:
			if ip, ok := netip.AddrFromSlice(rr.AAAA); ok {
				addrs = append(addrs, ip)
			}
		}
	}
	return addrs
}

// TXT returns the texts of the TXT records, the strings of each joined without a space (RFC 7208, section 3.3), as
// bytes came over the wire.
func (a *Answer) TXT() []string {
	var texts []string
	for _, rr := range a.Records {
		if t, ok := rr.(*dns.TXT); ok {
			texts = append(texts, Text(t.Txt))
		}
	}
	return texts
}

// Text joins the strings of a TXT record and undoes miekg/dns's escapes, \" \\ and \DDD (RFC 1035, section 5.1).
func Text(parts []string) string {
	s := strings.Join(parts, "")
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		if i+3 < len(s) && isDigit(s[i+1]) && isDigit(s[i+2]) && isDigit(s[i+3]) {
			b = append(b, (s[i+1]-'0')*100+(s[i+2]-'0')*10+(s[i+3]-'0'))
			i += 3
			continue
		}
		i++
		b = append(b, s[i])
	}
	return string(b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
