package shape

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"asterism/config"
)

// pumps fills the place that a rule looks at with what its expression repeats, so that each beginning of a match must
// be followed far: of each repetition a match up to it, the repeated part as often as there is room, and no end.
func pumps(lines []config.Line) []Shape {
	expression := regexp.MustCompile(`^(\S+)\s+(?:(\S+)\s+=~\s+)?(?:/(.+)/|m\{(.+)\}|m\((.+)\)|m!(.+)!` +
		`|m'(.+)')([a-z]*)\s*(?:\[.*)?$`)
	var list []Shape
	for _, line := range lines {
		if !slices.Contains([]string{"body", "rawbody", "full", "header", "uri", "mimeheader"}, line.Key) {
			continue
		}
		p := expression.FindStringSubmatch(line.Value)
		if p == nil {
			continue
		}
		re, err := syntax.Parse(simpler.Replace(strings.Join(p[3:8], "")), syntax.Perl|syntax.FoldCase)
		if err != nil {
			continue
		}
		before, after := place(line.Key, p[2])
		for i, pump := range pumpsOf(re) {
			if i == mostPumps {
				break
			}
			list = append(list, filled("rule "+p[1]+" "+quoted(pump.unit), before+pump.start, pump.unit, after))
		}
	}
	return list
}

// mostPumps bounds the shapes of one expression.
const mostPumps = 4

// simpler writes what package syntax does not know as what it does: look-around and atomic groups as groups,
// possessive repetitions as greedy ones. What is generated matches often enough.
var simpler = strings.NewReplacer("(?=", "(?:", "(?!", "(?:", "(?<=", "(?:", "(?<!", "(?:", "(?>", "(?:", "++", "+",
	"*+", "*", "?+", "?", "}+", "}", `\/`, "/", `\#`, "#", `\h`, `\s`)

// place returns the text before and behind the text that rules of a kind look at.
func place(kind, field string) (before, after string) {
	switch kind {
	case "header":
		field, _, _ = strings.Cut(field, ":")
		if strings.HasPrefix(field, "ALL") || strings.HasPrefix(field, "ToCc") || field == "" {
			field = "To"
		}
		return header(field) + field + ": ", "\n\nhello\n"
	case "mimeheader":
		field, _, _ = strings.Cut(field, ":")
		return header() + "Content-Type: multipart/mixed; boundary=B\n\n--B\n" + field + ": ", "\n\nhello\n--B--\n"
	case "uri":
		return header() + "Content-Type: text/html\n\n<a href=\"", "\">x</a>\n"
	}
	return header() + "Content-Type: text/plain\n\n", "\n"
}

// pump is a string that a part of an expression repeats, and what may stand before it.
type pump struct {
	start, unit string
}

// pumpsOf returns a pump of each repetition in an expression, of the whole if there is none.
func pumpsOf(re *syntax.Regexp) []pump {
	var list []pump
	var walk func(re *syntax.Regexp, start string) string
	walk = func(re *syntax.Regexp, start string) string {
		switch re.Op {
		case syntax.OpConcat:
			s := start
			for _, sub := range re.Sub {
				s = walk(sub, s)
			}
			return s
		case syntax.OpAlternate:
			for _, sub := range re.Sub[1:] {
				walk(sub, start)
			}
			return walk(re.Sub[0], start)
		case syntax.OpCapture:
			return walk(re.Sub[0], start)
		case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat, syntax.OpQuest:
			unit := walk(re.Sub[0], start)[len(start):]
			if unit != "" && re.Op != syntax.OpQuest {
				list = append(list, pump{start, unit})
			}
			return start + unit
		}
		return start + example(re)
	}
	if whole := walk(re, ""); whole != "" {
		list = append(list, pump{"", whole}, pump{"", whole[:(len(whole)+1)/2]})
	}
	return list
}

// example returns a string that an expression without parts matches.
func example(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 { // a letter if there is one
			if lo, hi := re.Rune[i], re.Rune[i+1]; lo <= 'a' && 'a' <= hi {
				return "a"
			}
		}
		if len(re.Rune) > 0 {
			return string(max(re.Rune[0], ' '))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpWordBoundary:
		return ""
	}
	return ""
}
