package rules

import (
	"maps"
	"slices"

	"asterism/config"
)

// Personal returns the set with a user's scores and lists from cfg, which config.Config.Personal made of the
// configuration of s. The two sets share all compiled rules. A rule that the site has switched off, by a score of 0,
// stays off.
func (s *Set) Personal(cfg *config.Config) (*Set, []config.Problem) {
	b := newBuilder(cfg)
	for _, l := range cfg.Rules {
		name, value := cutWord(l.Value)
		name = s.current(name)
		r := s.byName[name]
		if r == nil {
			b.warnAt(l, "%s of %s: there is no such rule", l.Key, name)
			continue
		}
		l.Value = name + " " + value
		if _, again := b.scores[name]; !again {
			b.scores[name] = r.Scores // for scores that are added to it
		}
		b.read(l)
	}
	own := *s
	own.cfg, own.scores = cfg, map[int32][4]float64{}
	for name, scores := range b.scores {
		own.scores[s.byName[name].index] = scores
	}
	own.shared.lists = maps.Clone(s.shared.lists)
	for name, patterns := range cfg.Lists.Addr {
		if !slices.Equal(patterns, s.cfg.Lists.Addr[name]) {
			own.shared.lists[name] = compileGlobs(patterns)
		}
	}
	return &own, b.problems
}

// owns reports whether the administrator or the user chose the rule's points.
func (s *Set) owns(r *Rule) bool {
	_, personal := s.scores[r.index]
	return personal || r.Own
}

// score returns the points of a rule that hit.
func (s *Set) score(r *Rule, scoreSet int) float64 {
	if own, ok := s.scores[r.index]; ok {
		return own[scoreSet]
	}
	return r.Scores[scoreSet]
}
