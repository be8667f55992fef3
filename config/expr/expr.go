// Package expr evaluates the boolean and arithmetic expressions of configuration files: the conditions of "if" lines and
// the bodies of meta rules. Operators and their precedence are Perl's; a value is a number, and not zero means true.
package expr

// Operand is a name in an expression whose value the caller knows.
type Operand struct {
	Name string // identifier, as written; may contain "::"
	Arg  string // text between the parentheses, if Call
	Call bool   // whether the name was followed by parentheses: plugin(Foo::Bar)
}

// Program is a parsed expression. It is immutable and may be evaluated concurrently.
type Program struct {
	code     []instr
	operands []Operand
	depth    int // stack slots needed
}

// Operands returns the names used, each once, in order of appearance. Eval asks for them by their index.
func (p *Program) Operands() []Operand { return p.operands }

type opcode uint8

const (
	opConst opcode = iota
	opOperand
	opNot
	opNeg
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
	opJumpFalse // keep the top and jump if it is false, else drop it: the left side of &&
	opJumpTrue  // keep the top and jump if it is true, else drop it: the left side of ||
)

type instr struct {
	op  opcode
	arg int     // operand index or jump target
	num float64 // constant
}

// maxStack is the stack that Eval keeps without allocating; deeper expressions are rare.
const maxStack = 16

// Eval returns the expression's value; value gives that of each operand by its index in Operands. Operands behind a
// deciding && or || are not asked for. A division by zero gives zero.
func (p *Program) Eval(value func(operand int) float64) float64 {
	var fixed [maxStack]float64
	stack := fixed[:0]
	if p.depth > maxStack {
		stack = make([]float64, 0, p.depth)
	}
	for pc := 0; pc < len(p.code); pc++ {
		in := &p.code[pc]
		top := len(stack) - 1
		switch in.op {
		case opConst:
			stack = append(stack, in.num)
		case opOperand:
			stack = append(stack, value(in.arg))
		case opNot:
			stack[top] = truth(stack[top] == 0)
		case opNeg:
			stack[top] = -stack[top]
		case opJumpFalse:
			if stack[top] == 0 {
				pc = in.arg - 1
			} else {
				stack = stack[:top]
			}
		case opJumpTrue:
			if stack[top] != 0 {
				pc = in.arg - 1
			} else {
				stack = stack[:top]
			}
		default:
			stack[top-1] = binary(in.op, stack[top-1], stack[top])
			stack = stack[:top]
		}
	}
	return stack[0]
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
