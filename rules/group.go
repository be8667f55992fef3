package rules

import (
	"strings"

	"asterism/rules/chain"
	"asterism/rules/literal"
	"asterism/rules/perlre"
)

// group is rules whose expressions are matched against the same texts, prefiltered by the literals or
// chains of byte classes that they must contain.
type group struct {
	rules   []*Rule
	always  []int32          // positions in rules of those that are tried whatever the text
	vague   []int32          // positions in rules of those without literals and chains
	filter  *perlre.Filter   // of these
	literal *literal.Set     // of those with literals
	users   []int32          // positions in rules of those that have a literal, by literal
	uses    []int32          // by literal: where in users its own begin; and the number of all
	chains  *chain.Set       // of those with chains
	user    []int32          // by chain: position in rules of the one that has it
	times   []int32          // by position in rules: how many of its literals or chains there must be
	also    []literal.Choice // by position in rules: of what a text must have one as well, if not empty
}

func newGroup(rules []*Rule) *group {
	g := &group{rules: rules, times: make([]int32, len(rules)), also: make([]literal.Choice, len(rules))}
	var literals []string
	var users [][]int32          // by literal
	number := map[string]int32{} // of each literal
	var vague []*perlre.Regexp
	var chains [][]chain.Link
	for i, r := range rules {
		some := r.re.Literals()
		if r.negated || len(r.tags) > 0 {
			g.always = append(g.always, int32(i))
			continue
		}
		if some == nil {
			if c := r.re.Chains(); c != nil {
				chains = append(chains, c.List...)
				for range c.List {
					g.user = append(g.user, int32(i))
				}
				continue
			}
			g.vague = append(g.vague, int32(i))
			vague = append(vague, r.re)
			continue
		}
		g.times[i], g.also[i] = int32(some.Times()), literal.NewChoice(some.Also())
		for _, s := range some.Strings {
			n, ok := number[s]
			if !ok {
				n = int32(len(literals))
				number[s] = n
				literals, users = append(literals, s), append(users, nil)
			}
			users[n] = append(users[n], int32(i))
		}
	}
	g.uses = make([]int32, 1, len(users)+1)
	for _, some := range users { // in one place, which takes less of the processor's cache
		g.users = append(g.users, some...)
		g.uses = append(g.uses, int32(len(g.users)))
	}
	g.filter = perlre.NewFilter(vague)
	g.literal = literal.New(literals)
	g.chains = chain.New(chains)
	return g
}

// candidate is where the literals or chains of a rule occur in a text.
type candidate struct {
	stamp uint32 // of the text that the others are of
	times int32  // how many there are
	near  perlre.Near
}

// match tries each rule of a group that may match the text, some of them later. The text must stay where it is.
func (sc *Scan) match(g *group, text *perlre.Text) {
	for _, i := range g.always {
		if r := g.rules[i]; sc.mayHit(r) {
			sc.tryLater(r, text, nil)
		}
	}
	if len(g.vague) > 0 {
		sc.maybe = g.filter.Find(text, sc.maybe[:0])
		for _, i := range sc.maybe {
			if r := g.rules[g.vague[i]]; sc.mayHit(r) {
				sc.tryLater(r, text, nil)
			}
		}
	}
	sc.found = g.literal.Find(text.String(), sc.found[:0])
	sc.ends = g.chains.Find(text.String(), sc.ends[:0])
	if len(sc.found)+len(sc.ends) == 0 {
		return
	}
	if len(sc.near) < len(g.rules) {
		sc.near = make([]candidate, len(g.rules))
	}
	sc.stamp++
	sc.order = sc.order[:0]
	for _, f := range sc.found {
		start, end := int(f.Start), int(f.End)
		for _, n := range g.users[g.uses[f.String]:g.uses[f.String+1]] {
			sc.occurs(n, start, end)
		}
	}
	for _, f := range sc.ends {
		sc.occurs(g.user[f.Chain], int(f.End), int(f.End))
	}
	for _, n := range sc.order {
		if r := g.rules[n]; sc.near[n].times >= g.times[n] && sc.mayHit(r) && sc.mayHave(text.String(), g.also[n]) {
			sc.tryLater(r, text, &sc.near[n].near)
		}
	}
}

