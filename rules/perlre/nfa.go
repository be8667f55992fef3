package perlre

// nfaState reads one byte of a set and goes on to the states that next lists, or accepts.
type nfaState struct {
	set    set
	next   int32 // where to go on: a node of the program
	accept int32 // number of the expression that is matched here; -1 for states that read
}

// union is several expressions as one nondeterministic automaton over bytes. It accepts wherever one of them matches,
// and perhaps elsewhere: assertions, look-around and back references are taken to hold, long repetitions to go on.
type union struct {
	states   []nfaState
	splits   [][2]int32 // nodes that are two others; their numbers are negative
	anchored []int32    // nodes where expressions begin that match at the start of the text only
	floating []int32    // nodes where the others begin
	copies   int        // repetitions spelt out before they go on for ever
}

// maxStates bounds the states of one expression.
const maxStates = 40_000

// newUnion compiles trees; their numbers are their places in the list.
func newUnion(roots []*node) *union {
	p := &union{}
	for i, root := range roots {
		before := len(p.states)
		for p.copies = 8; ; p.copies /= 2 {
			p.states = p.states[:before]
			accept := p.add(nfaState{accept: int32(i)})
			start := p.compile(root, accept)
			if len(p.states)-before < maxStates || p.copies <= 1 {
				if startsText(root) {
					p.anchored = append(p.anchored, start)
				} else {
					p.floating = append(p.floating, start)
				}
				break
			}
		}
	}
	return p
}

// startsText says whether a tree matches at the start of a text only.
func startsText(n *node) bool {
	switch n.kind {
	case assertion:
		return n.assert == textStart
	case concat:
		return startsText(n.subs[0])
	case group, atomicGroup:
		return startsText(n.subs[0])
	case alternate:
		for _, sub := range n.subs {
			if !startsText(sub) {
				return false
			}
		}
		return true
	}
	return false
}

func (p *union) add(s nfaState) int32 {
	p.states = append(p.states, s)
	return int32(len(p.states) - 1)
}

// split makes a node that is both a and b. Its number is the complement of its place in splits.
func (p *union) split(a, b int32) int32 {
	p.splits = append(p.splits, [2]int32{a, b})
	return ^int32(len(p.splits) - 1)
}

func (p *union) read(s set, next int32) int32 {
	return p.add(nfaState{set: s, next: next, accept: -1})
}

// compile returns the node where n begins, if next follows it.
func (p *union) compile(n *node, next int32) int32 {
	switch n.kind {
	case char:
		return p.read(n.set, next)
	case concat:
		for i := len(n.subs) - 1; i >= 0; i-- {
			next = p.compile(n.subs[i], next)
		}
	case alternate, condition:
		start := p.compile(n.subs[len(n.subs)-1], next)
		for i := len(n.subs) - 2; i >= 0; i-- {
			start = p.split(p.compile(n.subs[i], next), start)
		}
		return start
	case group, atomicGroup:
		return p.compile(n.subs[0], next)
	case backref:
		return p.loop(&node{kind: char, set: set{}.not()}, next)
	case repeat:
		return p.repeat(n, next)
	}
	return next
}

func (p *union) repeat(n *node, next int32) int32 {
	sub, low := n.subs[0], min(n.min, p.copies)
	optional := n.max - n.min
	if n.max == infinite || optional > p.copies || low < n.min {
		next = p.loop(sub, next)
	} else {
		after := next
		for range optional {
			next = p.split(p.compile(sub, next), after)
		}
	}
	for range low {
		next = p.compile(sub, next)
	}
	return next
}

// loop returns the node of any number of repetitions.
func (p *union) loop(sub *node, next int32) int32 {
	n := p.split(next, next)
	start := p.compile(sub, n)
	p.splits[^n] = [2]int32{start, next}
	return n
}

// closure collects the states that nodes stand for, each once.
type closure struct {
	program *union
	states  []int32
	marks   []uint32 // by node: splits, then states
	mark    uint32
}

func newClosure(p *union) *closure {
	return &closure{program: p, marks: make([]uint32, len(p.splits)+len(p.states))}
}

func (c *closure) begin() {
	c.states = c.states[:0]
	c.mark++
}

func (c *closure) add(n int32) {
	for {
		at := n + int32(len(c.program.splits))
		if n < 0 {
			at = ^n
		}
		if c.marks[at] == c.mark {
			return
		}
		c.marks[at] = c.mark
		if n >= 0 {
			c.states = append(c.states, n)
			return
		}
		c.add(c.program.splits[^n][0])
		n = c.program.splits[^n][1]
	}
}
