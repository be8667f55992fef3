package perlre

import (
	"math/bits"
	"slices"
	"strings"

	"asterism/rules/literal"
)

const (
	maxExact   = 500  // strings that are followed through a sequence
	maxChoice  = 1500 // strings of which one must occur
	maxLiteral = 60   // bytes of one of them
	maxClass   = 26   // characters of a class that is spelt out: letters are
	maxAgain   = 10   // times that what is repeated is
	wideClass  = 9    // strings to choose from, from which on the text before them may do alone
	maxWide    = 128  // strings that may come of such a choice

	// maxRate is how often the literals of an expression may occur, by estimate, per byte of text. Beyond, a Filter costs
	// less than trying the expression at each of them.
	maxRate = 1.0 / 200

	maxAlso = 1.0 / 100 // how often others may occur that a text must have as well
)

// Literals are strings; each text that the expression matches has at least one of them.
type Literals struct {
	Strings []string // ASCII letters in lower case, for texts in lower case
	before  int      // bytes from the start of a match to such a string in it, at most
	after   int      // bytes from the end of the string to that of the match, at most
	times   int      // how many of them there are at least, one behind the other, in each text that matches
	rate    float64  // how often so many occur per byte of text, by estimate; 0 if not known yet

	also *Literals // others of which each such text has one, too; nil if none are known
}

// Times returns how many of the literals are in each text that the expression matches, one behind the other, at least.
func (l *Literals) Times() int { return l.times }

// Also returns more strings of which at least one occurs in each text that the expression matches, nil if there are
// none.
func (l *Literals) Also() []string {
	if l.also == nil {
		return nil
	}
	return l.also.Strings
}

// required describes the strings that a node matches, ASCII letters in lower case.
type required struct {
	exact []string  // all of them; nil if unknown or too many
	some  *Literals // each of them contains one of these; nil if unknown
}

// literals returns the best that is known.
func (r required) literals() *Literals { return better(newLiterals(r.exact, 0, 0), r.some) }

// literalsOf returns the literals of a tree, nil if there are none of any use.
func literalsOf(root *node) *Literals {
	some := requiredOf(root).literals()
	if some == nil || some.estimate() > maxRate {
		return nil
	}
	if some.also != nil && some.also.estimate() > maxAlso {
		some.also = nil
	}
	return some
}

// estimate returns rate. Most literals need none, as there is nothing to compare them with.
func (l *Literals) estimate() float64 {
	if l.rate == 0 {
		l.rate = literal.Rate(l.Strings) / float64(l.times*l.times) // most texts have fewer
	}
	return l.rate
}

// newLiterals returns literals without duplicates, and without literals that begin with another one.
func newLiterals(exact []string, before, after int) *Literals {
	if len(exact) == 0 || len(exact) > maxChoice {
		return nil
	}
	for _, s := range exact {
		if len(s) < literal.MinLength {
			return nil
		}
	}
	sorted := slices.Clone(exact)
	slices.Sort(sorted)
	kept := sorted[:1]
	cut := 0 // bytes, at most
	for _, s := range sorted[1:] {
		if prefix := kept[len(kept)-1]; strings.HasPrefix(s, prefix) {
			cut = max(cut, len(s)-len(prefix))
		} else {
			kept = append(kept, s)
		}
	}
	return &Literals{Strings: slices.Clip(kept), before: before, after: plus(after, cut), times: 1}
}

// better returns which of two choices says more.
func better(a, b *Literals) *Literals {
	if a == nil || b != nil && b.estimate() < a.estimate() {
		return b
	}
	return a
}

// plus adds widths.
func plus(a, b int) int {
	if a == infinite || b == infinite || a+b > maxWidth {
		return infinite
	}
	return a + b
}

// widest returns the larger of two widths.
func widest(a, b int) int {
	if a == infinite || b == infinite {
		return infinite
	}
	return max(a, b)
}

