package config

import (
	"maps"
	"slices"
)

// Personal returns a copy of c with a user's preferences from a file of that name and content; c does not change. Its
// Rules are the user's own lines, which set scores. Lines that users may not set are skipped, and listed in Ignored.
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
