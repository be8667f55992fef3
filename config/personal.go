package config

import (
	"maps"
	"slices"
)

// personalKeys are the options that a user may set.
var personalKeys = nameSet(`
	required_score required_hits score
	welcomelist_from unwelcomelist_from welcomelist_from_rcvd unwelcomelist_from_rcvd welcomelist_to unwelcomelist_to
	whitelist_from unwhitelist_from whitelist_from_rcvd unwhitelist_from_rcvd whitelist_to unwhitelist_to
	blocklist_from unblocklist_from blocklist_to unblocklist_to blacklist_from unblacklist_from blacklist_to unblacklist_to
	welcomelist_subject blocklist_subject whitelist_subject blacklist_subject more_spam_to all_spam_to`)

// Personal returns c as one user wants it who has preferences in a file of that name and content; c itself stays as
// it is. Of Rules it has just the user's own lines, which set scores. What users may not set is left out, and told in
// Ignored.
func (c *Config) Personal(name string, data []byte) (*Config, []Problem) {
	own := *c
	own.Rules, own.Ignored, own.places = nil, nil, maps.Clone(c.places)
	own.Lists.Addr, own.Lists.Rcvd, own.Lists.Subject = cloneLists(c.Lists.Addr), cloneLists(c.Lists.Rcvd), cloneLists(c.Lists.Subject)
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
