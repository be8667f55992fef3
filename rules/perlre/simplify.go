package perlre

// simplify rewrites look-around of single characters that stands beside a character into a smaller class: (?!a)[a-c] is
// [bc]. The result matches the same.
func simplify(n *node) {
	for _, sub := range n.subs {
		simplify(sub)
	}
	if n.kind != concat {
		return
	}
	kept := n.subs[:0]
	for i, sub := range n.subs {
		if s, ok := lookSet(sub); ok && !sub.behind && i+1 < len(n.subs) && n.subs[i+1].kind == char {
			n.subs[i+1].set = n.subs[i+1].set.and(s)
			continue
		}
		if s, ok := lookSet(sub); ok && sub.behind && len(kept) > 0 && kept[len(kept)-1].kind == char {
			last := *kept[len(kept)-1]
			last.set = last.set.and(s)
			kept[len(kept)-1] = &last
			continue
		}
		kept = append(kept, sub)
	}
	n.subs = kept
}

// lookSet returns the characters that look-around of one character allows there.
func lookSet(n *node) (set, bool) {
	if n.kind != lookAround || n.subs[0].kind != char {
		return set{}, false
	}
	if n.negative {
		return n.subs[0].set.not(), true
	}
	return n.subs[0].set, true
}

// searchOnly returns a tree that matches somewhere in a text if and only if n does, with the look-around at its ends as
// ordinary parts. Where and how often it matches may differ.
func searchOnly(n *node) *node {
	switch n.kind {
	case concat:
		subs := append([]*node(nil), n.subs...)
		subs[0] = consume(subs[0], true)
		last := len(subs) - 1
		subs[last] = consume(subs[last], false)
		return &node{kind: concat, subs: subs}
	case alternate:
		subs := make([]*node, len(n.subs))
		for i, sub := range n.subs {
			subs[i] = searchOnly(sub)
		}
		return &node{kind: alternate, subs: subs}
	}
	return consume(consume(n, true), false)
}

// consume turns look-behind at the start or look-ahead at the end of an expression into the text it wants there.
func consume(n *node, atStart bool) *node {
	if n.kind != lookAround || n.behind != atStart {
		return n
	}
	if !n.negative {
		return n.subs[0]
	}
	s, ok := lookSet(n)
	if !ok {
		return n
	}
	edge := &node{kind: assertion, assert: textEnd}
	if atStart {
		edge.assert = textStart
	}
	return &node{kind: alternate, subs: []*node{{kind: char, set: s}, edge}}
}
