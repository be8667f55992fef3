package pdf

import (
	"bytes"
	"math"
	"strings"
	"time"
)

// pages reads the text of pages, in their order.
type pages struct {
	file   *file
	seen   map[int]bool // nodes of the page tree
	fonts  map[int]*font
	inline int // fonts that stand where they are named, and are read each time
	forms  int
	steps  int // values and operators that may still be read
	nodes  int // of the page tree, that may still be visited
	out    strings.Builder
}

// Bounds on what pages draw: forms, and values and operators in all of them.
const (
	maxForms = 200
	maxSteps = 200000
)

// walk reads the pages of the page tree (7.7.3), or where that leads to none, all there are.
func (p *pages) walk() {
	f := p.file
	for _, t := range f.trailer {
		if root := f.dictOf(t["Root"]); root != nil {
			p.node(root["Pages"], nil, 0)
		}
	}
	if f.doc.Pages > 0 {
		return
	}
	for _, num := range f.order {
		d, _ := f.objects[num].value.(dict)
		if t, _ := d["Type"].(name); t == "Page" {
			p.page(d, d)
		}
	}
}

// node reads a node of the page tree.
func (p *pages) node(v any, inherited dict, depth int) {
	if r, ok := v.(ref); ok {
		if p.seen[int(r)] {
			return
		}
		p.seen[int(r)] = true
	}
	d := p.file.dictOf(v)
	if p.nodes--; d == nil || depth > maxDepth || p.nodes < 0 {
		return
	}
	with := d
	if d["Resources"] == nil {
		with = inherited
	}
	kids, ok := p.file.resolve(d["Kids"]).(array)
	if !ok {
		p.page(d, with)
		return
	}
	for _, k := range kids[:min(len(kids), max(p.nodes, 0))] {
		p.node(k, with, depth+1)
	}
}

// page reads one page.
func (p *pages) page(d, with dict) {
	f := p.file
	if f.doc.Pages++; f.doc.Pages > maxPages || f.budget.Late() || p.out.Len() > maxText {
		return
	}
	var parts [][]byte
	size := 0
	for _, c := range f.list(d["Contents"]) {
		r, ok := c.(ref)
		if !ok || size >= maxStream || f.budget.Late() {
			continue
		}
		part := p.content(r)
		if size += len(part); !f.charge(len(part)) { // one stream may be named many times
			break
		}
		parts = append(parts, part)
	}
	var content []byte
	if len(parts) == 1 {
		content = parts[0]
	} else {
		content = bytes.Join(parts, []byte("\n"))
	}
	if r, ok := d["Contents"].(ref); ok && len(content) == 0 {
		content = p.content(r)
	}
	p.run(content, f.dictOf(with["Resources"]), 0)
	p.out.WriteString("\n\n")
}

func (p *pages) content(r ref) []byte {
	if o := p.file.objects[int(r)]; o != nil && o.raw != nil {
		return p.file.stream(o)
	}
	return nil
}

// state is what text operators (9.4) change: the font, and where the next string goes, as far as it tells words and
// lines apart.
type state struct {
	font    *font
	size    float64
	x, y    float64 // of the line's start
	end     float64 // where the last string may have ended
	lastY   float64
	scale   float64
	leading float64
	begun   bool
}

// valueCost is what it takes to read and run one value or operator of a content stream.
const valueCost = 50 * time.Nanosecond

// run reads a content stream.
func (p *pages) run(content []byte, resources dict, depth int) {
	if !p.file.charge(len(content)) { // a form may be drawn many times
		return
	}
	l := lexer{in: content}
	s := state{scale: 1, size: 1}
	var stack []any
	for ; p.steps > 0 && p.out.Len() < maxText; p.steps-- {
		if p.steps%64 == 0 && p.file.budget.Step(64*valueCost) {
			return
		}
		switch v := l.value(0).(type) {
		case end:
			return
		case keyword:
			if v == "BI" {
				l.in = afterImage(l.in)
			} else {
				p.operator(string(v), stack, &s, resources, depth)
			}
			stack = stack[:0]
		default:
			const element = 32 // octets of memory, beyond those of its text
			if list, ok := v.(array); ok && !p.file.charge(element*len(list)) {
				return
			}
			if len(stack) < 64 {
				stack = append(stack, v)
			}
		}
	}
}

// afterImage returns the rest after an inline image (8.9.7).
func afterImage(b []byte) []byte {
	if i := bytes.Index(b, []byte("EI")); i >= 0 {
		for i+2 < len(b) && !(isSpace(b[i+2]) && (i == 0 || isSpace(b[i-1]))) {
			j := bytes.Index(b[i+2:], []byte("EI"))
			if j < 0 {
				return nil
			}
			i += 2 + j
		}
		return b[min(len(b), i+2):]
	}
	return nil
}

