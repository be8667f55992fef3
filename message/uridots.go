package message

import "strings"

// Full stops of host names that a reader has to mend: in brackets, or spelled.
var brokenDots = strings.NewReplacer("[.]", ".", "(.)", ".", "[dot]", ".", "(dot)", ".", "[DOT]", ".", "(DOT)", ".",
	" dot ", ".", " Dot ", ".", " DOT ", ".")

// mendDots returns a URI with the full stops of its authority as they are meant.
func mendDots(s string) string {
	if !strings.ContainsAny(s, "[( ") {
		return s
	}
	_, rest := cutScheme(s)
	start := len(s) - len(rest)
	for start < len(s) && isSlash(s[start]) {
		start++
	}
	end := start + authorityLen(s[start:])
	return s[:start] + brokenDots.Replace(s[start:end]) + s[end:]
}

// isBracketedDot reports whether s begins with "[.]" or "(.)".
func isBracketedDot(s string) bool {
	return len(s) > 2 && s[1] == '.' && (s[0] == '[' && s[2] == ']' || s[0] == '(' && s[2] == ')')
}

// spelledDots returns where a URI ends whose authority begins at from and reaches to end: behind the words that follow
// it with " dot " between them, if they make a host name.
func (s *uriScanner) spelledDots(from, end int) int {
	const dot, longest = " dot ", 2 * 253
	for from < end && isSlash(s.text[from]) {
		from++
	}
	longer := end
	for longer-from < longest && hasPrefixFold(s.text[longer:], dot) && authorityLen(s.text[from:longer]) == longer-from {
		next := s.uriEnd(longer + len(dot))
		if next == longer+len(dot) {
			break
		}
		longer = next
	}
	if longer == end {
		return end
	}
	host, _, _ := cutAuthority(brokenDots.Replace(s.text[from:longer]))
	if host, _ = cutPort(host); looksLikeHost(host) {
		return longer
	}
	return end
}

// bracketedHost looks at a name whose full stops are in brackets, some at least; at is the first of them or one before.
func (s *uriScanner) bracketedHost(at, start, end int) (int, int) {
	name := strings.TrimRight(s.text[start:end], ".-_")
	trimmed := strings.TrimLeft(name, ".-_")
	begin := start + len(name) - len(trimmed)
	if begin >= at || s.partOfWord(begin) || !looksLikeHost(brokenDots.Replace(trimmed)) {
		if end < len(s.text) && s.text[end] == ':' { // behind the last dot there may be a scheme
			end = start + 1 + strings.LastIndexByte(s.text[start:end], '.')
		}
		return at, max(at+1, end)
	}
	end = begin + len(trimmed)
	if end < len(s.text) && strings.IndexByte(`:/?#\`, s.text[end]) >= 0 {
		end = s.uriEnd(end)
	}
	return begin, end
}
