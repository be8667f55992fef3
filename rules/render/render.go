// Package render reads HTML for the rules of SpamAssassin's language: as text with the line breaks and spaces that its
// body rules expect, and with the counts for its html_… tests.
//
// Package message reads HTML as a mail client shows it. Rules need this reading, because their expressions and limits
// are tuned for it.
package render

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"asterism/message"
)

// Document is an HTML text as rules see it.
type Document struct {
	Text   string   // all text, visible or not
	Title  []string // texts of <title>
	Anchor []string // texts within <a>, with <img> for each image
	// Comments are the comments, with their brackets.
	Comments []string

	Letters      int // characters of text that are not white space
	Tags         int // tags, opening and closing
	Elements     int // tags of elements that exist
	TagsSeen     int // different tags
	ElementsSeen int // different tags of elements that exist
	ClosedExtra  int // closing tags without an open element
	Obfuscation  int // places where tags or comments cut a word in two

	Images     int // <img> tags
	ImageArea  int // pixels of all images
	Embeds     bool
	FormMailto bool // a form sends its content by mail
	MaxSize    int  // largest font, on HTML's scale of 1 to 7
	MinSize    int

	FontFaceBad      bool
	FontLowContrast  bool // text hardly differs from its background
	FontInvalidColor bool
	IframeSource     bool // an <iframe> has a source
	Charsets         []string

	source string
	length int                  // of source in characters, once it was asked for
	tags   []tagCount           // the first few
	more   map[string]*tagCount // those after maxTags
}

// tagCount is a tag that occurs.
type tagCount struct {
	name  string
	open  int  // how often it was opened and not closed
	known bool // it is an element
}

// Source returns how many characters the HTML has.
func (d *Document) Source() int {
	if d.length == 0 {
		d.length = utf8.RuneCountInString(d.source)
	}
	return d.length
}

// Open says how often an element (lower case) was opened and not closed, and whether it occurs at all.
func (d *Document) Open(tag string) (n int, occurs bool) {
	if t := d.tag(tag); t != nil {
		return t.open, true
	}
	return 0, false
}

// tag returns a tag's count, nil if it did not occur.
func (d *Document) tag(name string) *tagCount {
	for i := range d.tags {
		if d.tags[i].name == name {
			return &d.tags[i]
		}
	}
	return d.more[name]
}

// maxTags is how many tags are sought one by one; honest mail has no more.
const maxTags = 40

func (d *Document) addTag(name string) *tagCount {
	if len(d.tags) < maxTags {
		d.tags = append(d.tags, tagCount{name: name})
		return &d.tags[len(d.tags)-1]
	}
	if d.more == nil {
		d.more = map[string]*tagCount{}
	}
	d.more[name] = &tagCount{name: name}
	return d.more[name]
}

// HTML reads an HTML text that package message has divided into tokens. The Document shares its memory.
func HTML(h *message.HTML) *Document {
	p := &parser{
		doc:    &Document{source: h.Source(), MinSize: defaultSize, MaxSize: defaultSize, tags: make([]tagCount, 0, maxTags)},
		out:    make([]byte, 0, len(h.Source())/2),
		anchor: -1,
		style:  newStyles(),
	}
	p.run(h)
	p.doc.Text = string(p.out)
	return p.doc
}

type parser struct {
	doc     *Document
	out     []byte
	raw     string // element whose text is not shown: script, style
	title   bool
	anchor  int // index of the open <a> in doc.Anchor; -1 outside
	style   styles
	attrs   []attribute // of the last start tag
	between bool        // a tag or comment came after the last text

	unclosed int  // comments without an end so far
	afterGap bool // the text so far ends with what a tag stands for
	chunk    int  // where the last text began
}

func (p *parser) run(h *message.HTML) {
	for t := range h.Tokens {
		switch t.Type {
		case html.TextToken:
			p.text(t.Text)
		case html.CommentToken:
			if end := strings.IndexByte(t.Raw, '>'); isOpenComment(t.Raw) && end >= 0 && p.unclosed < maxUnclosed {
				p.unclosed++
				p.comment(t.Raw[:end+1])
				p.run(message.ParseHTML(t.Raw[end+1:]))
				return
			}
			p.comment(t.Raw)
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, rest := cutTagName(t.Raw[len("<"):])
			p.attrs = appendAttributes(p.attrs[:0], rest)
			p.start(tag, p.attrs)
		case html.EndTagToken:
			tag, _ := cutTagName(t.Raw[len("</"):])
			p.end(tag)
		}
	}
}

// maxUnclosed is how many comments without an end are taken to end at the next ">". Each costs reading the rest again.
const maxUnclosed = 10

// isOpenComment reports whether a comment goes on to the end of the text, having no end of its own.
func isOpenComment(raw string) bool {
	return strings.HasPrefix(raw, "<!--") && !strings.HasSuffix(raw, "-->") && !strings.HasSuffix(raw, "--!>")
}

