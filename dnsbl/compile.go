package dnsbl

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"asterism/contain"
	"asterism/dnsbl/resolver"
	"asterism/remote/breaker"
)

// Checks is a compiled set of rules. It is safe for concurrent use.
type Checks struct {
	opt   Options
	res   *resolver.Resolver
	log   *slog.Logger
	lists map[string]*list
	skip  map[string]bool // SkipDomains
	plain map[string]bool // HashIgnore, in lower case

	relay  []*relayLookup
	sender []*senderLookup
	uri    []*uriLookup
	hash   []*hashLookup
	place  []string // rules of check_uri_local_bl
	tag    []*tagLookup
	noDNS  []string // rules of check_dns_sender

	hashWelcome func(address string) bool // HashWelcome; nil if it is empty

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	probes contain.Group
}

// Problem is a rule that cannot be answered, and why.
type Problem struct {
	Rule string
	Text string
}

// ruleTest is one rule's interest in an answer.
type ruleTest struct {
	rule string
	test subtest
}

// Functions returns the eval functions that this package answers.
func Functions() []string { return slices.Collect(maps.Keys(functions)) }

// Answers reports whether a rule of this kind, or with this eval function, is one for this package.
func Answers(kind, function string) bool {
	if function == "" {
		return slices.Contains(directives, kind)
	}
	return functions[function] != nil
}

var directives = []string{
	"askdns", "uridnsbl", "uridnssub", "urifullnsrhsbl", "urifullnsrhssub", "urinsrhsbl", "urinsrhssub", "urirhsbl",
	"urirhssub",
}

// functions holds what each eval function adds to a Checks.
var functions = map[string]func(*Checks, Rule, *definitions) error{
	"check_rbl_sub":         func(*Checks, Rule, *definitions) error { return nil }, // see addSub
	"check_rbl":             addRBL(dns.TypeA),
	"check_rbl_txt":         addRBL(dns.TypeTXT),
	"check_rbl_envfrom":     (*Checks).addSender,
	"check_rbl_from_domain": (*Checks).addSender,
	"check_rbl_from_host":   (*Checks).addSender,
	"check_rbl_headers":     (*Checks).addSender,
	"check_rbl_ns_from":     (*Checks).addSender,
	"check_rbl_rcvd":        (*Checks).addSender,
	"check_dns_sender":      (*Checks).addNoDNS,
	"check_uridnsbl":        (*Checks).addURI,
	"check_hashbl_emails":   (*Checks).addHash,
	"check_hashbl_uris":     (*Checks).addHash,
	"check_hashbl_tag":      (*Checks).addHash,

	"check_hashbl_bodyre":      (*Checks).addHash,
	"check_hashbl_attachments": (*Checks).addHash,
	"check_uri_local_bl":       (*Checks).addPlace,
}

// definitions are the lines that other rules name.
type definitions struct {
	lookups map[string]Rule       // the directives, by name
	subs    map[string][]ruleTest // rules of check_rbl_sub, by set
}

func addRBL(qtype uint16) func(*Checks, Rule, *definitions) error {
	return func(c *Checks, r Rule, d *definitions) error { return c.addRelay(r, qtype, d) }
}

func (c *Checks) addNoDNS(r Rule, _ *definitions) error {
	c.noDNS = append(c.noDNS, r.Name)
	return nil
}

