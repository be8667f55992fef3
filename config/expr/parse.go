package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxNesting = 500     // parentheses and prefix operators inside each other
	maxNodes   = 100_000 // operators, operands and constants: evaluation may call itself once for each
)

// Parse compiles an expression. Errors have the token and its place.
func Parse(text string) (*Program, error) {
	p := &parser{text: text, prog: &Program{}, index: map[Operand]int32{}}
	p.next()
	if p.tok == "" && p.err == nil {
		return nil, errors.New("empty expression")
	}
	p.level(0)
	if p.err == nil && p.tok != "" {
		p.fail("unexpected %q", p.tok)
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.prog, nil
}

type parser struct {
	text    string
	pos     int    // of what follows tok
	tok     string // current token, empty at the end
	prog    *Program
	index   map[Operand]int32
	nesting int
	err     error
}

// levels are the binary operators, loosest first. All are left-associative.
var levels = [...][]struct {
	tok string
	op  opcode
}{
	{{"||", opOr}},
	{{"&&", opAnd}},
	{{"|", opBitOr}},
	{{"&", opBitAnd}},
	{{"==", opEqual}, {"!=", opNotEqual}},
	{{"<", opLess}, {">", opGreater}, {"<=", opLessEq}, {">=", opGreaterEq}},
	{{"+", opAdd}, {"-", opSub}},
	{{"*", opMul}, {"/", opDiv}, {"%", opMod}},
}

// level reads operators from a level on, and returns the node of their arguments.
func (p *parser) level(n int) int32 {
	if n == len(levels) {
		return p.prefix()
	}
	left := p.level(n + 1)
next:
	for p.err == nil {
		for _, l := range levels[n] {
			if p.tok == l.tok {
				p.next()
				left = p.node(l.op, left, p.level(n+1))
				continue next
			}
		}
		break
	}
	return left
}

func (p *parser) prefix() (n int32) {
	if p.nesting++; p.nesting > maxNesting {
		p.fail("expression is nested too deeply")
	}
	defer func() { p.nesting-- }()
	switch tok := p.tok; {
	case p.err != nil:
	case tok == "":
		p.fail("operand expected at the end")
	case tok == "!", tok == "-", tok == "+":
		p.next()
		n = p.prefix()
		switch tok {
		case "!":
			n = p.node(opNot, n, 0)
		case "-":
			n = p.node(opNeg, n, 0)
		}
	case tok == "(":
		p.next()
		n = p.level(0)
		if p.tok != ")" {
			p.fail("missing )")
		}
		p.next()
	case isDigit(tok[0]) || tok[0] == '.':
		number, err := strconv.ParseFloat(tok, 64)
		if err != nil {
			p.fail("bad number %q", tok)
		}
		p.next()
		p.prog.consts = append(p.prog.consts, number)
		n = p.node(opConst, int32(len(p.prog.consts)-1), 0)
	case isNameByte(tok[0]):
		n = p.operand(tok)
	default:
		p.fail("operand expected before %q", tok)
	}
	return n
}

func (p *parser) operand(name string) int32 {
	o := Operand{Name: name}
	p.next()
	if p.tok == "(" {
		end := strings.IndexByte(p.text[p.pos:], ')')
		if end < 0 {
			p.fail("missing ) after %s", name)
			return 0
		}
		o.Call, o.Arg = true, strings.TrimSpace(p.text[p.pos:p.pos+end])
		p.pos += end + 1
		p.next()
	}
	i, known := p.index[o]
	if !known {
		i = int32(len(p.prog.operands))
		p.index[o] = i
		p.prog.operands = append(p.prog.operands, o)
	}
	return p.node(opOperand, i, 0)
}

// node appends a node and returns its index.
func (p *parser) node(op opcode, left, right int32) int32 {
	if len(p.prog.nodes) == maxNodes {
		p.fail("expression is too long")
		return 0
	}
	p.prog.nodes = append(p.prog.nodes, node{op, left, right})
	return int32(len(p.prog.nodes) - 1)
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// next reads the next token into p.tok.
func (p *parser) next() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n\f\v", p.text[p.pos]) >= 0 {
		p.pos++
	}
	start := p.pos
	if start == len(p.text) {
		p.tok = ""
		return
	}
	switch c := p.text[start]; {
	case isDigit(c) || c == '.':
		for p.pos < len(p.text) && (isDigit(p.text[p.pos]) || p.text[p.pos] == '.') {
			p.pos++
		}
	case isNameByte(c):
		for p.pos < len(p.text) && (isNameByte(p.text[p.pos]) || isDigit(p.text[p.pos]) || p.text[p.pos] == ':') {
			p.pos++
		}
	case strings.IndexByte("()+*/%-", c) >= 0:
		p.pos++
	case strings.IndexByte("&|<>=!", c) >= 0:
		p.pos++
		if p.pos < len(p.text) {
			switch p.text[start : p.pos+1] {
			case "&&", "||", "<=", ">=", "==", "!=":
				p.pos++
			}
		}
	default:
		p.fail("unexpected %q", c)
		p.tok = ""
		return
	}
	p.tok = p.text[start:p.pos]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
