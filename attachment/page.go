package attachment

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf16"

	"asterism/message"
)

// maxPage bounds the octets of a page or drawing that are searched for tricks.
const maxPage = 512 << 10

// page opens an HTML page. The text and links of an attached one are the mail's own; those inside archives are kept
// here.
func (r *reader) page(f *File, data []byte) {
	source := textOf(data[:min(len(data), maxPage)])
	r.script(f, source)
	h := r.m.ParseHTML(source)
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

// Tricks of pages and drawings, in lower case.
var (
	// smuggles matches what puts a file together in the browser: a blob that is saved, or a link whose target is the
	// file.
	smuggles = regexp.MustCompile(`mssaveoropenblob|mssaveblob|navigator\.mssave` +
		`|\bdownload\s*=[^>]{0,200}href\s*=\s*["']?data:` +
		`|href\s*=\s*["']?data:application/(?:octet-stream|zip|x-|pdf|java|vnd)|\.download\s*=`)
	makesBlob = regexp.MustCompile(`new\s+(?:blob|file)\s*\(|createobjecturl`)
	decodes   = regexp.MustCompile(`\batob\s*\(|unescape\s*\(|fromcharcode|uint8array|base64`)
	evaluates = regexp.MustCompile(`(?:eval|document\.write(?:ln)?|function|settimeout)\s*\(\s*(?:window\.)?(?:atob` +
		`|unescape|decodeuricomponent|string\.fromcharcode)\s*\(`)
	redirects = regexp.MustCompile(`http-equiv\s*=\s*["']?refresh["']?[^>]{0,200}url\s*=|(?:window|document|top|self` +
		`|parent)?\.?location(?:\.href)?\s*=[^=]` +
		`|location\.(?:replace|assign)\s*\(`)
	handlers = regexp.MustCompile(`<script\b|\bon(?:load|click|error|mouseover|begin)\s*=|javascript:`)
	target   = regexp.MustCompile(`(?i)(?:xlink:)?\bhref\s*=\s*["']([^"'#][^"']{3,1000})["']`)
	quoted   = regexp.MustCompile(`(?i)["'](https?:/{2}[^"'\s<>\\]{4,1000})["']`)
)

// script notes what the scripts of a page or drawing do, and keeps the links in them.
func (r *reader) script(f *File, source string) {
	lower := strings.ToLower(source)
	if !handlers.MatchString(lower) {
		if redirects.MatchString(lower) && strings.Contains(lower, "refresh") {
			f.Traits |= Redirect
		}
		if smuggles.MatchString(lower) {
			f.Traits |= Smuggling
		}
		return
	}
	f.Traits |= JavaScript
	if smuggles.MatchString(lower) && (decodes.MatchString(lower) || strings.Contains(lower, "data:")) ||
		makesBlob.MatchString(lower) && decodes.MatchString(lower) {
		f.Traits |= Smuggling
	}
	if evaluates.MatchString(lower) || longEncoded(source) && decodes.MatchString(lower) {
		f.Traits |= Suspicious
	}
	if redirects.MatchString(lower) {
		f.Traits |= Redirect
	}
	for _, m := range quoted.FindAllStringSubmatch(source, 50) {
		r.keepLinks(f, []string{m[1]})
	}
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
	source := textOf(data[:min(len(data), maxPage)])
	r.script(f, source)
	for _, m := range target.FindAllStringSubmatch(source, 50) {
		if t := html.UnescapeString(m[1]); !strings.HasPrefix(strings.ToLower(t), "data:image") {
			r.keepLinks(f, []string{t})
		}
	}
	if strings.Contains(strings.ToLower(source), "<foreignobject") {
		h := r.m.ParseHTML(source)
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
	r.keepText(f, r.m.ParseHTML(source).Text)
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