// within returns the literals of a part of an expression as literals of the whole.
func (l *Literals) within(before, after int) *Literals {
	if l == nil {
		return nil
	}
	whole := *l
	whole.before, whole.after = plus(l.before, before), plus(l.after, after)
	return &whole
}

// repeated returns the literals of a repetition with at least so many times.
func (l *Literals) repeated(times int) *Literals {
	if l == nil {
		return nil
	}
	all := *l
	all.times, all.rate = l.times*times, 0
	return &all
}

func requiredOf(n *node) required {
	switch n.kind {
	case empty, assertion, lookAround:
		return required{exact: []string{""}}
	case char:
		return requiredChar(n.set)
	case concat:
		return requiredSequence(n.subs)
	case alternate:
		return requiredChoice(n.subs)
	case group, atomicGroup:
		return requiredOf(n.subs[0])
	case repeat:
		return requiredRepeat(n)
	}
	return required{}
}

// small returns a set with small letters instead of capitals.
func small(s set) set {
	s[1] = s[1]&^capitals | s[1]&capitals<<toSmall
	return s
}

func requiredChar(s set) required {
	s = small(s)
	n := s.len()
	if n > maxClass {
		return required{}
	}
	exact := make([]string, 0, n)
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			exact = append(exact, string([]byte{byte(i<<6 + bits.TrailingZeros64(w))}))
		}
	}
	return required{exact: exact}
}

func requiredSequence(subs []*node) required {
	if s := spelt(subs, maxLiteral); len(s) == len(subs) { // a plain word
		return required{exact: []string{s}}
	}
	subs = flatten(make([]*node, 0, 2*len(subs)), subs)
	// ends[i] is the width of what comes before subs[i].
	ends := make([]int, len(subs)+1)
	for i, sub := range subs {
		ends[i+1] = plus(ends[i], sub.width())
	}
	behind := 0
	behinds := make([]int, len(subs)+1)
	for i := len(subs) - 1; i >= 0; i-- {
		behind = plus(behind, subs[i].width())
		behinds[i] = behind
	}
	current, from := []string{""}, 0 // all strings of subs[from:i]
	var best, also *Literals
	bestFrom := 0
	consider := func(l *Literals, from int) {
		if l == nil {
			return
		}
		same := best != nil && from == bestFrom // a part of the other
		if better(best, l) == l {
			best, l, bestFrom = l, best, from
		}
		if !same && l != nil && literal.Shortest(l.Strings) >= literal.MinChoice {
			also = better(also, l)
		}
	}
	for i, next := 0, 0; i < len(subs); i = next {
		r := required{}
		if s := spelt(subs[i:], maxLiteral-longest(current)); s != "" {
			r.exact, next = []string{s}, i+len(s)
		} else {
			r, next = requiredOf(subs[i]), i+1
		}
		wide := len(r.exact) >= wideClass
		if joined := cross(current, r.exact); joined != nil && (!wide || len(joined) <= maxWide) {
			if wide { // perhaps not worth so many
				consider(newLiterals(current, ends[from], behinds[i]), from)
			}
			current = joined
			continue
		}
		consider(newLiterals(current, ends[from], behinds[i]), from)
		consider(r.literals().within(ends[i], behinds[next]), i)
		if r.exact != nil {
			current, from = r.exact, i
		} else {
			current, from = []string{""}, next
		}
	}
	if from > 0 {
		consider(newLiterals(current, ends[from], 0), from)
		current = nil
	}
	if best != nil {
		best.also = better(best.also, also)
	}
	return required{exact: current, some: best}
}

// spelt returns the bytes that a sequence begins with, as far as there is no choice, but no more than limit.
func spelt(subs []*node, limit int) string {
	var bytes [maxLiteral]byte
	n := 0
	for n < min(limit, len(subs)) && subs[n].kind == char {
		s := small(subs[n].set)
		if s.len() != 1 {
			break
		}
		bytes[n] = s.first()
		n++
	}
	return string(bytes[:n])
}

