package message

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds on HTML. A mail client shows nothing like it.
const (
	maxHTML     = 4 << 20 // octets of source that are read
	maxNesting  = 256     // open elements whose style is followed
	maxTagNames = 256     // different elements counted
)

// htmlParser turns a stream of tokens into an HTML. It builds no tree: a stack of the open elements' styles says what
// is visible, and offsets into the text say what belongs to a link.
type htmlParser struct {
	clock   *clock
	h       *HTML
	scan    htmlScanner
	visible collapsed
	hidden  collapsed
	style   style
	stack   []element
	sheet   stylesheet
	tags    []atom.Atom // of h.Tags

	links     itemList[openedLink]
	images    itemList[Image]
	forms     itemList[Form]
	resources itemList[string]
	link      int       // index of the open one, -1 if none
	form      int       // index of the open one, -1 if none
	skip      atom.Atom // the open element whose text is not shown: script, style, …
	title     []byte
	css       []byte // a style attribute in lower case
	within    bool   // a conditional comment, which holds no other
}

// element is an open element and the style outside it.
type element struct {
	tag     atom.Atom
	outside style
}

// openedLink is a link and where its text is, in visible or hidden.
type openedLink struct {
	Link
	start, end int
}

// ParseHTML reads an HTML document in UTF-8, as Part.HTML does. It never fails.
func ParseHTML(source string) *HTML { return parseHTML(source, false, &clock{}) }

// ParseHTML is the function of that name within the mail's time.
func (m *Message) ParseHTML(source string) *HTML { return parseHTML(source, false, &m.clock) }

// parseHTML is ParseHTML; within says that the document is a conditional comment's.
func parseHTML(source string, within bool, c *clock) *HTML {
	p := &htmlParser{clock: c, h: &HTML{}, link: -1, form: -1, style: initialStyle, within: within}
	if len(source) > maxHTML {
		source = source[:maxHTML]
		p.h.Truncated = true
	}
	p.visible.buf = make([]byte, 0, len(source)/3)
	p.stack = make([]element, 0, 32)
	p.h.tokens = htmlTokens{source: source, ends: make([]uint32, 0, 8+len(source)/24)}
	p.scan.source = source
	p.run()
	p.finish()
	return p.h
}

func (p *htmlParser) run() {
	for {
		if p.clock.tick() {
			p.h.Truncated = true
			return
		}
		kind := p.scan.next()
		switch kind {
		case html.ErrorToken: // the end
			return
		case html.TextToken:
			p.text(p.scan.text)
		case html.CommentToken:
			p.h.Comments++
			p.conditional(p.scan.source[p.scan.start:p.scan.end])
		case html.StartTagToken:
			p.start()
		case html.EndTagToken:
			p.end()
		}
		p.h.tokens.add(kind, p.scan.end, p.scan.text)
	}
}

// finish hands the collected text to the HTML.
func (p *htmlParser) finish() {
	p.closeLink()
	p.h.Text = view(p.visible.buf)
	p.h.Hidden = view(p.hidden.buf)
	p.h.Title = string(bytes.Join(bytes.Fields(p.title), []byte(" ")))
	p.finishItems()
}

// finishItems hands the links and the like to the HTML.
func (p *htmlParser) finishItems() {
	h := p.h
	h.Images, h.Forms, h.Resources = p.images.ordered(), p.forms.ordered(), p.resources.ordered()
	links := p.links.ordered()
	if len(links) == 0 {
		return
	}
	h.Links = make([]Link, len(links))
	for i, l := range links {
		text := h.Text
		if l.Hidden {
			text = h.Hidden
		}
		if l.Text == "" {
			l.Text = strings.TrimSpace(text[l.start:l.end])
		}
		h.Links[i] = l.Link
	}
}

// text takes a piece of text.
func (p *htmlParser) text(s string) {
	switch p.skip {
	case 0:
	case atom.Title:
		if len(p.title) < 1024 {
			p.title = append(p.title, s...)
		}
		return
	case atom.Style:
		p.sheet.add(s)
		p.loads(s)
		return
	default:
		return
	}
	if p.style.visible() {
		p.h.ZeroWidth += p.visible.add(s)
	} else {
		p.hidden.add(s)
	}
}

