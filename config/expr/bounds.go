package expr

import "math"

// Bounds returns a lower and an upper bound of the expression's value, given bounds of each operand. They are equal if
// the known operands decide; they need not be the tightest.
func (p *Program) Bounds(bounds func(operand int32) (low, high float64)) (low, high float64) {
	s := p.bounds(p.root(), bounds)
	return s.low, s.high
}

func (p *Program) bounds(i int32, of func(operand int32) (low, high float64)) span {
	n := &p.nodes[i]
	switch n.op {
	case opConst:
		return span{p.consts[n.left], p.consts[n.left]}
	case opOperand:
		low, high := of(n.left)
		return span{low, high}
	}
	left := p.bounds(n.left, of)
	switch n.op {
	case opNot:
		return left.not()
	case opNeg:
		return left.neg()
	case opAnd, opOr:
		switch left.truth() {
		case truth(n.op == opOr):
			return left
		case truth(n.op == opAnd):
			return p.bounds(n.right, of)
		}
		right := p.bounds(n.right, of)
		if n.op == opAnd {
			return right.or(no)
		}
		return right.or(left)
	}
	return left.binary(n.op, p.bounds(n.right, of))
}

// Deciding returns operands that decide the expression's value: while their bounds stay, the expression's bounds stay,
// whatever the others. If both sides of an && are surely false, it returns the operands of the side with fewer.
func (p *Program) Deciding(bounds func(operand int32) (low, high float64)) []int32 {
	return p.decide(p.root(), bounds).by
}

// decided is the bounds of a part of an expression, and the operands that decide them.
type decided struct {
	span
	by []int32
}

func (p *Program) decide(i int32, bounds func(operand int32) (low, high float64)) decided {
	n := &p.nodes[i]
	switch n.op {
	case opConst:
		return decided{span: span{p.consts[n.left], p.consts[n.left]}}
	case opOperand:
		low, high := bounds(n.left)
		return decided{span{low, high}, []int32{n.left}}
	}
	left := p.decide(n.left, bounds)
	switch n.op {
	case opNot:
		left.span = left.not()
		return left
	case opNeg:
		left.span = left.neg()
		return left
	}
	right := p.decide(n.right, bounds)
	both := decided{no.or(left.span).or(right.span), append(left.by, right.by...)}
	switch {
	case n.op == opAnd && left.span == no && (right.span != no || len(left.by) <= len(right.by)):
		return left
	case n.op == opAnd && right.span == no:
		return right
	case n.op != opAnd && n.op != opOr:
		both.span = left.binary(n.op, right.span)
	}
	return both
}

// span is the numbers from low to high.
type span struct{ low, high float64 }

// no is the span of a false value.
var no = span{0, 0}

func (s span) certain() bool { return s.low == s.high }

func (s span) or(t span) span { return span{min(s.low, t.low), max(s.high, t.high)} }

func (s span) not() span {
	switch {
	case s.low > 0 || s.high < 0:
		return span{0, 0}
	case s.certain():
		return span{1, 1}
	}
	return span{0, 1}
}

func (s span) neg() span { return span{-s.high, -s.low} }

// truth is 0 if all numbers of s are false, 1 if all are true, neither if it depends.
func (s span) truth() float64 {
	switch {
	case s == no:
		return 0
	case s.low > 0 || s.high < 0:
		return 1
	}
	return 0.5
}

func (s span) binary(op opcode, t span) span {
	if s.certain() && t.certain() {
		v := binary(op, s.low, t.low)
		return span{v, v}
	}
	switch op {
	case opAdd:
		return span{s.low + t.low, s.high + t.high}.sane()
	case opSub:
		return span{s.low - t.high, s.high - t.low}.sane()
	case opMul:
		a, b, c, d := s.low*t.low, s.low*t.high, s.high*t.low, s.high*t.high
		return span{min(a, b, c, d), max(a, b, c, d)}.sane()
	case opLess:
		return test(s.high < t.low, s.low >= t.high)
	case opGreater:
		return test(s.low > t.high, s.high <= t.low)
	case opLessEq:
		return test(s.high <= t.low, s.low > t.high)
	case opGreaterEq:
		return test(s.low >= t.high, s.high < t.low)
	case opEqual:
		return test(false, s.high < t.low || s.low > t.high)
	case opNotEqual:
		return test(s.high < t.low || s.low > t.high, false)
	}
	return anything
}

// test returns the bounds of a comparison that is surely true, surely false, or neither.
func test(is, not bool) span {
	switch {
	case is:
		return span{1, 1}
	case not:
		return span{0, 0}
	}
	return span{0, 1}
}

// anything is the span of an unknown value.
var anything = span{-math.MaxFloat64, math.MaxFloat64}

// sane returns s, or anything if it has become more than numbers can say.
func (s span) sane() span {
	if s.low >= anything.low && s.high <= anything.high {
		return s
	}
	return anything
}
