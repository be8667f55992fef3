package render

import (
	"math"
	"strconv"
	"strings"
)

// styles is the styles of the open elements that give their text one, the innermost last.
type styles struct {
	stack    []style
	baseSize int // of fonts (<basefont size=…>)
}

// style is the look of an element's text, as far as rules need it.
type style struct {
	tag string
	looks
	size int // of the font, on HTML's scale
}

// looks are the colors of a text and of its background.
type looks struct{ fg, bg color }

// color is a color, or a text that is none.
type color struct {
	r, g, b uint8
	invalid bool
}

// defaultSize is the size of fonts where nothing says another.
const defaultSize = 3

func newStyles() styles {
	stack := make([]style, 1, 32)
	stack[0] = style{looks: looks{bg: color{r: 255, g: 255, b: 255}}, size: defaultSize}
	return styles{stack: stack, baseSize: defaultSize}
}

// maxOpen bounds the open elements that are kept.
const maxOpen = 500

// styled returns the name under which an element's style is kept, "" for one that gives its text none.
func styled(tag string) string {
	switch tag {
	case "body", "font", "table", "tr", "td", "big", "small", "basefont", "marquee", "span", "p", "div", "a":
		return tag
	case "th":
		return "td"
	}
	return ""
}

// open notes the style that an element gives its text. Of an element's attributes only those count that HTML 4 gives a
// meaning
// for text, and the style of those that mail programs write most.
func (s *styles) open(d *Document, tag string, attrs []attribute) {
	if tag = styled(tag); tag == "" {
		return
	}
	if tag == "td" || tag == "tr" {
		s.closeCells(tag)
	}
	st := s.stack[len(s.stack)-1]
	st.tag = tag
	switch tag {
	case "big":
		st.size++
	case "small":
		st.size--
	default:
		for i := range attrs {
			if s.attribute(d, &st, &attrs[i]) {
				return // a <basefont> with a size has no style of its own
			}
		}
	}
	if len(s.stack) < maxOpen {
		s.stack = append(s.stack, st)
	}
}

// attribute applies an attribute to the style of its element. It returns true if the element is to be left out.
func (s *styles) attribute(d *Document, st *style, a *attribute) (leave bool) {
	font := st.tag == "font" || st.tag == "basefont"
	switch {
	case a.key == "face" && font:
		if st.tag == "font" && !isFaces(a.value) {
			d.FontFaceBad = true
		}
	case a.key == "color" && font, a.key == "text" && st.tag == "body":
		st.fg = parseColor(a.value)
	case a.key == "size" && font:
		n, relative, ok := fontSize(a.value)
		switch {
		case ok && st.tag == "basefont" && !relative:
			s.baseSize = n
			return true
		case ok && relative:
			n += s.baseSize
		}
		if ok {
			st.size = n
		}
	case a.key == "style" && !font && st.tag != "body" && st.tag != "marquee":
		st.css(a.value, s.stack[len(s.stack)-1].bg)
	default:
		return false
	}
	d.MaxSize, d.MinSize = max(d.MaxSize, st.size), min(d.MinSize, st.size)
	return false
}

// closeCells ends the table cell, or the row with its cell, in which a new one begins.
func (s *styles) closeCells(tag string) {
	if !s.has(tag) {
		return
	}
	for n := len(s.stack) - 1; n > 0; n-- {
		if top := s.stack[n].tag; top != "font" && top != "td" && (top != "tr" || tag != "tr") {
			break
		}
		s.stack = s.stack[:n]
	}
}

func (s *styles) has(tag string) bool {
	for i := len(s.stack) - 1; i > 0; i-- {
		if s.stack[i].tag == tag {
			return true
		}
	}
	return false
}

// pop ends the innermost element of a name and what is open in it. A body goes on behind its end.
func (s *styles) pop(tag string) {
	if tag = styled(tag); tag == "" || tag == "body" {
		return
	}
	for i := len(s.stack) - 1; i > 0; i-- {
		if s.stack[i].tag == tag {
			s.stack = s.stack[:i]
			return
		}
	}
}

// lowContrast reports whether text hardly differs from its background, or not at all, and whether one of the two has a
// color that
// is none. The weights are those of luminance (ITU-R BT.709).
func (s *styles) lowContrast() (low, invalid bool) {
	st := &s.stack[len(s.stack)-1]
	diff := func(a, b uint8, weight float64) float64 {
		d := (float64(a) - float64(b)) * weight
		return d * d
	}
	switch {
	case st.looks == looks{bg: color{r: 255, g: 255, b: 255}}: // nearly always
		return false, false
	case st.fg == st.bg:
		return true, false
	case st.fg.invalid || st.bg.invalid:
		return false, true
	}
	return math.Sqrt(diff(st.fg.r, st.bg.r, 0.2126)+diff(st.fg.g, st.bg.g, 0.7152)+diff(st.fg.b, st.bg.b, 0.0722)) < 12,
		false
}

// isFaces reports whether a list of font names is as people write them: "Arial, 'Times New Roman'".
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

// fontSize reads the size of a font, on HTML's scale of 1 to 7, or with a sign one to be added to another.
func fontSize(value string) (n int, relative, ok bool) {
	value = strings.TrimLeft(value, space)
	relative = strings.HasPrefix(value, "+") || strings.HasPrefix(value, "-")
	end := 0
	for end < len(value) && end < 4 && (value[end] >= '0' && value[end] <= '9' || end == 0 && relative) {
		end++
	}
	n, err := strconv.Atoi(value[:end])
	return n, relative, err == nil
}
