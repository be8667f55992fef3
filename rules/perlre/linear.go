package perlre

import (
	"regexp"
	"slices"
)

// linear is what decides in linear time where the automaton gives up: Go's regexp, for the expression or a wider one.
type linear struct {
	re      *regexp.Regexp // matches wherever the expression does; nil if Go's regexp cannot
	decides bool           // it says for sure whether there is a match
	exact   bool           // it finds the same matches
}

func newLinear(root *node) *linear {
	l := &linear{}
	text, exact := emitLinear(root)
	l.decides, l.exact = exact, exact
	if !exact {
		text, l.decides = emitLinear(searchOnly(root))
	}
	var err error
	if l.re, err = regexp.Compile(text); err != nil { // too large for it
		return &linear{}
	}
	return l
}

// looksBehind reports whether a tree has look-behind.
func looksBehind(n *node) bool {
	return n.kind == lookAround && n.behind || slices.ContainsFunc(n.subs, looksBehind)
}
