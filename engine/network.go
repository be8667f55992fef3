package engine

import (
	"log/slog"
	"net"
	"reflect"
	"strconv"
	"strings"

	"asterism/config"
	"asterism/contain"
	"asterism/dnsbl/resolver"
	"asterism/network"
	"asterism/rules"
)

// networkSide is the network's side of classifiers: the checks of the current one, and the resolver, whose cache
// outlives it.
type networkSide struct {
	checks   *network.Checks
	resolver *resolver.Resolver
	options  resolver.Options // that the resolver was made with
	problems []config.Problem // of the rules that ask
	closing  contain.Group    // former checks and resolvers, that still end their messages
}

// open makes the configuration's network checks; nil if they are off. Once they are in use, replace ends the old ones.
func (a *networkSide) open(cfg *config.Config, set *rules.Set, log *slog.Logger) (*networkSide, error) {
	var res *resolver.Resolver
	var opt resolver.Options
	if !cfg.Network.LocalOnly && cfg.Network.DNSAvailable {
		opt = resolverOptions(&cfg.Network)
		if res = a.resolver; res == nil || !reflect.DeepEqual(opt, a.options) {
			var err error
			if res, err = resolver.New(opt); err != nil {
				return nil, err
			}
		}
	}
	made := &networkSide{resolver: res, options: opt}
	if !cfg.Network.LocalOnly {
		made.checks, made.problems = network.New(cfg, res, set, log)
	}
	return made, nil
}

// replace installs the result of open, and ends the old checks as soon as their messages in progress are answered.
func (a *networkSide) replace(by *networkSide) {
	checks, res := a.checks, a.resolver
	a.checks, a.resolver, a.options = by.checks, by.resolver, by.options
	a.closing.Go(func() {
		if checks != nil {
			checks.Close()
		}
		if res != nil && res != by.resolver {
			res.Close()
		}
	})
}

// close ends all asking, after the messages in hand.
func (a *networkSide) close() {
	a.closing.Join()
	if a.checks != nil {
		a.checks.Close()
	}
	if a.resolver != nil {
		a.resolver.Close()
	}
	a.checks, a.resolver = nil, nil
}

// stats counts the queries per service. A service that is off has no entry.
func (a *networkSide) stats() (dns *resolver.Stats, services []network.ServiceStatus) {
	if a.resolver != nil {
		st := a.resolver.Stats()
		dns = &st
	}
	if a.checks != nil {
		services = a.checks.Services()
	}
	return dns, services
}

func resolverOptions(n *config.Network) resolver.Options {
	servers := n.DNSServers
	if n.DNSOverTLS {
		servers = overTLS(servers)
	}
	return resolver.Options{Servers: servers, Timeout: n.DNSTimeout, MaxQueries: n.DNSMaxConcurrency,
		UDPSize: ednsSize(n.DNSOptions)}
}

// ednsSize reads the buffer size from dns_options: edns=SIZE, or noedns for none at all. 0 is the resolver's own
// choice. Its other words say what servers are able to do, which the resolver finds out.
func ednsSize(options []string) int {
	size := 0
	for _, o := range options {
		for word := range strings.SplitSeq(strings.ToLower(o), ",") {
			name, value, _ := strings.Cut(word, "=")
			switch name {
			case "noedns", "noedns0":
				size = -1
			case "edns", "edns0":
				if n, err := strconv.Atoi(value); err == nil && n > 0 {
					size = n
				}
			}
		}
	}
	return size
}

// overTLS makes queries to servers use TLS, at the port of RFC 7858 where the configuration has the port of plain DNS.
func overTLS(servers []string) []string {
	list := make([]string, len(servers))
	for i, s := range servers {
		if strings.HasPrefix(s, "tls://") {
			list[i] = s
			continue
		}
		if host, port, err := net.SplitHostPort(s); err == nil && port == "53" {
			s = net.JoinHostPort(host, "853")
		}
		list[i] = "tls://" + s
	}
	return list
}
