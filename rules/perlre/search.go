package perlre

import (
	"slices"
	"sync"

	"asterism/rules/automaton"
)

// search reports whether a tree matches somewhere. Its automata are made when they are first asked for: most
// expressions never are, since their literals do not occur.
//
// Counted repetition needs many states, so that there are two automata: a loose one without counts, which nearly always
// says that there is no match, and the exact one, which most expressions that count never need.
//
// The tree is not kept: it takes more memory than all else.
type search struct {
	expression, flags string
	sure              bool // the tree says it all; else it is a wider one

	onceLoose sync.Once
	loose     *automaton.Automaton // nil if the expression counts nothing
	onceExact sync.Once
	exact     *automaton.Automaton // nil if the expression is too large
}

// newSearch returns the search for an expression, and its tree.
func newSearch(expression, flags string, root *node) (*search, *node) {
	s := &search{expression: expression, flags: flags, sure: regular(root)}
	if !s.sure {
		root = searchOnly(root)
		s.sure = regular(root)
	}
	return s, root
}

// parse returns the expression's tree.
func (s *search) parse() *node {
	root, _, err := parse(s.expression, s.flags)
	if err != nil { // cannot be: it was parsed before
		root = &node{kind: empty}
	}
	simplify(root)
	return root
}

// tree returns the tree that matches somewhere if the expression does and, if sure, only then.
func (s *search) tree() *node {
	root := s.parse()
	if !regular(root) {
		root = searchOnly(root)
	}
	return root
}

// match is not ok if there may be a match but it cannot tell.
func (s *search) match(text string, from, last, to int) (found, ok bool) {
	if Without.Automata {
		return false, false
	}
	s.onceLoose.Do(s.buildFirst)
	if s.loose != nil {
		if found, ok := s.loose.Match(text, from, last, to); ok && !found {
			return false, true
		}
	}
	s.onceExact.Do(s.buildExact)
	if s.exact == nil {
		return false, false
	}
	return s.exact.Match(text, from, last, to)
}

// buildFirst makes the automaton that is asked first: the loose one if the expression counts.
func (s *search) buildFirst() {
	if root := s.tree(); counts(root) {
		s.loose = build(root, true)
	} else {
		s.onceExact.Do(func() { s.exact = build(root, false) })
	}
}

func (s *search) buildExact() {
	s.exact = build(s.tree(), false)
}

func build(root *node, loose bool) *automaton.Automaton {
	p := program{automaton.NewBuilder(), loose}
	a, err := p.Build(p.node(root, automaton.Match))
	if err != nil {
		return nil
	}
	return a
}

// The loose form asks for so many repetitions only, of a byte or of something else. It knows no upper limit but one.
const (
	maxBytes = 6
	maxCount = 3
)

// looseMin is how many repetitions the loose form of n asks for.
func looseMin(n *node) int {
	if n.subs[0].kind == char {
		return min(n.min, maxBytes)
	}
	return min(n.min, maxCount)
}

// counts reports whether a tree has repetitions that the loose form does not count.
func counts(n *node) bool {
	if n.kind == repeat && (n.min > looseMin(n) || n.max > 1) {
		return true
	}
	return slices.ContainsFunc(n.subs, counts)
}

// regular reports whether an automaton matches the same texts as the tree.
func regular(n *node) bool {
	switch n.kind {
	case atomicGroup, backref, condition:
		return false
	case lookAround:
		_, ok := lookSet(n)
		return ok
	case repeat:
		if n.mode == possessive {
			return false
		}
	}
	for _, sub := range n.subs {
		if !regular(sub) {
			return false
		}
	}
	return true
}

// program writes a tree as an automaton, the last part first.
type program struct {
	*automaton.Builder
	loose bool
}

// node adds n, which is followed by the part out, and returns its first part.
func (p program) node(n *node, out uint16) uint16 {
	if p.Failed() {
		return out
	}
	switch n.kind {
	case char:
		return p.Byte(automaton.Set(n.set), out)
	case concat:
		for i := len(n.subs) - 1; i >= 0; i-- {
			out = p.node(n.subs[i], out)
		}
	case alternate, condition:
		first := p.node(n.subs[len(n.subs)-1], out)
		for i := len(n.subs) - 2; i >= 0; i-- {
			first = p.Split(p.node(n.subs[i], out), first)
		}
		return first
	case repeat:
		return p.repeat(n, out)
	case group, atomicGroup:
		return p.node(n.subs[0], out)
	case backref:
		loop := p.Loop(out)
		p.Close(loop, p.Byte(automaton.Set{}.Not(), loop))
		return loop
	case lookAround:
		return p.look(n, out)
	case assertion:
		return p.place(n.assert, out)
	}
	return out
}

func (p program) repeat(n *node, out uint16) uint16 {
	sub, required, limit := n.subs[0], n.min, n.max
	if p.loose {
		required = looseMin(n)
		if limit > 1 {
			limit = infinite
		}
	}
	if limit == infinite {
		loop := p.Loop(out)
		body := p.node(sub, loop)
		p.Close(loop, body)
		out = loop
		if required > 0 {
			required, out = required-1, body
		}
	} else {
		end := out
		for i := required; i < limit && !p.Failed(); i++ {
			out = p.Split(p.node(sub, out), end)
		}
	}
	for i := 0; i < required && !p.Failed(); i++ {
		out = p.node(sub, out)
	}
	return out
}

// look adds look-around of one character; of more, it adds nothing.
func (p program) look(n *node, out uint16) uint16 {
	s, ok := lookSet(n)
	if !ok {
		return out
	}
	side := automaton.Side{Bytes: automaton.Set(s), Edge: n.negative, Newline: s.has('\n')}
	if n.behind {
		return p.Look(side, automaton.Anything(), out)
	}
	return p.Look(automaton.Anything(), side, out)
}

func (p program) place(a assert, out uint16) uint16 {
	any := automaton.Anything()
	newline := automaton.Set(setOf("\n"))
	word := automaton.Side{Bytes: automaton.Set(wordBytes)}
	other := automaton.Side{Bytes: word.Bytes.Not(), Edge: true, Newline: true}
	edge := automaton.Side{Edge: true}
	switch a {
	case textStart:
		return p.Look(edge, any, out)
	case lineStart:
		return p.Look(automaton.Side{Bytes: newline, Edge: true}, any, out)
	case textEnd:
		return p.Look(any, edge, out)
	case textEndLine:
		return p.Look(any, automaton.Side{Edge: true, Newline: true}, out)
	case lineEnd:
		return p.Look(any, automaton.Side{Bytes: newline, Edge: true, Newline: true}, out)
	case wordEdge:
		return p.Split(p.Look(word, other, out), p.Look(other, word, out))
	}
	return p.Split(p.Look(word, word, out), p.Look(other, other, out))
}

// width returns the length of the longest text that the tree matches.
func (n *node) width() int {
	switch n.kind {
	case char:
		return 1
	case backref:
		return infinite
	case repeat:
		w := n.subs[0].width()
		if w == 0 || n.max == 0 {
			return 0
		}
		if w == infinite || n.max == infinite || w*n.max > maxWidth {
			return infinite
		}
		return w * n.max
	case concat, group, atomicGroup:
		sum := 0
		for _, sub := range n.subs {
			if sum = plus(sum, sub.width()); sum == infinite {
				break
			}
		}
		return sum
	case alternate, condition:
		most := 0
		for _, sub := range n.subs {
			if most = widest(most, sub.width()); most == infinite {
				break
			}
		}
		return most
	}
	return 0
}

// maxWidth is the longest width worth knowing.
const maxWidth = 2000
