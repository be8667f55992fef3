// Package network answers the rules with network tests: DNS lists, sender authentication, Pyzor, DCC, Razor and clamd.
// It starts all checks of a message at once, and returns the results by the rules' names.
package network

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/contain"
	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
	"asterism/mailauth"
	"asterism/message"
	"asterism/rules"
	"asterism/rules/perlre"
)

// Checks has all network checks. It is safe for concurrent use.
type Checks struct {
	cfg      *config.Config
	set      *rules.Set
	log      *slog.Logger
	lists    *dnsbl.Checks     // nil without DNS
	auth     *mailauth.Checker // nil if no rule wants to know
	evals    []rules.NetRule   // that auth answers
	welcome  []welcomeRule     // that auth and the lists of addresses answer
	asn      *asn              // nil if nobody asks for the client's network
	short    []*short          // who is asked where links lead
	services []*service
	blocks   []rules.BlockRule
	mailbox  *perlre.Regexp // hashbl_email_regex; nil for the usual form of addresses

	registries map[string]bool // domains whose subdomains belong to others (util_rb_2tld, util_rb_3tld)

	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	mu       sync.Mutex    // guards scans
	scans    int           // messages being asked about
	idle     *sync.Cond    // scans has become 0
	probes   contain.Group // services being asked whether they are back, and the watch over the lists
	watching sync.Once
}

// asnFunction asks for the network of the client.
const asnFunction = "check_asn"

// Functions returns the eval functions of the rule language that are answered here, each by the package that
// registers it.
func Functions() rules.Functions {
	all := rules.Functions{}
	add := func(names []string) {
		for _, name := range names {
			all[name] = true
		}
	}
	add(dnsbl.Functions())
	add(mailauth.Functions())
	add(slices.Collect(maps.Keys(welcomeLists)))
	add([]string{asnFunction})
	add(slices.Collect(maps.Keys(shortFunctions)))
	for _, kind := range serviceKinds {
		add(kind.functions)
	}
	return all
}

// New compiles the rules with network tests. It sends nothing. Rules that it cannot answer are problems. A nil resolver
// leaves out all checks that need DNS.
func New(cfg *config.Config, res *resolver.Resolver, set *rules.Set, log *slog.Logger) (*Checks, []config.Problem) {
	c := &Checks{cfg: cfg, set: set, log: log, registries: map[string]bool{}, blocks: set.BlockRules()}
	for _, domain := range append(slices.Clone(cfg.Lists.TLD2), cfg.Lists.TLD3...) {
		c.registries[domain] = true
	}
	if cfg.Network.HashBL.Email != "" {
		c.mailbox, _ = perlre.Compile(cfg.Network.HashBL.Email, "") // the reader of the configuration has tried it
	}
	c.idle = sync.NewCond(&c.mu)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	var lists []dnsbl.Rule
	var networks, links []rules.NetRule
	byFunction := make(map[string][]rules.NetRule) // rules of services, by function
	for _, r := range set.NetRules() {
		switch {
		case dnsbl.Answers(r.Kind, r.Func):
			if wanted(cfg, r) {
				lists = append(lists, dnsbl.Rule(r))
			}
		case mailauth.Answers(r.Func):
			c.evals = append(c.evals, r)
		case r.Func == asnFunction:
			networks = append(networks, r)
		case shortFunctions[r.Func] != nil:
			links = append(links, r)
		case welcomeLists[r.Func] != nil:
			c.welcome = append(c.welcome, newWelcomeRule(cfg, r))
		default:
			byFunction[r.Func] = append(byFunction[r.Func], r)
		}
	}
	var problems []config.Problem
	c.asn, problems = newASN(cfg, res, set, networks)
	if res != nil {
		var unasked []config.Problem
		c.short, unasked = newShort(cfg, set, links)
		problems = append(problems, unasked...)
		var found []dnsbl.Problem
		c.lists, found = dnsbl.New(c.listOptions(res), lists)
		for _, p := range found {
			problems = append(problems, set.Problem(p.Rule, p.Text))
		}
		if len(c.evals)+len(c.welcome) > 0 || cfg.Auth.AddResults {
			c.auth = mailauth.New(mailauth.Options{
				Resolver: res, Timeout: max(cfg.Auth.SPFTimeout, cfg.Auth.DKIMTimeout),
				SPFTimeout: cfg.Auth.SPFTimeout, DKIMTimeout: cfg.Auth.DKIMTimeout,
				MinKeyBits: cfg.Auth.DKIMMinKeyBits, Trusted: cfg.Auth.Believed(),
				ADSP:      wantsADSP(cfg, c.evals),
				Practices: practices(cfg.Auth.ADSPOverride),
				ARC:       len(cfg.Auth.ARCSealers) > 0 || wantsARC(c.evals),
				Sealers:   cfg.Auth.ARCSealers,
			})
		}
	}
	services, found := newServices(cfg, res, byFunction)
	c.services = services
	return c, append(problems, found...)
}

