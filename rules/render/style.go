package render

import "golang.org/x/net/html"

// styles is the stack of styles of the open elements.
type styles struct{ stack []style }

// style is what an element's text looks like.
type style struct {
	tag  string
	size int // font size, 1 to 7
	fg   int32
	bg   int32
}

func baseStyle() style { return style{size: 3, fg: 0x000000, bg: 0xffffff} }

func (s *styles) push(st style) { s.stack = append(s.stack, st) }

func (p *parser) open(tag string, attrs []html.Attribute) {}

func (p *parser) close(tag string) {}

func (p *parser) contrast(text []byte) {}
