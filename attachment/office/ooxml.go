package office

import (
	"html"
	"iter"
	"path"
	"regexp"
	"strings"

	"asterism/attachment/archive"
	"asterism/attachment/budget"
)

// Members of documents.
const (
	contentTypes = "[Content_Types].xml"
	odfContent   = "content.xml"
	odfManifest  = "META-INF/manifest.xml"
)

// IsOOXML reports whether an archive is a document in OOXML, IsODF whether it is one in OpenDocument.
func IsOOXML(l *archive.Listing) bool {
	return has(l, func(n string) bool { return n == contentTypes }) &&
		has(l, func(n string) bool {
			return strings.HasPrefix(n, "word/") || strings.HasPrefix(n, "xl/") || strings.HasPrefix(n, "ppt/") ||
				strings.HasPrefix(n, "_rels/")
		})
}

// IsODF see IsOOXML.
func IsODF(l *archive.Listing) bool {
	return has(l, func(n string) bool { return n == odfContent }) &&
		has(l, func(n string) bool { return n == odfManifest })
}

func has(l *archive.Listing, is func(name string) bool) bool {
	for i := range l.Entries {
		if is(slashed(l.Entries[i].Name)) {
			return true
		}
	}
	return false
}

func slashed(name string) string { return strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/") }

// texts are members that hold what a reader sees.
var texts = regexp.MustCompile(`(?i)^(?:word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml` +
	`|xl/(?:sharedstrings|worksheets/sheet\d+)\.xml` +
	`|xl/drawings/drawing\d+\.xml|ppt/slides/slide\d+\.xml|ppt/notesSlides/notesSlide\d+\.xml)$`)

// OOXML reads a document in OOXML.
func OOXML(l *archive.Listing, b *budget.Budget) *Document {
	d := &Document{Broken: l.Broken}
	for i := range l.Entries {
		e := &l.Entries[i]
		name := slashed(e.Name)
		lower := strings.ToLower(name)
		d.Encrypted = d.Encrypted || e.Encrypted
		if b.Late() {
			break
		}
		switch {
		case texts.MatchString(name):
			if !d.silent() {
				d.markup(unpack(e, b))
			}
		case strings.HasSuffix(lower, ".rels"):
			d.relations(string(unpack(e, b)))
		case lower == strings.ToLower(contentTypes):
			types := strings.ToLower(string(unpack(e, b)))
			d.Macro = d.Macro || strings.Contains(types, "vnd.ms-office.vbaproject") || strings.Contains(types, "macrosheet")
		case path.Base(lower) == "vbaproject.bin":
			d.Macro = true
			if d.coded < maxCode {
				for _, s := range project(unpack(e, b), b) {
					d.code(s)
				}
			}
		case strings.Contains(lower, "/macrosheets/"):
			d.Macro = true
			s := string(unpack(e, b))
			d.AutoRun = d.AutoRun || strings.Contains(strings.ToLower(s), "auto_open")
		case lower == "xl/workbook.xml":
			d.AutoRun = d.AutoRun || namesAuto(string(unpack(e, b)))
		case strings.Contains(lower, "/externallinks/"):
			s := strings.ToLower(string(unpack(e, b)))
			d.DDE = d.DDE || strings.Contains(s, "<ddelink")
		case strings.Contains(lower, "/embeddings/") || strings.Contains(lower, "/activex/") && strings.HasSuffix(lower,
			".bin"):
			d.Embedded = true
			d.embedded(path.Base(name), unpack(e, b), b)
		}
	}
	d.AutoRun = d.AutoRun && d.Macro
	return d.end()
}

// namesAuto reports whether a workbook has a name under which Excel runs a macro sheet when the workbook is opened.
func namesAuto(s string) bool {
	for tag := range tags(s, "definedName") {
		name := strings.TrimPrefix(strings.ToLower(attribute1(tag, "name")), "_xlnm.")
		if strings.HasPrefix(name, "auto_open") || strings.HasPrefix(name, "auto_close") || strings.HasPrefix(name,
			"auto_activate") {
			return true
		}
	}
	return false
}

// tags yields the attributes of the tags of a name, which ends where the tag or a word does.
func tags(s, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s != "" {
			_, rest, _ := strings.Cut(s, "<")
			next := strings.IndexByte(rest, '<')
			if next < 0 {
				next = len(rest)
			}
			tag, _, closed := strings.Cut(rest[:next], ">")
			s = rest[next:]
			if closed && len(tag) > len(name) && strings.EqualFold(tag[:len(name)], name) && strings.ContainsAny(
				tag[len(name):len(name)+1], " \t\r\n/") && !yield(tag[len(name):]) {
				return
			}
		}
	}
}

func unpack(e *archive.Entry, b *budget.Budget) []byte {
	data, _ := e.Unpack(b, maxStream)
	return data
}

// project returns the sources of the macros in a compound file.
func project(data []byte, b *budget.Budget) (all []string) {
	if !IsCFB(data) {
		return nil
	}
	c := OpenCFB(data, b)
	size := 0
	for i := range c.Entries {
		if e := &c.Entries[i]; !e.Dir && len(all) < 100 && size < maxCode && !b.Late() {
			for _, s := range sources(c.Read(e, maxStream), b) {
				size += len(s)
				all = append(all, s)
			}
		}
	}
	return all
}

