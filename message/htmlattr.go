package message

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attributes are those of one start tag that matter.
type attributes struct {
	href, src, background, alt, action string
	kept                               string // see attribute
	class, kind, content               string
	style                              string
	styled                             bool // there is a style attribute
	width, height                      int  // pixels, -1 if not given
}

// Bounds on what decides of an element's looks, in octets.
const (
	maxStyleLen = 8192 // of a style attribute, or a rule's block
	maxClassLen = 512  // of a class attribute
)

// attribute takes one attribute; of several with one name the first counts.
func (p *htmlParser) attribute(tag atom.Atom, a *attributes, written attribute) {
	const longest = len("data-saferedirecturl")
	var name [longest + 1]byte
	key := appendLower(name[:0], written.name[:min(len(written.name), len(name))])
	value := written.value
	if strings.IndexByte(value, '&') >= 0 {
		value = html.UnescapeString(value)
	}
	switch string(key) {
	case "style":
		if !a.styled {
			a.styled = true
			a.style = value[:min(len(value), maxStyleLen)]
		}
	case "class":
		if p.sheet.active() {
			a.class = strings.ToLower(value[:min(len(value), maxClassLen)])
		}
	case "hidden":
		p.style.none = true
	case "href", "xlink:href", "o:href":
		if a.href == "" {
			a.href = strings.TrimSpace(value)
		}
	case "data-saferedirecturl", "originalsrc", "data-cke-saved-href", "data-mce-href":
		// What webmail and editors put in place of a link's destination, or keep beside it.
		a.kept = strings.TrimSpace(value)
	case "formaction", "poster":
		p.resource(strings.TrimSpace(value))
	case "srcset":
		for candidate := range strings.SplitSeq(value, ",") {
			url, _, _ := strings.Cut(strings.TrimSpace(candidate), " ")
			p.resource(url)
		}
	case "src", "data":
		if a.src == "" && (tag == atom.Img || !strings.HasPrefix(value, "data:")) {
			a.src = strings.TrimSpace(value)
		}
	case "background":
		a.background = strings.TrimSpace(value)
		p.style.bg = unknownColor
	case "bgcolor":
		if c := parseColor(value); c != unknownColor {
			p.style.bg = c
		}
	case "color", "text":
		if tag == atom.Font || tag == atom.Basefont || tag == atom.Body {
			p.style.setColor(parseColor(value))
		}
	case "alt":
		a.alt = value
	case "action":
		a.action = strings.TrimSpace(value)
	case "type", "http-equiv":
		a.kind = strings.ToLower(value)
	case "content":
		if tag == atom.Meta {
			a.content = value
		}
	case "width":
		a.width = pixels(value)
	case "height":
		a.height = pixels(value)
	default:
		if len(key) > 4 && key[0] == 'o' && key[1] == 'n' {
			p.h.Handlers++
			scriptURLs(value[:min(len(value), maxStyleLen)], p.resource)
		}
	}
}

// open records what a start tag brings.
func (p *htmlParser) open(tag atom.Atom, a *attributes) {
	h := p.h
	switch tag {
	case atom.A, atom.Area:
		p.openLink(tag, a)
	case atom.Img:
		p.image(Image{URL: a.src, Alt: a.alt, Width: a.width, Height: a.height})
		if p.link >= 0 {
			p.links.items[p.link].Image = true
		}
	case atom.Base:
		if h.Base == "" {
			h.Base = a.href
		}
	case atom.Form:
		p.form = p.forms.add(Form{Action: a.action})
	case atom.Input, atom.Select, atom.Textarea:
		if p.form >= 0 && a.kind != "hidden" {
			f := &p.forms.items[p.form]
			f.Fields++
			f.Password = f.Password || a.kind == "password"
		}
		if a.kind == "image" {
			p.image(Image{URL: a.src, Alt: a.alt, Width: a.width, Height: a.height})
		}
	case atom.Link:
		p.resource(a.href)
	case atom.Meta:
		if a.kind == "refresh" {
			p.resource(refreshURL(a.content))
		}
	case atom.Script, atom.Iframe, atom.Frame, atom.Embed, atom.Object, atom.Audio, atom.Video, atom.Source:
		p.resource(a.src)
	case 0:
		if isVML(p.scan.tag.name) {
			p.openLink(tag, a)
		}
	}
	if a.background != "" {
		p.image(Image{URL: a.background, Width: -1, Height: -1, Background: true})
	}
}

// isVML reports whether an element is of Microsoft's markup for drawings, where a shape can be a link.
func isVML(name []byte) bool { return len(name) > 2 && name[0] == 'v' && name[1] == ':' }

func (p *htmlParser) openLink(tag atom.Atom, a *attributes) {
	if a.kept != "" && a.kept != a.href {
		p.links.add(openedLink{Link: Link{URL: a.kept}})
	}
	if a.href == "" {
		return
	}
	p.closeLink()
	hidden := !p.style.visible()
	start := len(p.visible.buf)
	if hidden {
		start = len(p.hidden.buf)
	}
	p.link = p.links.add(openedLink{Link{URL: a.href, Image: tag == atom.Area, Hidden: hidden}, start, start})
	if tag == atom.Area { // has no content, but lies on an image
		p.link = -1
	}
}

// closeLink ends the open link. Where there are many, one that nobody can click on makes room for others.
func (p *htmlParser) closeLink() {
	if p.link < 0 {
		return
	}
	i := p.link
	l := &p.links.items[i]
	p.link = -1
	l.end = len(p.visible.buf)
	if l.Hidden {
		l.end = len(p.hidden.buf)
	}
	if l.Hidden || l.start == l.end && !l.Image {
		p.links.drop(i)
	}
}

func (p *htmlParser) image(i Image) { p.images.add(i) }

func (p *htmlParser) resource(url string) {
	if url != "" {
		p.resources.add(url)
	}
}

// refreshURL returns the URL in the content of a refresh: behind a number, with or without "url=" (WHATWG HTML, section
// 4.2.5.3).
func refreshURL(content string) string {
	url := strings.TrimLeft(content, "0123456789. \t\r\n")
	url = strings.TrimLeft(url, ";, \t\r\n")
	if hasPrefixFold(url, "url") {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(url[len("url"):], " \t\r\n"), "="); ok {
			url = rest
		}
	}
	return strings.Trim(url, "\"' \t\r\n")
}

// pixels returns the value of a width or height attribute, -1 if it is not in pixels.
func pixels(value string) int {
	value = strings.TrimSuffix(strings.TrimSpace(value), "px")
	if strings.HasSuffix(value, "%") {
		return -1 // without the cost of an error
	}
	if n, err := strconv.Atoi(value); err == nil && n >= 0 {
		return n
	}
	return -1
}

// isVoid reports whether an element has no content and no end tag.
func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Img,
		atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// isBlock reports whether an element starts on a line of its own.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Table, atom.Tr, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Center,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Form, atom.Fieldset,
		atom.Address, atom.Article, atom.Section, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Body,
		atom.Title, atom.Caption, atom.Figure, atom.Figcaption, atom.Noscript:
		return true
	}
	return false
}

// isTablePart reports whether an end tag may close elements beyond the table cell it stands in.
func isTablePart(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Body, atom.Html:
		return true
	}
	return false
}
