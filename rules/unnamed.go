package rules

import (
	"regexp"
	"slices"
	"strings"

	"asterism/config"
)

// messageTags are the tags of templates that expressions may name before any rule has hit.
var messageTags = strings.Fields(`HEADER SENDERDOMAIN AUTHORDOMAIN RELAYSTRUSTED RELAYSUNTRUSTED RELAYSINTERNAL RELAYSEXTERNAL
	FIRSTTRUSTEDIP FIRSTTRUSTEDREVIP LASTEXTERNALIP LASTEXTERNALREVIP LASTEXTERNALRDNS LASTEXTERNALHELO REMOTEHOSTADDR
	REMOTEHOSTNAME LANGUAGES RELAYCOUNTRY RELAYCOUNTRYEXT RELAYCOUNTRYALL RELAYCOUNTRYAUTH`)

// questionTags are the tags for names of DNS queries.
var questionTags = strings.Fields(`HEADER SENDERDOMAIN AUTHORDOMAIN DKIMDOMAIN LASTEXTERNALIP LASTEXTERNALREVIP LASTEXTERNALRDNS
	LASTEXTERNALHELO`)

// templateTag finds the tags of an askdns template, without their arguments.
var templateTag = regexp.MustCompile(`_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:\([^()]*\))?_`)

// findUnnamed finds the rules that never hit because they refer to missing tags, lists of addresses and hosts, or sets
// of DNS lists.
func (b *builder) findUnnamed(note func(l config.Line, format string, args ...any)) {
	captured, sets := b.captured(), b.listSets()
	lacks := func(tag string, known []string) bool {
		tag, _, _ = strings.Cut(tag, "(")
		return !captured[tag] && !slices.Contains(known, tag) && !strings.HasPrefix(tag, "EXTRACTTEXT")
	}
	for _, r := range b.set.rules {
		if r.inert {
			continue
		}
		for _, tag := range r.tags {
			if lacks(tag, messageTags) {
				note(r.line, "%s %s: no rule captures %s: the rule never hits", r.Kind, r.Name, tag)
			}
		}
		if l, ok := b.lookups[r.Name]; ok && r.Kind == Net && l.Kind == "askdns" {
			for _, m := range templateTag.FindAllStringSubmatch(l.Args[0], -1) {
				if lacks(m[1], questionTags) {
					note(r.line, "%s %s: no rule captures %s: nothing is asked", l.Kind, r.Name, m[1])
				}
			}
		}
		if r.fn == "check_hashbl_tag" && len(r.args) > 2 && lacks(r.args[2], questionTags) {
			note(r.line, "%s %s: no rule captures %s: nothing is asked", r.Kind, r.Name, r.args[2])
		}
		if text := b.unlisted(r, sets); text != "" {
			note(r.line, "%s %s: %s: the rule never hits", r.Kind, r.Name, text)
		}
	}
}

// captured returns the names under which rules capture text.
func (b *builder) captured() map[string]bool {
	names := map[string]bool{}
	for _, r := range b.set.rules {
		for _, m := range groupName.FindAllStringSubmatch(r.pattern, -1) {
			names[m[1]] = true
		}
	}
	return names
}

// groupName finds the names of groups.
var groupName = regexp.MustCompile(`\(\?P?[<']([A-Z][A-Z0-9_]*)[>']`)

// listSets returns the sets that rules name beside the zones of DNS lists.
func (b *builder) listSets() map[string]bool {
	sets := map[string]bool{}
	for _, r := range b.set.rules {
		if strings.HasPrefix(r.fn, "check_rbl") && r.fn != "check_rbl_sub" && len(r.args) > 0 {
			sets[r.args[0]] = true
		}
	}
	return sets
}

// unlisted returns which list or set a rule's function names that no line defines.
func (b *builder) unlisted(r *Rule, sets map[string]bool) string {
	if len(r.args) == 0 {
		return ""
	}
	name, lists := r.args[0], &b.set.cfg.Lists
	switch r.fn {
	case "check_from_in_list", "check_replyto_in_list", "check_to_in_list":
		if lists.Addr[name] == nil {
			return "no enlist_addrlist names " + name
		}
	case "check_uri_host_listed":
		if lists.URIHost[name] == nil && name != "BLOCK" && name != "WELCOME" {
			return "no enlist_uri_host names " + name
		}
	case "check_rbl_sub":
		if !sets[name] {
			return "no check_rbl() has the set " + name
		}
	}
	return ""
}
