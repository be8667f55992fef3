package attachment

import (
	"html"
	"strings"
	"unicode/utf16"

	"asterism/message"
)

// maxPage bounds the octets of the pages, drawings, calendars and scripts of one mail that are searched.
const maxPage = 512 << 10

// maxParsed bounds the octets of pages and mails that are parsed for one mail: parsing takes a hundred times as many
// octets of memory. It is twice what a mail that is scanned may have.
const maxParsed = 200 << 10

// room returns how many octets of a file are parsed.
func (r *reader) room(f *File, size int) int {
	if size > r.parse {
		size = r.parse
		f.Traits |= Unread
	}
	r.parse -= size
	return size
}

// html parses a page.
func (r *reader) html(f *File, source string) *message.HTML {
	return r.m.ParseHTML(source[:r.room(f, len(source))])
}

// source returns the text of a file, as far as there is room for it.
func (r *reader) source(f *File, data []byte) string {
	if len(data) > r.pages {
		data = data[:r.pages]
		f.Traits |= Unread
	}
	r.pages -= len(data)
	return textOf(data)
}

// page opens an HTML page. The text and links of an attached one are the mail's own; those inside archives are kept
// here.
func (r *reader) page(f *File, data []byte) {
	source := r.source(f, data)
	r.script(f, source)
	h := r.html(f, source)
	for _, form := range h.Forms {
		f.Traits |= Form
		if form.Password {
			f.Traits |= Password
		}
	}
	if p := r.part(f); p != nil && p.IsHTML() {
		return
	}
	r.keepText(f, h.Text)
	r.keepLinks(f, linksOf(h))
}

// part returns the part that a file is; nil if it is inside another file.
func (r *reader) part(f *File) *message.Part {
	if f.In != nil {
		return nil
	}
	return r.m.Leaves()[f.Leaf]
}

func linksOf(h *message.HTML) []string {
	var links []string
	for _, l := range h.Links {
		links = append(links, l.URL)
	}
	for _, f := range h.Forms {
		links = append(links, f.Action)
	}
	return append(links, h.Resources...)
}

// script notes what the scripts of a page or drawing do, and keeps the links in them.
func (r *reader) script(f *File, source string) {
	lower := asciiLower(source)
	if !hasScript(lower) {
		if redirects(lower) && strings.Contains(lower, "refresh") {
			f.Traits |= Redirect
		}
		if smuggles(lower) {
			f.Traits |= Smuggling
		}
		return
	}
	f.Traits |= JavaScript
	decodes := decodes(lower)
	if smuggles(lower) && (decodes || strings.Contains(lower, "data:")) || makesBlob(lower) && decodes {
		f.Traits |= Smuggling
	}
	if evaluates(lower) || longEncoded(source) && decodes {
		f.Traits |= Suspicious
	}
	if redirects(lower) {
		f.Traits |= Redirect
	}
	r.keepLinks(f, quotedLinks(source, lower))
}

// longEncoded reports whether a source has a run of base64 or hexadecimal digits that is no picture's.
func longEncoded(s string) bool {
	const long = 2000
	run := 0
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '+' || c == '/' || c == '%' {
			if run++; run >= long {
				return !strings.Contains(s[max(0, i-run-60):i-run+1], "data:image")
			}
			continue
		}
		run = 0
	}
	return false
}

// drawing opens an SVG.
func (r *reader) drawing(f *File, data []byte) {
	source := r.source(f, data)
	r.script(f, source)
	lower := asciiLower(source)
	for _, t := range targets(source, lower) {
		if t = html.UnescapeString(t); !strings.HasPrefix(strings.ToLower(t), "data:image") {
			r.keepLinks(f, []string{t})
		}
	}
	h := r.html(f, source)
	if strings.Contains(lower, "<foreignobject") {
		if len(h.Forms) > 0 {
			f.Traits |= Form
		}
		for _, form := range h.Forms {
			if form.Password {
				f.Traits |= Password
			}
		}
		r.keepLinks(f, linksOf(h))
	}
	r.keepText(f, h.Text)
}

// textOf returns a text in UTF-8: UTF-16 is known by its mark, everything else that is not UTF-8 is taken for Latin 1.
func textOf(b []byte) string {
	if len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		big := int(b[0] & 1) // 0xfe first
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i+1-big])<<8|uint16(b[i+big]))
		}
		return string(utf16.Decode(units))
	}
	s := string(b)
	if strings.ToValidUTF8(s, "") == s {
		return s
	}
	out := make([]rune, 0, len(b))
	for _, c := range b {
		out = append(out, rune(c))
	}
	return string(out)
}
