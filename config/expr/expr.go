// Package expr evaluates the boolean and arithmetic expressions of configuration files: the conditions of "if" lines
// and the bodies of meta rules. Operators and their precedence are Perl's; a value is a number, and not zero means
// true.
package expr

// Operand is a name in an expression; the caller supplies its value.
type Operand struct {
	Name string // identifier, as written; may contain "::"
	Arg  string // text between the parentheses, if Call
	Call bool   // whether the name was followed by parentheses: plugin(Foo::Bar)
}

// Program is a parsed expression. It is immutable and may be evaluated concurrently.
type Program struct {
	nodes    []node // each comes after those it depends on, so that the last is the whole expression
	consts   []float64
	operands []Operand
}

// Operands returns the names used, each once, in order of appearance. Eval refers to them by their index.
func (p *Program) Operands() []Operand { return p.operands }

// Numbered returns a Program that refers to operands by the caller's numbers instead of their indices. An operand with
// a negative number is 0.
func (p *Program) Numbered(numbers []int32) *Program {
	q := &Program{nodes: make([]node, len(p.nodes)), consts: append(p.consts[:len(p.consts):len(p.consts)], 0),
		operands: p.operands}
	for i, n := range p.nodes {
		if n.op == opOperand {
			if n.left = numbers[n.left]; n.left < 0 {
				n.op, n.left = opConst, int32(len(p.consts))
			}
		}
		q.nodes[i] = n
	}
	return q
}

type opcode uint8

const (
	opConst opcode = iota
	opOperand
	opNot
	opNeg
	opAnd
	opOr
	opMul
	opDiv
	opMod
	opAdd
	opSub
	opLess
	opGreater
	opLessEq
	opGreaterEq
	opEqual
	opNotEqual
	opBitAnd
	opBitOr
)

// node is an operator with the indices of its arguments, a constant or an operand.
type node struct {
	op          opcode
	left, right int32 // of a constant, left is its index in consts, of an operand its number
}

// root is the index of the node that is the whole expression.
func (p *Program) root() int32 { return int32(len(p.nodes) - 1) }

// Eval returns the expression's value; value returns an operand's value by its index in Operands. Operands after a
// deciding && or || are not evaluated. A division by zero gives zero.
func (p *Program) Eval(value func(operand int32) float64) float64 { return p.eval(p.root(), value) }

func (p *Program) eval(i int32, value func(operand int32) float64) float64 {
	n := &p.nodes[i]
	switch n.op {
	case opConst:
		return p.consts[n.left]
	case opOperand:
		return value(n.left)
	}
	left := p.eval(n.left, value)
	switch n.op {
	case opNot:
		return truth(left == 0)
	case opNeg:
		return -left
	case opAnd, opOr:
		if (left != 0) == (n.op == opOr) {
			return left
		}
		return p.eval(n.right, value)
	}
	return binary(n.op, left, p.eval(n.right, value))
}

func binary(op opcode, a, b float64) float64 {
	switch op {
	case opMul:
		return a * b
	case opDiv:
		if b == 0 {
			return 0
		}
		return a / b
	case opMod:
		if int64(b) == 0 {
			return 0
		}
		return float64(int64(a) % int64(b))
	case opAdd:
		return a + b
	case opSub:
		return a - b
	case opLess:
		return truth(a < b)
	case opGreater:
		return truth(a > b)
	case opLessEq:
		return truth(a <= b)
	case opGreaterEq:
		return truth(a >= b)
	case opEqual:
		return truth(a == b)
	case opNotEqual:
		return truth(a != b)
	case opBitAnd:
		return float64(int64(a) & int64(b))
	default:
		return float64(int64(a) | int64(b))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
