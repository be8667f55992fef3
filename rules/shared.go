package rules

import (
	"sort"
	"strconv"

	"asterism/config"
	"asterism/geo"
	"asterism/message"
	"asterism/phish"
	"asterism/rules/perlre"
	"asterism/shorturl/hosts"
)

// shared is what rules look things up in, made once from the configuration.
type shared struct {
	bayes       []bayesRule
	shortcuts   bool  // some rule may end the scan
	shortcut    *Rule // stands for that one did
	lists       map[string]*globs
	networks    message.Networks
	redirectors []*perlre.Regexp
	own         ownShared
	freemail    freemail
	phish       *phish.Feeds      // nil without
	geo         *geo.Databases    // nil without
	owners      map[string]*globs // of fns_add_addrlist
	shorteners  map[string]bool
	leadOn      *hosts.Set     // services that redirect
	leadsTo     *perlre.Regexp // url_redirector_params; nil without
	ole         oleNames
	expressions map[string]matcher // given as arguments of functions
	patterns    map[string]matcher // the same between slashes, perhaps with letters behind them
	senders     map[string]*Rule   // see SenderRule
	opens       bool               // rules see the text of attachments
	follows     bool               // and the links in them
}

func (s *Set) compileShared(cfg *config.Config) {
	n := &cfg.Network
	s.shared.networks = message.Networks{Trusted: n.Trusted.Prefixes(), Internal: n.Internal.Prefixes(),
		MSA: n.MSA.Prefixes()}
	s.shared.own = compileOwn(&cfg.Lists)
	s.shared.lists = map[string]*globs{}
	s.shared.freemail = compileFreemail(&cfg.Lists)
	s.shared.ole = compileOLE(&cfg.OLEMacro)
	s.shared.shorteners = map[string]bool{}
	for _, host := range cfg.Lists.URLShorteners {
		s.shared.shorteners[host] = true
	}
	s.shared.leadOn = hosts.New(cfg.Links.Redirectors.Hosts, nil)
	if params := cfg.Links.Redirectors.Params; params != "" {
		s.shared.leadsTo, _ = perlre.Compile(params, "") // the reader of the configuration has tried it
	}
	s.shared.opens = cfg.Plugins[pluginExtractText]
	s.shared.follows = s.shared.opens || cfg.Plugins[pluginPDFInfo] || cfg.Plugins[pluginOLEVBMacro]
	s.shared.expressions, s.shared.patterns = map[string]matcher{}, map[string]matcher{}
	for _, r := range s.rules {
		if r.eval == nil {
			continue
		}
		for _, arg := range r.args { // functions that do not take expressions do not ask for them
			if re, err := perlre.Compile(arg, ""); err == nil {
				s.shared.expressions[arg] = matcher{re}
			}
			if pattern, letters, err := cutPattern(arg); err == nil {
				if re, err := perlre.Compile(pattern, letters); err == nil {
					s.shared.patterns[arg] = matcher{re}
				}
			}
		}
	}
	s.shared.owners = map[string]*globs{}
	for owner, patterns := range cfg.Spoof.Owners {
		s.shared.owners[owner] = compileGlobs(patterns)
	}
	for name, patterns := range cfg.Lists.Addr {
		s.shared.lists[name] = compileGlobs(patterns)
	}
	for name, patterns := range map[string][]string{listIgnoreFrom: cfg.Bayes.IgnoreFrom,
		listIgnoreTo: cfg.Bayes.IgnoreTo} {
		if len(patterns) > 0 {
			s.shared.lists[name] = compileGlobs(patterns)
		}
	}
	s.shared.senders = map[string]*Rule{}
	for _, r := range s.rules {
		if plugin := senderFunctions[r.fn]; plugin != "" && !r.inert && !r.sub {
			s.shared.senders[plugin] = r
		}
		if r.fn == bayesFunction && !r.inert {
			s.shared.bayes = append(s.shared.bayes, compileBayes(r))
		}
	}
}

// bayesRule is a rule of check_bayes('low', 'high'), which hits if the probability of spam is above low, up to high.
// The range that begins at 0 holds 0 as well.
type bayesRule struct {
	*Rule
	low, high float64
}

// compileBayes reads the range of a rule; without one it never hits.
func compileBayes(r *Rule) bayesRule {
	if len(r.args) == 2 {
		low, err1 := strconv.ParseFloat(r.args[0], 64)
		high, err2 := strconv.ParseFloat(r.args[1], 64)
		if err1 == nil && err2 == nil {
			return bayesRule{r, low, high}
		}
	}
	return bayesRule{r, 1, 0}
}

// BayesFrom returns the lower bound of the probabilities for which a rule of check_bayes hits, and false for other
// rules.
func (r *Rule) BayesFrom() (low float64, ok bool) {
	if r.fn != "check_bayes" {
		return 0, false
	}
	return compileBayes(r).low, true
}

// holds reports whether a probability is in the rule's range.
func (b *bayesRule) holds(p float64) bool {
	return (b.low == 0 || p > b.low) && (p <= b.high || b.high == 0 && p == 0)
}

func sortedKeys(set map[int]bool) []int {
	keys := make([]int, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	sort.Ints(keys)
	return keys
}
