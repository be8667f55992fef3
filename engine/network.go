package engine

import (
	"context"
	"log/slog"
	"net"

	"asterism/config"
	"asterism/dnsbl/resolver"
	"asterism/network"
	"asterism/rules"
)

// netChecks is the network's side of a classifier, with the resolver that it has to itself.
type netChecks struct {
	*network.Checks
	resolver *resolver.Resolver
	cancel   context.CancelFunc // ends the watch over the lists
}

// openNetwork makes what asks others, nil if the configuration says to ask nobody.
func openNetwork(cfg *config.Config, set *rules.Set, log *slog.Logger) (*netChecks, error) {
	if cfg.Network.LocalOnly || !cfg.Network.DNSAvailable {
		return nil, nil
	}
	servers := cfg.Network.DNSServers
	if cfg.Network.DNSOverTLS {
		servers = overTLS(servers)
	}
	res, err := resolver.New(resolver.Options{
		Servers: servers, Timeout: cfg.Network.DNSTimeout, MaxQueries: cfg.Network.DNSMaxConcurrency,
	})
	if err != nil {
		return nil, err
	}
	checks, problems := network.New(cfg, res, set, log)
	for _, p := range problems {
		log.Warn("configuration", "at", p.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	go checks.Watch(ctx)
	return &netChecks{checks, res, cancel}, nil
}

// overTLS has servers asked over TLS, at the port of RFC 7858 where the configuration has that of plain DNS.
func overTLS(servers []string) []string {
	list := make([]string, len(servers))
	for i, s := range servers {
		if host, port, err := net.SplitHostPort(s); err == nil && port == "53" {
			s = net.JoinHostPort(host, "853")
		}
		list[i] = "tls://" + s
	}
	return list
}

// close ends what is under way. Scans that still wait for answers get what has come by then.
func (n *netChecks) close() {
	if n == nil {
		return
	}
	n.cancel()
	n.Close()
	n.resolver.Close()
}
