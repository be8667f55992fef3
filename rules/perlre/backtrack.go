package perlre

import "slices"

// opcode is the operation of an instruction of a backtracking program.
type opcode uint8

const (
	opSet      opcode = iota // one byte of a set
	opRun                    // bytes of a set, from min to max
	opSplit                  // goes on at x, or else at y
	opJump                   // goes on at x
	opOpen                   // group x begins
	opClose                  // group x ends
	opPlace                  // a place in the text
	opBackref                // what group x matched
	opIf                     // goes on if group x matched, else at y
	opLook                   // look-around: the program behind it; goes on at y
	opAtomic                 // the program behind it, as it first matches; goes on at y
	opRepeat                 // a repetition with the counter in slot x begins
	opAgain                  // one more time, which opEnter begins, or goes on at y
	opEnter                  // counts, and notes where in the text this time begins
	opEnd                    // the program of opLook or opAtomic has matched
	opEndThere               // the same if it ends where it must: look-behind
	opMatch                  // the expression has matched
)

// inst is an instruction. Those behind it are what follows, if nothing else is said.
type inst struct {
	op               opcode
	mode             mode   // opRun, opAgain
	negative, behind bool   // opLook
	fold             bool   // opBackref
	assert           assert // opPlace
	x, y             int32
	min, max         int32 // opRun, opAgain: times; opLook: widths of what is looked at, if behind. max may be infinite
	set              int32 // opSet, opRun: index of the set
	next             int32 // opRun: index of a set of which one follows; 0 if unknown
}

// Slots of a program: of each group where it was opened, and where its text begins and ends; behind these of each
// counted repetition how often and where this time began.
const (
	slotOpen  = 0
	slotStart = 1
	slotEnd   = 2
	perGroup  = 3
)

// backtracker is an expression as a program that tries its ways in the order in which Perl does.
type backtracker struct {
	code     []inst
	sets     []set // each once; the first is unused
	slots    int
	first    *set // bytes that a match begins with; nil if it may be empty
	anchored bool // matches at the start of the text only
	byLine   bool // matches at the start of lines only
}

// newBacktracker returns the program of a tree with so many groups, the whole match counted.
func newBacktracker(root *node, groups int) *backtracker {
	b := &backtracker{slots: perGroup * groups, sets: make([]set, 1)}
	b.emit(root)
	b.add(inst{op: opMatch})
	for i := range b.code {
		if b.code[i].op == opRun {
			if next, ok := b.nextOf(i+1, maxAhead); ok {
				b.code[i].next = b.setIndex(next)
			}
		}
	}
	b.code, b.sets = slices.Clip(b.code), slices.Clip(b.sets)
	if first, empty := firstOf(root); !empty {
		b.first = &first
	}
	if in := b.code[0]; in.op == opPlace {
		b.anchored, b.byLine = in.assert == textStart, in.assert == lineStart
	}
	return b
}

// maxAhead is how many instructions are looked at to find the byte that must follow a run.
const maxAhead = 16

// nextOf returns the bytes that the program from an instruction on can begin with. It is not ok if it may match
// nothing, or if that takes more than some instructions to find out.
func (b *backtracker) nextOf(pc, limit int) (next set, ok bool) {
	for ; limit > 0; limit-- {
		switch in := &b.code[pc]; in.op {
		case opSet:
			next.addSet(b.sets[in.set])
			return next, true
		case opRun:
			next.addSet(b.sets[in.set])
			if in.min > 0 {
				return next, true
			}
			pc++
		case opOpen, opClose, opPlace:
			pc++
		case opJump:
			pc = int(in.x)
		case opSplit:
			one, ok1 := b.nextOf(int(in.x), limit/2)
			other, ok2 := b.nextOf(int(in.y), limit/2)
			next.addSet(one)
			next.addSet(other)
			return next, ok1 && ok2
		default:
			return next, false
		}
	}
	return next, false
}

// setIndex returns the index of a set.
func (b *backtracker) setIndex(s set) int32 {
	for i := 1; i < len(b.sets); i++ {
		if b.sets[i] == s {
			return int32(i)
		}
	}
	b.sets = append(b.sets, s)
	return int32(len(b.sets) - 1)
}

func (b *backtracker) add(in inst) int32 {
	b.code = append(b.code, in)
	return b.here() - 1
}

// here is the number of the instruction that is added next.
func (b *backtracker) here() int32 { return int32(len(b.code)) }

