package rules

import "slices"

// users says which rules have which literals.
type users struct {
	list   []int32 // of all literals, one behind the other
	starts []int32 // by literal, and the end
}

// of returns those that have a literal.
func (u *users) of(literal int32) []int32 { return u.list[u.starts[literal]:u.starts[literal+1]] }

// literalUsers collects literals and who has them.
type literalUsers struct {
	strings []string // each once
	number  map[string]int32
	uses    []use
	counts  []int32 // by literal: how many have it
}

// use is one rule that has a literal.
type use struct{ literal, rule int32 }

// newLiteralUsers returns room for what is to be added of some rules.
func newLiteralUsers(rules []*Rule) *literalUsers {
	size := 0
	for _, r := range rules {
		if l := r.re.Literals(); l != nil {
			size += len(l.Strings)
		}
	}
	return &literalUsers{make([]string, 0, size), make(map[string]int32, size), make([]use, 0, size), make([]int32, 0, size)}
}

func (l *literalUsers) add(literal string, rule int32) {
	n, ok := l.number[literal]
	if !ok {
		n = int32(len(l.strings))
		l.number[literal] = n
		l.strings, l.counts = append(l.strings, literal), append(l.counts, 0)
	}
	l.uses = append(l.uses, use{n, rule})
	l.counts[n]++
}

func (l *literalUsers) users() users {
	u := users{make([]int32, len(l.uses)), make([]int32, len(l.strings)+1)}
	for n, count := range l.counts {
		u.starts[n+1] = u.starts[n] + count
	}
	next := slices.Clone(u.starts)
	for _, x := range l.uses {
		u.list[next[x.literal]] = x.rule
		next[x.literal]++
	}
	return u
}
