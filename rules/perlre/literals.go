package perlre

import "strings"

const (
	maxExact   = 48 // strings that are followed through a sequence
	maxChoice  = 64 // strings of which one must occur
	maxLiteral = 24 // bytes of one of them
	maxClass   = 8  // characters of a class that is spelt out
)

// required is what is known of the strings that a node matches, ASCII letters in lower case.
type required struct {
	exact []string // all of them; nil if unknown
	some  []string // each of them contains one of these; nil if unknown
}

// literalsOf returns strings of which each match of the tree contains one, nil if there are none of any use.
func literalsOf(root *node) []string {
	r := requiredOf(root)
	some := better(r.exact, r.some)
	if worth(some) == 0 {
		return nil
	}
	return prune(some)
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

func requiredChar(s set) required {
	for c := byte('A'); c <= 'Z'; c++ {
		if s.has(c) {
			s.add(c | 0x20)
			s[c>>6] &^= 1 << (c & 63)
		}
	}
	if s.len() > maxClass {
		return required{}
	}
	exact := []string{}
	for c := range 256 {
		if s.has(byte(c)) {
			exact = append(exact, string([]byte{byte(c)}))
		}
	}
	return required{exact: exact}
}

func requiredSequence(subs []*node) required {
	current, whole := []string{""}, true
	var best []string
	for _, sub := range subs {
		r := requiredOf(sub)
		if joined := cross(current, r.exact); joined != nil {
			current = joined
			continue
		}
		whole = false
		best = better(best, current)
		if r.exact != nil {
			current = r.exact
		} else {
			best = better(best, r.some)
			current = []string{""}
		}
	}
	if whole {
		return required{exact: current}
	}
	return required{some: better(best, current)}
}

// cross returns each of a followed by each of b, nil if that is too much.
func cross(a, b []string) []string {
	if b == nil || len(a)*len(b) > maxExact {
		return nil
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
	r := required{exact: []string{}, some: []string{}}
	for _, sub := range subs {
		one := requiredOf(sub)
		if one.exact == nil || r.exact == nil || len(r.exact)+len(one.exact) > maxChoice {
			r.exact = nil
		} else {
			r.exact = append(r.exact, one.exact...)
		}
		choice := better(one.exact, one.some)
		if len(choice) == 0 && one.exact != nil { // matches nothing
			continue
		}
		if worth(choice) == 0 || r.some == nil || len(r.some)+len(choice) > maxChoice {
			r.some = nil
		} else {
			r.some = append(r.some, choice...)
		}
	}
	return r
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
	if all := one.exact; all != nil {
		for i := 1; i < n.min; i++ {
			next := cross(all, one.exact)
			if next == nil {
				return required{some: all}
			}
			all = next
		}
		if n.max == n.min {
			return required{exact: all}
		}
		return required{some: all}
	}
	return one
}

// better returns which of two choices says more.
func better(a, b []string) []string {
	if worth(b) > worth(a) {
		return b
	}
	return a
}

// worth tells how rarely a text contains one of some strings: mostly by the shortest of them.
func worth(some []string) int {
	if len(some) == 0 || len(some) > maxChoice {
		return 0
	}
	shortest := maxLiteral
	for _, s := range some {
		shortest = min(shortest, len(s))
	}
	if shortest == 0 {
		return 0
	}
	return min(shortest, 8)*100 + maxChoice - len(some)
}

// prune removes strings that contain another one, and doubles.
func prune(some []string) []string {
	var kept []string
next:
	for i, s := range some {
		for j, t := range some {
			if i != j && strings.Contains(s, t) && (s != t || j < i) {
				continue next
			}
		}
		kept = append(kept, s)
	}
	return kept
}
