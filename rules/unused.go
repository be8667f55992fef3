package rules

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"asterism/config"
)

// Unused returns what has no effect: lines about rules that do not exist, and rules that look at what no part of this
// program provides.
func (s *Set) Unused() []config.Problem { return s.unused }

// foreignHeaders are pseudo-headers that plug-ins of SpamAssassin's provide and nothing here does.
var foreignHeaders = []string{"x-relay-countries-muaip", "x-asn", "x-asn-route", "x-relaycountry", "x-extract-text",
	"x-extracttext-chars",
	"x-extracttext-words", "x-extracttext-tools", "x-extracttext-types", "x-extracttext-extensions", "x-extracttext-flags"}

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
	b.findUnnamed(note)
}
