package render

import (
	"strconv"
	"strings"
)

// start acts on a start tag.
func (p *parser) start(tag string, attrs []attribute) {
	d := p.doc
	p.count(tag, 1)
	p.gap(tag)
	p.style.open(d, tag, attrs)
	for i := range attrs {
		p.attribute(tag, &attrs[i])
	}
	switch tag {
	case "script", "style":
		p.raw = tag
	case "title":
		p.title = true
		d.Title = append(d.Title, "")
	case "a":
		p.anchor = len(d.Anchor)
		d.Anchor = append(d.Anchor, "")
	case "img":
		if p.anchor >= 0 {
			d.Anchor[p.anchor] += "<img>"
		}
		p.image(attrs)
	case "embed", "object":
		d.Embeds = true
	}
}

// end acts on an end tag.
func (p *parser) end(tag string) {
	p.count(tag, -1)
	p.gap(tag)
	p.style.pop(tag)
	switch tag {
	case p.raw:
		p.raw = ""
	case "title":
		p.title = false
	case "a":
		p.anchor = -1
	}
}

// count counts a tag that opens (1) or closes (-1) an element.
func (p *parser) count(tag string, opens int) {
	d := p.doc
	d.Tags++
	p.between = true
	t := d.tag(tag)
	if t == nil {
		t = d.addTag(tag)
		d.TagsSeen++
		if t.known = isElement(tag); t.known {
			d.ElementsSeen++
		}
	}
	if t.known {
		d.Elements++
	}
	if t.open += opens; t.open < 0 {
		t.open = 0
		d.ClosedExtra++
	}
}

// attribute acts on one attribute of a start tag.
func (p *parser) attribute(tag string, a *attribute) {
	d := p.doc
	switch a.key {
	case "src":
		if tag == "iframe" {
			d.IframeSource = true
		}
	case "action", "formaction":
		if tag == "form" || tag == "button" || tag == "input" {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.value)), "mailto:") {
				d.FormMailto = true
			}
		}
	case "content":
		if tag == "meta" {
			if i := strings.Index(strings.ToLower(a.value), "charset="); i >= 0 {
				d.Charsets = append(d.Charsets, strings.Trim(a.value[i+len("charset="):], ` "'`))
			}
		}
	}
}

// What an image's size in per cent is of, and what a size that cannot be read is taken for.
const (
	windowWidth  = 800
	windowHeight = 600
	unknownSize  = 200
)

// image counts an image, and its area if width and height are given.
func (p *parser) image(attrs []attribute) {
	p.doc.Images++
	width, height := 0, 0
	for i := range attrs {
		switch attrs[i].key {
		case "width":
			width = pixels(attrs[i].value, windowWidth)
		case "height":
			height = pixels(attrs[i].value, windowHeight)
		}
	}
	p.doc.ImageArea += width * height
}

// pixels reads a size in pixels, or in per cent of the window's.
func pixels(s string, window int) int {
	s, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	n, err := strconv.ParseUint(s, 10, 16)
	switch {
	case err != nil || n == 0:
		return unknownSize
	case percent:
		return int(n) * window / 100
	}
	return int(n)
}

// isElement reports whether an element exists in HTML 4, which is what rules were tuned on.
func isElement(tag string) bool { return elements[tag] }

var elements = func() map[string]bool {
	set := map[string]bool{}
	for t := range strings.FieldsSeq(`a abbr acronym address applet area b base basefont bdo big blockquote body br button
		caption center cite code col colgroup dd del dfn dir div dl dt em fieldset font form frame frameset h1 h2 h3 h4 h5 h6
		head hr html i iframe img input ins isindex kbd label legend li link map menu meta noframes noscript object ol
		optgroup option p param pre q s samp script select small span strike strong style sub sup table tbody td textarea
		tfoot th thead title tr tt u ul var
		o:p v:shape`) {
		set[t] = true
	}
	return set
}()
