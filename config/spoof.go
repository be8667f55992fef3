package config

import (
	"slices"
	"strings"
)

// Spoof is how an address in an author's display name is compared with the author's.
type Spoof struct {
	Owners        map[string][]string // fns_add_addrlist: address patterns by their owner
	ExtraChars    int                 // fns_extrachars: so much more than the address a display name may have
	IgnoreDKIM    []string            // fns_ignore_dkim: domains whose signature excuses
	IgnoreHeaders []string            // fns_ignore_headers: fields that excuse
	Level         int                 // fns_check: parts that must differ: 0 address, 1 also owner, 2 also domain
}

func spoofOptions() []option {
	return []option{
		{name: "fns_add_addrlist", set: addOwner},
		{name: "fns_remove_addrlist", set: dropOwner},
		{name: "fns_extrachars", def: "50", set: count(func(c *Config) *int { return &c.Spoof.ExtraChars })},
		{name: "fns_ignore_dkim", set: lowerWords(func(c *Config) *[]string { return &c.Spoof.IgnoreDKIM })},
		{name: "fns_ignore_headers", set: words(func(c *Config) *[]string { return &c.Spoof.IgnoreHeaders })},
		{name: "fns_check", def: "1", set: whole(0, 2, func(c *Config) *int { return &c.Spoof.Level })},
	}
}

// addOwner reads "(OWNER) pattern...".
func addOwner(c *Config, value string) error {
	owner, addrs, err := cutList(value)
	if err != nil {
		return err
	}
	if c.Spoof.Owners == nil {
		c.Spoof.Owners = map[string][]string{}
	}
	owner = strings.ToLower(owner)
	c.Spoof.Owners[owner] = append(c.Spoof.Owners[owner], addrs...)
	return nil
}

// dropOwner reads "(OWNER) pattern...".
func dropOwner(c *Config, value string) error {
	owner, addrs, err := cutList(value)
	if err != nil {
		return err
	}
	owner = strings.ToLower(owner)
	if c.Spoof.Owners[owner] == nil {
		return nil // nothing to take out
	}
	c.Spoof.Owners[owner] = slices.DeleteFunc(c.Spoof.Owners[owner], func(a string) bool {
		return slices.Contains(addrs,
			a)
	})
	return nil
}
