package rules

import "strings"

// newerName makes the names that rules have since SpamAssassin 4 of those that they had: USER_IN_WELCOMELIST of
// USER_IN_WHITELIST.
var newerName = strings.NewReplacer("WHITELIST", "WELCOMELIST", "BLACKLIST", "BLOCKLIST")

// current returns the name under which a rule is known: its own, or the newer one if only that exists.
func (s *Set) current(name string) string {
	if s.byName[name] == nil {
		if newer := newerName.Replace(name); newer != name && s.byName[newer] != nil {
			return newer
		}
	}
	return name
}
