package message

import "strings"

// cssURLs calls f with what a style sheet or attribute loads: url(…), and the strings of @import (CSS Cascading and
// Inheritance, section 2).
func cssURLs(css string, f func(url string)) {
	for rest := css; ; {
		i := strings.IndexByte(rest, '(')
		if i < 0 {
			break
		}
		name := rest[max(0, i-len("url")):i]
		rest = rest[i+1:]
		if strings.EqualFold(name, "url") {
			var url string
			url, rest, _ = strings.Cut(rest, ")")
			f(strings.Trim(url, "\"' \t\r\n"))
		}
	}
	const rule = "@import"
	for rest := css; ; {
		i := strings.IndexByte(rest, '@')
		if i < 0 {
			return
		}
		rest = rest[i:]
		if !hasPrefixFold(rest, rule) {
			rest = rest[1:]
			continue
		}
		rest = strings.TrimLeft(rest[len(rule):], " \t\r\n")
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			var url string
			url, rest, _ = strings.Cut(rest[1:], rest[:1])
			f(strings.TrimSpace(url))
		}
	}
}

// scriptURLs calls f with the URLs that a script has as strings: absolute ones, and names that begin with "www.".
func scriptURLs(script string, f func(url string)) {
	if !strings.Contains(script, "/") && !strings.Contains(script, ".") {
		return
	}
	script = strings.ReplaceAll(script, `\/`, "/")
	for s := range strings.FieldsFuncSeq(script, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("\"'`();,<>\\", r)
	}) {
		if indexScheme(s) == 0 || strings.HasPrefix(s, "//") && looksLikeHost(s[2:2+hostLen(s[2:])]) || startsWithWWW(s) {
			f(s)
		}
	}
}

// loads takes what a style sheet or attribute loads. What is a part of the mail, or of the document, is no resource.
func (p *htmlParser) loads(css string) {
	cssURLs(css, func(url string) {
		if !hasPrefixFold(url, "data:") && !strings.HasPrefix(url, "#") {
			p.resource(url)
		}
	})
}
