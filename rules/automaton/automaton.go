// Package automaton reports whether a regular expression over bytes matches anywhere in a text, in linear time.
//
// A Builder takes an expression's parts, last part first, as a nondeterministic automaton. Its deterministic form is
// made state by state as texts need it (Thompson's construction and a lazy subset construction: Aho, Sethi, Ullman,
// "Compilers", 1986, section 3.7), in a table of bounded size that all goroutines share. Most expressions need a few
// dozen states. Expressions that need thousands start over, and if that happens often they give up, so that the caller
// can use a slower method.
package automaton

import (
	"errors"
	"math/bits"
	"slices"
)

// Set is a set of bytes, one bit each.
type Set [4]uint64

// Has reports whether c is in the set.
func (s *Set) Has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

// Side is a set of contexts on one side of a place in a text.
type Side struct {
	Bytes   Set  // one of these bytes
	Edge    bool // the text's edge
	Newline bool // on the right side: a newline that ends the text, be it in Bytes or not
}

// Anything returns the Side that allows everything.
func Anything() Side { return Side{Bytes: Set{}.Not(), Edge: true, Newline: true} }

// Not returns the bytes that are not in the set.
func (s Set) Not() Set { return Set{^s[0], ^s[1], ^s[2], ^s[3]} }

// ErrTooLarge says that an expression has too many parts for an automaton.
var ErrTooLarge = errors.New("expression is too large for an automaton")

const (
	maxParts = 60_000  // of an expression
	maxSteps = 500_000 // to find out which places in the text follow each other: "($?){10000}" has as many as squares
	maxLooks = 8       // different left sides
)

type op uint8

const (
	opByte  op = iota // one byte of set, then out
	opSplit           // out or other
	opLook            // a place between two sides, then out
	opMatch           // the expression has matched
)

// part is a state of the nondeterministic automaton.
type part struct {
	op         op
	set        uint16 // opByte: index of its set; opLook: of its right side; opMatch: the expression's number
	look       uint8  // opLook: bit of its left side; 0 is any
	asks       uint8  // opLook: bits of its left side and of those of places that it leads to
	out, other uint16
}

// Builder makes an automaton. Its methods return the number of the part that they add; out is the number of the part
// that follows.
type Builder struct {
	parts    []part
	sets     []Set
	setIndex map[Set]uint16
	left     []Side
	right    []Side
	failed   bool
}

// NewBuilder returns a Builder whose part 0 is the match.
func NewBuilder() *Builder {
	return &Builder{parts: []part{{op: opMatch}}, setIndex: map[Set]uint16{}}
}

// Match is the number of the part that ends an expression.
const Match = 0

func (b *Builder) add(p part) uint16 {
	if len(b.parts) >= maxParts {
		b.failed = true
		return Match
	}
	b.parts = append(b.parts, p)
	return uint16(len(b.parts) - 1)
}

// Failed reports whether the expression is too large; further additions are lost.
func (b *Builder) Failed() bool { return b.failed }

// Accept adds the end of one of several expressions, which has a number.
func (b *Builder) Accept(number uint16) uint16 { return b.add(part{op: opMatch, set: number}) }

// Byte adds a byte of a set.
func (b *Builder) Byte(s Set, out uint16) uint16 {
	i, ok := b.setIndex[s]
	if !ok {
		i = uint16(len(b.sets))
		b.sets = append(b.sets, s)
		b.setIndex[s] = i
	}
	return b.add(part{op: opByte, set: i, out: out})
}

// Split adds a choice.
func (b *Builder) Split(out, other uint16) uint16 {
	if out == other {
		return out
	}
	return b.add(part{op: opSplit, out: out, other: other})
}

// Loop adds a choice whose first way is set later, by Close.
func (b *Builder) Loop(out uint16) uint16 { return b.add(part{op: opSplit, out: out, other: out}) }

// Close makes a loop of a part that Loop has added.
func (b *Builder) Close(loop, body uint16) {
	if !b.failed {
		b.parts[loop].out = body
	}
}

// Look adds a place in the text that stands between two sides.
func (b *Builder) Look(left, right Side, out uint16) uint16 {
	p := part{op: opLook, out: out}
	if left != Anything() {
		i := index(&b.left, left)
		if i >= maxLooks {
			b.failed = true
			return Match
		}
		p.look = 1 << i
	}
	p.set = uint16(index(&b.right, right))
	return b.add(p)
}

func index(sides *[]Side, side Side) int {
	for i := range *sides {
		if (*sides)[i] == side {
			return i
		}
	}
	*sides = append(*sides, side)
	return len(*sides) - 1
}

