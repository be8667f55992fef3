// Package perlre compiles Perl's regular expressions and matches them against bytes, as SpamAssassin does: a byte is a
// character, only ASCII letters have two cases, and \w, \d, \s and \b cover ASCII only.
//
// An automaton decides in linear time whether there is a match. For constructs that it cannot express (look-around,
// back references, possessive quantifiers), it uses a wider form. If that matches, a backtracking program decides,
// under a time limit. The program also finds the places and number of matches, and the groups. Literals returns strings
// with at least one in every match, so that a caller with many expressions need not try them all.
package perlre

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// ErrTimeout says that an expression was given up because it took too long on one text.
var ErrTimeout = errors.New("expression took too long")

// TimeLimit is how long an expression that backtracks may take on one text.
const TimeLimit = 100 * time.Millisecond

// Regexp is a compiled expression. It may be used concurrently.
type Regexp struct {
	search   *search // nil if compiled briefly
	literals *Literals
	chains   *Chains
	names    []string // of capture groups, by number
	behind   bool     // it looks behind: a match may begin behind what it needs
	least    int      // bytes of a match

	// Made when first needed: what search says is nearly always enough.
	program func() *backtracker
	linear  func() *linear
}

// Compile compiles an expression with the letters that follow it in Perl (i, m, s, x, n; others are ignored).
func Compile(expression, flags string) (*Regexp, error) {
	root, names, err := parse(expression, flags)
	if err != nil {
		return nil, err
	}
	simplify(root)
	re := &Regexp{names: names, behind: looksBehind(root), least: root.least()}
	var tree *node
	re.search, tree = newSearch(expression, flags, root)
	if !Without.Literals {
		re.literals = literalsOf(tree)
	}
	if re.literals == nil && !Without.Chains {
		re.chains = chainsOf(tree)
	}
	re.program = sync.OnceValue(func() *backtracker { return newBacktracker(re.search.parse(), len(names)) })
	re.linear = sync.OnceValue(func() *linear { return newLinear(re.search.parse()) })
	return re, nil
}

// CompileBriefly is Compile for an expression that is matched against few texts, without automata, literals and chains.
func CompileBriefly(expression, flags string) (*Regexp, error) {
	root, names, err := parse(expression, flags)
	if err != nil {
		return nil, err
	}
	simplify(root)
	return &Regexp{names: names,
		program: sync.OnceValue(func() *backtracker { return newBacktracker(root, len(names)) }),
		linear:  sync.OnceValue(func() *linear { return newLinear(root) }),
	}, nil
}

// Literals returns strings of which at least one occurs in each text that the expression matches, when both are put in
// lower case. It returns nil if there are no such strings, or if they are in nearly every text.
func (re *Regexp) Literals() *Literals { return re.literals }

// Names returns the names of the capture groups that have one.
func (re *Regexp) Names() []string {
	var names []string
	for _, n := range re.names {
		if n != "" {
			names = append(names, n)
		}
	}
	return names
}

// MatchesEmpty reports whether the expression matches a text without bytes.
func (re *Regexp) MatchesEmpty() bool {
	if re.least > 0 {
		return false
	}
	t := NewText("")
	found, err := re.Match(&t)
	return found && err == nil
}

// Match reports whether the expression matches anywhere in the text.
func (re *Regexp) Match(t *Text) (bool, error) {
	return re.match(t, 0, len(t.bytes), len(t.bytes))
}

// Chains returns sequences of byte classes of which at least one occurs in each text that the expression matches, if
// it has no literals. It returns nil if there are no such sequences, or if they are in nearly every text.
func (re *Regexp) Chains() *Chains { return re.chains }

// Near has the places of an expression's literals in a text, or the ends of its chains.
type Near struct {
	First int // the first byte of the first literal, or the end of the first chain
	Last  int // the first byte of the last literal, or the end of the last chain
	End   int // the end of the one that ends last
}

// MatchNear is Match for a text in which all occurrences of the expression's literals or chains are known.
func (re *Regexp) MatchNear(t *Text, near Near) (bool, error) {
	from, to := re.window(t, near)
	return re.match(t, from, near.Last, to)
}

// window returns the part of a text that a match can be in.
func (re *Regexp) window(t *Text, near Near) (from, to int) {
	var before, after int
	if re.literals != nil {
		before, after = re.literals.before, re.literals.after
	} else {
		before, after = re.chains.before, re.chains.after
	}
	from, to = 0, len(t.bytes)
	if before != infinite {
		from = max(0, near.First-before)
	}
	if after != infinite {
		to = min(to, near.End+after)
	}
	return from, to
}