// wantsADSP reports whether a rule looks at the practices of authors' domains: at those that adsp_override gives, or
// at whether a domain exists, which is asked for.
func wantsADSP(cfg *config.Config, evals []rules.NetRule) bool {
	return slices.ContainsFunc(evals, func(r rules.NetRule) bool {
		overrides := len(cfg.Auth.ADSPOverride) > 0
		return r.Func == "check_dkim_signall" && overrides ||
			r.Func == "check_dkim_adsp" && (overrides || len(r.Args) > 0 && strings.ContainsAny(r.Args[0], "*N"))
	})
}

// wantsARC reports whether a rule looks at the ARC sets of messages.
func wantsARC(evals []rules.NetRule) bool {
	return slices.ContainsFunc(evals, func(r rules.NetRule) bool { return strings.HasPrefix(r.Func, "check_arc_") })
}

func practices(overrides []config.ADSP) []mailauth.Practice {
	list := make([]mailauth.Practice, len(overrides))
	for i, o := range overrides {
		list[i] = mailauth.Practice(o)
	}
	return list
}

// wanted reports whether the lists of a rule's kind are switched on (skip_rbl_checks, skip_uribl_checks).
func wanted(cfg *config.Config, r rules.NetRule) bool {
	if r.Func == "" && r.Kind != "askdns" || r.Func == "check_uridnsbl" {
		return !cfg.Network.SkipURIBL
	}
	return !cfg.Network.SkipRBL
}

// Close waits for the checks of messages in progress, which end at their deadlines, and then ends everything else.
func (c *Checks) Close() {
	c.mu.Lock()
	for c.scans > 0 {
		c.idle.Wait()
	}
	c.mu.Unlock()
	c.cancel()
	c.probes.Join()
	for _, s := range c.short {
		s.client.Close()
	}
	if c.lists != nil {
		c.lists.Close()
	}
}

// count notes that a message is being asked about, or no longer is.
func (c *Checks) count(n int) {
	c.mu.Lock()
	if c.scans += n; c.scans == 0 {
		c.idle.Broadcast()
	}
	c.mu.Unlock()
}

// watch looks after the lists from the first message on until Close: one that lists the world, or nothing, is left
// alone while it does (RFC 5782, section 5). Programs that scan nothing ask nothing.
func (c *Checks) watch() {
	c.watching.Do(func() { c.probes.Go(func() { c.lists.Watch(c.ctx) }) })
}

// Start implements classifier.Network.
func (c *Checks) Start(ctx context.Context, m *message.Message, in *classifier.Input,
	scan *rules.Scan) classifier.Answers {
	c.count(1)
	begun := false
	defer func() {
		if !begun { // a panic: nobody will call Wait
			c.count(-1)
		}
	}()
	r := &running{checks: c, began: time.Now(), host: in.Host, scan: scan}
	for _, s := range c.services {
		r.start(ctx, s, m, in, scan)
	}
	if external := scan.Relays().External; c.asn != nil && len(external) > 0 && in.AuthUser == "" {
		ip := external[0].IP
		r.wg.Go(func() { r.network = c.asn.ask(ctx, ip) })
	}
	if c.lists == nil {
		begun = true
		return r
	}
	c.watch()
	r.lists = c.lists.Start(ctx, c.listQuery(m, in, scan))
	for _, s := range c.short {
		r.short = append(r.short, s.start(ctx, r, m))
	}
	if c.auth != nil {
		input := c.authInput(m, in, scan)
		r.wg.Go(func() {
			r.auth = c.auth.Check(ctx, input)
			r.lists.Tag("DKIMDOMAIN", r.auth.ValidDomains()...)
		})
	}
	begun = true
	return r
}
