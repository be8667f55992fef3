package perlre

import (
	"asterism/rules/chain"
	"asterism/rules/literal"
)

// Chains are sequences of byte classes; each text that the expression matches has at least one of them. They replace
// literals if an expression has no useful ones: v[i1l][a4@]gra has too many.
type Chains struct {
	List   [][]chain.Link
	before int     // bytes from the start of a match to the end of such a chain in it, at most
	after  int     // bytes from the end of the chain to that of the match, at most
	rate   float64 // how often they occur per byte of text, by estimate
	cost   float64 // of looking for them and of trying the expression where they are, per byte of text
}

const (
	maxLinks  = 12  // of a chain: more say little more
	maxChains = 24  // of an expression
	linkCost  = 1.0 // of looking for a link
	tryCost   = 3e4 // of trying the expression where a chain is
)

// chainsOf returns the chains of a tree, nil if there are none of any use.
func chainsOf(root *node) *Chains {
	c := chainsIn(root)
	if c == nil || c.rate > maxRate {
		return nil
	}
	return c
}

// link is a link of a chain, and how many bytes it stands for at most.
type link struct {
	chain.Link
	width int
}

// chainsIn returns the best chains of a tree: a piece of it as one chain, or the chains of one of its parts.
func chainsIn(n *node) *Chains {
	switch n.kind {
	case group, atomicGroup:
		return chainsIn(n.subs[0])
	case alternate:
		return chainsOfAll(n.subs)
	case repeat:
		if n.min == 0 {
			return nil
		}
		rest := infinite
		if n.max != infinite {
			rest = (&node{kind: repeat, subs: n.subs, max: n.max - 1}).width()
		}
		return cheaper(chainsIn(n.subs[0]).within(0, rest), bestPiece(linksOf(n)))
	case concat:
		best := bestPiece(linksOf(n))
		for i, sub := range n.subs {
			if c := chainsIn(sub); cheaper(best, c) == c && c != nil {
				before, after := &node{kind: concat, subs: n.subs[:i]}, &node{kind: concat, subs: n.subs[i+1:]}
				best = c.within(before.width(), after.width())
			}
		}
		return best
	}
	return bestPiece(linksOf(n))
}

// chainsOfAll returns chains of each of some alternatives.
func chainsOfAll(subs []*node) *Chains {
	all := &Chains{}
	for _, sub := range subs {
		c := chainsIn(sub)
		if c == nil || len(all.List)+len(c.List) > maxChains {
			return nil
		}
		all.List = append(all.List, c.List...)
		all.before, all.after = widest(all.before, c.before), widest(all.after, c.after)
		all.rate, all.cost = all.rate+c.rate, all.cost+c.cost
	}
	return all
}

// cheaper returns which of two choices costs less.
func cheaper(a, b *Chains) *Chains {
	if a == nil || b != nil && b.cost < a.cost {
		return b
	}
	return a
}

// within returns the chains of a part of an expression as chains of the whole.
func (c *Chains) within(before, after int) *Chains {
	if c == nil {
		return nil
	}
	whole := *c
	whole.before, whole.after = plus(c.before, before), plus(c.after, after)
	return &whole
}

// bestPiece returns the piece of a chain that costs least, nil if there is none.
func bestPiece(links []link) *Chains {
	var best *Chains
	weighed := make([]literal.Weighed, len(links))
	for i := range links {
		weighed[i] = literal.Weigh(links[i].Link)
	}
	for i := range links {
		if links[i].Optional {
			continue
		}
		rates := literal.NewClasses()
		for j := i; j < len(links) && j-i < maxLinks; j++ {
			rate := rates.Next(weighed[j])
			if links[j].Optional {
				continue
			}
			c := &Chains{rate: rate, cost: tryCost*rate + linkCost*float64(j-i+1)}
			if cheaper(best, c) != c {
				if tryCost*rate < linkCost { // it does not get cheaper
					break
				}
				continue
			}
			piece := make([]chain.Link, 0, j-i+1)
			for k, l := range links {
				switch {
				case k < i:
					c.before = plus(c.before, l.width)
				case k <= j:
					c.before = plus(c.before, l.width)
					piece = append(piece, l.Link)
				default:
					c.after = plus(c.after, l.width)
				}
			}
			if end := &piece[len(piece)-1]; end.Repeats { // the first is enough
				end.Repeats = false
				c.after = plus(c.after, links[j].width)
			}
			c.List = [][]chain.Link{piece}
			best = c
		}
	}
	return best
}

// linksOf returns a chain that stands for all that a tree matches, and perhaps for more.
func linksOf(n *node) []link {
	switch n.kind {
	case char:
		return []link{{chain.Link{Bytes: n.set}, 1}}
	case concat:
		var links []link
		for _, sub := range n.subs {
			for _, l := range linksOf(sub) {
				links = appendLink(links, l)
			}
		}
		return links
	case group, atomicGroup:
		return linksOf(n.subs[0])
	case repeat:
		return linksOfRepeat(n)
	case empty, lookAround, assertion:
		return nil
	}
	return looseLinks(n)
}

// appendLink appends a link, as one with the last if both may be missing.
func appendLink(links []link, l link) []link {
	if n := len(links) - 1; n >= 0 && links[n].Optional && l.Optional {
		both := set(links[n].Bytes)
		both.addSet(l.Bytes)
		links[n] = link{chain.Link{Bytes: both, Optional: true, Repeats: true}, plus(links[n].width, l.width)}
		return links
	}
	return append(links, l)
}

// maxTimes is how often a repetition is spelled out.
const maxTimes = 8

func linksOfRepeat(n *node) (links []link) {
	sub := n.subs[0]
	one := linksOf(sub)
	times := min(n.min, maxTimes)
	if len(one)*times > 2*maxLinks {
		times = 1
	}
	for range times {
		for _, l := range one {
			links = appendLink(links, l)
		}
	}
	if n.max == times {
		return links
	}
	rest := *n
	rest.min = 0
	if n.max != infinite {
		rest.max -= times
	}
	if rest.width() == 0 {
		return links
	}
	return appendLink(links, link{chain.Link{Bytes: bytesOf(sub), Optional: true, Repeats: rest.width() != 1},
		rest.width()})
}

// looseLinks returns a chain of the bytes that a tree's matches begin with, and of those that may follow.
func looseLinks(n *node) []link {
	all, width, least := bytesOf(n), n.width(), n.least()
	if width == 0 {
		return nil
	}
	if least == 0 {
		return []link{{chain.Link{Bytes: all, Optional: true, Repeats: true}, width}}
	}
	first, _ := firstOf(n)
	links := []link{{chain.Link{Bytes: first}, 1}}
	for i := 1; i < min(least, maxTimes); i++ {
		links = append(links, link{chain.Link{Bytes: all}, 1})
	}
	if width != len(links) {
		rest := infinite
		if width != infinite {
			rest = width - len(links)
		}
		links = append(links, link{chain.Link{Bytes: all, Optional: true, Repeats: true}, rest})
	}
	return links
}

// bytesOf returns all bytes that may occur in a tree's matches.
func bytesOf(n *node) (all set) {
	switch n.kind {
	case char:
		return n.set
	case backref:
		return set{}.not()
	case lookAround:
		return all
	}
	for _, sub := range n.subs {
		all.addSet(bytesOf(sub))
	}
	return all
}