// New compiles the rules. It skips rules that it cannot answer, and reports them as problems.
func New(opt Options, rules []Rule) (*Checks, []Problem) {
	if opt.Timeout <= 0 {
		opt.Timeout = 5 * time.Second
	}
	if opt.MaxDomains <= 0 {
		opt.MaxDomains = 20
	}
	if opt.MaxRelays <= 0 {
		opt.MaxRelays = 9
	}
	if opt.BlockTime <= 0 {
		opt.BlockTime = 5 * time.Minute
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	c := &Checks{opt: opt, res: opt.Resolver, log: opt.Log, lists: make(map[string]*list), skip: make(map[string]bool),
		plain: make(map[string]bool)}
	for _, d := range opt.SkipDomains {
		c.skip[strings.ToLower(strings.Trim(d, "."))] = true
	}
	for _, v := range opt.HashIgnore {
		c.plain[strings.ToLower(v)] = true
	}
	var problems []Problem
	if opt.HashWelcome != "" {
		var err error
		if c.hashWelcome, err = opt.compile(opt.HashWelcome); err != nil {
			problems = append(problems, Problem{"hashbl_email_welcomelist", err.Error()})
		}
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, append(problems, c.compile(rules)...)
}

// Close ends the background work of New and Start. The resolver stays open.
func (c *Checks) Close() {
	c.cancel()
	c.probes.Join()
}

func (c *Checks) compile(rules []Rule) []Problem {
	var problems []Problem
	d := &definitions{lookups: make(map[string]Rule), subs: make(map[string][]ruleTest)}
	try := func(r Rule, err error) {
		if err != nil {
			problems = append(problems, Problem{r.Name, err.Error()})
		}
	}
	// Sub-tests and directives first: the lookups that they belong to may stand before them.
	for _, r := range rules {
		switch {
		case r.Func == "check_rbl_sub":
			try(r, c.addSub(d.subs, r))
		case r.Func == "" && r.Kind == "askdns":
			try(r, c.addAskDNS(r))
		case r.Func == "":
			d.lookups[r.Name] = r
		}
	}
	for _, r := range rules {
		if add := functions[r.Func]; add != nil {
			try(r, add(c, r, d))
		} else if r.Func != "" {
			try(r, fmt.Errorf("%s is not a DNS test", r.Func))
		}
	}
	return problems
}

func (c *Checks) addSub(subs map[string][]ruleTest, r Rule) error {
	if len(r.Args) != 2 {
		return fmt.Errorf("check_rbl_sub takes a set and a sub-test")
	}
	t, err := c.opt.rblSubtest(r.Args[1])
	if err != nil {
		return err
	}
	subs[r.Args[0]] = append(subs[r.Args[0]], ruleTest{r.Name, t})
	return nil
}

// zoneTests reads the arguments (set, zone[, sub-test]) that the check_rbl functions share: the zone's list, and all
// rules that look at the set's answers.
func (c *Checks) zoneTests(r Rule, d *definitions) (*list, []ruleTest, error) {
	if len(r.Args) < 2 {
		return nil, nil, fmt.Errorf("%s takes a set, a zone and perhaps a sub-test", r.Func)
	}
	l, err := c.list(r.Args[1])
	if err != nil {
		return nil, nil, err
	}
	sub := ""
	if len(r.Args) > 2 {
		sub = r.Args[2]
	}
	t, err := c.opt.rblSubtest(sub)
	if err != nil {
		return nil, nil, err
	}
	return l, append([]ruleTest{{r.Name, t}}, d.subs[r.Args[0]]...), nil
}

// list returns the list of a zone, the same one for all rules.
func (c *Checks) list(zone string) (*list, error) {
	zone = strings.ToLower(strings.Trim(zone, "."))
	if _, ok := dns.IsDomainName(zone); !ok || zone == "" || strings.ContainsAny(zone, "\\\" ") {
		return nil, fmt.Errorf("%q is not a DNS zone", zone)
	}
	if l := c.lists[zone]; l != nil {
		return l, nil
	}
	l := &list{
		zone:    zone,
		denied:  c.denied(zone),
		timeout: c.opt.Timeout,
		block:   c.opt.BlockTime,
		noTest: slices.ContainsFunc(c.opt.NoTestEntry, func(z string) bool {
			return strings.EqualFold(strings.Trim(z, "."),
				zone)
		}),
		breaker: breaker.New(breaker.Options{}),
		log:     c.log,
		said:    make(map[string]time.Time),
	}
	if t, ok := c.opt.Timeouts[zone]; ok && t > 0 {
		l.timeout = t
	}
	c.lists[zone] = l
	return l, nil
}

// denied reports whether dns_query_restriction forbids to ask about a name.
func (c *Checks) denied(name string) bool {
	if len(c.opt.Deny) == 0 {
		return false
	}
	for name != "" {
		if deny, ok := c.opt.Deny[name]; ok {
			return deny
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return c.opt.Deny["*"]
}

// recordType reads the lookup type of the URI directives.
func recordType(s string) (uint16, error) {
	switch strings.ToUpper(s) {
	case "A":
		return dns.TypeA, nil
	case "TXT":
		return dns.TypeTXT, nil
	}
	return 0, fmt.Errorf("lookup type %q is neither A nor TXT", s)
}
