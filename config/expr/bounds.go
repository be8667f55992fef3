package expr

import "math"

// Bounds returns two numbers that the expression's value lies between, wherever each operand lies between the two that
// bounds gives. They are equal where what is known decides; they need not be the tightest that there are.
func (p *Program) Bounds(bounds func(operand int) (low, high float64)) (low, high float64) {
	var fixed [maxStack]span
	stack := fixed[:0]
	var few [maxStack]jump
	jumps := few[:0] // those that may have been taken, the innermost last
	for pc := 0; ; pc++ {
		top := len(stack) - 1
		for n := len(jumps) - 1; n >= 0 && jumps[n].target == pc; n-- {
			stack[top] = stack[top].or(jumps[n].value)
			jumps = jumps[:n]
		}
		if pc == len(p.code) {
			return stack[0].low, stack[0].high
		}
		in := &p.code[pc]
		switch in.op {
		case opConst:
			stack = append(stack, span{in.num, in.num})
		case opOperand:
			low, high := bounds(in.arg)
			stack = append(stack, span{low, high})
		case opNot:
			stack[top] = stack[top].not()
		case opNeg:
			stack[top] = span{-stack[top].high, -stack[top].low}
		case opJumpFalse, opJumpTrue:
			left := stack[top]
			jumps, left = left.follow(in, jumps)
			if left.certain() && (left.low != 0) == (in.op == opJumpTrue) {
				pc = in.arg - 1
			} else {
				stack = stack[:top]
			}
		default:
			stack[top-1] = stack[top-1].binary(in.op, stack[top])
			stack = stack[:top]
		}
	}
}

// Deciding returns operands that decide the expression's value: as long as their bounds stay as they are, so do the
// expression's, whatever becomes of the others. Where both sides of an && are surely false, those of one of them do, for which
// the sum of what odds gives is smaller: how likely each operand is to change.
func (p *Program) Deciding(bounds func(operand int) (low, high float64), odds func(operand int) int) []int {
	return p.decide(0, len(p.code), bounds, odds).by
}

// decided is the bounds of a part of an expression, the operands that decide them, and the sum of their odds.
type decided struct {
	span
	by   []int
	odds int
}

// decide is Deciding for a part of the code.
func (p *Program) decide(start, end int, bounds func(operand int) (low, high float64), odds func(operand int) int) decided {
	var stack []decided
	for pc := start; pc < end; pc++ {
		in := &p.code[pc]
		top := len(stack) - 1
		switch in.op {
		case opConst:
			stack = append(stack, decided{span: span{in.num, in.num}})
		case opOperand:
			low, high := bounds(in.arg)
			stack = append(stack, decided{span{low, high}, []int{in.arg}, odds(in.arg)})
		case opNot:
			stack[top].span = stack[top].not()
		case opNeg:
			stack[top].span = span{-stack[top].high, -stack[top].low}
		case opJumpFalse, opJumpTrue:
			right := p.decide(pc+1, in.arg, bounds, odds)
			stack[top] = stack[top].join(right, in.op == opJumpFalse)
			pc = in.arg - 1
		default:
			left, right := stack[top-1], stack[top]
			stack[top-1] = left.with(right, left.binary(in.op, right.span))
			stack = stack[:top]
		}
	}
	return stack[0]
}

// join returns what d && right, or d || right, is decided by.
func (d decided) join(right decided, and bool) decided {
	no := span{0, 0}
	switch {
	case and && d.span == no && (right.span != no || d.odds <= right.odds):
		return d
	case and && right.span == no:
		return right
	}
	return d.with(right, no.or(d.span).or(right.span))
}

// with returns what two parts together are decided by, and their bounds.
func (d decided) with(other decided, bounds span) decided {
	return decided{bounds, append(d.by, other.by...), d.odds + other.odds}
}

// span is the numbers from low to high.
type span struct{ low, high float64 }

// jump is a jump that may have been taken, and the value that it would have left.
type jump struct {
	target int
	value  span
}

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

// follow looks at a jump behind the left side of && or ||. If it may be taken or not, it is noted, and what follows is
// computed as well. A left side that is surely true, whatever its value, counts as certain for &&.
func (s span) follow(in *instr, jumps []jump) ([]jump, span) {
	switch {
	case s.certain():
		return jumps, s
	case s.low > 0 || s.high < 0: // true
		if in.op == opJumpFalse {
			return jumps, span{1, 1}
		}
	case in.op == opJumpFalse:
		return append(jumps, jump{in.arg, span{0, 0}}), s
	}
	return append(jumps, jump{in.arg, s}), s
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

// anything is what is said where nothing is known.
var anything = span{-math.MaxFloat64, math.MaxFloat64}

// sane returns s, or anything if it has become more than numbers can say.
func (s span) sane() span {
	if s.low >= anything.low && s.high <= anything.high {
		return s
	}
	return anything
}
