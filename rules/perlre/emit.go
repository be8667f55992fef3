package perlre

import (
	"fmt"
	"strconv"
	"strings"
)

// linearRepeat is how often Go's regexp repeats at most.
const linearRepeat = 1000

// emitLinear writes a tree in the syntax of Go's regexp. What that cannot express is widened, so that the result
// matches wherever the tree does; exact says that it matches nowhere else.
func emitLinear(root *node) (text string, exact bool) {
	e := &emitter{exact: true}
	e.node(root, true)
	return e.String(), e.exact
}

type emitter struct {
	strings.Builder
	exact bool
}

func (e *emitter) wrap(open string, n *node, last bool) {
	e.WriteString(open)
	e.node(n, last)
	e.WriteByte(')')
}

// node writes n; last says that nothing follows it in the expression.
func (e *emitter) node(n *node, last bool) {
	switch n.kind {
	case char:
		e.set(n.set)
	case concat:
		for i, sub := range n.subs {
			if sub.kind == alternate {
				e.wrap("(?:", sub, last && i == len(n.subs)-1)
			} else {
				e.node(sub, last && i == len(n.subs)-1)
			}
		}
	case alternate:
		e.WriteString("(?:")
		for i, sub := range n.subs {
			if i > 0 {
				e.WriteByte('|')
			}
			e.node(sub, last)
		}
		e.WriteByte(')')
	case repeat:
		e.repeat(n)
	case group:
		e.wrap("(", n.subs[0], last)
	case assertion:
		e.place(n.assert, last)
	case atomicGroup, lookAround, backref, condition:
		e.widened(n)
	}
}

func (e *emitter) repeat(n *node) {
	low, high := n.min, n.max
	if n.mode == possessive {
		e.exact = false
	}
	if low > linearRepeat {
		low, e.exact = linearRepeat, false
	}
	if high > linearRepeat {
		high, e.exact = infinite, false
	}
	e.wrap("(?:", n.subs[0], false)
	switch {
	case low == 0 && high == infinite:
		e.WriteByte('*')
	case low == 1 && high == infinite:
		e.WriteByte('+')
	case low == 0 && high == 1:
		e.WriteByte('?')
	case high == infinite:
		fmt.Fprintf(e, "{%d,}", low)
	default:
		fmt.Fprintf(e, "{%d,%d}", low, high)
	}
	if n.mode == lazy {
		e.WriteByte('?')
	}
}

func (e *emitter) place(a assert, last bool) {
	switch a {
	case lineStart:
		e.WriteString("(?m:^)")
	case lineEnd:
		e.WriteString("(?m:$)")
	case textEndLine:
		if last {
			e.WriteString(`\n?\z`)
		} else {
			e.exact = false
		}
	default:
		e.WriteByte('\\')
		e.WriteByte(byte(a))
	}
}

// widened writes something that matches whatever a node does that Go's regexp lacks.
func (e *emitter) widened(n *node) {
	e.exact = false
	switch n.kind {
	case atomicGroup:
		e.wrap("(?:", n.subs[0], false)
	case backref:
		e.WriteString("(?s:.*?)")
	case condition:
		e.wrap("(?:(?:", n.subs[0], false)
		e.WriteByte('|')
		e.wrap("(?:", n.subs[1], false)
		e.WriteByte(')')
	}
}

// set writes a class of bytes.
func (e *emitter) set(s set) {
	switch size := s.len(); {
	case size == 0:
		e.WriteString(`[^\x00-\x{10FFFF}]`)
	case size == 1:
		e.byte(s.first())
	case size == 256:
		e.WriteString("(?s:.)")
	case s == setOf("\n").not():
		e.WriteByte('.')
	case size > 128:
		e.ranges("[^", s.not())
	default:
		e.ranges("[", s)
	}
}

func (e *emitter) ranges(open string, s set) {
	e.WriteString(open)
	for c := 0; c < 256; c++ {
		if !s.has(byte(c)) {
			continue
		}
		first := c
		for c < 255 && s.has(byte(c+1)) {
			c++
		}
		e.byte(byte(first))
		if c > first {
			if c > first+1 {
				e.WriteByte('-')
			}
			e.byte(byte(c))
		}
	}
	e.WriteByte(']')
}

// byte writes one byte as a character that means itself, within brackets and without.
func (e *emitter) byte(c byte) {
	switch {
	case c < 0x80 && isWord(c):
		e.WriteByte(c)
	case c < 0x80:
		e.WriteString(`\x`)
		if c < 16 {
			e.WriteByte('0')
		}
		e.WriteString(strconv.FormatUint(uint64(c), 16))
	default:
		fmt.Fprintf(e, `\x{%x}`, c)
	}
}
