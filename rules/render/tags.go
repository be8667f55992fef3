package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// start acts on a start tag.
func (p *parser) start(tag string, attrs []html.Attribute) {
	d := p.doc
	p.count(tag)
	d.Inside[tag]++
	p.gap(tag)
	p.style.open(p.doc, tag, attrs)
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
		p.anchors++
		p.anchor = len(d.Anchor)
		d.Anchor = append(d.Anchor, "")
	case "img":
		if p.anchor >= 0 {
			d.Anchor[p.anchor] += "<img>"
		}
		p.image(attrs)
	case "embed":
		d.Embeds = true
	}
}

// end acts on an end tag.
func (p *parser) end(tag string) {
	d := p.doc
	d.Closed++
	p.count(tag)
	if d.Inside[tag] > 0 {
		d.Inside[tag]--
	} else {
		d.ClosedExtra++
		d.Inside[tag] = 0 // it was seen
	}
	p.gap(tag)
	p.style.pop(tag)
	switch tag {
	case p.raw:
		p.raw = ""
	case "title":
		p.title = false
	case "a":
		p.anchor, p.link = -1, 0
	}
}

// count counts a tag, opening or closing.
func (p *parser) count(tag string) {
	d := p.doc
	d.Tags++
	known := isElement(tag)
	if known {
		d.Elements++
	}
	if !p.seen[tag] {
		p.seen[tag] = true
		d.TagsSeen++
		if known {
			d.ElementsSeen++
		}
	}
	p.between = true
}

// attribute acts on one attribute of a start tag.
func (p *parser) attribute(tag string, a *html.Attribute) {
	d := p.doc
	switch a.Key {
	case "href":
		switch tag {
		case "base":
			p.base = strings.TrimSpace(a.Val)
		case "a", "area", "link":
			p.addLink(tag, a.Val)
		}
	case "src", "lowsrc", "background", "dynsrc":
		switch tag {
		case "img", "frame", "iframe", "embed", "script", "bgsound", "input", "body", "table", "tr", "td":
			p.addLink(tag, a.Val)
		}
		if tag == "iframe" && a.Key == "src" {
			d.IframeSource = true
		}
	case "action", "formaction":
		if tag == "form" || tag == "button" || tag == "input" {
			p.addLink(tag, a.Val)
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "mailto:") {
				d.FormMailto = true
			}
		}
	case "content":
		if tag == "meta" {
			if i := strings.Index(strings.ToLower(a.Val), "charset="); i >= 0 {
				d.Charsets = append(d.Charsets, strings.Trim(a.Val[i+len("charset="):], ` "'`))
			}
		}
	}
}

// addLink keeps a URI, made absolute where there is a base.
func (p *parser) addLink(tag, url string) {
	url = strings.TrimSpace(url)
	if url == "" {
		return
	}
	p.doc.Links = append(p.doc.Links, Link{URL: url, Tag: tag})
	if tag == "a" {
		p.link = len(p.doc.Links)
	}
}

// image counts an image and its area; sizes that are not in pixels are guessed.
func (p *parser) image(attrs []html.Attribute) {
	var img Image
	for _, a := range attrs {
		n, percent := pixels(a.Val)
		switch {
		case a.Key == "width" && percent:
			img.Width = n * 800 / 100
		case a.Key == "width":
			img.Width = n
		case a.Key == "height" && percent:
			img.Height = n * 600 / 100
		case a.Key == "height":
			img.Height = n
		}
	}
	p.doc.Images = append(p.doc.Images, img)
	p.doc.ImageArea += img.Width * img.Height
}

// pixels reads the number at the start of a size.
func pixels(s string) (n int, percent bool) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' && end < 6 {
		end++
	}
	n, _ = strconv.Atoi(s[:end])
	return n, strings.HasPrefix(s[end:], "%")
}

// isElement says whether an element exists in HTML 4, which is what rules were tuned on.
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
