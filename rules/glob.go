package rules

import "strings"

// glob is a pattern with "*" for any text and "?" for any character.
type glob struct {
	pattern string
	literal bool // has neither
}

func compileGlob(pattern string) glob {
	return glob{pattern: pattern, literal: !strings.ContainsAny(pattern, "*?")}
}

// mayMatch says, fast, whether match is worth asking: most patterns begin with a letter that the text does not begin
// with.
func (g *glob) mayMatch(text string) bool {
	if g.pattern == "" || text == "" {
		return true
	}
	c := g.pattern[0]
	return c == text[0] || c == '*' || c == '?'
}

// match reports whether the whole text matches. Case counts.
func (g glob) match(text string) bool {
	if g.literal {
		return g.pattern == text
	}
	p, t := 0, 0
	star, from := -1, 0 // last "*", and where the text it stands for ends
	for t < len(text) {
		switch {
		case p < len(g.pattern) && g.pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(g.pattern) && (g.pattern[p] == '?' || g.pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	for p < len(g.pattern) && g.pattern[p] == '*' {
		p++
	}
	return p == len(g.pattern)
}

// globs is a list of address patterns, quick to ask: most have no wildcard, or begin with "*@".
type globs struct {
	exact  map[string]bool
	domain map[string]bool // of "*@domain"
	others []glob
}

func compileGlobs(patterns []string) *globs {
	g := &globs{exact: map[string]bool{}, domain: map[string]bool{}}
	for _, p := range patterns {
		switch c := compileGlob(p); {
		case c.literal:
			g.exact[p] = true
		case strings.HasPrefix(p, "*@") && !strings.ContainsAny(p[2:], "*?"):
			g.domain[p[2:]] = true
		default:
			g.others = append(g.others, c)
		}
	}
	return g
}

func (g *globs) empty() bool { return len(g.exact)+len(g.domain)+len(g.others) == 0 }

// match reports whether a pattern matches an address in lower case.
func (g *globs) match(addr string) bool {
	if g.exact[addr] {
		return true
	}
	if i := strings.IndexByte(addr, '@'); i >= 0 {
		for rest := addr[i+1:]; ; {
			if g.domain[rest] {
				return true
			}
			if i = strings.IndexByte(rest, '@'); i < 0 {
				break
			}
			rest = rest[i+1:]
		}
	}
	for i := range g.others {
		if o := &g.others[i]; o.mayMatch(addr) && o.match(addr) {
			return true
		}
	}
	return false
}
