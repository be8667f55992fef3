package perlre

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dlclark/regexp2"
)

// other is an expression in dlclark/regexp2, which goes back as Perl does, too: what our own program finds is
// compared with what it finds. Bytes above 127 are characters for private use to it, which are no letters.
type other struct{ *regexp2.Regexp }

func newOther(t *testing.T, root *node) (other, bool) {
	t.Helper()
	if readsBackwards(root, false) {
		return other{}, false
	}
	re, err := regexp2.Compile(emitOther(root), regexp2.None)
	if err != nil {
		return other{}, false
	}
	re.MatchTimeout = 2 * time.Second
	return other{re}, true
}

// readsBackwards reports whether a look-behind has an atomic group beside or within something else: regexp2 matches
// look-behinds from right to left, so that the group there takes what we, from left to right, leave to what follows.
// Perl refuses most of them.
func readsBackwards(n *node, behind bool) bool {
	behind = behind || n.kind == lookAround && n.behind
	if behind && (n.kind == concat && len(n.subs) > 1 || n.kind == repeat) {
		for _, sub := range n.subs {
			if hasAtomic(sub) {
				return true
			}
		}
	}
	for _, sub := range n.subs {
		if readsBackwards(sub, behind) {
			return true
		}
	}
	return false
}

func hasAtomic(n *node) bool {
	return n.kind == atomicGroup || n.kind == repeat && n.mode == possessive || slices.ContainsFunc(n.subs, hasAtomic)
}

// find returns where each match begins and ends, up to a limit.
func (o other) find(text string, limit int) (places [][2]int, err error) {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = otherRune(text[i])
	}
	m, err := o.FindRunesMatch(runes)
	for m != nil && err == nil && len(places) < limit {
		places = append(places, [2]int{m.Index, m.Index + m.Length})
		m, err = o.FindNextMatch(m)
	}
	return places, err
}

func otherRune(c byte) rune {
	if c >= 0x80 {
		return 0xE000 + rune(c)
	}
	return rune(c)
}

// emitOther writes a tree in the syntax of regexp2.
func emitOther(n *node) (text string) {
	sub := func(i int) string { return "(?:" + emitOther(n.subs[i]) + ")" }
	switch n.kind {
	case char:
		for c := range 256 {
			if n.set.has(byte(c)) {
				text += fmt.Sprintf(`\u%04x`, otherRune(byte(c)))
			}
		}
		if text == "" {
			return "(?!)"
		}
		return "[" + text + "]"
	case concat:
		for i := range n.subs {
			text += sub(i)
		}
	case alternate:
		for i := range n.subs {
			if i > 0 {
				text += "|"
			}
			text += sub(i)
		}
		return "(?:" + text + ")"
	case repeat:
		high := ""
		if n.max != infinite {
			high = fmt.Sprint(n.max)
		}
		text = fmt.Sprintf("%s{%d,%s}", sub(0), n.min, high)
		switch n.mode {
		case lazy:
			text += "?"
		case possessive:
			text = "(?>" + text + ")"
		}
	case group:
		return "(" + emitOther(n.subs[0]) + ")"
	case atomicGroup:
		return "(?>" + sub(0) + ")"
	case lookAround:
		open := map[[2]bool]string{{false, false}: "(?=", {false, true}: "(?!", {true, false}: "(?<=", {true, true}: "(?<!"}
		return open[[2]bool{n.behind, n.negative}] + sub(0) + ")"
	case backref:
		if n.fold {
			return fmt.Sprintf(`(?i:\%d)`, n.index)
		}
		return fmt.Sprintf(`(?:\%d)`, n.index)
	case assertion:
		switch n.assert {
		case lineStart:
			return "(?m:^)"
		case lineEnd:
			return "(?m:$)"
		}
		return `\` + string(n.assert)
	case condition:
		return fmt.Sprintf("(?(%d)%s|%s)", n.index, sub(0), sub(1))
	}
	return text
}
