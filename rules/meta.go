package rules

import (
	"fmt"
	"slices"
	"strings"

	"asterism/config/expr"
)

// parseMetas compiles the expressions of meta rules, now that all names are known.
func (b *builder) parseMetas() {
	for _, r := range b.set.rules {
		if r.Kind != Meta || r.inert {
			continue
		}
		text, err := b.expandMatching(r)
		if err == nil {
			r.program, err = expr.Parse(text)
		}
		if err == nil {
			for _, o := range r.program.Operands() {
				if o.Call {
					err = fmt.Errorf("%s() is not a function", o.Name)
				}
			}
		}
		if err != nil {
			r.inert, r.program = true, nil
			b.warnAt(r.line, "meta %s: %v", r.Name, err)
			continue
		}
		numbers := make([]int32, len(r.program.Operands()))
		for i, o := range r.program.Operands() {
			dep := b.set.byName[b.set.current(o.Name)]
			if dep == nil {
				if !b.set.cfg.LeftOut(o.Name) {
					b.warnAt(r.line, "meta %s: rule %s does not exist", r.Name, o.Name)
				}
				numbers[i] = -1
				continue
			}
			numbers[i] = dep.index
			r.operand = append(r.operand, dep.index)
		}
		r.program = r.program.Numbered(numbers)
	}
}

// expandMatching replaces rules_matching(GLOB) in a meta by the sum of the other rules whose names match.
func (b *builder) expandMatching(meta *Rule) (string, error) {
	for text := meta.pattern; ; {
		start := strings.Index(text, "rules_matching(")
		if start < 0 {
			return text, nil
		}
		length := strings.IndexByte(text[start:], ')')
		if length < 0 {
			return "", fmt.Errorf("missing ) after rules_matching")
		}
		glob := compileGlob(strings.TrimSpace(text[start+len("rules_matching(") : start+length]))
		var names []string
		for _, r := range b.set.rules {
			if r != meta && glob.match(r.Name) {
				names = append(names, r.Name)
			}
		}
		sum := "0"
		if len(names) > 0 {
			slices.Sort(names)
			sum = strings.Join(names, "+")
		} else {
			b.warnAt(meta.line, "meta %s: rules_matching(%s) matches no rule, and is 0", meta.Name, glob.pattern)
		}
		text = text[:start] + "(" + sum + ")" + text[start+length+1:]
	}
}
