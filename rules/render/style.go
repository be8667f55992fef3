package render

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// styles is the styles of the open elements, the innermost last.
type styles struct {
	stack []style
}

// style is what an element's text looks like, as far as rules ask.
type style struct {
	tag string
	looks
}

// looks is the colours of a text and of what is behind it.
type looks struct{ fg, bg color }

type color struct{ r, g, b uint8 }

func newStyles() styles {
	stack := make([]style, 1, 32)
	stack[0].bg = color{255, 255, 255}
	return styles{stack: stack}
}

// maxOpen bounds the open elements that are kept.
const maxOpen = 500

// open notes the style that an element gives its text.
func (s *styles) open(d *Document, tag string, attrs []attribute) {
	st := s.stack[len(s.stack)-1]
	st.tag = tag
	for i := range attrs {
		a := &attrs[i]
		switch {
		case a.key == "size" && tag == "font":
			fontSize(d, a.value)
		case a.key == "face" && tag == "font":
			if !isFaces(a.value) {
				d.FontFaceBad = true
			}
		case a.key == "color" && tag == "font", a.key == "text" && tag == "body":
			if c, ok := parseColor(a.value); ok {
				st.fg = c
			} else if tag == "font" {
				d.FontInvalidColor = true
			}
		case a.key == "style" && tag != "font" && tag != "body":
			st.css(a.value)
		}
	}
	if isFormat(tag) && st.looks == s.stack[len(s.stack)-1].looks {
		return // its end ends nothing but itself
	}
	if len(s.stack) < maxOpen && !isVoid(tag) {
		s.stack = append(s.stack, st)
	} else if tag == "body" {
		s.stack[len(s.stack)-1].fg = st.fg
	}
}

// pop ends the innermost element of a name and what is open in it.
func (s *styles) pop(tag string) {
	for i := len(s.stack) - 1; i > 0; i-- {
		if s.stack[i].tag == tag {
			s.stack = s.stack[:i]
			return
		}
	}
}

// isFormat says whether an element is one that browsers end without ending the fonts opened in it:
// <b><font></b></font>.
func isFormat(tag string) bool {
	switch tag {
	case "b", "big", "code", "em", "i", "s", "small", "strike", "strong", "tt", "u":
		return true
	}
	return false
}

// isVoid says whether an element has no content.
func isVoid(tag string) bool {
	switch tag {
	case "area", "base", "basefont", "br", "col", "frame", "hr", "img", "input", "isindex", "link", "meta", "param", "bgsound",
		"embed", "spacer", "wbr", "keygen":
		return true
	}
	return false
}

// lowContrast says whether text hardly differs from its background, or not at all. The weights are those of luminance
// (ITU-R BT.709).
func (s *styles) lowContrast() bool {
	st := &s.stack[len(s.stack)-1]
	diff := func(a, b uint8, weight float64) float64 {
		d := (float64(a) - float64(b)) * weight
		return d * d
	}
	if st.looks == (looks{bg: color{255, 255, 255}}) {
		return false
	}
	return math.Sqrt(diff(st.fg.r, st.bg.r, 0.2126)+diff(st.fg.g, st.bg.g, 0.7152)+diff(st.fg.b, st.bg.b, 0.0722)) < 12
}

// css reads the colours of a style attribute.
func (st *style) css(text string) {
	for declaration := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(declaration, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "color":
			if c, ok := parseColor(value); ok {
				st.fg = c
			}
		case "background-color", "background":
			if c, ok := parseColor(value); ok {
				st.bg = c
			}
		}
	}
}

// isFaces says whether a list of font names is as people write them: "Arial, 'Times New Roman'".
func isFaces(list string) bool {
	for more := true; more; {
		var face string
		face, list, more = strings.Cut(list, ",")
		if face = strings.TrimLeft(face, space); !more {
			face = strings.TrimRight(face, space)
		}
		if !isFace(face) {
			return false
		}
	}
	return true
}

const space = " \t\n\f\r"

// isFace says so of one font: letters with spaces and hyphens between them, perhaps a digit at the end, perhaps quotes.
func isFace(s string) bool {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		s = s[1:]
	}
	if n := len(s) - 1; n >= 0 && (s[n] == '"' || s[n] == '\'') {
		s = s[:n]
	}
	if n := len(s) - 1; n >= 0 && '0' <= s[n] && s[n] <= '9' {
		s = s[:n]
	}
	if len(s) < 2 || !isLetter(s[0]) || !isLetter(s[len(s)-1]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLetter(s[i]) && s[i] != ' ' && s[i] != '-' {
			if !strings.HasPrefix(s[i:], "\u00a0") {
				return false
			}
			i++
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// fontSize notes the size of <font size=…>: a number from 1 to 7, or one to be added to 3.
func fontSize(d *Document, value string) {
	value = strings.TrimSpace(value)
	relative := strings.HasPrefix(value, "+") || strings.HasPrefix(value, "-")
	end := 0
	for end < len(value) && end < 4 && (value[end] >= '0' && value[end] <= '9' || end == 0 && relative) {
		end++
	}
	n, err := strconv.Atoi(value[:end])
	if err != nil {
		return
	}
	if relative {
		n += 3
	}
	d.MaxSize, d.MinSize = max(d.MaxSize, n), min(d.MinSize, n)
}

var rgb = regexp.MustCompile(`^(?i)rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$`)

// hexColor reads any number of hexadecimal digits as browsers do: three parts, of each the first two digits.
func hexColor(digits string) (c color, ok bool) {
	if strings.Trim(digits, "0123456789abcdef") != "" {
		return color{}, false
	}
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	third := max((len(digits)+2)/3, 2)
	digits += strings.Repeat("0", 3*third-len(digits))
	part := func(i int) uint8 {
		n, _ := strconv.ParseUint(digits[i*third:i*third+2], 16, 8)
		return uint8(n)
	}
	return color{part(0), part(1), part(2)}, true
}

// parseColor reads "#rrggbb" and the like, "rgb(r,g,b)" or a colour's name.
func parseColor(s string) (color, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.HasPrefix(s, "#") {
		return hexColor(strings.TrimLeft(s, "#"))
	}
	if !strings.HasPrefix(s, "rgb(") {
		c, ok := colornames.Map[s]
		return color{c.R, c.G, c.B}, ok
	}
	if m := rgb.FindStringSubmatch(s); m != nil {
		var c [3]uint8
		for i := range c {
			n, _ := strconv.Atoi(m[i+1])
			c[i] = uint8(min(n, 255))
		}
		return color{c[0], c[1], c[2]}, true
	}
	return color{}, false
}
