package rules

import (
	"fmt"
	"strings"
)

func validName(name string) bool {
	if name == "" || len(name) > 200 || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// cutWord splits a text after its first word.
func cutWord(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}

// splitWords splits at blanks, but keeps /expressions/ with blanks in one piece: the last of askdns' words.
func splitWords(s string) []string {
	var words []string
	for s != "" {
		if s[0] == '/' || strings.HasPrefix(s, "m{") || s[0] == '"' || s[0] == '\'' || s[0] == '[' {
			return append(words, strings.Trim(s, " \t"))
		}
		var w string
		w, s = cutWord(s)
		words = append(words, w)
	}
	return words
}

// cutPattern splits "/expression/modifiers" or "m{expression}modifiers".
func cutPattern(s string) (expression, letters string, err error) {
	if rest, ok := strings.CutPrefix(s, "m"); ok && rest != "" {
		s = rest
	} else if s == "" || s[0] != '/' {
		return "", "", fmt.Errorf("%q is not an expression in slashes", s)
	}
	open, end := s[0], s[0]
	if i := strings.IndexByte("({[<", open); i >= 0 {
		end = ")}]>"[i]
	}
	last := strings.LastIndexByte(s, end)
	if last <= 0 {
		return "", "", fmt.Errorf("expression does not end with %q", end)
	}
	expression, letters = s[1:last], strings.TrimSpace(s[last+1:])
	for _, l := range letters {
		if !strings.ContainsRune("imsxgonaldup", l) {
			return "", "", fmt.Errorf("unknown modifier %q", l)
		}
	}
	if open == end && end != '/' && !strings.ContainsRune(`\.|?*+$^`, rune(end)) {
		expression = strings.ReplaceAll(expression, `\`+string(end), string(end))
	}
	return expression, letters, nil
}

// parseCall splits "function(arguments)".
func parseCall(s string) (name string, args []string, err error) {
	name, rest, hasArgs := strings.Cut(s, "(")
	name = strings.TrimSpace(name)
	if !validName(name) {
		return "", nil, fmt.Errorf("%q is not a function", name)
	}
	if !hasArgs {
		return name, nil, nil
	}
	end := strings.LastIndexByte(rest, ')')
	if end < 0 {
		return "", nil, fmt.Errorf("missing ) after the arguments of %s", name)
	}
	rest = strings.TrimSpace(rest[:end])
	for rest != "" {
		var arg string
		if rest[0] == '\'' || rest[0] == '"' {
			quote := rest[0]
			i := 1
			for i < len(rest) && rest[i] != quote {
				if rest[i] == '\\' && i+1 < len(rest) && rest[i+1] == quote {
					i++
				}
				i++
			}
			if i >= len(rest) {
				return "", nil, fmt.Errorf("missing %c in the arguments of %s", quote, name)
			}
			arg = strings.ReplaceAll(rest[1:i], `\`+string(quote), string(quote))
			rest = strings.TrimSpace(rest[i+1:])
			if rest != "" && rest[0] != ',' {
				return "", nil, fmt.Errorf("missing comma in the arguments of %s", name)
			}
			rest = strings.TrimPrefix(rest, ",")
		} else {
			arg, rest, _ = strings.Cut(rest, ",")
			arg = strings.TrimSpace(arg)
		}
		args = append(args, arg)
		rest = strings.TrimSpace(rest)
	}
	return name, args, nil
}
