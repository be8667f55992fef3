package rules

import "asterism/rules/perlre"

// A rule without a score matters only to metas, and cheap rules decide most metas: "story && stranger" is false for
// every mail from a list. If literals show that such a rule may match, or if it is a function, it is deferred, and
// tried only if a meta with a score cannot be decided without it.

// trial is a text that a deferred rule may match.
type trial struct {
	text   *perlre.Text
	near   perlre.Near
	isNear bool  // near is known
	before int32 // the rule's trial before this one, counted from 1; 0 is none
}

// mayDefer reports whether a rule can wait.
func (r *Rule) mayDefer() bool {
	if !r.sub {
		return false
	}
	if r.eval != nil {
		return r.fn != "check_shortcircuit" && !cheap[r.fn] // the first asks what has happened so far
	}
	return !r.multiple && r.re != nil && len(r.re.Names()) == 0 && r.Kind != MIMEHeader
}

// cheap are functions that cost less than keeping their metas open: they read one field, or a result shared by all of
// them.
var cheap = map[string]bool{"check_client": true, "check_trail": true, "check_outlook_clock": true}

// compileDeferred notes which rules can wait: none if a rule may end the scan at any time.
func (s *Set) compileDeferred() {
	for _, r := range s.rules {
		r.deferred = !s.shared.shortcuts && r.mayDefer()
	}
}

// tryLater tries a rule against a text, now or when a meta needs it. The text must stay where it is until then.
func (sc *Scan) tryLater(r *Rule, t *perlre.Text, near *perlre.Near) {
	if !r.deferred {
		sc.try(r, t, near)
		return
	}
	later := trial{text: t, before: sc.trialsOf[r.index]}
	if near != nil {
		later.near, later.isNear = *near, true
	}
	sc.trials = append(sc.trials, later)
	sc.trialsOf[r.index] = int32(len(sc.trials))
	sc.wait(r.index, 0, 1)
}

// call calls a rule's function.
func (sc *Scan) call(r *Rule) {
	sc.named = ""
	if v := r.eval(sc, r.args); v != 0 {
		sc.hit(r, float64(v))
		if sc.named != "" {
			sc.detail(r, sc.named)
		}
	}
}

// settle finds the value of a rule or meta that was left open.
func (sc *Scan) settle(i int32) {
	sc.waiting.clear(i)
	r := sc.set.rules[i]
	if r.eval != nil {
		if !sc.late {
			sc.call(r)
		}
		return
	}
	if r.Kind == Meta {
		sc.settleMeta(r)
		return
	}
	for n := sc.trialsOf[i]; n > 0 && sc.values[i] == 0; {
		t := &sc.trials[n-1]
		if t.isNear {
			sc.try(r, t.text, &t.near)
		} else {
			sc.try(r, t.text, nil)
		}
		n = t.before
	}
}

// settleMeta finds the value of a meta. It settles its operands one after the other, the cheapest first, until the rest
// does not matter.
func (sc *Scan) settleMeta(r *Rule) {
	for {
		low, high := sc.metaBounds(r)
		if low == high {
			sc.setMeta(r, low)
			return
		}
		next, least := int32(-1), -1 // the least cost is not computed for only one
		for _, dep := range r.operand {
			switch {
			case !sc.waiting.has(dep):
				continue
			case next < 0:
				next = dep
				continue
			case least < 0:
				least = sc.costOf(next, maxDepth)
			}
			if c := sc.costOf(dep, maxDepth); c < least {
				next, least = dep, c
			}
		}
		if next < 0 { // it cannot be told: two values that are not equal to themselves
			sc.setMeta(r, r.program.Eval(func(rule int32) float64 { return sc.values[rule] }))
			return
		}
		sc.settle(next)
	}
}

const (
	maxDepth = 4    // of metas that need metas, to find out what they cost
	callCost = 3000 // of a function
)

// costOf estimates the cost of settling a rule, in bytes of text to read.
func (sc *Scan) costOf(i int32, depth int) (cost int) {
	r := sc.set.rules[i]
	switch {
	case r.eval != nil || depth == 0:
		return callCost
	case r.Kind == Meta:
		for _, dep := range r.operand {
			if sc.waiting.has(dep) {
				cost += sc.costOf(dep, depth-1)
			}
		}
		return cost
	}
	for n := sc.trialsOf[i]; n > 0; {
		t := &sc.trials[n-1]
		cost += r.re.Cost(t.text, t.near, t.isNear)
		n = t.before
	}
	return cost
}

// settleAll finds the values of all rules that were left open.
func (sc *Scan) settleAll() {
	for i := range sc.waiting.all() {
		if sc.waiting.has(i) { // another one may have needed it
			sc.settle(i)
		}
	}
}
