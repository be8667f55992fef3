package attachment

import "strings"

// Tricks of pages and drawings. Each function searches a source in lower case for the words of a trick, and looks at
// most span octets around each of them: regular expressions take a hundred times as long for a page that has none.
const span = 200

// smuggles reports what puts a file together in the browser: a blob that is saved, or a link whose target is the file.
func smuggles(s string) bool {
	if containsAny(s, "mssaveoropenblob", "mssaveblob", "navigator.mssave") {
		return true
	}
	return anywhere(s, "download", func(before, after string) bool {
		rest, ok := assigned(after)
		if !ok {
			return false
		}
		if strings.HasSuffix(before, ".") {
			return true
		}
		tag, _, _ := strings.Cut(head(rest), ">")
		return !endsInWord(before) && anywhere(tag, "href", func(_, value string) bool {
			value, ok := assigned(value)
			return ok && strings.HasPrefix(unquoted(value), "data:")
		})
	}) || anywhere(s, "data:application/", func(before, after string) bool {
		before = strings.TrimSuffix(strings.TrimSuffix(tail(before), `"`), "'")
		before, ok := strings.CutSuffix(blanksCut(before), "=")
		return ok && strings.HasSuffix(blanksCut(before), "href") &&
			startsAny(after, "octet-stream", "zip", "x-", "pdf", "java", "vnd")
	})
}

// makesBlob reports a script that makes a file.
func makesBlob(s string) bool {
	return strings.Contains(s, "createobjecturl") || anywhere(s, "new", func(_, after string) bool {
		kind := blanksAhead(after)
		return len(kind) < len(after) && (called(kind, "blob") || called(kind, "file"))
	})
}

// decoders are functions that decode a string.
var decoders = []string{"atob", "unescape", "decodeuricomponent", "string.fromcharcode"}

// decodes reports a script that decodes something.
func decodes(s string) bool {
	return containsAny(s, "fromcharcode", "uint8array", "base64") || anywhere(s, "unescape", func(_, after string) bool {
		return called(after, "")
	}) || anywhere(s, "atob", func(before, after string) bool {
		return !endsInWord(before) && called(after, "")
	})
}

// evaluates reports a script that runs what it decodes.
func evaluates(s string) bool {
	for _, name := range decoders {
		if anywhere(s, name, func(before, after string) bool {
			before, open := strings.CutSuffix(blanksCut(strings.TrimSuffix(tail(before), "window.")), "(")
			return open && called(after, "") && endsAny(blanksCut(before), "eval",
				"document.write", "document.writeln", "function", "settimeout")
		}) {
			return true
		}
	}
	return false
}

// redirects reports a page that goes elsewhere by itself, refreshes one that does so without a script.
func redirects(s string) bool {
	return refreshes(s) || anywhere(s, "location", func(_, after string) bool {
		if called(after, ".replace") || called(after, ".assign") {
			return true
		}
		value, ok := strings.CutPrefix(blanksAhead(strings.TrimPrefix(after, ".href")), "=")
		return ok && value != "" && value[0] != '='
	})
}

func refreshes(s string) bool {
	return anywhere(s, "http-equiv", func(_, after string) bool {
		value, ok := assigned(after)
		if value = unquoted(value); !ok || !strings.HasPrefix(value, "refresh") {
			return false
		}
		tag, _, _ := strings.Cut(head(value), ">")
		return anywhere(tag, "url", func(_, after string) bool { _, ok := assigned(after); return ok })
	})
}

// hasScript reports a page that runs scripts.
func hasScript(s string) bool {
	return strings.Contains(s, "javascript:") || anywhere(s, "<script", func(_, after string) bool {
		return !startsInWord(after)
	}) || anywhere(s, "on", func(before, after string) bool {
		for _, event := range [...]string{"load", "click", "error", "mouseover", "begin"} {
			if rest, ok := strings.CutPrefix(after, event); ok && !endsInWord(before) {
				_, ok = assigned(rest)
				return ok
			}
		}
		return false
	})
}

// anywhere reports whether a word occurs between texts of which something holds.
func anywhere(s, word string, holds func(before, after string) bool) bool {
	for at := 0; ; {
		i := strings.Index(s[at:], word)
		if i < 0 {
			return false
		}
		at += i + len(word)
		if holds(s[:at-len(word)], s[at:]) {
			return true
		}
	}
}

// assigned returns the rest after an equals sign.
func assigned(s string) (value string, ok bool) {
	if s, ok = strings.CutPrefix(blanksAhead(s), "="); !ok {
		return "", false
	}
	return blanksAhead(s), true
}

// called reports whether a function's name comes first, and an opening parenthesis.
func called(s, name string) bool {
	rest, ok := strings.CutPrefix(s, name)
	return ok && strings.HasPrefix(blanksAhead(rest), "(")
}

// unquoted passes over a quotation mark.
func unquoted(s string) string {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		return s[1:]
	}
	return s
}

func head(s string) string { return s[:min(len(s), span)] }
func tail(s string) string { return s[max(0, len(s)-span):] }

// blanksAhead and blanksCut leave out white space at the beginning and at the end.
func blanksAhead(s string) string {
	n := 0
	for n < min(len(s), span) && isBlank(s[n]) {
		n++
	}
	return s[n:]
}

func blanksCut(s string) string {
	n := 0
	for n < min(len(s), span) && isBlank(s[len(s)-1-n]) {
		n++
	}
	return s[:len(s)-n]
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' && c != '\v' }

func isWord(c byte) bool { return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func endsInWord(s string) bool   { return s != "" && isWord(s[len(s)-1]) }
func startsInWord(s string) bool { return s != "" && isWord(s[0]) }

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func startsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

func endsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// asciiLower returns a text with its ASCII letters in lower case, each octet at its place.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// Bounds on the links kept of a source, and on each.
const (
	maxSourceLinks = 50
	maxSourceLink  = 1000
	leastLink      = 4 // octets, without the scheme
)

// quotedLinks returns the links that stand in quotation marks. Lower is the source in lower case.
func quotedLinks(source, lower string) (links []string) {
	for at := 0; len(links) < maxSourceLinks; {
		i := strings.Index(lower[at:], "http")
		if i < 0 {
			break
		}
		at += i
		start := at
		at += len("http")
		rest, ok := strings.CutPrefix(strings.TrimPrefix(lower[at:], "s"), "://")
		if !ok || start == 0 || source[start-1] != '"' && source[start-1] != '\'' {
			continue
		}
		n := strings.IndexAny(rest[:min(len(rest), maxSourceLink+1)], "\"' \t\r\n\f<>\\")
		end := len(lower) - len(rest) + n
		if n >= leastLink && (source[end] == '"' || source[end] == '\'') {
			links = append(links, source[start:end])
			at = end
		}
	}
	return links
}

// targets returns the links of a drawing but those within it.
func targets(source, lower string) (links []string) {
	for at := 0; len(links) < maxSourceLinks; {
		i := strings.Index(lower[at:], "href")
		if i < 0 {
			break
		}
		at += i + len("href")
		value, ok := assigned(source[at:])
		if !ok || value == "" || unquoted(value) == value || endsInWord(source[:at-len("href")]) {
			continue
		}
		value = value[1:]
		n := strings.IndexAny(value[:min(len(value), maxSourceLink+1)], `"'`)
		if n < leastLink || value[0] == '#' {
			continue
		}
		links = append(links, value[:n])
	}
	return links
}
