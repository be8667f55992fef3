package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxNesting bounds parentheses and prefix operators inside each other.
const maxNesting = 500

// Parse compiles an expression. Errors say what was found where.
func Parse(text string) (*Program, error) {
	p := &parser{text: text, prog: &Program{}, index: map[Operand]int{}}
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
	index   map[Operand]int
	nesting int
	stack   int // slots in use
	err     error
}

// levels are the binary operators, loosest first. All are left-associative.
var levels = [...][]struct {
	tok string
	op  opcode
}{
	{{"||", opJumpTrue}},
	{{"&&", opJumpFalse}},
	{{"|", opBitOr}},
	{{"&", opBitAnd}},
	{{"==", opEqual}, {"!=", opNotEqual}},
	{{"<", opLess}, {">", opGreater}, {"<=", opLessEq}, {">=", opGreaterEq}},
	{{"+", opAdd}, {"-", opSub}},
	{{"*", opMul}, {"/", opDiv}, {"%", opMod}},
}

func (p *parser) level(n int) {
	if n == len(levels) {
		p.prefix()
		return
	}
	p.level(n + 1)
next:
	for p.err == nil {
		for _, l := range levels[n] {
			if p.tok != l.tok {
				continue
			}
			p.next()
			if l.op == opJumpTrue || l.op == opJumpFalse {
				jump := len(p.prog.code)
				p.emit(instr{op: l.op}, -1)
				p.level(n + 1)
				p.prog.code[jump].arg = len(p.prog.code)
			} else {
				p.level(n + 1)
				p.emit(instr{op: l.op}, -1)
			}
			continue next
		}
		return
	}
}

func (p *parser) prefix() {
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
		p.prefix()
		switch tok {
		case "!":
			p.emit(instr{op: opNot}, 0)
		case "-":
			p.emit(instr{op: opNeg}, 0)
		}
	case tok == "(":
		p.next()
		p.level(0)
		if p.tok != ")" {
			p.fail("missing )")
		}
		p.next()
	case isDigit(tok[0]) || tok[0] == '.':
		n, err := strconv.ParseFloat(tok, 64)
		if err != nil {
			p.fail("bad number %q", tok)
		}
		p.next()
		p.emit(instr{op: opConst, num: n}, 1)
	case isNameByte(tok[0]):
		p.operand(tok)
	default:
		p.fail("operand expected before %q", tok)
	}
}

func (p *parser) operand(name string) {
	o := Operand{Name: name}
	p.next()
	if p.tok == "(" {
		end := strings.IndexByte(p.text[p.pos:], ')')
		if end < 0 {
			p.fail("missing ) after %s", name)
			return
		}
		o.Call, o.Arg = true, strings.TrimSpace(p.text[p.pos:p.pos+end])
		p.pos += end + 1
		p.next()
	}
	i, known := p.index[o]
	if !known {
		i = len(p.prog.operands)
		p.index[o] = i
		p.prog.operands = append(p.prog.operands, o)
	}
	p.emit(instr{op: opOperand, arg: i}, 1)
}

// emit appends an instruction that changes the stack's height by grow.
func (p *parser) emit(in instr, grow int) {
	p.prog.code = append(p.prog.code, in)
	p.stack += grow
	p.prog.depth = max(p.prog.depth, p.stack)
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
