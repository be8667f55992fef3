package resolver

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// server is one recursive server with its health.
type server struct {
	addr  string      // host:port
	tls   *tls.Config // nil: UDP, and TCP for truncated answers
	plain atomic.Bool // knows no EDNS

	fails     atomic.Int32 // attempts failed since the last answer
	downUntil atomic.Int64 // Unix nanoseconds until which others are preferred

	mu   sync.Mutex
	idle []*dns.Conn // connections over TLS to use again
}

func (s *server) String() string {
	if s.tls != nil {
		return "tls://" + s.addr
	}
	return s.addr
}

// A server that failed twice in a row is asked after the others for a while, twice as long each time.
const (
	failsDown = 2
	minDown   = 2 * time.Second
	maxDown   = time.Minute
)

func (s *server) failed(now time.Time) {
	n := s.fails.Add(1)
	if n < failsDown {
		return
	}
	down := maxDown
	if shift := n - failsDown; shift < 5 {
		down = minDown << shift
	}
	s.downUntil.Store(now.Add(down).UnixNano())
}

func (s *server) answered() {
	s.fails.Store(0)
	s.downUntil.Store(0)
}

// inOrder returns the servers in the order to try them: as configured, with dead ones last.
func inOrder(servers []*server, now time.Time) []*server {
	if len(servers) == 1 {
		return servers
	}
	order := slices.Clone(servers)
	slices.SortStableFunc(order, func(a, b *server) int {
		x, y := a.downUntil.Load() > now.UnixNano(), b.downUntil.Load() > now.UnixNano()
		switch {
		case x == y:
			return 0
		case x:
			return 1
		default:
			return -1
		}
	})
	return order
}

func parseServers(opt Options) ([]*server, error) {
	names := opt.Servers
	if len(names) == 0 {
		names = systemServers(opt.ResolvConf)
	}
	servers := make([]*server, len(names))
	for i, name := range names {
		s, err := parseServer(name, opt.TLS)
		if err != nil {
			return nil, err
		}
		servers[i] = s
	}
	return servers, nil
}

// systemServers reads resolv.conf(5), which says that without it the local host is asked.
func systemServers(file string) []string {
	if file == "" {
		file = "/etc/resolv.conf"
	}
	conf, err := dns.ClientConfigFromFile(file)
	if err != nil || len(conf.Servers) == 0 {
		return []string{"127.0.0.1"}
	}
	return conf.Servers
}

func parseServer(name string, base *tls.Config) (*server, error) {
	rest, secure := strings.CutPrefix(name, "tls://")
	rest, hostname, named := strings.Cut(rest, "#")
	if named && (!secure || hostname == "") {
		return nil, fmt.Errorf("DNS server %q: the name after # belongs to tls://", name)
	}
	port := "53"
	if secure {
		port = "853"
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]"))
	if err != nil {
		ap, err := netip.ParseAddrPort(rest)
		if err != nil || ap.Port() == 0 {
			return nil, fmt.Errorf("DNS server %q: want an IP address, or address:port, or [IPv6 address]:port", name)
		}
		addr, port = ap.Addr(), fmt.Sprint(ap.Port())
	}
	s := &server{addr: net.JoinHostPort(addr.String(), port)}
	if secure {
		if base == nil {
			base = &tls.Config{}
		}
		s.tls = base.Clone()
		s.tls.MinVersion = tls.VersionTLS12
		if s.tls.ServerName = hostname; hostname == "" {
			s.tls.ServerName = addr.WithZone("").String()
		}
	}
	return s, nil
}