func (b *backtracker) emit(n *node) {
	switch n.kind {
	case char:
		b.add(inst{op: opSet, set: b.setIndex(n.set)})
	case concat:
		for _, sub := range n.subs {
			b.emit(sub)
		}
	case alternate:
		b.alternatives(n.subs)
	case repeat:
		b.repeat(n)
	case group:
		b.add(inst{op: opOpen, x: int32(n.index)})
		b.emit(n.subs[0])
		b.add(inst{op: opClose, x: int32(n.index)})
	case atomicGroup:
		b.atomic(n.subs[0])
	case lookAround:
		look := b.add(inst{op: opLook, negative: n.negative, behind: n.behind})
		end := opEnd
		if n.behind {
			end = opEndThere
			b.code[look].min, b.code[look].max = int32(n.subs[0].least()), int32(n.subs[0].width())
		}
		b.emit(n.subs[0])
		b.add(inst{op: end})
		b.code[look].y = b.here()
	case backref:
		b.add(inst{op: opBackref, x: int32(n.index), fold: n.fold})
	case assertion:
		b.add(inst{op: opPlace, assert: n.assert})
	case condition:
		test := b.add(inst{op: opIf, x: int32(n.index)})
		b.emit(n.subs[0])
		jump := b.add(inst{op: opJump})
		b.code[test].y = b.here()
		b.emit(n.subs[1])
		b.code[jump].x = b.here()
	}
}

func (b *backtracker) alternatives(subs []*node) {
	var jumps []int32
	for _, sub := range subs[:len(subs)-1] {
		split := b.add(inst{op: opSplit})
		b.code[split].x = b.here()
		b.emit(sub)
		jumps = append(jumps, b.add(inst{op: opJump}))
		b.code[split].y = b.here()
	}
	b.emit(subs[len(subs)-1])
	for _, jump := range jumps {
		b.code[jump].x = b.here()
	}
}

func (b *backtracker) atomic(n *node) {
	start := b.add(inst{op: opAtomic})
	b.emit(n)
	b.add(inst{op: opEnd})
	b.code[start].y = b.here()
}

func (b *backtracker) repeat(n *node) {
	sub := n.subs[0]
	switch {
	case n.max == 0: // nothing
	case sub.kind == char:
		b.add(inst{op: opRun, mode: n.mode, set: b.setIndex(sub.set), min: int32(n.min), max: int32(n.max)})
	case n.mode == possessive:
		again := *n
		again.mode = greedy
		b.atomic(&again)
	case n.min == 0 && n.max == 1:
		split := b.add(inst{op: opSplit})
		b.code[split].x = b.here()
		b.emit(sub)
		b.code[split].y = b.here()
		b.prefer(split, n.mode)
	case n.min <= 1 && n.max == infinite && sub.least() > 0: // nothing to count
		start := b.here()
		if n.min == 1 {
			b.emit(sub)
		}
		split := b.add(inst{op: opSplit})
		if n.min == 1 {
			b.code[split].x = start
		} else {
			b.code[split].x = b.here()
			b.emit(sub)
			b.add(inst{op: opJump, x: split})
		}
		b.code[split].y = b.here()
		b.prefer(split, n.mode)
	default:
		slot := int32(b.slots)
		b.slots += 2
		b.add(inst{op: opRepeat, x: slot})
		again := b.add(inst{op: opAgain, mode: n.mode, x: slot, min: int32(n.min), max: int32(n.max)})
		b.add(inst{op: opEnter, x: slot})
		b.emit(sub)
		b.add(inst{op: opJump, x: again})
		b.code[again].y = b.here()
	}
}

// prefer makes a split whose x is the repetition's body try what its mode says first.
func (b *backtracker) prefer(split int32, m mode) {
	if in := &b.code[split]; m == lazy {
		in.x, in.y = in.y, in.x
	}
}

// least returns the length of the shortest text that the tree matches, or less.
func (n *node) least() int {
	switch n.kind {
	case char:
		return 1
	case concat, group, atomicGroup:
		sum := 0
		for _, sub := range n.subs {
			sum = min(sum+sub.least(), maxWidth)
		}
		return sum
	case alternate, condition:
		least := n.subs[0].least()
		for _, sub := range n.subs[1:] {
			least = min(least, sub.least())
		}
		return least
	case repeat:
		return min(n.subs[0].least()*n.min, maxWidth)
	}
	return 0
}

// firstOf returns the bytes that what the tree matches begins with, and whether it may be empty.
func firstOf(n *node) (first set, empty bool) {
	switch n.kind {
	case char:
		return n.set, false
	case concat:
		for _, sub := range n.subs {
			some, none := firstOf(sub)
			if first.addSet(some); !none {
				return first, false
			}
		}
		return first, true
	case alternate, condition:
		for _, sub := range n.subs {
			some, none := firstOf(sub)
			first.addSet(some)
			empty = empty || none
		}
		return first, empty
	case group, atomicGroup:
		return firstOf(n.subs[0])
	case repeat:
		first, empty = firstOf(n.subs[0])
		return first, empty || n.min == 0
	case backref:
		return set{}.not(), true
	}
	return first, true
}
