package rules

import (
	"slices"
	"strconv"
	"strings"

	"asterism/config"
)

// ScoreLimit bounds the points of a group of rules about one fact, which counts once.
type ScoreLimit struct {
	Name   string
	Points float64 // 0 is no limit
	Rules  []string

	line config.Line // the last one about it
}

// ScoreLimits returns the limits in the order in which they are applied.
func (s *Set) ScoreLimits() []ScoreLimit { return s.limits }

// limit reads "score_limit NAME POINTS RULE...". Further lines of a name add rules, and their points replace those
// before.
func (b *builder) limit(name, value string) {
	number, names := cutWord(value)
	points, err := strconv.ParseFloat(number, 64)
	if err != nil || points < 0 || points-points != 0 { // infinite or not a number
		b.warn("score_limit %s: %q is not a number of points", name, number)
		return
	}
	i := slices.IndexFunc(b.limits, func(l ScoreLimit) bool { return l.Name == name })
	if i < 0 {
		i = len(b.limits)
		b.limits = append(b.limits, ScoreLimit{Name: name})
	}
	l := &b.limits[i]
	l.Points, l.line = points, b.line
	l.Rules = append(l.Rules, strings.Fields(names)...)
}

// resolveLimits assigns the limits to their rules, and warns of limits without effect.
func (b *builder) resolveLimits() {
	for _, l := range b.limits {
		members := 0
		for _, name := range l.Rules {
			switch r := b.set.byName[name]; {
			case r == nil:
				b.warnAt(l.line, "score_limit %s: there is no rule %s", l.Name, name)
			case r.sub:
				b.warnAt(l.line, "score_limit %s: %s has no score of its own", l.Name, name)
			case slices.Contains(r.limits, int32(len(b.set.limits))):
				b.warnAt(l.line, "score_limit %s: names %s twice", l.Name, name)
			default:
				r.limits = append(r.limits, int32(len(b.set.limits)))
				members++
			}
		}
		if members < 2 {
			b.warnAt(l.line, "score_limit %s: has no effect on less than two rules", l.Name)
		}
		b.set.limits = append(b.set.limits, l)
	}
}

// limit bounds the points of hits group by group: the strongest hit of a group counts in full, the next ones as far
// as the group's limit reaches. Negative scores are left alone.
func (s *Set) limit(hits []Hit) {
	var space [16]*Hit
	members := space[:0]
	for n := range s.limits {
		points := s.limits[n].Points
		members = members[:0]
		sum := 0.0
		for i := range hits {
			if h := &hits[i]; h.Score > 0 && slices.Contains(h.Rule.limits, int32(n)) {
				members = append(members, h)
				sum += h.Score
			}
		}
		if points == 0 || sum <= points || len(members) < 2 {
			continue
		}
		slices.SortStableFunc(members, func(x, y *Hit) int {
			switch {
			case x.Score > y.Score:
				return -1
			case x.Score < y.Score:
				return 1
			}
			return 0
		})
		left := max(points, members[0].Score)
		for _, h := range members {
			kept := min(h.Score, left)
			left -= kept
			h.Share *= kept / h.Score
			h.Score = kept
		}
	}
}
