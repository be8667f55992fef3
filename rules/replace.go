package rules

import "strings"

// replacer puts tags into expressions, as the lines replace_tag, replace_pre, replace_inter and replace_post define
// them.
type replacer struct {
	start, end                   string
	tags, before, between, after map[string]string
}

func newReplacer() replacer {
	return replacer{start: "<", end: ">", tags: map[string]string{}, before: map[string]string{},
		between: map[string]string{},
		after:   map[string]string{}}
}

func (r *replacer) read(key, name, value string) {
	switch key {
	case "replace_start":
		r.start = name
	case "replace_end":
		r.end = name
	case "replace_tag":
		r.tags[name] = value
	case "replace_pre":
		r.before[name] = value
	case "replace_inter":
		r.between[name] = value
	case "replace_post":
		r.after[name] = value
	}
}

// maxTagDepth bounds tags whose text names other tags.
const maxTagDepth = 8

// resolve replaces the tags within the tags' own texts.
func (r *replacer) resolve() {
	for range maxTagDepth {
		changed := false
		for name, text := range r.tags {
			if full := r.expand(text); full != text && len(full) < 1<<16 {
				r.tags[name], changed = full, true
			}
		}
		if !changed {
			return
		}
	}
}

// expand replaces the tags in an expression. Those named pre, inter and post ("<inter W2>") stand at its front, say
// what goes around and between the others, and leave.
func (r *replacer) expand(expression string) string {
	around := map[string]string{}
	for _, kind := range []string{"pre", "inter", "post"} {
		open := r.start + kind + " "
		if i := strings.Index(expression, open); i >= 0 {
			if j := strings.Index(expression[i:], r.end); j >= 0 {
				name := expression[i+len(open) : i+j]
				source := map[string]map[string]string{"pre": r.before, "inter": r.between, "post": r.after}[kind]
				if text, ok := source[name]; ok {
					around[kind] = text
					expression = expression[:i] + expression[i+j+len(r.end):]
				}
			}
		}
	}
	var b strings.Builder
	adjacent := false // the text so far ends with a tag
	for expression != "" {
		i := strings.Index(expression, r.start)
		if i < 0 {
			break
		}
		name, rest, ok := strings.Cut(expression[i+len(r.start):], r.end)
		text, known := r.tags[name]
		if !ok || !known {
			b.WriteString(expression[:i+len(r.start)])
			expression, adjacent = expression[i+len(r.start):], false
			continue
		}
		b.WriteString(expression[:i])
		expression = rest
		if adjacent && i == 0 {
			b.WriteString(around["inter"])
		}
		b.WriteString(around["pre"] + text + around["post"])
		adjacent = true
	}
	return b.String() + expression
}
