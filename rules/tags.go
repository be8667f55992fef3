package rules

import (
	"regexp"
	"slices"
	"strings"

	"asterism/rules/perlre"
)

// tagUse is a place in an expression for the text that another rule captured, or for a tag of templates: %{NAME} or
// %{HEADER(From:addr)}, not \%{NAME}.
var tagUse = regexp.MustCompile(`(^|[^\\])%\{([A-Z0-9_]+(?:\([^)}]*\))?)\}`)

// tagsIn returns the tags an expression needs.
func tagsIn(pattern string) []string {
	if !strings.Contains(pattern, "%{") { // nearly always
		return nil
	}
	var tags []string
	for _, m := range tagUse.FindAllStringSubmatch(pattern, -1) {
		tags = append(tags, m[2])
	}
	return tags
}

// substituteTags puts the tags' values into an expression, as text to match literally; any of several will do.
func substituteTags(pattern string, values map[string][]string) string {
	return tagUse.ReplaceAllStringFunc(pattern, func(s string) string {
		m := tagUse.FindStringSubmatch(s)
		quoted := make([]string, len(values[m[2]]))
		for i, v := range values[m[2]] {
			quoted[i] = perlre.Quote(v)
		}
		return m[1] + "(?:" + strings.Join(quoted, "|") + ")"
	})
}

// needsTag reports whether an expression matches only texts that hold the value of a tag: whether a rare word in its
// place is among the literals of the expression, and the others are not without it.
func needsTag(pattern, letters, tag string) bool {
	const rare = "zqxjkvzqxjkv"
	re, err := perlre.Compile(substituteTags(pattern, map[string][]string{tag: {rare}}), letters)
	if err != nil || re.Literals() == nil {
		return false
	}
	return !slices.ContainsFunc(re.Literals().Strings, func(s string) bool { return !strings.Contains(s, rare) })
}

// heldTag is the answer of holdsTag: several rules ask the same of each text.
type heldTag struct {
	text *perlre.Text
	tag  string
	held bool
}

// holdsTag reports whether a text holds the value of a tag.
func (sc *Scan) holdsTag(t *perlre.Text, tag string) bool {
	h := &sc.cache.heldTag
	if h.text != t || h.tag != tag {
		*h = heldTag{t, tag, slices.ContainsFunc(sc.tagValues(tag), func(v string) bool {
			return containsFold(t.String(),
				v)
		})}
	}
	return h.held
}

// containsFold reports whether a text holds a word, in any case of ASCII letters.
func containsFold(text, word string) bool {
	if word == "" {
		return false
	}
	first := word[0]
	if 'A' <= first && first <= 'Z' {
		first |= 0x20
	}
	for i := 0; i+len(word) <= len(text); i++ {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c == first && equalFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

func equalFold(a, b string) bool {
	for i := range len(a) {
		c, d := a[i], b[i]
		if c != d && (c|0x20 != d|0x20 || !isLatin(c)) {
			return false
		}
	}
	return true
}

// tagValues returns the values of a tag in an expression: texts that rules captured under that name, or its value in
// templates, such as HEADER(From:addr) or SENDERDOMAIN. An empty value gives none.
func (sc *Scan) tagValues(tag string) []string {
	if values := sc.tags[tag]; len(values) > 0 {
		return values
	}
	name, arg, _ := strings.Cut(strings.TrimSuffix(tag, ")"), "(")
	if slices.Contains(endTags, name) {
		return nil
	}
	if value, _ := sc.Template(name, arg); value != "" {
		return []string{value}
	}
	return nil
}

// endTags are the tags that are known when all rules have run.
var endTags = []string{"SUBTESTS", "SUBTESTSCOLLAPSED", "SUBJPREFIX", "SCTYPE"}

// withTags compiles a rule's expression with the tags captured in this message, nil if one is missing.
func (sc *Scan) withTags(r *Rule) *perlre.Regexp {
	if re, ok := sc.cache.tagged[r]; ok {
		return re
	}
	var re *perlre.Regexp
	complete, values := true, map[string][]string{}
	for _, t := range r.tags {
		values[t] = sc.tagValues(t)
		complete = complete && len(values[t]) > 0
	}
	if complete {
		if c, err := perlre.CompileBriefly(substituteTags(r.pattern, values), r.letters); err == nil {
			re = c
		}
	}
	if sc.cache.tagged == nil {
		sc.cache.tagged = map[*Rule]*perlre.Regexp{}
	}
	sc.cache.tagged[r] = re
	return re
}

// maxCaptures is how many values of a tag a rule keeps.
const maxCaptures = 20

// capture keeps the texts of the named groups of a rule's expression, of each match if it counts them.
func (sc *Scan) capture(r *Rule, re *perlre.Regexp, t *perlre.Text) {
	if len(re.Names()) == 0 {
		return
	}
	limit := 1
	if r.multiple {
		limit = min(r.maxHits, maxCaptures)
	}
	matches, err := re.FindNamed(t, limit)
	if err != nil {
		return
	}
	if sc.tags == nil {
		sc.tags = map[string][]string{}
	}
	fresh := sc.values[r.index] <= float64(len(matches)) // what another rule captured under these names is replaced
	for _, named := range matches {
		for name, text := range named {
			if fresh {
				delete(sc.tags, name)
			}
			if have := sc.tags[name]; len(have) < maxCaptures && !slices.Contains(have, text) {
				sc.tags[name] = append(have, text)
			}
		}
		fresh = false
	}
	sc.cache.heldTag = heldTag{}
}

// SetTag gives a tag the values that others found.
func (sc *Scan) SetTag(name string, values ...string) {
	if sc.tags == nil {
		sc.tags = map[string][]string{}
	}
	sc.tags[name] = values
}

// Captured returns the texts captured by rules so far, by name.
func (sc *Scan) Captured() map[string][]string { return sc.tags }