// longest returns the length of the longest of some strings.
func longest(list []string) int {
	most := 0
	for _, s := range list {
		most = max(most, len(s))
	}
	return most
}

// flatten appends the parts of a sequence to flat, with groups and what is repeated at least once spelt out.
func flatten(flat, subs []*node) []*node {
	for _, n := range subs {
		switch {
		case n.kind == group || n.kind == atomicGroup || n.kind == concat:
			flat = flatten(flat, n.subs)
		case n.kind == repeat && n.min > 0 && n.min <= maxAgain && n.max != 1:
			for range n.min {
				flat = flatten(flat, n.subs)
			}
			if n.max != n.min {
				rest := *n
				rest.min = 0
				if n.max != infinite {
					rest.max -= n.min
				}
				flat = append(flat, &rest)
			}
		default:
			flat = append(flat, n)
		}
	}
	return flat
}

// cross returns each of a followed by each of b, nil if that is too much.
func cross(a, b []string) []string {
	if b == nil || len(a)*len(b) > maxExact {
		return nil
	}
	if len(a) == 1 && a[0] == "" {
		return b
	}
	all := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			if len(x)+len(y) > maxLiteral {
				return nil
			}
			all = append(all, x+y)
		}
	}
	return all
}

func requiredChoice(subs []*node) required {
	all := make([]required, len(subs))
	count, exact, plain := 0, true, true // plain: what is known of each are all of its strings
	for i, sub := range subs {
		one := requiredOf(sub)
		count, exact, plain = count+len(one.exact), exact && one.exact != nil, plain && one.some == nil
		all[i] = one
	}
	if !exact || count > maxChoice {
		return required{some: someOfEach(all)}
	}
	r := required{exact: make([]string, 0, count)}
	for _, one := range all {
		r.exact = append(r.exact, one.exact...)
	}
	if !plain {
		r.some = someOfEach(all)
	}
	return r
}

// someOfEach returns literals of which each of some alternatives has one, nil if that cannot be.
func someOfEach(all []required) *Literals {
	some := &Literals{}
	var also []string
	more := false
	for _, one := range all {
		if one.exact != nil && len(one.exact) == 0 { // matches nothing
			continue
		}
		choice := one.literals()
		if choice == nil || len(some.Strings)+len(choice.Strings) > maxChoice {
			return nil
		}
		some.Strings = append(some.Strings, choice.Strings...)
		some.before, some.after = widest(some.before, choice.before), widest(some.after, choice.after)
		if choice.also != nil {
			choice, more = choice.also, true
		}
		also = append(also, choice.Strings...) // what it has once does for it
	}
	// The one alternative may have more of them than the other: once is sure.
	l := newLiterals(some.Strings, some.before, some.after)
	if l != nil && more && literal.Shortest(also) >= literal.MinChoice {
		l.also = newLiterals(also, 0, 0)
	}
	return l
}

func requiredRepeat(n *node) required {
	one := requiredOf(n.subs[0])
	switch {
	case n.min == 0 && n.max == 1 && one.exact != nil && len(one.exact) < maxExact:
		return required{exact: append([]string{""}, one.exact...)}
	case n.min == 0:
		return required{}
	case n.min == 1 && n.max == 1:
		return one
	}
	rest := infinite
	if n.max != infinite {
		rest = (&node{kind: repeat, subs: n.subs, max: n.max - 1}).width()
	}
	all := one.exact
	for i := 1; i < n.min && all != nil; i++ {
		next := cross(all, one.exact)
		if next == nil {
			return required{some: newLiterals(all, 0, rest)}
		}
		all = next
	}
	switch {
	case all == nil: // each time has one of these
		return required{some: one.some.within(0, rest).repeated(n.min)}
	case n.max == n.min:
		return required{exact: all}
	}
	return required{some: newLiterals(all, 0, rest)}
}
