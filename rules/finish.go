package rules

import (
	"slices"
	"sync"
)

// base is the state of a scan in which nothing hits: some metas do then.
type base struct {
	values []float64 // by rule
	hits   bitset    // of the rules whose value is not 0
}

// compileBase computes the states in which nothing hits, by score set.
func (s *Set) compileBase() {
	for scoreSet := range s.base {
		b := &s.base[scoreSet]
		b.values, b.hits = make([]float64, len(s.rules)), newBitset(len(s.rules))
		for _, r := range s.metas {
			if v := r.evaluate(b.values); v != 0 && r.active[scoreSet] {
				b.values[r.index] = v
				b.hits.set(r.index)
			}
		}
	}
	s.scratch = &sync.Pool{New: func() any {
		return &scratch{values: make([]float64, len(s.rules)), hits: newBitset(len(s.rules)), metas: newBitset(len(s.metas)),
			headers: make([]headerValue, len(s.headers)), waiting: newBitset(len(s.rules)), bounds: make([][2]float64, len(s.rules)),
			trialsOf: make([]int32, len(s.rules))}
	}}
}

// evaluate computes a meta from the values of all rules.
func (r *Rule) evaluate(values []float64) float64 {
	return r.program.Eval(func(i int) float64 {
		if dep := r.operand[i]; dep >= 0 {
			return values[dep]
		}
		return 0
	})
}

// evaluateMetas computes the metas that depend on anything that hit; the others keep their value of nothing hitting.
func (sc *Scan) evaluateMetas() {
	clear(sc.metas)
	for i := range sc.hits.all() {
		sc.depending(i)
	}
	for i := range sc.waiting.all() {
		sc.depending(i)
	}
	for m := range sc.metas.all() {
		if r := sc.set.metas[m]; r.active[sc.scoreSet] {
			sc.evaluateMeta(r)
		}
	}
	for i := range sc.waiting.all() {
		if r := sc.set.rules[i]; !r.sub && sc.waiting.has(i) {
			sc.settle(i)
		}
	}
}

// evaluateMeta computes a meta, or its bounds if it depends on rules that wait.
func (sc *Scan) evaluateMeta(r *Rule) {
	sc.waiting.clear(r.index)
	if !slices.ContainsFunc(r.operand, func(dep int32) bool { return dep >= 0 && sc.waiting.has(dep) }) {
		sc.setMeta(r, r.evaluate(sc.values))
		return
	}
	low, high := r.program.Bounds(func(i int) (low, high float64) {
		switch dep := r.operand[i]; {
		case dep < 0:
			return 0, 0
		case sc.waiting.has(dep):
			return sc.bounds[dep][0], sc.bounds[dep][1]
		default:
			return sc.values[dep], sc.values[dep]
		}
	})
	if low == high {
		sc.setMeta(r, low)
		return
	}
	sc.bounds[r.index] = [2]float64{low, high}
	sc.waiting.set(r.index)
	sc.depending(r.index)
}

// setMeta notes the value of a meta.
func (sc *Scan) setMeta(r *Rule, v float64) {
	if v != sc.set.base[sc.scoreSet].values[r.index] || v != sc.values[r.index] {
		sc.values[r.index] = v
		sc.hits.set(r.index)
		sc.depending(r.index)
	}
}

// depending marks the metas that depend on a rule; they come after it in order.
func (sc *Scan) depending(rule int32) {
	for _, m := range sc.set.uses[rule] {
		sc.metas.set(m)
	}
}

// Finish evaluates the meta rules and returns the rules that hit, but those whose names begin with "__", and those that come
// after the end that a shortcircuit rule put to the scan.
func (sc *Scan) Finish() []Hit {
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
			hits = append(hits, Hit{Name: r.Name, Score: score, Description: r.Description,
				Detail: sc.details[r.index], Value: sc.values[i], Rule: r})
		}
	}
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
