package perlre

import (
	"strconv"
	"strings"
)

// escape reads the text after a backslash outside brackets.
func (p *parser) escape() *node {
	if !p.more() {
		p.fail("backslash at the end")
	}
	c := p.text[p.pos]
	if s, ok := p.classEscape(); ok {
		return p.class(s)
	}
	switch c {
	case 'A', 'z', 'Z', 'b', 'B':
		p.pos++
		if c == 'b' && p.accept("{") {
			p.until("}") // kinds of Unicode boundaries
		}
		return p.place(assert(c))
	case 'G':
		p.pos++
		return p.place(textStart)
	case 'K':
		p.pos++
		return p.node(node{kind: empty})
	case 'R':
		p.pos++
		crlf := p.node(node{kind: concat, subs: []*node{p.class(setOf("\r")), p.class(setOf("\n"))}})
		return p.node(node{kind: alternate, subs: []*node{crlf, p.class(setOf("\n\v\f\r\x85"))}})
	case 'X', 'C':
		p.pos++
		return p.class(set{}.not())
	case 'g':
		p.pos++
		return p.groupRef()
	case 'k':
		p.pos++
		for _, quotes := range []string{"<>", "{}", "''"} {
			if p.accept(quotes[:1]) {
				return p.backrefName(p.until(quotes[1:]))
			}
		}
		p.fail(`\k without a name`)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		n := 0
		end := p.pos
		for end < len(p.text) && isDigit(p.text[end]) && n < 1000 {
			n = 10*n + int(p.text[end]-'0')
			end++
		}
		if n < 10 || n < len(p.names) { // else it is octal
			p.pos = end
			return p.backrefNumber(n)
		}
	}
	code, ok := p.charEscape()
	if !ok {
		return p.class(set{}) // a character that no byte is
	}
	return p.literal(code)
}

// groupRef reads the text after \g: 1, -1, {1}, {-1}, {name}.
func (p *parser) groupRef() *node {
	var name string
	if p.accept("{") {
		name = strings.TrimSpace(p.until("}"))
	} else {
		start := p.pos
		if p.more() && p.text[p.pos] == '-' {
			p.pos++
		}
		for p.more() && isDigit(p.text[p.pos]) {
			p.pos++
		}
		name = p.text[start:p.pos]
	}
	n, err := strconv.Atoi(name)
	if err != nil {
		return p.backrefName(name)
	}
	if n < 0 {
		n += len(p.names)
	}
	return p.backrefNumber(n)
}

// classEscape reads \d, \S, \p{…} and the like. It moves only if there is one.
func (p *parser) classEscape() (set, bool) {
	c := p.text[p.pos]
	if rest := p.text[p.pos:]; len(rest) > 2 && rest[:2] == "N{" && !isDigit(rest[2]) && rest[2] != ',' {
		return set{}, false // a character by its name or number
	}
	if s, ok := classEscape(c); ok {
		p.pos++
		return s, true
	}
	if c != 'p' && c != 'P' {
		return set{}, false
	}
	p.pos++
	var name string
	if p.accept("{") {
		name = p.until("}")
	} else if p.more() {
		name = p.text[p.pos : p.pos+1]
		p.pos++
	}
	name, negated := strings.CutPrefix(strings.TrimSpace(name), "^")
	s, ok := property(name)
	if !ok {
		p.fail("unknown property %q", name)
	}
	if negated != (c == 'P') {
		s = s.not()
	}
	return s, true
}

// charEscape reads an escaped character. It is not ok if the character's code is above 255.
func (p *parser) charEscape() (code byte, ok bool) {
	c := p.text[p.pos]
	p.pos++
	switch c {
	case 't':
		return '\t', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 'f':
		return '\f', true
	case 'e':
		return 0x1b, true
	case 'a':
		return 7, true
	case 'c':
		if !p.more() {
			p.fail(`\c at the end`)
		}
		c = p.text[p.pos]
		p.pos++
		if c >= 'a' && c <= 'z' {
			c -= 32
		}
		return c ^ 64, true
	case 'x':
		if p.accept("{") {
			return p.number(strings.TrimSpace(p.until("}")), 16)
		}
		start := p.pos
		for p.more() && p.pos < start+2 && strings.IndexByte("0123456789abcdefABCDEF", p.text[p.pos]) >= 0 {
			p.pos++
		}
		return p.number(p.text[start:p.pos], 16)
	case 'o':
		if p.accept("{") {
			return p.number(strings.TrimSpace(p.until("}")), 8)
		}
	case '0', '1', '2', '3', '4', '5', '6', '7':
		start := p.pos - 1
		for p.more() && p.pos < start+3 && p.text[p.pos] >= '0' && p.text[p.pos] <= '7' {
			p.pos++
		}
		return p.number(p.text[start:p.pos], 8)
	case 'N':
		if p.accept("{U+") {
			return p.number(p.until("}"), 16)
		}
		p.fail("named characters are not supported")
	}
	return c, true
}

func (p *parser) number(digits string, base int) (byte, bool) {
	if digits == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		p.fail("bad character code %q", digits)
	}
	return byte(n), n < 256
}

// brackets reads a class in brackets, behind the "[".
func (p *parser) brackets() *node {
	var s set
	negated := p.accept("^")
	for first := true; ; first = false {
		if !p.more() {
			p.fail("missing ]")
		}
		if !first && p.accept("]") {
			break
		}
		member, single, ok := p.member()
		if !ok {
			continue
		}
		if !single || p.pos+1 >= len(p.text) || p.text[p.pos] != '-' || p.text[p.pos+1] == ']' {
			s.addSet(member)
			continue
		}
		p.pos++ // the dash of a range
		low := member.first()
		last, single, ok := p.member()
		switch {
		case ok && !single: // [a-\d] is a, dash and digits
			s.addSet(member)
			s.addSet(last)
			s.add('-')
		case !ok: // up to a character that no byte is
			s.addRange(low, 255)
		case last.first() < low:
			p.fail("range out of order")
		default:
			s.addRange(low, last.first())
		}
	}
	if p.flags.i {
		s = s.fold()
	}
	if negated {
		s = s.not()
	}
	return p.class(s)
}

// member reads one character or class within brackets; single says that it is one character. It is not ok if the
// character is above 255.
func (p *parser) member() (s set, single, ok bool) {
	c := p.text[p.pos]
	if c == '[' && p.pos+1 < len(p.text) && p.text[p.pos+1] == ':' {
		if end := strings.Index(p.text[p.pos:], ":]"); end > 1 { // "[:]" is "[" or ":"
			name, negated := strings.CutPrefix(p.text[p.pos+2:p.pos+end], "^")
			if class, ok := posixClass(name); ok {
				p.pos += end + 2
				if negated {
					class = class.not()
				}
				return class, false, true
			}
		}
	}
	p.pos++
	if c != '\\' {
		s.add(c)
		return s, true, true
	}
	if !p.more() {
		p.fail("backslash at the end")
	}
	if class, isClass := p.classEscape(); isClass {
		return class, false, true
	}
	switch p.text[p.pos] {
	case 'b':
		p.pos++
		c = 8
	default:
		if c, ok = p.charEscape(); !ok {
			return s, true, false
		}
	}
	s.add(c)
	return s, true, true
}
