package perlre

import (
	"slices"
	"sync"

	"asterism/rules/automaton"
)

// Filter is expressions without literals, of which those that may match a text are found in one pass over it. It may be
// used concurrently.
type Filter struct {
	list []*Regexp

	once  sync.Once
	parts []filterPart
}

// filterPart is some of the expressions: together, too many of them would need too many states.
type filterPart struct {
	first, count int
	many         *automaton.Many // nil if they are too large together
}

// filterSize is how many expressions share an automaton.
const filterSize = 12

// NewFilter returns a Filter for some expressions. It is made when it is first used.
func NewFilter(list []*Regexp) *Filter { return &Filter{list: list} }

func (f *Filter) build() {
	for first := 0; first < len(f.list); first += filterSize {
		part := filterPart{first: first, count: min(filterSize, len(f.list)-first)}
		p := program{automaton.NewBuilder(), true}
		starts := make([]uint16, part.count)
		for i := range starts {
			starts[i] = p.node(f.list[first+i].search.tree(), p.Accept(uint16(i)))
		}
		part.many, _ = p.BuildMany(starts)
		f.parts = append(f.parts, part)
	}
}

// Find appends to found the indices of the expressions that may match the text; the others do not.
func (f *Filter) Find(t *Text, found []uint16) []uint16 {
	f.once.Do(f.build)
	for i := range f.parts {
		p := &f.parts[i]
		start := len(found)
		ok := false
		if p.many != nil {
			found, ok = p.many.Find(t.bytes, found)
		}
		if !ok {
			found = found[:start]
			for n := range p.count {
				found = append(found, uint16(n))
			}
		}
		for k := range found[start:] {
			found[start+k] += uint16(p.first)
		}
		slices.Sort(found[start:])
	}
	return found
}
