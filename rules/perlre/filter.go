package perlre

import (
	"slices"
	"sync"

	"asterism/rules/automaton"
)

// Filter is a set of expressions without literals. One pass over a text finds the expressions that may match it. It is
// safe for concurrent use.
type Filter struct {
	list []*Regexp

	once  sync.Once
	parts []filterPart
}

// filterPart is some of the expressions: all of them together would need too many states.
type filterPart struct {
	members []int
	many    *automaton.Many // nil if they are too large together
}

// filterSize is how many nodes the trees of expressions that share an automaton may have, all together. A larger one
// has an automaton for itself.
const filterSize = 250

// NewFilter returns a Filter for some expressions. It is made when it is first used.
func NewFilter(list []*Regexp) *Filter { return &Filter{list: list} }

func (f *Filter) build() {
	trees := make([]*node, len(f.list))
	order := make([]int, len(f.list)) // small ones first
	for i, re := range f.list {
		trees[i], order[i] = re.search.tree(), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return trees[a].size() - trees[b].size() })
	for len(order) > 0 {
		n, sum := 1, trees[order[0]].size()
		for n < len(order) && sum+trees[order[n]].size() <= filterSize {
			sum += trees[order[n]].size()
			n++
		}
		part := filterPart{members: order[:n]}
		p := program{automaton.NewBuilder(), true}
		starts := make([]uint16, n)
		for i, member := range part.members {
			starts[i] = p.node(trees[member], p.Accept(uint16(member)))
		}
		part.many, _ = p.BuildMany(starts)
		f.parts = append(f.parts, part)
		order = order[n:]
	}
}

// size returns the number of nodes of a tree.
func (n *node) size() int {
	sum := 1
	for _, sub := range n.subs {
		sum += sub.size()
	}
	return sum
}

// Find appends to found the indices of the expressions that may match the text; the others do not.
func (f *Filter) Find(t *Text, found []uint16) []uint16 {
	if Without.Filter {
		for i := range f.list {
			found = append(found, uint16(i))
		}
		return found
	}
	f.once.Do(f.build)
	for i := range f.parts {
		p := &f.parts[i]
		if p.many != nil {
			more, ok := p.many.Find(t.bytes, found)
			if ok {
				found = more
				continue
			}
		}
		for _, member := range p.members {
			found = append(found, uint16(member))
		}
	}
	return found
}
