package perlre

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	maxNesting = 200     // groups within each other
	maxNodes   = 200_000 // of one expression
	maxRepeat  = 65_534  // Perl's own limit
)

type flags struct{ i, m, s, x, n bool }

func (f *flags) set(letter rune, on bool) bool {
	switch letter {
	case 'i':
		f.i = on
	case 'm':
		f.m = on
	case 's':
		f.s = on
	case 'x':
		f.x = on
	case 'n':
		f.n = on
	case 'a', 'd', 'l', 'u', 'p', 'o', 'g', 'c', '^':
	default:
		return false
	}
	return true
}

type parser struct {
	text    string
	pos     int
	flags   flags
	names   []string // of groups by number; [0] is the whole match
	nesting int
	nodes   int

	room []node  // for the next nodes
	subs []*node // of the groups around what is being read
}

// firstNodes is how many nodes room is made for at first, at most: there are hardly more than bytes of text.
const firstNodes = 64

// bad is a panic value that ends parsing; it does not leave parse.
type bad struct{ error }

func (p *parser) fail(format string, args ...any) {
	panic(bad{fmt.Errorf(format+" at byte %d", append(args, p.pos)...)})
}

// parse returns an expression's tree and the names of its groups.
func parse(text, letters string) (root *node, names []string, err error) {
	p := &parser{text: text, names: []string{""}}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bad:
			root, err = nil, r.error
		default: // a mistake of ours, not one in the expression
			root, err = nil, fmt.Errorf("cannot be read: %v", r)
		}
	}()
	for _, l := range letters {
		if !p.flags.set(l, true) {
			p.fail("unknown modifier %q", l)
		}
	}
	root = p.alternatives()
	if p.pos < len(text) {
		p.fail("unmatched )")
	}
	return root, p.names, nil
}

func (p *parser) node(n node) *node {
	if p.nodes++; p.nodes > maxNodes {
		p.fail("expression is too long")
	}
	if len(p.room) == 0 {
		p.room = make([]node, max(p.nodes, min(len(p.text)-p.pos+2, firstNodes)))
	}
	in := &p.room[0]
	*in, p.room = n, p.room[1:]
	return in
}

// since returns the subs from one on, and takes them away.
func (p *parser) since(first int) []*node {
	subs := slices.Clone(p.subs[first:])
	p.subs = p.subs[:first]
	return subs
}

func (p *parser) more() bool { return p.pos < len(p.text) }

func (p *parser) accept(s string) bool {
	if strings.HasPrefix(p.text[p.pos:], s) {
		p.pos += len(s)
		return true
	}
	return false
}

// until returns the text before the next delimiter, and moves behind that.
func (p *parser) until(delimiter string) string {
	i := strings.Index(p.text[p.pos:], delimiter)
	if i < 0 {
		p.fail("missing %s", delimiter)
	}
	s := p.text[p.pos : p.pos+i]
	p.pos += i + len(delimiter)
	return s
}

func (p *parser) alternatives() *node {
	one := p.sequence()
	if !p.more() || p.text[p.pos] != '|' {
		return one
	}
	first := len(p.subs)
	p.subs = append(p.subs, one)
	for p.accept("|") {
		p.subs = append(p.subs, p.sequence())
	}
	return p.node(node{kind: alternate, subs: p.since(first)})
}

func (p *parser) sequence() *node {
	first := len(p.subs)
	for p.more() {
		c := p.text[p.pos]
		if c == '|' || c == ')' {
			break
		}
		if p.flags.x && p.skipSpace() {
			continue
		}
		if n := p.atom(); n != nil {
			n = p.quantified(n)
			p.subs = append(p.subs, n)
		}
	}
	switch len(p.subs) - first {
	case 0:
		return p.node(node{kind: empty})
	case 1:
		n := p.subs[first]
		p.subs = p.subs[:first]
		return n
	}
	return p.node(node{kind: concat, subs: p.since(first)})
}

// skipSpace skips white space and comments where the x flag makes them insignificant.
func (p *parser) skipSpace() bool {
	start := p.pos
	for p.more() {
		switch c := p.text[p.pos]; {
		case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
			p.pos++
		case c == '#':
			if i := strings.IndexByte(p.text[p.pos:], '\n'); i >= 0 {
				p.pos += i
			} else {
				p.pos = len(p.text)
			}
		default:
			return p.pos > start
		}
	}
	return p.pos > start
}

// literal is one character; the i flag adds its other case.
func (p *parser) literal(c byte) *node {
	var s set
	s.add(c)
	if p.flags.i {
		s = s.fold()
	}
	return p.class(s)
}

func (p *parser) class(s set) *node { return p.node(node{kind: char, set: s}) }

func (p *parser) place(a assert) *node { return p.node(node{kind: assertion, assert: a}) }

// atom reads what a quantifier may follow. It returns nil for what is nothing: comments and flags.
func (p *parser) atom() *node {
	c := p.text[p.pos]
	p.pos++
	switch c {
	case '(':
		if p.nesting++; p.nesting > maxNesting {
			p.fail("expression is nested too deeply")
		}
		n := p.parenthesis()
		p.nesting--
		return n
	case '[':
		return p.brackets()
	case '.':
		if p.flags.s {
			return p.class(set{}.not())
		}
		return p.class(setOf("\n").not())
	case '^':
		if p.flags.m {
			return p.place(lineStart)
		}
		return p.place(textStart)
	case '$':
		if p.flags.m {
			return p.place(lineEnd)
		}
		return p.place(textEndLine)
	case '\\':
		return p.escape()
	case '*', '+', '?':
		p.fail("quantifier %q follows nothing", c)
	}
	return p.literal(c)
}

