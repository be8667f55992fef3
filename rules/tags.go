package rules

import (
	"regexp"

	"asterism/rules/perlre"
)

// tagUse is where an expression wants the text that another rule captured: %{NAME}, not \%{NAME}.
var tagUse = regexp.MustCompile(`(^|[^\\])%\{([A-Z0-9_]+)(?:\([^)]*\))?\}`)

// tagsIn returns the tags an expression needs.
func tagsIn(pattern string) []string {
	var tags []string
	for _, m := range tagUse.FindAllStringSubmatch(pattern, -1) {
		tags = append(tags, m[2])
	}
	return tags
}

// substituteTags puts the tags' values into an expression, as text to match literally.
func substituteTags(pattern string, values map[string]string) string {
	return tagUse.ReplaceAllStringFunc(pattern, func(s string) string {
		m := tagUse.FindStringSubmatch(s)
		return m[1] + perlre.Quote(values[m[2]])
	})
}

// withTags compiles a rule's expression with the tags captured in this message, nil if one is missing.
func (sc *Scan) withTags(r *Rule) *perlre.Regexp {
	if re, ok := sc.cache.tagged[r]; ok {
		return re
	}
	var re *perlre.Regexp
	complete := true
	for _, t := range r.tags {
		if sc.tags[t] == "" {
			complete = false
		}
	}
	if complete {
		if c, err := perlre.Compile(substituteTags(r.pattern, sc.tags), r.letters); err == nil {
			re = c
		}
	}
	if sc.cache.tagged == nil {
		sc.cache.tagged = map[*Rule]*perlre.Regexp{}
	}
	sc.cache.tagged[r] = re
	return re
}

// capture keeps what the named groups of an expression matched.
func (sc *Scan) capture(re *perlre.Regexp, t *perlre.Text) {
	if len(re.Names()) == 0 {
		return
	}
	named, err := re.FindNamed(t)
	if err != nil {
		return
	}
	if sc.tags == nil {
		sc.tags = map[string]string{}
	}
	for name, text := range named {
		sc.tags[name] = text
	}
}

// Tag returns what a rule captured under a name, for templates and askdns.
func (sc *Scan) Tag(name string) string { return sc.tags[name] }
