// Package perlre compiles Perl's regular expressions and matches them against bytes, as SpamAssassin's rules mean them: a
// byte is a character, only ASCII letters have two cases, and \w, \d, \s and \b know ASCII only.
//
// An expression is parsed here, then given to Go's regexp, which takes linear time. Where that cannot express it
// (look-around, back references, possessive quantifiers), it gets a widened form, and dlclark/regexp2, which backtracks
// under a time limit, decides where that matches. Literals gives strings of which one is in every match, so that a caller
// with many expressions need not try them all.
package perlre

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// ErrTimeout says that an expression was given up because it took too long on one text.
var ErrTimeout = errors.New("expression took too long")

// TimeLimit is how long an expression that backtracks may take on one text, give or take the 0.1 s by which regexp2 looks
// at the clock.
const TimeLimit = 100 * time.Millisecond

// Regexp is a compiled expression. It may be used concurrently.
type Regexp struct {
	search   *search
	literals *Literals
	names    []string // of capture groups, by number

	once    sync.Once
	engines engines // made when first needed: what search says is nearly always enough
}

// Compile compiles an expression with the letters that follow it in Perl (i, m, s, x, n; others are ignored).
func Compile(expression, flags string) (*Regexp, error) {
	root, names, err := parse(expression, flags)
	if err != nil {
		return nil, err
	}
	simplify(root)
	re := &Regexp{names: names}
	var tree *node
	re.search, tree = newSearch(expression, flags, root)
	re.literals = literalsOf(tree)
	if !plain(root) { // it may be more than regexp2 can do
		re.once.Do(func() { err = re.engines.compile(root) })
	}
	if err != nil {
		return nil, err
	}
	return re, nil
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

// Match says whether the expression matches anywhere in the text.
func (re *Regexp) Match(t *Text) (bool, error) {
	return re.match(t, 0, len(t.bytes), len(t.bytes))
}

// Near is where the literals of an expression occur in a text.
type Near struct {
	First int // the first byte of the first occurrence
	Last  int // the first byte of the last one
	End   int // the end of the one that ends last
}

// MatchNear is Match for a text in which all occurrences of the expression's literals are known.
func (re *Regexp) MatchNear(t *Text, near Near) (bool, error) {
	from, to := 0, len(t.bytes)
	if b := re.literals.before; b != infinite {
		from = max(0, near.First-b)
	}
	if a := re.literals.after; a != infinite {
		to = min(to, near.End+a)
	}
	return re.match(t, from, near.Last, to)
}

func (re *Regexp) match(t *Text, from, last, to int) (bool, error) {
	if found, ok := re.search.match(t.bytes, from, last, to); ok {
		if !found || re.search.sure {
			return found, nil
		}
		return re.matchFull(t)
	}
	return re.matchSlow(t)
}

// none says for sure, and fast, that there is no match.
func (re *Regexp) none(t *Text) bool {
	found, ok := re.search.match(t.bytes, 0, len(t.bytes), len(t.bytes))
	return ok && !found
}

func (re *Regexp) matchSlow(t *Text) (bool, error) {
	e := re.slow()
	if e.linear != nil {
		if found := e.linear.MatchString(t.latin1()); !found || e.decides {
			return found, nil
		}
	}
	return re.matchFull(t)
}

func (re *Regexp) matchFull(t *Text) (bool, error) {
	found, err := re.slow().full.MatchRunes(t.wide())
	if err != nil {
		return false, ErrTimeout
	}
	return found, nil
}

// Count returns how many times the expression matches without overlap, counting up to limit.
func (re *Regexp) Count(t *Text, limit int) (int, error) {
	if re.none(t) {
		return 0, nil
	}
	e := re.slow()
	if e.exact {
		return len(e.linear.FindAllStringIndex(t.latin1(), limit)), nil
	}
	if e.linear != nil && !e.linear.MatchString(t.latin1()) {
		return 0, nil
	}
	n := 0
	m, err := e.full.FindRunesMatch(t.wide())
	for m != nil && err == nil {
		if n++; n >= limit {
			break
		}
		m, err = e.full.FindNextMatch(m)
	}
	if err != nil {
		return n, ErrTimeout
	}
	return n, nil
}

// Find returns the first match and what each capture group holds, by its number; group 0 is the whole match. It returns
// nil if there is no match.
func (re *Regexp) Find(t *Text) ([]string, error) {
	if re.none(t) {
		return nil, nil
	}
	e := re.slow()
	if e.exact {
		groups := e.linear.FindStringSubmatch(t.latin1())
		for i, g := range groups {
			groups[i] = fromLatin1(g)
		}
		return groups, nil
	}
	if e.linear != nil && !e.linear.MatchString(t.latin1()) {
		return nil, nil
	}
	m, err := e.full.FindRunesMatch(t.wide())
	if err != nil {
		return nil, ErrTimeout
	}
	if m == nil {
		return nil, nil
	}
	groups := make([]string, len(re.names))
	for i := range groups {
		if g := m.GroupByNumber(i); g != nil && len(g.Captures) > 0 {
			groups[i] = fromWide(g.Runes())
		}
	}
	return groups, nil
}

// FindNamed is Find for the groups that have a name; empty ones are left out.
func (re *Regexp) FindNamed(t *Text) (map[string]string, error) {
	groups, err := re.Find(t)
	if groups == nil {
		return nil, err
	}
	named := map[string]string{}
	for i, name := range re.names {
		if name != "" && i < len(groups) && groups[i] != "" {
			named[name] = groups[i]
		}
	}
	return named, nil
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