// embedded keeps an object of a document: the file that is packaged in it, or the object itself.
func (d *Document) embedded(name string, data []byte, b *budget.Budget) {
	if len(d.Files) >= maxFiles {
		return
	}
	if IsCFB(data) {
		before := len(d.Files)
		inner := &Document{Files: d.Files}
		inner.storage(OpenCFB(data, b))
		d.Files, d.Equation, d.Macro, d.AutoRun = inner.Files, d.Equation || inner.Equation, d.Macro || inner.Macro,
			d.AutoRun || inner.AutoRun
		if inner.end(); inner.Code != "" {
			d.code(inner.Code)
		}
		if len(d.Files) > before {
			return
		}
	}
	d.Files = append(d.Files, File{name, data})
}

// relations reads what a document links to, and what it loads when it is opened: relations to something outside of it
// (ECMA-376, part 2, 9.3).
func (d *Document) relations(s string) {
	count := 0
	for tag := range tags(s, "Relationship") {
		if count++; count > 2*maxLinks {
			return
		}
		if len(tag) > maxTag || !strings.EqualFold(attribute1(tag, "TargetMode"), "External") {
			continue
		}
		target := html.UnescapeString(attribute1(tag, "Target"))
		kind := strings.ToLower(path.Base(attribute1(tag, "Type")))
		if kind != "hyperlink" && kind != "image" && remote(target) {
			d.Template = true // templates, frames, objects, sub-documents, other workbooks
		}
		d.link(target)
	}
}

// maxTag bounds the octets of a relation's attributes.
const maxTag = 8 << 10

// remote reports whether a target is on another machine.
func remote(target string) bool {
	t := strings.ToLower(target)
	return strings.Contains(t, "://") && !strings.HasPrefix(t, "file:///") || strings.HasPrefix(t, `\\`) ||
		strings.HasPrefix(t, "mhtml:")
}

// markup adds the text of XML: paragraphs on lines of their own, and field codes for what they do.
func (d *Document) markup(b []byte) {
	var out, codes strings.Builder
	inCode := false
	s := string(b)
	for s != "" && out.Len() < maxText {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		if text := s[:i]; text != "" {
			if inCode {
				if codes.Len() < maxText {
					codes.WriteString(html.UnescapeString(text[:min(len(text), maxText)]))
				}
			} else {
				out.WriteString(html.UnescapeString(text))
			}
		}
		if s = s[i:]; s == "" {
			break
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		tag := s[1:end]
		s = s[end+1:]
		switch name, _, _ := strings.Cut(strings.TrimSuffix(tag, "/"), " "); name {
		case "/w:p", "/a:p", "/si", "/text:p", "/text:h", "w:br", "w:cr", "/row", "text:line-break":
			out.WriteByte('\n')
		case "w:tab", "/w:tc", "/c", "/v", "/table:table-cell", "text:s", "text:tab":
			out.WriteByte(' ')
		case "w:instrText", "w:delInstrText":
			inCode = true
		case "/w:instrText", "/w:delInstrText":
			inCode = false
		case "w:fldSimple":
			if codes.Len() < maxText {
				codes.WriteString(" " + html.UnescapeString(attribute1(tag, "w:instr")) + " ")
			}
		case "text:a", "draw:a", "draw:object", "draw:image":
			if t := html.UnescapeString(attribute1(tag, "xlink:href")); remote(t) || strings.HasPrefix(t, "mailto:") {
				d.link(t)
				d.Template = d.Template || name == "draw:object"
			}
		}
	}
	d.say(out.String())
	d.say("\n")
	d.fields(codes.String())
}

// attribute1 returns an attribute of a tag, whose name may be in any case.
func attribute1(tag, name string) string {
	for at := 0; ; {
		i := strings.IndexByte(tag[at:], '=')
		if i < 0 {
			return ""
		}
		at += i + 1
		before := strings.TrimRight(tag[:at-1], " \t\r\n")
		rest := strings.TrimLeft(tag[at:], " \t\r\n")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			continue
		}
		n := strings.IndexByte(rest[1:], rest[0])
		if n < 0 {
			return ""
		}
		if k := len(before) - len(name); k >= 0 && strings.EqualFold(before[k:], name) && (k == 0 || isBlank(before[k-1])) {
			return rest[1 : 1+n]
		}
		at = len(tag) - len(rest) + n + 2
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// ODF reads a document in OpenDocument.
func ODF(l *archive.Listing, b *budget.Budget) *Document {
	d := &Document{Broken: l.Broken}
	for i := range l.Entries {
		e := &l.Entries[i]
		name := slashed(e.Name)
		lower := strings.ToLower(name)
		switch {
		case b.Late():
		case name == odfContent:
			if d.silent() {
				continue
			}
			d.markup(unpack(e, b))
		case name == odfManifest:
			d.Encrypted = d.Encrypted || strings.Contains(string(unpack(e, b)), "encryption-data")
		case strings.HasPrefix(lower, "basic/") && !strings.HasSuffix(lower, "script-lc.xml") && !strings.HasSuffix(lower,
			"script-lb.xml"):
			if d.coded < maxCode {
				d.code(html.UnescapeString(string(unpack(e, b))))
			}
		case strings.HasPrefix(lower, "scripts/"):
			if d.coded < maxCode {
				d.code(string(unpack(e, b)))
			}
		case strings.HasPrefix(lower, "object ") && !strings.Contains(name, "/") || strings.HasPrefix(lower, "ole"):
			d.Embedded = true
		}
		d.Encrypted = d.Encrypted || e.Encrypted
	}
	return d.end()
}
