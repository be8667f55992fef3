package config

import (
	"asterism/typo"
	"slices"
	"strings"
	"sync"
)

// option is one option of the configuration. To add one, add a field to Config and a line to a table.
type option struct {
	name     string   // in lower case
	def      string   // default, written as in a file; "" leaves the field's zero value
	set      setter   // applies one line
	old      []string // older names that mean the same
	personal bool     // users may set it in their preferences
	scoped   bool     // it may stand between "for" and "end"
}

// family returns the option of a key that holds a name of the administrator's own, such as hashbl_acl_freemail, nil if
// it is
// none.
func family(key string) *option {
	for prefix, set := range families {
		if name, ok := strings.CutPrefix(key, prefix); ok && name != "" {
			return &option{name: key, set: func(c *Config, value string) error { return set(c, name, value) }}
		}
	}
	return nil
}

// families are the options whose keys end in a name.
var families = map[string]func(c *Config, name, value string) error{"hashbl_acl_": hashACL}

// setter applies the value of one line to c. Its error is shown behind the option's name.
type setter func(c *Config, value string) error

// options returns the tables of all options.
func options() []option {
	return slices.Concat(scoringOptions(), bayesOptions(), networkOptions(), remoteOptions(), authOptions(), listOptions(),
		tagOptions(), daemonOptions(), policyOptions(), quarantineOptions(), historyOptions(), matchOptions(),
		hashOptions(), webOptions(), pluginOptions(),
		attachmentOptions(), oleMacroOptions(), extractTextOptions())
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

// isPersonal reports whether users may set an option, or write a line of the rule language.
func isPersonal(key string) bool {
	o := registry()[key]
	return o != nil && o.personal || key == "score"
}

// isScoped reports whether an option may stand between "for" and "end".
func isScoped(key string) bool {
	o := registry()[key]
	return o != nil && o.scoped
}

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
	uri_block_cc uri_block_cont uri_block_cidr uri_block_isp uri_block_exclude
	askdns uridnsbl uridnssub urirhsbl urirhssub urinsrhsbl urinsrhssub urifullnsrhsbl urifullnsrhssub
	replace_tag replace_pre replace_inter replace_post replace_rules replace_start replace_end
	redirector_pattern dns_block_rule`)

// suggest returns the known name that a mistyped one probably means, or "".
func suggest(name string) string {
	return typo.Nearest(name, func(yield func(string) bool) {
		for known := range registry() {
			if !yield(known) {
				return
			}
		}
		for known := range ignored() {
			if !yield(known) {
				return
			}
		}
		for _, set := range []map[string]bool{ruleKeys(), directives()} {
			for known := range set {
				if !yield(known) {
					return
				}
			}
		}
	})
}
