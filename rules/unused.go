package rules

import (
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"

	"asterism/config"
)

// Unused returns lines without effect: lines about rules that do not exist, and rules that need data this program does
// not provide.
func (s *Set) Unused() []config.Problem { return s.unused }

// foreignHeaders are pseudo-headers that plug-ins of SpamAssassin's provide and nothing here does.
var foreignHeaders = []string{"x-relay-countries-muaip", "x-asn", "x-asn-route", "x-relaycountry", "x-extract-text",
	"x-extracttext-chars",
	"x-extracttext-words", "x-extracttext-tools", "x-extracttext-types", "x-extracttext-extensions", "x-extracttext-flags"}

// idleReplacing notes the names of replace_rules in which no tag can be replaced.
func (b *builder) idleReplacing(note func(l config.Line, format string, args ...any)) {
	for _, name := range slices.Sorted(maps.Keys(b.replaced)) {
		r := b.set.byName[b.set.current(name)]
		switch {
		case r == nil && !b.set.cfg.LeftOut(name):
			note(b.replaced[name], "replace_rules: there is no rule %s", name)
		case r != nil && !r.inert && (r.fn != "" || r.exists || !slices.Contains(replaceable, r.Kind)):
			note(b.replaced[name], "replace_rules has no effect on %s: it has no expression of a header, body, rawbody, "+
				"full or uri rule", name)
		}
	}
}

// replaceable are the kinds of rules whose expressions replace_rules changes.
var replaceable = []Kind{Header, Body, Rawbody, Full, URI, MIMEHeader}

// findUnused collects what Unused returns.
func (b *builder) findUnused() {
	s := b.set
	note := func(l config.Line, format string, args ...any) {
		s.unused = append(s.unused, config.Problem{File: l.File, Line: l.Num, Severity: config.Warning,
			Text: fmt.Sprintf(format, args...)})
	}
	for _, a := range b.about {
		_, lookup := b.lookups[a.rule]
		if s.byName[a.rule] == nil && !lookup && !s.cfg.LeftOut(a.rule) {
			note(a.line, "%s of %s: there is no such rule", a.line.Key, a.rule)
		}
	}
	for _, r := range s.rules {
		if r.header < 0 || r.inert {
			continue
		}
		if h := &s.headers[r.header]; slices.Contains(foreignHeaders, strings.ToLower(h.name)) {
			note(r.line, "%s %s: nothing here provides %s", r.Kind, r.Name, textproto.CanonicalMIMEHeaderKey(h.name))
		}
	}
	b.idleReplacing(note)
	b.idleFlags(note)
	b.findUnnamed(note)
}
