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
	"asterism/rules/perlre"
	"asterism/shorturl"
	"asterism/shorturl/hosts"
)

// short answers the rules that ask where links of one kind lead, and has lists asked about the targets.
type short struct {
	rules  []rules.NetRule
	client *shorturl.Client
	cfg    *config.Lookups
}

// shortFunctions report whether a service's answers match a rule.
var shortFunctions = map[string]func(a *shorturl.Answer, args []string) bool{
	"short_url_redir":    func(a *shorturl.Answer, _ []string) bool { return len(a.Targets) > 0 },
	"short_url_chained":  func(a *shorturl.Answer, _ []string) bool { return a.Chained },
	"short_url_maxchain": func(a *shorturl.Answer, _ []string) bool { return a.TooLong },
	"short_url_loop":     func(a *shorturl.Answer, _ []string) bool { return a.Loop },
	"short_url_200":      func(a *shorturl.Answer, _ []string) bool { return a.Status == 200 },
	"short_url_404":      func(a *shorturl.Answer, _ []string) bool { return a.Status == 404 },
	"short_url_code":     hasCode,
	"redir_url_chained":  func(a *shorturl.Answer, _ []string) bool { return a.Chained },
	"redir_url_maxchain": func(a *shorturl.Answer, _ []string) bool { return a.TooLong },
	"redir_url_loop":     func(a *shorturl.Answer, _ []string) bool { return a.Loop },
	"redir_url_404":      func(a *shorturl.Answer, _ []string) bool { return a.Status == 404 },
	"redir_url_code":     hasCode,
}

func hasCode(a *shorturl.Answer, args []string) bool {
	return len(args) > 0 && strconv.Itoa(a.Status) == args[0]
}

// hiding has the services of one kind, and the option that switches their queries on.
type hiding struct {
	prefix, remedy string // prefix: of the functions
	cfg            *config.Lookups
	hosts          []string
	params         string
}

// newShort returns those that are asked about links.
func newShort(cfg *config.Config, set *rules.Set, used []rules.NetRule) (all []*short, problems []config.Problem) {
	links := &cfg.Links
	for _, kind := range []hiding{
		{"short_url", "max_short_urls and url_shortener", &links.Lookups, cfg.Lists.URLShorteners, ""},
		{"redir_url", "max_redir_urls and url_redirector", &links.Redirectors.Lookups, links.Redirectors.Hosts,
			links.Redirectors.Params},
	} {
		var own []rules.NetRule
		for _, r := range used {
			if strings.HasPrefix(r.Func, kind.prefix) {
				own = append(own, r)
			}
		}
		if kind.cfg.Max == 0 || len(kind.hosts) == 0 && kind.params == "" {
			for _, r := range own {
				problems = append(problems, set.Problem(r.Name, r.Func+"() asks nobody: set "+kind.remedy))
			}
			continue
		}
		all = append(all, &short{rules: own, cfg: kind.cfg, client: kind.client(&links.Networks)})
	}
	return all, problems
}

func (k *hiding) client(networks *config.Networks) *shorturl.Client {
	return shorturl.New(shorturl.Options{
		Services: hosts.New(k.hosts, k.cfg.Get), MaxChain: k.cfg.MaxChain, Timeout: k.cfg.Timeout, TTL: k.cfg.TTL,
		UserAgent: k.cfg.UserAgent, Inside: inside(k.params),
		Allowed: func(ip netip.Addr) bool { return shorturl.Public(ip) || networks.Contains(ip) },
	})
}

// inside returns what finds a link within another one: what the first group of an expression matches behind the host.
// One without
// a scheme is http.
func inside(params string) func(string) string {
	if params == "" {
		return nil
	}
	re, err := perlre.Compile(params, "")
	if err != nil { // the reader of the configuration has tried it
		return nil
	}
	return func(link string) string {
		_, rest, _ := strings.Cut(link, "://")
		i := strings.IndexAny(rest, "/?")
		if i < 0 {
			return ""
		}
		text := perlre.NewText(rest[i:])
		groups, err := re.Find(&text) // what takes too long finds nothing
		if err != nil || len(groups) < 2 || groups[1] == "" {
			return ""
		}
		to, err := url.QueryUnescape(groups[1])
		if err != nil {
			return ""
		}
		if !strings.HasPrefix(strings.ToLower(to), "http") {
			to = "http://" + to
		}
		return to
	}
}

// links returns the links of a message that services are asked about.
func (s *short) links(m *message.Message) (links []string) {
	seen := make(map[string]bool)
	for _, u := range m.URIs() {
		if u.Scheme != "http" && u.Scheme != "https" || seen[u.URL] {
			continue
		}
		at, err := url.Parse(u.URL)
		if err != nil || !s.client.Hides(at) || strings.Trim(at.RequestURI(), "/") == "" {
			continue
		}
		if seen[u.URL] = true; len(seen) > s.cfg.Max {
			break
		}
		links = append(links, u.URL)
	}
	return links
}

// start asks services about the links of a message, and lists about what these lead to. It returns where the answers
// will be.
func (s *short) start(ctx context.Context, r *running, m *message.Message) []shorturl.Answer {
	links := s.links(m)
	answers := make([]shorturl.Answer, len(links))
	for i, link := range links {
		r.far.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
			defer cancel()
			answers[i] = s.client.Resolve(ctx, link)
			if r.lists != nil {
				r.lists.Also(r.checks.listURIs(parsed(answers[i].Targets)))
			}
		})
	}
	return answers
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
