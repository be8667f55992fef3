package config

import (
	"maps"
	"slices"
)

// Personal returns c as one user wants it who has preferences in a file of that name and content; c itself stays as
// it is. Of Rules it has just the user's own lines, which set scores. What users may not set is left out, and told in
// Ignored.
func (c *Config) Personal(name string, data []byte) (*Config, []Problem) {
	own := *c
	own.Rules, own.Ignored, own.origins = nil, nil, maps.Clone(c.origins)
	own.Lists.Addr, own.Lists.Rcvd, own.Lists.Subject = cloneLists(c.Lists.Addr), cloneLists(c.Lists.Rcvd),
		cloneLists(c.Lists.Subject)
	l := &loader{config: &own, include: maxInclude, personal: true, site: true}
	l.parse(source{}, name, data)
	return &own, l.problems
}

func cloneLists[T any](lists map[string][]T) map[string][]T {
	lists = maps.Clone(lists)
	for name, list := range lists {
		lists[name] = slices.Clone(list)
	}
	return lists
}
