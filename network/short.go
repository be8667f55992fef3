package network

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"asterism/config"
	"asterism/message"
	"asterism/rules"
	"asterism/shorturl"
)

// short answers the rules that ask where short links lead, and has lists asked about the targets.
type short struct {
	rules  []rules.NetRule
	client *shorturl.Client
	cfg    *config.Links
}

// shortFunctions say of the services' answers whether they are what a rule looks for.
var shortFunctions = map[string]func(a *shorturl.Answer, args []string) bool{
	"short_url_redir":    func(a *shorturl.Answer, _ []string) bool { return len(a.Targets) > 0 },
	"short_url_chained":  func(a *shorturl.Answer, _ []string) bool { return a.Chained },
	"short_url_maxchain": func(a *shorturl.Answer, _ []string) bool { return a.TooLong },
	"short_url_loop":     func(a *shorturl.Answer, _ []string) bool { return a.Loop },
	"short_url_200":      func(a *shorturl.Answer, _ []string) bool { return a.Status == 200 },
	"short_url_404":      func(a *shorturl.Answer, _ []string) bool { return a.Status == 404 },
	"short_url_code": func(a *shorturl.Answer, args []string) bool {
		return len(args) > 0 && strconv.Itoa(a.Status) == args[0]
	},
}

// newShort returns nil if nobody is to be asked.
func newShort(cfg *config.Config, set *rules.Set, asked []rules.NetRule) (*short, []config.Problem) {
	if cfg.Links.Max == 0 || len(cfg.Lists.URLShorteners) == 0 {
		var problems []config.Problem
		for _, r := range asked {
			problems = append(problems, set.Problem(r.Name, r.Func+"() asks nobody: set max_short_urls and url_shortener"))
		}
		return nil, problems
	}
	hosts := make(map[string]bool)
	for _, host := range cfg.Lists.URLShorteners {
		hosts[host] = false
	}
	for _, host := range cfg.Links.Get {
		hosts[host] = true
	}
	networks := &cfg.Links.Networks
	return &short{rules: asked, cfg: &cfg.Links, client: shorturl.New(shorturl.Options{
		Hosts: hosts, MaxChain: cfg.Links.MaxChain, Timeout: cfg.Links.Timeout, TTL: cfg.Links.TTL, UserAgent: cfg.Links.UserAgent,
		Allowed: func(ip netip.Addr) bool { return shorturl.Public(ip) || networks.Contains(ip) },
	})}, nil
}

// links returns the links of a message that services are asked about.
func (s *short) links(m *message.Message) (links []string) {
	seen := make(map[string]bool)
	for _, u := range m.URIs() {
		if u.Scheme != "http" && u.Scheme != "https" || !s.client.Shortens(u.Host) || seen[u.URL] {
			continue
		}
		at, err := url.Parse(u.URL)
		if err != nil || strings.Trim(at.Path, "/") == "" {
			continue
		}
		if seen[u.URL] = true; len(seen) > s.cfg.Max {
			break
		}
		links = append(links, u.URL)
	}
	return links
}

// start asks services about the links of a message, and lists about what these lead to.
func (s *short) start(ctx context.Context, r *running, m *message.Message) {
	links := s.links(m)
	r.short = make([]shorturl.Answer, len(links))
	for i, link := range links {
		r.wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
			defer cancel()
			r.short[i] = s.client.Resolve(ctx, link)
			if r.lists != nil {
				r.lists.Also(r.checks.listURIs(parsed(r.short[i].Targets)))
			}
		})
	}
}

func parsed(links []string) (uris []message.URI) {
	for _, link := range links {
		if u, ok := message.ParseURI(link); ok {
			uris = append(uris, u)
		}
	}
	return uris
}

// judge answers the rules.
func (s *short) judge(answers []shorturl.Answer, hits map[string]string) {
	for _, r := range s.rules {
		for i := range answers {
			if a := &answers[i]; shortFunctions[r.Func](a, r.Args) {
				hits[r.Name] = strings.Join(a.Targets, " ")
			}
		}
	}
}
