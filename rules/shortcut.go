package rules

import (
	"cmp"
	"math"
)

// shortcut is the action of a shortcircuit line.
type shortcut uint8

const (
	shortOff shortcut = iota
	shortOn
	shortSpam
	shortHam
)

// ShortcutRule is the name under which it is among the hits that a shortcircuit rule ended the scan.
const ShortcutRule = "SHORTCIRCUIT"

// compileShortcuts gives the rules that a meta with a shortcircuit line depends on a priority that lets it be
// evaluated at its own, and sees to it that there is a rule to stand for the end of the scan.
func (s *Set) compileShortcuts() {
	for _, r := range s.rules {
		if r.short == shortOff {
			continue
		}
		s.shared.shortcuts = true
		s.hurry(r)
	}
	if s.shared.shortcut = s.byName[ShortcutRule]; s.shared.shortcut == nil {
		s.shared.shortcut = &Rule{Name: ShortcutRule, Description: "Not all rules were run: one of them decided",
			Flags: []string{"userconf", "noautolearn"}}
	}
}

// hurry gives the rules that a meta depends on at least its own priority. The metas' order leaves no cycles.
func (s *Set) hurry(meta *Rule) {
	for _, dep := range meta.operand {
		if !meta.inert && s.rules[dep].priority > meta.priority {
			s.rules[dep].priority = meta.priority
			s.hurry(s.rules[dep])
		}
	}
}

// shortcut evaluates the metas if a rule may end the scan here, where all rules up to a priority were tried, and
// reports whether one did: the first by priority.
func (sc *Scan) shortcut(last int) bool {
	if !sc.set.shared.shortcuts {
		return false
	}
	sc.evaluateMetas()
	var first *Rule
	for i := range sc.hits.all() {
		r := sc.set.rules[i]
		if r.short == shortOff || sc.values[i] == 0 || r.priority > last || !r.active[sc.scoreSet] {
			continue
		}
		if first == nil || cmp.Or(cmp.Compare(r.priority, first.priority), cmp.Compare(r.index, first.index)) < 0 {
			first = r
		}
	}
	if first == nil {
		return false
	}
	sc.stopped, sc.last = first.short, last
	return true
}

// shortcutHit returns the hit that stands for the end of the scan: its score is shortcircuit_spam_score or
// shortcircuit_ham_score if the rule that ended it said what the message is.
func (sc *Scan) shortcutHit() Hit {
	r := sc.set.shared.shortcut
	hit := Hit{Name: r.Name, Description: r.Description, Share: 1, Value: 1, Own: true, Rule: r}
	switch sc.stopped {
	case shortSpam:
		hit.Score = sc.set.cfg.Scoring.ShortcutSpam
	case shortHam:
		hit.Score = sc.set.cfg.Scoring.ShortcutHam
	}
	return hit
}

// Stopped reports whether a shortcircuit rule ended the scan, and its verdict: "spam", "ham", or "default" for none.
func (sc *Scan) Stopped() (verdict string, stopped bool) {
	switch sc.stopped {
	case shortOff:
		return "no", false
	case shortSpam:
		return "spam", true
	case shortHam:
		return "ham", true
	}
	return "default", true
}

// lastOfAll is the priority of the last phase.
const lastOfAll = math.MaxInt