// mayHave reports whether the text that is being matched may have one of some strings, or there are none.
func (sc *Scan) mayHave(text string, also literal.Choice) bool {
	if len(also) == 0 || len(text) > literal.MaxSummary {
		return true
	}
	if sc.summarized != sc.stamp {
		sc.summarized = sc.stamp
		sc.summary.Read(text)
	}
	return sc.summary.MayHave(also)
}

// occurs notes a place where a literal or a chain of a rule is.
func (sc *Scan) occurs(n int32, start, end int) {
	c := &sc.near[n]
	if c.stamp != sc.stamp {
		*c = candidate{sc.stamp, 1, perlre.Near{First: start, Last: start, End: end}}
		sc.order = append(sc.order, n)
		return
	}
	c.times++
	c.near.First, c.near.Last, c.near.End = min(c.near.First, start), max(c.near.Last, start), max(c.near.End, end)
}

// phase is the rules that run together: those of later priorities come in later phases where it matters, that is
// where a rule may end the scan or needs what another one captured.
type phase struct {
	last       int // priority of its last rules
	headers    []headerGroup
	exists     []*Rule
	body       *group
	bodyOnly   *group // of rules that do not see the subject
	rawbody    *group
	full       *group
	uri        *group
	mimeGroups []mimeGroup
	mime       []*Rule // those that mimeGroups cannot have
	evals      []*Rule
}

// headerGroup is the rules of one header.
type headerGroup struct {
	header int32
	*group
	unset []*Rule // rules that may hit where the header is missing
}

// capturePriority is the priority of rules with named groups, so that others can use what they captured.
const capturePriority = -10000

// compilePhases sorts the rules into phases.
func (s *Set) compilePhases() {
	boundaries := map[int]bool{} // priorities that end a phase
	for _, r := range s.rules {
		if r.re != nil && len(r.re.Names()) > 0 && r.priority == 0 {
			r.priority = capturePriority
			boundaries[capturePriority] = true
		}
		if r.short != shortOff && r.Kind != Net {
			boundaries[r.priority] = true
		}
	}
	ends := sortedKeys(boundaries)
	ends = append(ends, lastOfAll)
	lists := make([][]*Rule, len(ends))
	for _, r := range s.rules {
		if r.inert || r.Kind == Meta || r.Kind == Net || r.fn != "" && r.eval == nil {
			continue
		}
		i := 0
		for r.priority > ends[i] {
			i++
		}
		lists[i] = append(lists[i], r)
	}
	for i, list := range lists {
		p := s.compilePhase(list)
		p.last = ends[i]
		s.phases = append(s.phases, p)
	}
}

func (s *Set) compilePhase(list []*Rule) phase {
	var p phase
	byHeader := make([][]*Rule, len(s.headers))
	var body, bodyOnly, rawbody, full, uri []*Rule
	for _, r := range list {
		switch {
		case strings.HasPrefix(r.fn, spoofFunction):
			s.lastEvals = append(s.lastEvals, r)
		case r.eval != nil:
			p.evals = append(p.evals, r)
		case r.exists:
			p.exists = append(p.exists, r)
		case r.Kind == Header:
			byHeader[r.header] = append(byHeader[r.header], r)
		case r.Kind == Body && r.noSubject:
			bodyOnly = append(bodyOnly, r)
		case r.Kind == Body:
			body = append(body, r)
		case r.Kind == Rawbody:
			rawbody = append(rawbody, r)
		case r.Kind == Full:
			full = append(full, r)
		case r.Kind == URI:
			uri = append(uri, r)
		case r.Kind == MIMEHeader:
			p.addMIME(r)
		}
	}
	for i := range p.mimeGroups {
		p.mimeGroups[i].group = newGroup(p.mimeGroups[i].rules)
	}
	for id, rules := range byHeader {
		if len(rules) == 0 {
			continue
		}
		h := headerGroup{header: int32(id), group: newGroup(rules)}
		for _, r := range rules {
			if r.isUnset || r.negated || r.matchesEmpty() {
				h.unset = append(h.unset, r)
			}
		}
		p.headers = append(p.headers, h)
	}
	p.body, p.bodyOnly, p.rawbody, p.full, p.uri = newGroup(body), newGroup(bodyOnly), newGroup(rawbody), newGroup(full),
		newGroup(uri)
	return p
}

// matchesEmpty reports whether the rule's expression matches an empty text, which a missing header is.
func (r *Rule) matchesEmpty() bool { return r.re != nil && len(r.tags) == 0 && r.re.MatchesEmpty() }
