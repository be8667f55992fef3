package message

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// stylesheet is as much of the <style> elements as hides text: rules for a single class or element.
type stylesheet struct {
	rules   []styleRule
	hasTags bool
	work    int // octets of rules applied so far
}

// styleRule is "tag.class { css }", either of which may be missing.
type styleRule struct {
	tag   atom.Atom
	class string
	css   string
}

const (
	maxStyleRules = 200
	maxStyleWork  = 1 << 20 // octets of rules applied to all elements together
)

func (s *stylesheet) active() bool { return len(s.rules) > 0 }

// add reads a style sheet. Rules in @media and other at-rules are left out: they hide on some screens only.
func (s *stylesheet) add(css string) {
	css = strings.ToLower(css)
	for len(css) > 0 && len(s.rules) < maxStyleRules {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			return
		}
		selectors := css[:open]
		css = css[open+1:]
		if i := strings.LastIndexAny(selectors, ";>/}"); i >= 0 {
			selectors = selectors[i+1:]
		}
		end := blockEnd(css)
		block := css[:end]
		css = css[min(end+1, len(css)):]
		if strings.IndexByte(selectors, '@') >= 0 || len(block) > maxStyleLen || !mayHide(block) {
			continue
		}
		for selector := range strings.SplitSeq(selectors, ",") {
			s.addRule(strings.TrimSpace(selector), block)
		}
	}
}

func (s *stylesheet) addRule(selector, block string) {
	tag, class, _ := strings.Cut(selector, ".")
	if strings.ContainsAny(selector, " #:[>+~*") || len(s.rules) >= maxStyleRules {
		return
	}
	r := styleRule{atom.Lookup([]byte(tag)), class, block}
	if r.tag == 0 && (len(tag) > 0 || r.class == "") {
		return
	}
	s.hasTags = s.hasTags || r.class == ""
	s.rules = append(s.rules, r)
}

// mayHide reports whether a block has a property that can hide text.
func mayHide(block string) bool {
	for _, property := range [...]string{"display", "visibility", "font-size", "color", "opacity", "mso-hide", "overflow",
		"text-indent", "background"} {
		if strings.Contains(block, property) {
			return true
		}
	}
	return false
}

// blockEnd returns where the block ends that css starts with, after its opening brace.
func blockEnd(css string) int {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css)
}

// apply adds the rules for an element to its style.
func (s *stylesheet) apply(st *style, tag atom.Atom, classes string) {
	for i := range s.rules {
		if s.work > maxStyleWork {
			return
		}
		r := &s.rules[i]
		if (r.tag == 0 || r.tag == tag) && (r.class == "" || hasWord(classes, r.class)) {
			s.work += len(r.css)
			st.apply(r.css, nil)
		}
	}
}

// hasWord reports whether word is one of the words of s.
func hasWord(s, word string) bool {
	for w := range strings.FieldsSeq(s) {
		if w == word {
			return true
		}
	}
	return false
}