// quantified reads the quantifiers behind an atom.
func (p *parser) quantified(n *node) *node {
	for p.more() {
		if p.flags.x && p.skipSpace() {
			continue
		}
		low, high := 0, infinite
		switch c := p.text[p.pos]; {
		case c == '*':
		case c == '+':
			low = 1
		case c == '?':
			high = 1
		case c == '{':
			size := 0
			if low, high, size = p.bounds(); size == 0 {
				return n
			}
			p.pos += size - 1
		default:
			return n
		}
		p.pos++
		m := greedy
		if p.accept("?") {
			m = lazy
		} else if p.accept("+") {
			m = possessive
		}
		n = p.node(node{kind: repeat, subs: []*node{n}, min: low, max: high, mode: m})
		if p.more() && strings.IndexByte("*+?", p.text[p.pos]) >= 0 {
			p.fail("nested quantifiers")
		}
	}
	return n
}

// bounds reads {n}, {n,}, {n,m} or {,m} without moving; size is 0 if there is none of them.
func (p *parser) bounds() (low, high, size int) {
	end := strings.IndexByte(p.text[p.pos:], '}')
	if end < 0 {
		return 0, 0, 0
	}
	first, second, comma := strings.Cut(p.text[p.pos+1:p.pos+end], ",")
	first, second = strings.TrimSpace(first), strings.TrimSpace(second)
	if first == "" && second == "" {
		return 0, 0, 0
	}
	var err1, err2 error
	if first != "" {
		low, err1 = strconv.Atoi(first)
	}
	high = low
	if comma {
		high = infinite
		if second != "" {
			high, err2 = strconv.Atoi(second)
		}
	}
	if err1 != nil || err2 != nil || strings.ContainsAny(first+second, "+-") {
		return 0, 0, 0
	}
	if low > maxRepeat || high > maxRepeat {
		p.fail("repetition of more than %d", maxRepeat)
	}
	if high != infinite && high < low {
		p.fail("repetition from %d to %d", low, high)
	}
	return low, high, end + 1
}

// parenthesis reads the text after "(".
func (p *parser) parenthesis() *node {
	saved := p.flags
	if !p.accept("?") {
		if p.accept("*") {
			p.fail("verbs such as (*%s) are not supported", p.until(")"))
		}
		if p.flags.n {
			return p.closed(saved)
		}
		return p.capture("", saved)
	}
	switch {
	case p.accept("#"):
		p.until(")")
		return nil
	case p.accept(":"):
		return p.closed(saved)
	case p.accept(">"):
		return p.node(node{kind: atomicGroup, subs: []*node{p.closed(saved)}})
	case p.accept("="):
		return p.look(false, false, saved)
	case p.accept("!"):
		return p.look(true, false, saved)
	case p.accept("<="):
		return p.look(false, true, saved)
	case p.accept("<!"):
		return p.look(true, true, saved)
	case p.accept("P<"), p.accept("<"):
		return p.capture(p.until(">"), saved)
	case p.accept("'"):
		return p.capture(p.until("'"), saved)
	case p.accept("P="):
		return p.backrefName(p.until(")"))
	case p.accept("("):
		return p.conditional(saved)
	}
	// Flags: (?i), (?i-s), (?^i:…)
	on := true
	for p.more() {
		c := p.text[p.pos]
		p.pos++
		switch {
		case c == '-':
			on = false
		case c == '^':
			p.flags = flags{x: false}
		case c == ')':
			return nil // until the end of the group around it, which restores them
		case c == ':':
			return p.closed(saved)
		case !p.flags.set(rune(c), on):
			p.fail("(?%c is not supported", c)
		}
	}
	p.fail("missing )")
	return nil
}

// closed reads alternatives up to ")", and restores the flags of before the group.
func (p *parser) closed(saved flags) *node {
	n := p.alternatives()
	if !p.accept(")") {
		p.fail("missing )")
	}
	p.flags = saved
	return n
}

func (p *parser) capture(name string, saved flags) *node {
	index := len(p.names)
	p.names = append(p.names, name)
	return p.node(node{kind: group, index: index, subs: []*node{p.closed(saved)}})
}

func (p *parser) look(negative, behind bool, saved flags) *node {
	return p.node(node{kind: lookAround, negative: negative, behind: behind, subs: []*node{p.closed(saved)}})
}

func (p *parser) backrefName(name string) *node {
	index := slices.Index(p.names[1:], name) + 1
	if index == 0 {
		p.fail("reference to unknown group %q", name)
	}
	return p.node(node{kind: backref, index: index, fold: p.flags.i})
}

func (p *parser) backrefNumber(n int) *node {
	if n <= 0 || n >= len(p.names) {
		p.fail("reference to a group that does not exist")
	}
	return p.node(node{kind: backref, index: n, fold: p.flags.i})
}

// conditional reads (?(1)yes|no) and (?(<name>)yes|no).
func (p *parser) conditional(saved flags) *node {
	name := strings.Trim(p.until(")"), "<>'")
	index, err := strconv.Atoi(name)
	if err != nil {
		index = slices.Index(p.names[1:], name) + 1
	}
	if index <= 0 || index >= len(p.names) {
		p.fail("condition on a group that does not exist")
	}
	yes, no := p.sequence(), p.node(node{kind: empty})
	if p.accept("|") {
		no = p.sequence()
	}
	if !p.accept(")") {
		p.fail("missing )")
	}
	p.flags = saved
	return p.node(node{kind: condition, index: index, subs: []*node{yes, no}})
}
