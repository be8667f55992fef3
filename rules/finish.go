package rules

import (
	"math"
	"slices"
	"sync"
)

// base is the state of a scan in which nothing hits, but functions that can wait are not called yet: some metas hit
// then, and the values of some are open.
type base struct {
	values  []float64 // by rule
	hits    bitset    // of the rules whose value is not 0
	waiting bitset    // of the rules whose value is open
	bounds  []bounds  // of these
	open    bitset    // of the metas, by their order, that have a score and whose value is open
	uses    [][]int32 // by rule: the metas, as positions in Set.metas, that stay as they are here unless it changes
}

// bounds are a lower and an upper bound of a rule's value.
type bounds struct {
	rule      int32
	low, high float64
}

// compileBase computes the states in which nothing hits, by score set.
func (s *Set) compileBase() {
	s.scratch = &sync.Pool{New: func() any {
		return &scratch{values: make([]float64, len(s.rules)), hits: newBitset(len(s.rules)), metas: newBitset(len(s.metas)),
			headers: make([]headerValue, len(s.headers)), waiting: newBitset(len(s.rules)), bounds: make([][2]float64,
				len(s.rules)),
			trialsOf: make([]int32, len(s.rules))}
	}}
	for scoreSet := range s.base {
		b := &s.base[scoreSet]
		b.values, b.hits, b.waiting = make([]float64, len(s.rules)), newBitset(len(s.rules)), newBitset(len(s.rules))
		b.open, b.uses = newBitset(len(s.metas)), make([][]int32, len(s.rules))
		sc := &Scan{set: s, scoreSet: scoreSet, scratch: s.newScratch(scoreSet)}
		for _, r := range s.rules {
			if r.deferred && r.eval != nil && !r.inert && r.active[scoreSet] {
				sc.wait(r.index, 0, math.MaxFloat64) // its value is unknown, but not negative
			}
		}
		for m, r := range s.metas {
			if !r.active[scoreSet] {
				continue
			}
			sc.decideMeta(int32(m), b.uses)
			if !r.sub && sc.waiting.has(r.index) {
				b.open.set(int32(m))
			}
		}
		b.values, b.hits, b.waiting = sc.values, sc.hits, sc.waiting
		for i := range sc.waiting.all() {
			b.bounds = append(b.bounds, bounds{i, sc.bounds[i][0], sc.bounds[i][1]})
		}
	}
}

// decideMeta computes a meta where nothing has hit yet, and adds it to the uses of the rules that it depends on there.
func (sc *Scan) decideMeta(m int32, uses [][]int32) {
	r := sc.set.metas[m]
	if low, high := sc.metaBounds(r); low != high {
		sc.wait(r.index, low, high)
	} else if low != 0 {
		sc.hit(r, low)
	}
	for _, dep := range r.program.Deciding(sc.operandBounds) {
		if !slices.Contains(uses[dep], m) {
			uses[dep] = append(uses[dep], m)
		}
	}
}

// newScratch returns the memory of a scan in the state in which nothing hits.
func (s *Set) newScratch(scoreSet int) *scratch {
	n, b := s.scratch.Get().(*scratch), &s.base[scoreSet]
	copy(n.values, b.values)
	copy(n.hits, b.hits)
	copy(n.waiting, b.waiting)
	for _, r := range b.bounds {
		n.bounds[r.rule] = [2]float64{r.low, r.high}
	}
	clear(n.trialsOf)
	return n
}

// evaluateMetas computes the metas that depend on anything that is not as in the state in which nothing hits, and
// those open there: the values of those that have a score, of the others at least what these lie between.
func (sc *Scan) evaluateMetas() {
	base := &sc.set.base[sc.scoreSet]
	copy(sc.metas, base.open)
	for i := range sc.hits.all() {
		if !base.hits.has(i) {
			sc.depending(i)
		}
	}
	for i := range sc.waiting.all() {
		if !base.waiting.has(i) {
			sc.depending(i)
		}
	}
	for m := range sc.metas.all() {
		if r := sc.set.metas[m]; r.sub {
			sc.boundMeta(r)
		} else {
			sc.settleMeta(r)
		}
	}
}

