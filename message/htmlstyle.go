package message

import (
	"strconv"
	"strings"
)

// style is as much of an element's computed style as decides whether its text can be seen.
type style struct {
	none      bool // display:none and its like: nothing inside can be seen
	invisible bool // visibility:hidden, which an element inside can undo
	tiny      bool // font size too small to be read
	clear     bool // transparent text
	fg, bg    color
}

var initialStyle = style{fg: 0x000000, bg: 0xffffff}

// visible reports whether text can be seen.
func (s *style) visible() bool {
	return !s.none && !s.invisible && !s.tiny && !s.clear && !sameColor(s.fg, s.bg)
}

func (s *style) setColor(c color) { s.fg, s.clear = c, false }

// apply adds the declarations of a style attribute or rule, in lower case; a, if not nil, takes sizes.
func (s *style) apply(css string, a *attributes) {
	var clipped, flat bool
	for len(css) > 0 {
		var decl string
		decl, css = cutDeclaration(css)
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		name = strings.TrimSpace(name)
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		switch name {
		case "display":
			s.none = s.none || value == "none"
		case "visibility":
			s.invisible = value == "hidden" || value == "collapse"
		case "opacity":
			n, _ := number(value)
			s.none = s.none || len(value) > 0 && n < 0.05
		case "mso-hide":
			s.none = s.none || value == "all"
		case "font-size":
			n, unit := number(value)
			if unit != noNumber {
				s.tiny = n == 0 || n < 2 && (unit == "px" || unit == "pt" || unit == "%") || n < 0.1 && unit == "em"
			}
		case "color":
			if value == "transparent" {
				s.clear = true
			} else {
				s.setColor(parseColor(value))
			}
		case "background", "background-color", "background-image":
			s.background(value)
		case "overflow":
			clipped = value == "hidden"
		case "max-height", "height", "max-width", "width":
			n, unit := number(value)
			flat = flat || n == 0 && unit != noNumber
			if a != nil && unit == "px" {
				switch name {
				case "width":
					a.width = int(n)
				case "height":
					a.height = int(n)
				}
			}
		case "text-indent", "left", "top", "margin-left":
			n, _ := number(value)
			s.none = s.none || n <= -999
		}
	}
	s.none = s.none || clipped && flat
}

// background reads a background property.
func (s *style) background(value string) {
	if strings.Contains(value, "url(") {
		s.bg = unknownColor // an image may be of any colour
		return
	}
	for word := range strings.FieldsSeq(value) {
		if strings.HasPrefix(word, "rgb") {
			word = value[strings.Index(value, word):]
		}
		if c := parseColor(word); c != unknownColor {
			s.bg = c
			return
		}
	}
	if strings.Contains(value, "gradient") || strings.Contains(value, "var(") {
		s.bg = unknownColor
	}
}

// cssURL returns the URL of the background image in a style attribute, "" if there is none.
func cssURL(css string) string {
	i := indexFold(css, "url(")
	if i < 0 || indexFold(css[:i], "background") < 0 {
		return ""
	}
	url, _, _ := strings.Cut(css[i+len("url("):], ")")
	return strings.Trim(url, `"' `)
}

// cutDeclaration returns the first declaration of css and the rest. Semicolons in parentheses do not count.
func cutDeclaration(css string) (decl, rest string) {
	depth := 0
	for i := range len(css) {
		switch css[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ';':
			if depth <= 0 {
				return css[:i], css[i+1:]
			}
		}
	}
	return css, ""
}

// noNumber is the unit of what is not a number.
const noNumber = "?"

// number reads a number and its unit.
func number(value string) (n float64, unit string) {
	i := 0
	for i < len(value) && (value[i] >= '0' && value[i] <= '9' || value[i] == '.' || value[i] == '-') {
		i++
	}
	n, err := strconv.ParseFloat(value[:i], 64)
	if err != nil {
		return 0, noNumber
	}
	switch u := strings.TrimSpace(value[i:]); u {
	case "":
		return n, "px"
	case "px", "pt", "em", "%":
		return n, u
	case "rem", "ex", "ch":
		return n, "em"
	default:
		return n, "other"
	}
}