func number(stack []any, back int) float64 {
	if len(stack) < back {
		return 0
	}
	n, _ := stack[len(stack)-back].(float64)
	return n
}

func (p *pages) operator(op string, stack []any, s *state, resources dict, depth int) {
	switch op {
	case "BT":
		s.x, s.y, s.scale = 0, 0, 1
	case "Tf":
		s.size = number(stack, 1)
		if len(stack) >= 2 {
			n, _ := stack[0].(name)
			s.font = p.font(p.file.dictOf(resources["Font"])[string(n)])
		}
	case "TL":
		s.leading = number(stack, 1)
	case "Td":
		s.move(number(stack, 2), number(stack, 1))
	case "TD":
		s.leading = -number(stack, 1)
		s.move(number(stack, 2), number(stack, 1))
	case "T*":
		s.move(0, -s.leading)
	case "Tm":
		s.scale = math.Hypot(number(stack, 6), number(stack, 5))
		s.x, s.y = number(stack, 2), number(stack, 1)
	case "Tj":
		p.show(stack, s)
	case "'", `"`:
		s.move(0, -s.leading)
		p.show(stack, s)
	case "TJ":
		if len(stack) > 0 {
			list, _ := stack[len(stack)-1].(array)
			p.show(list, s)
		}
	case "Do":
		if len(stack) > 0 {
			n, _ := stack[0].(name)
			p.form(p.file.dictOf(resources["XObject"])[string(n)], resources, depth)
		}
	}
}

func (s *state) move(x, y float64) {
	s.x += x * s.scale
	s.y += y * s.scale
}

// show writes strings; numbers between them move the next one to the left, in thousandths of the font's size.
func (p *pages) show(list []any, s *state) {
	const gap = 180 // as wide as a narrow blank
	for i, v := range list {
		switch v := v.(type) {
		case float64:
			if v < -gap {
				p.out.WriteByte(' ')
			}
			s.end -= v / 1000 * s.size * s.scale
		case text:
			if i == 0 || !s.begun {
				p.place(s)
			}
			t := ""
			v = v[:min(len(v), maxText)]
			if s.font != nil {
				t = s.font.decode(v)
			} else {
				t = readable(v)
			}
			t = t[:min(len(t), max(0, maxText-p.out.Len()))]
			p.out.WriteString(t)
			s.end += float64(len(t)) * 0.5 * s.size * s.scale
		}
	}
}

// place parts a string from the one before it: by a new line, or by a blank if there is room for one between them.
func (p *pages) place(s *state) {
	height := math.Abs(s.size * s.scale)
	switch {
	case !s.begun:
	case math.Abs(s.y-s.lastY) > height/2:
		p.out.WriteByte('\n')
		if math.Abs(s.y-s.lastY) > 2.2*height {
			p.out.WriteByte('\n')
		}
	case s.x > s.end+height/4 || s.x < s.end-20*height:
		p.out.WriteByte(' ')
	}
	if !s.begun || s.x != s.end {
		s.end = max(s.end, s.x)
		if s.y != s.lastY {
			s.end = s.x
		}
	}
	s.begun, s.lastY = true, s.y
}

// font returns the font that a resource names.
func (p *pages) font(v any) *font {
	r, ok := v.(ref)
	if !ok {
		if d := p.file.dictOf(v); d != nil && p.inline < maxFonts {
			p.inline++
			return p.file.fontOf(d)
		}
		return nil
	}
	if t, known := p.fonts[int(r)]; known {
		return t
	}
	var t *font
	if d := p.file.dictOf(r); d != nil && len(p.fonts) < maxFonts {
		t = p.file.fontOf(d)
	}
	p.fonts[int(r)] = t
	return t
}

// form reads a form that a page draws (8.10).
func (p *pages) form(v any, resources dict, depth int) {
	r, ok := v.(ref)
	o := p.file.objects[int(r)]
	if !ok || o == nil || o.raw == nil || depth >= 4 {
		return
	}
	d, _ := o.value.(dict)
	if subtype, _ := p.file.resolve(d["Subtype"]).(name); subtype != "Form" {
		return
	}
	if p.forms++; p.forms > maxForms {
		return
	}
	if own := p.file.dictOf(d["Resources"]); own != nil {
		resources = own
	}
	p.run(p.file.stream(o), resources, depth+1)
	p.out.WriteByte('\n')
}
