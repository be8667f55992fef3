package config

import (
	"slices"
	"strings"
	"sync"
)

// option is one option of the configuration. To add one, add a field to Config and a line to a table.
type option struct {
	name string   // in lower case
	def  string   // default, written as in a file; "" leaves the field's zero value
	set  setter   // applies one line
	old  []string // older names that mean the same
}

// setter applies the value of one line to c. Its error is shown behind the option's name.
type setter func(c *Config, value string) error

// options returns the tables of all options.
func options() []option {
	return slices.Concat(scoringOptions(), bayesOptions(), networkOptions(), remoteOptions(), authOptions(), listOptions(),
		tagOptions(), daemonOptions(), policyOptions(), quarantineOptions(), matchOptions())
}

// registry is the options by each of their names.
var registry = sync.OnceValue(func() map[string]*option {
	byName := map[string]*option{}
	for _, o := range options() {
		byName[o.name] = &o
		for _, old := range o.old {
			byName[old] = &o
		}
	}
	return byName
})

// nameSet returns the words of a text as a set, once.
func nameSet(text string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		set := map[string]bool{}
		for _, w := range strings.Fields(text) {
			set[w] = true
		}
		return set
	})
}

// ruleKeys begin lines of the rule language.
var ruleKeys = nameSet(`
	header body rawbody full uri uri_detail mimeheader meta score score_limit describe tflags priority shortcircuit subjprefix
	askdns uridnsbl uridnssub urirhsbl urirhssub urinsrhsbl urinsrhssub urifullnsrhsbl urifullnsrhssub
	replace_tag replace_pre replace_inter replace_post replace_rules replace_start replace_end
	redirector_pattern dns_block_rule`)

// suggest returns the known name that a mistyped one probably means, or "".
func suggest(name string) string {
	best, bestDistance := "", 3 // a third slip is another word
	if len(name) < 6 {
		bestDistance = 2
	}
	try := func(known string) {
		if d := distance(name, known, bestDistance+1); d < bestDistance || d == bestDistance && best != "" && known < best {
			best, bestDistance = known, d
		}
	}
	for known := range registry() {
		try(known)
	}
	for known := range ignored() {
		try(known)
	}
	for _, set := range []map[string]bool{ruleKeys(), directives()} {
		for known := range set {
			try(known)
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour to make b of a; limit or more
// is given as limit.
func distance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit || len(a) > 64 || len(b) > 64 {
		return limit
	}
	var rows [3][66]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range b {
		last[j+1] = j + 1
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			d := last[j]
			if a[i] != b[j] {
				d = 1 + min(last[j], last[j+1], row[j])
				if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
					d = min(d, 1+before[j-1])
				}
			}
			row[j+1] = d
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