// Build returns the automaton that begins with a part. The Builder must not be used afterwards.
func (b *Builder) Build(start uint16) (*Automaton, error) {
	if b.failed {
		return nil, ErrTooLarge
	}
	a := &Automaton{parts: slices.Clone(b.parts), start: start, sides: uint8(len(b.left))}
	if !a.classify(b) {
		return nil, ErrTooLarge
	}
	for i := range b.left {
		if b.left[i].Edge {
			a.edge |= 1 << i
		}
	}
	near := newList(len(a.parts))
	a.reach(near, start, func(p *part) bool {
		return p.look == 0 ||
			b.left[bits.TrailingZeros8(p.look)] != Side{Edge: true}
	})
	a.anchored = !slices.ContainsFunc(near.members, func(i uint16) bool {
		return a.parts[i].op == opByte ||
			a.parts[i].op == opMatch
	})
	steps := 0
	for i := range a.parts {
		if p := &a.parts[i]; p.op == opLook {
			a.reach(near, uint16(i), func(*part) bool { return true })
			for _, j := range near.members {
				p.asks |= a.parts[j].look
			}
			if steps += len(near.members); steps > maxSteps {
				return nil, ErrTooLarge
			}
		}
	}
	a.reach(near, start, func(*part) bool { return false })
	a.findBeginning(near.members, b)
	a.reset(nil)
	return a, nil
}

// findBeginning notes those of some parts that a match begins with, and the bytes, if nothing else decides of that.
func (a *Automaton) findBeginning(parts []uint16, b *Builder) {
	a.begins = make([]bool, len(a.parts))
	a.skips = !a.anchored
	var first Set
	for _, i := range parts {
		switch p := &a.parts[i]; p.op {
		case opSplit:
			continue
		case opByte:
			for w, bits := range b.sets[p.set] {
				first[w] |= bits
			}
		default:
			a.skips = false
		}
		a.begins[i] = true
		a.beginning = append(a.beginning, i)
	}
	for c := range a.first {
		a.first[c] = first.Has(byte(c))
	}
}

// reach finds the parts that can be reached from one without taking a byte, by way of places for which through holds.
func (a *Automaton) reach(found *list, from uint16, through func(p *part) bool) {
	found.clear()
	found.add(from)
	for k := 0; k < len(found.members); k++ {
		switch p := &a.parts[found.members[k]]; {
		case p.op == opSplit:
			found.add(p.out)
			found.add(p.other)
		case p.op == opLook && through(p):
			found.add(p.out)
		}
	}
}

// classify sorts bytes that no part tells apart into classes, and adds one for a newline that ends the text and one for
// its end. It is false if there are too many.
func (a *Automaton) classify(b *Builder) bool {
	classes := []Set{Set{}.Not()}
	for i := range b.sets {
		classes = refine(classes, &b.sets[i])
	}
	for i := range b.left {
		classes = refine(classes, &b.left[i].Bytes)
	}
	for i := range b.right {
		classes = refine(classes, &b.right[i].Bytes)
	}
	count := len(classes)
	if count > maxClasses {
		return false
	}
	a.newline, a.end, a.stop = uint8(count), uint8(count+1), uint8(count+2)
	a.members = newMembers(count+2, len(b.sets), len(b.right))
	a.left = make([]uint8, count+2)
	a.stride = uint32(count + 3)
	for class, set := range classes {
		one := byte(0)
		for i, w := range set {
			for ; w != 0; w &= w - 1 {
				one = byte(i<<6 + bits.TrailingZeros64(w))
				a.class[one] = uint8(class)
			}
		}
		a.describe(uint8(class), one, b)
	}
	a.describe(a.newline, '\n', b)
	for i := range b.right {
		*a.members.right(a.newline, uint16(i)) = b.right[i].Newline
		*a.members.right(a.end, uint16(i)) = b.right[i].Edge
	}
	return true
}

// refine splits classes of bytes of which some are in a set and some are not.
func refine(classes []Set, s *Set) []Set {
	for i := range classes {
		var in, out Set
		for w, bits := range classes[i] {
			in[w], out[w] = bits&s[w], bits&^s[w]
		}
		if in != (Set{}) && out != (Set{}) {
			classes[i] = in
			classes = append(classes, out)
		}
	}
	return classes
}

// members are the sets and right sides that each class of bytes is in. Its memory has no pointers: there are many
// automata.
type members struct {
	in          []bool // by class: its sets, then its right sides
	sets, width int    // of a class: how many sets, and how many of both
}

func newMembers(classes, sets, right int) members {
	return members{make([]bool, classes*(sets+right)), sets, sets + right}
}

// set is whether a class is in a set.
func (m *members) set(class uint8, set uint16) *bool { return &m.in[int(class)*m.width+int(set)] }

// right is whether a class is in a right side.
func (m *members) right(class uint8, side uint16) *bool {
	return &m.in[int(class)*m.width+m.sets+int(side)]
}

// describe notes what a class is in, of which c is a byte.
func (a *Automaton) describe(class, c byte, b *Builder) {
	for i := range b.sets {
		*a.members.set(class, uint16(i)) = b.sets[i].Has(c)
	}
	for i := range b.right {
		*a.members.right(class, uint16(i)) = b.right[i].Bytes.Has(c)
	}
	for i := range b.left {
		if b.left[i].Bytes.Has(c) {
			a.left[class] |= 1 << i
		}
	}
}
