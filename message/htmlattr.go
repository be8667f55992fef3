package message

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attributes are those of one start tag that matter.
type attributes struct {
	href, src, background, alt, action string
	class, kind, content               string
	style                              []byte
	width, height                      int // pixels, -1 if not given
}

// Bounds on what decides of an element's looks, in octets.
const (
	maxStyleLen = 8192 // of a style attribute, or a rule's block
	maxClassLen = 512  // of a class attribute
)

// tagNameOf returns the name of a tag, which b starts with, and makes it lower case in place. Like nextAttribute it reads
// the tokenizer's raw bytes: its TagName and TagAttr copy what they return, which costs more than all the rest.
func tagNameOf(b []byte) []byte {
	n := 0
	for n < len(b) && !isHTMLSpace(b[n]) && b[n] != '/' && b[n] != '>' {
		n++
	}
	lower(b[:n])
	return b[:n]
}

// nextAttribute reads the next attribute of a start tag, after the tag's name; key is nil at the end. The key is made
// lower case in place.
func nextAttribute(b []byte) (key, value, rest []byte) {
	i := 0
	for i < len(b) && (isHTMLSpace(b[i]) || b[i] == '/') {
		i++
	}
	if i == len(b) || b[i] == '>' {
		return nil, nil, nil
	}
	start := i
	i++ // an equals sign at the start is part of the name
	for i < len(b) && !isHTMLSpace(b[i]) && b[i] != '/' && b[i] != '>' && b[i] != '=' {
		i++
	}
	key = b[start:i]
	lower(key)
	rest = b[i:]
	b = skipHTMLSpace(rest)
	if len(b) == 0 || b[0] != '=' {
		return key, nil, rest
	}
	value, rest = cutAttributeValue(skipHTMLSpace(b[1:]))
	if bytes.IndexByte(value, '&') >= 0 {
		value = []byte(html.UnescapeString(view(value)))
	}
	return key, value, rest
}

// cutAttributeValue reads the value, quoted or not, at the start of b.
func cutAttributeValue(b []byte) (value, rest []byte) {
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		if end := bytes.IndexByte(b[1:], b[0]); end >= 0 {
			return b[1 : 1+end], b[2+end:]
		}
		return b[1:], nil
	}
	n := 0
	for n < len(b) && !isHTMLSpace(b[n]) && b[n] != '>' {
		n++
	}
	return b[:n], b[n:]
}

func skipHTMLSpace(b []byte) []byte {
	i := 0
	for i < len(b) && isHTMLSpace(b[i]) {
		i++
	}
	return b[i:]
}

func isHTMLSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

// attribute takes one attribute; of several with one name the first counts. The bytes are only good until the next token.
func (p *htmlParser) attribute(tag atom.Atom, a *attributes, key, value []byte) {
	switch string(key) {
	case "style":
		if a.style == nil {
			a.style = value[:min(len(value), maxStyleLen)]
		}
	case "class":
		if p.sheet.active() {
			a.class = string(bytes.ToLower(value[:min(len(value), maxClassLen)]))
		}
	case "hidden":
		p.style.none = true
	case "href":
		if a.href == "" {
			a.href = string(bytes.TrimSpace(value))
		}
	case "src", "data":
		if a.src == "" && (tag == atom.Img || !bytes.HasPrefix(value, []byte("data:"))) {
			a.src = string(bytes.TrimSpace(value))
		}
	case "background":
		a.background = string(bytes.TrimSpace(value))
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
		a.alt = string(value)
	case "action":
		a.action = string(bytes.TrimSpace(value))
	case "type", "http-equiv":
		a.kind = strings.ToLower(string(value))
	case "content":
		if tag == atom.Meta {
			a.content = string(value)
		}
	case "width":
		a.width = pixels(value)
	case "height":
		a.height = pixels(value)
	default:
		if len(key) > 4 && key[0] == 'o' && key[1] == 'n' {
			p.h.Handlers++
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
			h.Links[p.link].Image = true
		}
	case atom.Base:
		if h.Base == "" {
			h.Base = a.href
		}
	case atom.Form:
		if len(h.Forms) < maxItems {
			h.Forms = append(h.Forms, Form{Action: a.action})
			p.inForm = true
		}
	case atom.Input, atom.Select, atom.Textarea:
		if p.inForm && a.kind != "hidden" {
			f := &h.Forms[len(h.Forms)-1]
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
			if i := indexFold(a.content, "url="); i >= 0 {
				p.resource(strings.Trim(a.content[i+len("url="):], `"' `))
			}
		}
	case atom.Script, atom.Iframe, atom.Frame, atom.Embed, atom.Object, atom.Audio, atom.Video, atom.Source:
		p.resource(a.src)
	}
	if a.background != "" {
		p.image(Image{URL: a.background, Width: -1, Height: -1, Background: true})
	}
}

func (p *htmlParser) openLink(tag atom.Atom, a *attributes) {
	if a.href == "" || len(p.h.Links) == maxItems {
		return
	}
	p.closeLink()
	hidden := !p.style.visible()
	p.linkStart = len(p.visible.buf)
	if hidden {
		p.linkStart = len(p.hidden.buf)
	}
	p.link = len(p.h.Links)
	p.h.Links = append(p.h.Links, Link{URL: a.href, Hidden: hidden})
	p.spans = append(p.spans, span{p.linkStart, p.linkStart})
	if tag == atom.Area { // has no content
		p.link = -1
	}
}

func (p *htmlParser) image(i Image) {
	if len(p.h.Images) < maxItems {
		p.h.Images = append(p.h.Images, i)
	}
}

func (p *htmlParser) resource(url string) {
	if url != "" && len(p.h.Resources) < maxItems {
		p.h.Resources = append(p.h.Resources, url)
	}
}

// pixels returns the value of a width or height attribute, -1 if it is not in pixels.
func pixels(value []byte) int {
	value = bytes.TrimSuffix(bytes.TrimSpace(value), []byte("px"))
	if n, err := strconv.Atoi(string(value)); err == nil && n >= 0 {
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