// gap is the separator that a tag puts between texts.
func gap(tag string) string {
	switch tag {
	case "p", "hr", "blockquote", "pre", "listing", "plaintext", "xmp", "title":
		return "\n\n"
	case "br", "div":
		return "\n"
	case "td", "th", "li", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "embed":
		return " "
	}
	return ""
}

// gap puts a tag's separator between texts, and removes a space before it.
func (p *parser) gap(tag string) {
	g := gap(tag)
	if g == "" {
		return
	}
	if n := len(p.out); !p.afterGap && n > p.chunk && p.out[n-1] == ' ' {
		p.out = p.out[:n-1]
	}
	p.out = append(p.out, g...)
	p.afterGap = true
}

// text appends text, its white space collapsed; right after what a tag stands for, a space at the start goes.
func (p *parser) text(b string) {
	if p.raw != "" {
		return
	}
	start := len(p.out)
	space := false
	for i := 0; i < len(b); {
		c := b[i]
		if c == ' ' || c >= '\t' && c <= '\r' {
			space = true
			i++
			continue
		}
		if n := wideBlank(b[i:]); n > 0 {
			space = true
			i += n
			continue
		}
		if space && (!p.afterGap || len(p.out) > start) {
			p.out = append(p.out, ' ')
		}
		space = false
		end := i + 1
		for end < len(b) && (inPlain[b[end]] || b[end] == ' ' && end+1 < len(b) && inPlain[b[end+1]]) { // one space stays
			end++
		}
		p.out = append(p.out, b[i:end]...)
		i = end
	}
	if space && (!p.afterGap || len(p.out) > start) {
		p.out = append(p.out, ' ')
	}
	p.cutsWord(start)
	p.afterGap, p.chunk, p.between = false, start, false
	p.put(p.out[start:])
}

// inPlain are the bytes that are not white space and do not begin a character that may be.
var inPlain = func() (all [256]bool) {
	for c := range all {
		all[c] = c > ' ' && c != 0xc2 && c != 0xe3
	}
	return all
}()

// cutsWord notes whether the text that begins at start goes on with a word that something has cut.
func (p *parser) cutsWord(start int) {
	if !p.between || start == 0 || start >= len(p.out) {
		return
	}
	before, _ := utf8.DecodeLastRune(p.out[:start])
	after, _ := utf8.DecodeRune(p.out[start:])
	if inWord(before) && inWord(after) {
		p.doc.Obfuscation++
	}
}

// inWord reports whether a character is one of words: neither white space nor a mark of ASCII or of Unicode's block of
// General Punctuation. Marks of other scripts are taken for letters, as SpamAssassin does.
func inWord(r rune) bool {
	return r > 0xa0 && !unicode.IsSpace(r) && (r < 0x2000 || r > 0x206f) || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' ||
		'a' <= r && r <= 'z'
}

// wideBlank returns how many bytes a blank of more than one byte has that b starts with, 0 if it starts with none: the
// no-break space and the one of East Asian scripts.
func wideBlank(b string) int {
	switch {
	case len(b) >= 2 && b[0] == 0xc2 && b[1] == 0xa0:
		return 2
	case len(b) >= 3 && b[0] == 0xe3 && b[1] == 0x80 && b[2] == 0x80:
		return 3
	}
	return 0
}

// put gives text to whatever else collects it.
func (p *parser) put(text []byte) {
	if len(text) == 0 {
		return
	}
	d := p.doc
	if p.title {
		d.Title[len(d.Title)-1] += string(text)
	}
	if p.anchor >= 0 {
		d.Anchor[p.anchor] += string(text)
	}
	n := letters(text)
	if isRest(text[0]) {
		n++ // a character that something has cut
	}
	d.Letters += n
	if n > 0 {
		low, invalid := p.style.lowContrast()
		d.FontLowContrast = d.FontLowContrast || low
		d.FontInvalidColor = d.FontInvalidColor || invalid
	}
}

// letters returns how many characters of a text begin in it and are no spaces or newlines, looking at eight bytes at
// a time.
func letters(text []byte) (n int) {
	const ones, low, high = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		space, newline := x^' '*ones, x^'\n'*ones // a byte of 0 is one
		is := (space&low + low | space) & (newline&low + low | newline) & high
		n += bits.OnesCount64(is &^ (x &^ (x << 1)))
	}
	for _, c := range text {
		if c != ' ' && c != '\n' && !isRest(c) {
			n++
		}
	}
	return n
}

// isRest reports whether a byte is of a character of UTF-8, but not its first.
func isRest(c byte) bool { return c&0xc0 == 0x80 }

func (p *parser) comment(raw string) {
	p.between = true
	p.doc.Comments = append(p.doc.Comments, raw)
}
