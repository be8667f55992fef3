package render

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// css reads the colors of a style attribute; behind is the background of the element around. SpamAssassin's rules were
// written
// for this reading: of "rgb(…)" the numbers between commas count, "transparent" is what is behind, "inherit" changes
// nothing.
func (st *style) css(text string, behind color) {
	clear, seeThrough := false, false // colors that are transparent
	for declaration := range strings.SplitSeq(text, ";") {
		name, value, found := strings.Cut(declaration, ":")
		if value = strings.TrimSpace(value); !found || value == "" {
			continue
		}
		name = strings.TrimLeft(name, space)
		target, transparent := &st.fg, &seeThrough
		switch {
		case strings.EqualFold(name, "background-color"):
			target, transparent = &st.bg, &clear
		case strings.TrimRight(name, space) == "background":
			if c, ok := layerColor(strings.ToLower(value)); ok {
				st.bg = c
			}
			continue
		case !strings.EqualFold(name, "color"):
			continue
		}
		value = strings.TrimRight(withoutImportant(strings.ToLower(value)), space)
		switch {
		case strings.Contains(value, "rgb"):
			*target, *transparent = commaColor(value), false
		case value == "inherit":
		case value == "transparent":
			*transparent = true
		default:
			*target, *transparent = parseColor(value), false
		}
	}
	if clear {
		st.bg = behind
	}
	if seeThrough {
		st.fg = st.bg
	}
}

// withoutImportant removes the mark "!important" at the end of a value.
func withoutImportant(value string) string {
	if rest, ok := strings.CutSuffix(value, "important"); ok {
		if rest, ok = strings.CutSuffix(strings.TrimRight(rest, space), "!"); ok {
			return rest
		}
	}
	return value
}

// commaColor reads the first three numbers between commas of a color such as "rgba(10, 20, 30, 0.5)".
func commaColor(value string) color {
	digits := strings.Map(func(r rune) rune {
		if r == ',' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, value)
	var part [3]uint8
	for i, n := range strings.SplitN(digits, ",", 4) {
		if i == len(part) {
			break
		}
		number, err := strconv.Atoi(n)
		if err != nil && n != "" {
			number = 255 // too large for a number
		}
		part[i] = uint8(min(number, 255))
	}
	return color{r: part[0], g: part[1], b: part[2]}
}

// layerColor returns the first color of the bottom layer of a CSS background.
func layerColor(value string) (color, bool) {
	start, depth, quote := 0, 0, byte(0)
	for i := range len(value) { // of the layers between commas, the last
		switch c := value[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0 && i+1 < len(value):
			start = i + 1
		}
	}
	for _, token := range tokens(value[start:]) {
		if c := parseColor(token); !c.invalid {
			return c, true
		}
	}
	return color{}, false
}

// tokens divides a value at spaces that are not in parentheses.
func tokens(value string) []string {
	depth := 0
	return strings.FieldsFunc(value, func(r rune) bool {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		return r == ' ' && depth <= 0
	})
}

var (
	rgb        = regexp.MustCompile(`rgb\((\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3})\s*\)`)
	rgbPercent = regexp.MustCompile(`rgb\((\d{1,3})%,\s*(\d{1,3})%,\s*(\d{1,3})%\s*\)`)
)

// parseColor reads "#rrggbb" and the like, "rgb(r,g,b)" or a color's name.
func parseColor(s string) color {
	s = strings.ToLower(strings.Trim(s, space))
	if c, ok := colornames.Map[s]; ok {
		return color{r: c.R, g: c.G, b: c.B}
	}
	if strings.HasPrefix(s, "#") {
		return hexColor(s)
	}
	scale := 1.0
	m := rgb.FindStringSubmatch(s)
	if m == nil {
		m, scale = rgbPercent.FindStringSubmatch(s), 2.55
	}
	if m == nil {
		return color{invalid: true}
	}
	var c [3]uint8
	for i := range c {
		n, _ := strconv.Atoi(m[i+1])
		c[i] = uint8(min(int(float64(n)*scale), 255))
	}
	return color{r: c[0], g: c[1], b: c[2]}
}

// hexColor reads a color of hexadecimal digits: of more than six the first six count, of four or five the first three.
func hexColor(s string) color {
	if strings.Trim(s, "#0123456789abcdef") != "" {
		return color{invalid: true}
	}
	digits := strings.ReplaceAll(s, "#", "")
	switch n := len(digits); {
	case n == 0:
		return color{invalid: true}
	case n > 6:
		digits = digits[:6]
	case n > 3 && n < 6:
		digits = digits[:3]
	case n < 3:
		digits += strings.Repeat("0", 3-n)
	}
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, _ := strconv.ParseUint(digits, 16, 32)
	return color{r: uint8(n >> 16), g: uint8(n >> 8), b: uint8(n)}
}