// start takes a start tag.
func (p *htmlParser) start() {
	tag := atom.Lookup(p.scan.tag.name)
	p.count(tag, 1, 0)
	p.implyEnd(tag)
	p.gap(tag)
	outside := p.style
	a := attributes{width: -1, height: -1}
	for _, written := range p.scan.tag.attributes {
		p.attribute(tag, &a, written)
	}
	if a.class != "" || p.sheet.hasTags {
		p.sheet.apply(&p.style, tag, a.class)
	}
	if a.style != "" { // wins over attributes and classes
		if a.background == "" {
			a.background = cssURL(a.style)
		}
		p.loads(a.style)
		p.css = appendLower(p.css[:0], a.style)
		p.style.apply(view(p.css), &a)
	}
	p.open(tag, &a)
	if isVoid(tag) {
		p.style = outside
		return
	}
	p.skipText(tag)
	if len(p.stack) < maxNesting {
		p.stack = append(p.stack, element{tag, outside})
		p.h.MaxDepth = max(p.h.MaxDepth, len(p.stack))
	} else {
		p.h.Truncated = true
		p.style = outside
	}
}

// skipText notes whose text the following tokens are.
func (p *htmlParser) skipText(tag atom.Atom) {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Iframe:
		p.skip = tag
	}
}

// end takes an end tag.
func (p *htmlParser) end() {
	tag := atom.Lookup(p.scan.tag.name)
	p.count(tag, 0, 1)
	if tag == p.skip {
		p.skip = 0
	}
	switch tag {
	case atom.A:
		p.closeLink()
	case atom.Form:
		p.form = -1
	case 0:
		if isVML(p.scan.tag.name) {
			p.closeLink()
		}
	}
	p.gap(tag)
	barred := !isTablePart(tag)
	for i := len(p.stack) - 1; i >= 0; i-- {
		if open := p.stack[i].tag; open == tag {
			p.pop(i)
			return
		} else if barred && (open == atom.Td || open == atom.Th) {
			return // belongs to an element outside the table cell
		}
	}
}

// pop closes the open elements from index i on.
func (p *htmlParser) pop(i int) {
	p.style = p.stack[i].outside
	p.stack = p.stack[:i]
}

// implyEnd closes what a start tag closes without an end tag.
func (p *htmlParser) implyEnd(tag atom.Atom) {
	n := len(p.stack)
	switch {
	case tag == atom.Li:
		p.closeWithin(atom.Li, atom.Li)
	case tag == atom.Td || tag == atom.Th:
		p.closeWithin(atom.Td, atom.Th)
	case tag == atom.Tr:
		p.closeWithin(atom.Tr, atom.Tr)
	case n > 0 && p.stack[n-1].tag == atom.P && isBlock(tag), n > 0 && tag == atom.Option && p.stack[n-1].tag == tag:
		p.pop(n - 1)
	}
}

// closeWithin closes the innermost open a or b, unless a list or table was opened inside it.
func (p *htmlParser) closeWithin(a, b atom.Atom) {
	for i := len(p.stack) - 1; i >= 0; i-- {
		switch tag := p.stack[i].tag; tag {
		case a, b:
			p.pop(i)
			return
		case atom.Table, atom.Ul, atom.Ol:
			return
		}
	}
}

// gap separates the text before and after a tag.
func (p *htmlParser) gap(tag atom.Atom) {
	switch {
	case tag == atom.Br || tag == atom.Hr || isBlock(tag):
		p.visible.gap, p.hidden.gap = '\n', '\n'
	case tag == atom.Td || tag == atom.Th || tag == atom.Option:
		p.visible.space()
		p.hidden.space()
	}
}

// count counts the tag that was read last.
func (p *htmlParser) count(tag atom.Atom, start, end int) {
	name := p.scan.tag.name
	for i, t := range p.tags {
		if t == tag && (tag != 0 || p.h.Tags[i].Name == string(name)) {
			p.h.Tags[i].Open += start
			p.h.Tags[i].Close += end
			return
		}
	}
	if len(p.h.Tags) < maxTagNames && len(name) <= 64 {
		if p.h.Tags == nil {
			p.h.Tags, p.tags = make([]Tag, 0, 24), make([]atom.Atom, 0, 24)
		}
		p.h.Tags, p.tags = append(p.h.Tags, Tag{atom.String(name), start, end}), append(p.tags, tag)
	}
}