// Cost estimates the cost of Match, or of MatchNear if isNear, in bytes that an automaton reads.
func (re *Regexp) Cost(t *Text, near Near, isNear bool) int {
	from, to := 0, len(t.bytes)
	if isNear {
		from, to = re.window(t, near)
	}
	cost := to - from
	if re.search != nil && !re.search.sure {
		cost *= 4
	}
	return cost + 50
}

func (re *Regexp) match(t *Text, from, last, to int) (bool, error) {
	if re.search == nil {
		found, err := re.backtrack(t, from, last)
		if err != nil {
			return re.matchSlow(t)
		}
		return found, nil
	}
	found, ok := re.search.match(t.bytes, from, last, to)
	switch {
	case !ok:
		return re.matchSlow(t)
	case !found || re.search.sure:
		return found, nil
	case re.behind:
		last = len(t.bytes)
	}
	return re.backtrack(t, from, last)
}

// matchSlow is Match without the automaton.
func (re *Regexp) matchSlow(t *Text) (bool, error) {
	if l := re.linear(); l.re != nil {
		if found := l.re.MatchString(t.latin1()); !found || l.decides {
			return found, nil
		}
	}
	return re.backtrack(t, 0, len(t.bytes))
}

// backtrack is Match for a match that begins at a byte from from to last.
func (re *Regexp) backtrack(t *Text, from, last int) (bool, error) {
	m := re.program().start(t.bytes)
	_, found := m.find(from, last)
	if m.late {
		return false, ErrTimeout
	}
	return found, nil
}

// none says for sure, and fast, that there is no match.
func (re *Regexp) none(t *Text) bool {
	if re.search == nil {
		return false
	}
	found, ok := re.search.match(t.bytes, 0, len(t.bytes), len(t.bytes))
	return ok && !found
}

// Count returns how many times the expression matches without overlap, counting up to limit.
func (re *Regexp) Count(t *Text, limit int) (int, error) {
	m := re.program().start(t.bytes)
	n := 0
	for from := 0; n < limit; n++ {
		start, found := m.find(from, len(t.bytes))
		if m.late {
			return re.countLinear(t, limit)
		}
		if !found {
			break
		}
		from, m.refuse = m.end, -1
		if m.end == start { // what follows may begin here, but must not be empty
			m.refuse = start
		}
		m.forget()
	}
	return n, nil
}

// countLinear is Count for an expression that takes too long to go back, and may need not.
func (re *Regexp) countLinear(t *Text, limit int) (int, error) {
	if l := re.linear(); l.exact {
		return len(l.re.FindAllStringIndex(t.latin1(), limit)), nil
	}
	return 0, ErrTimeout
}

// Find returns the first match and the text of each capture group, by its number; group 0 is the whole match. It
// returns nil if there is no match.
func (re *Regexp) Find(t *Text) ([]string, error) {
	all, err := re.FindAll(t, 1)
	if len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// FindAll is Find for each match without overlap, up to limit.
func (re *Regexp) FindAll(t *Text, limit int) (all [][]string, err error) {
	if re.none(t) {
		return nil, nil
	}
	m := re.program().start(t.bytes)
	for from := 0; len(all) < limit; {
		start, found := m.find(from, len(t.bytes))
		switch {
		case m.late:
			return nil, ErrTimeout
		case !found:
			return all, nil
		}
		all = append(all, re.groups(&m, start, t))
		from, m.refuse = m.end, -1
		if m.end == start { // what follows may begin here, but must not be empty
			m.refuse = start
		}
		m.forget()
	}
	return all, nil
}

// groups returns the texts of a match's capture groups.
func (re *Regexp) groups(m *machine, start int, t *Text) []string {
	groups := make([]string, len(re.names))
	groups[0] = t.bytes[start:m.end]
	for i := 1; i < len(groups); i++ {
		if to := m.slots[perGroup*i+slotEnd]; to >= 0 {
			groups[i] = t.bytes[m.slots[perGroup*i+slotStart]:to]
		}
	}
	return groups
}

// FindNamed is FindAll for the groups that have a name; empty ones are left out.
func (re *Regexp) FindNamed(t *Text, limit int) (matches []map[string]string, err error) {
	all, err := re.FindAll(t, limit)
	for _, groups := range all {
		named := map[string]string{}
		for i, name := range re.names {
			if name != "" && i < len(groups) && groups[i] != "" {
				named[name] = groups[i]
			}
		}
		matches = append(matches, named)
	}
	return matches, err
}

// Quote returns an expression that matches the text itself.
func Quote(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x80 && !isWord(c) {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
