package perlre

import (
	"fmt"
	"regexp"

	"github.com/dlclark/regexp2"
)

// engines are what finds out where an expression matches, or whether it does if an automaton cannot tell.
type engines struct {
	linear  *regexp.Regexp  // matches wherever the expression does; nil if Go's regexp cannot
	decides bool            // linear says for sure whether there is a match
	exact   bool            // linear finds the same matches
	full    *regexp2.Regexp // the expression itself, where linear is not exact
}

func (e *engines) compile(root *node) error {
	text, exact := emitLinear(root)
	e.decides, e.exact = exact, exact
	if !exact {
		text, e.decides = emitLinear(searchOnly(root))
	}
	var err error
	if e.linear, err = regexp.Compile(text); err != nil { // too large for it
		e.linear, e.decides, e.exact = nil, false, false
	}
	if e.exact {
		return nil
	}
	// No option: case, line ends and "." are spelt out by emitBacktrack.
	if e.full, err = regexp2.Compile(emitBacktrack(root), regexp2.None); err != nil {
		return fmt.Errorf("cannot compile: %w", err)
	}
	e.full.MatchTimeout = TimeLimit
	return nil
}

// slow returns the engines.
func (re *Regexp) slow() *engines {
	re.once.Do(func() {
		if err := re.engines.compile(re.search.parse()); err != nil { // cannot be: plain expressions are in both engines' language
			re.engines = engines{linear: regexp.MustCompile(`[^\x00-\x{10FFFF}]`), decides: true, exact: true}
		}
	})
	return &re.engines
}

// plain says whether an expression has nothing that Go's regexp lacks.
func plain(n *node) bool {
	switch n.kind {
	case atomicGroup, lookAround, backref, condition:
		return false
	case repeat:
		if n.mode == possessive || n.min > linearRepeat || n.max > linearRepeat {
			return false
		}
	}
	for _, sub := range n.subs {
		if !plain(sub) {
			return false
		}
	}
	return true
}