// boundMeta computes a meta, or its bounds if it depends on rules that wait.
func (sc *Scan) boundMeta(r *Rule) {
	low, high := sc.metaBounds(r)
	if low == high {
		sc.setMeta(r, low)
		return
	}
	sc.wait(r.index, low, high)
	sc.depending(r.index)
}

// metaBounds returns the bounds of a meta's value.
func (sc *Scan) metaBounds(r *Rule) (low, high float64) { return r.program.Bounds(sc.operandBounds) }

// operandBounds returns the bounds of a rule's value. Mostly it is 0, by two small sets.
func (sc *Scan) operandBounds(rule int32) (low, high float64) {
	switch {
	case sc.waiting.has(rule):
		return sc.bounds[rule][0], sc.bounds[rule][1]
	case sc.hits.has(rule):
		return sc.values[rule], sc.values[rule]
	}
	return 0, 0
}

// wait records the bounds of a rule with an unknown value.
func (sc *Scan) wait(rule int32, low, high float64) {
	sc.waiting.set(rule)
	sc.bounds[rule] = [2]float64{low, high}
}

// setMeta notes the value of a meta.
func (sc *Scan) setMeta(r *Rule, v float64) {
	waited := sc.waiting.has(r.index)
	sc.waiting.clear(r.index)
	if waited || v != sc.set.base[sc.scoreSet].values[r.index] || v != sc.values[r.index] {
		sc.values[r.index] = v
		sc.hits.set(r.index)
		sc.depending(r.index)
	}
}

// depending marks the metas that depend on a rule; they come after it in order.
func (sc *Scan) depending(rule int32) {
	for _, m := range sc.set.base[sc.scoreSet].uses[rule] {
		sc.metas.set(m)
	}
}

// Finish evaluates the meta rules and returns the rules that hit, except rules with names that begin with "__", and
// rules after a shortcircuit rule that ended the scan.
func (sc *Scan) Finish() []Hit {
	for _, r := range sc.set.lastEvals {
		if !r.deferred && sc.wants(r) {
			sc.call(r)
		}
	}
	sc.evaluateMetas()
	if sc.stopped == shortOff {
		sc.shortcut(lastOfAll) // what others answered may end it as well
	}
	shown := func(r *Rule) bool {
		return sc.values[r.index] != 0 && !r.sub && r.active[sc.scoreSet] && sc.set.score(r, sc.scoreSet) != 0 &&
			(sc.stopped == shortOff || r.priority <= sc.last)
	}
	n := 0
	for i := range sc.hits.all() {
		if shown(sc.set.rules[i]) {
			n++
		}
	}
	hits := make([]Hit, 0, n)
	for i := range sc.hits.all() {
		if r := sc.set.rules[i]; shown(r) {
			score := sc.set.score(r, sc.scoreSet)
			if r.multiple && r.re != nil {
				score *= sc.values[i] // each of its hits counts
			}
			hits = append(hits, Hit{Name: r.Name, Score: score, Share: 1, Description: r.Description,
				Detail: sc.details[r.index], Value: sc.values[i], Own: sc.set.owns(r), Rule: r})
		}
	}
	sc.set.limit(hits)
	if sc.stopped != shortOff {
		hits = append(hits, sc.shortcutHit())
	}
	return hits
}

// SubHits returns the names of the rules beginning with "__" that hit, after Finish.
func (sc *Scan) SubHits() []string {
	sc.settleAll()
	var names []string
	for i := range sc.hits.all() {
		if r := sc.set.rules[i]; r.sub && sc.values[i] != 0 {
			names = append(names, r.Name)
		}
	}
	return names
}
