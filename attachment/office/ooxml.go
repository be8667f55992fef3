package office

import (
	"html"
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
			if len(d.Text) < maxText {
				d.markup(unpack(e, b))
			}
		case strings.HasSuffix(lower, ".rels"):
			d.relations(string(unpack(e, b)))
		case lower == strings.ToLower(contentTypes):
			types := strings.ToLower(string(unpack(e, b)))
			d.Macro = d.Macro || strings.Contains(types, "vnd.ms-office.vbaproject") || strings.Contains(types, "macrosheet")
		case path.Base(lower) == "vbaproject.bin":
			d.Macro = true
			for _, s := range project(unpack(e, b), b) {
				d.code(s)
			}
		case strings.Contains(lower, "/macrosheets/"):
			d.Macro = true
			s := string(unpack(e, b))
			d.AutoRun = d.AutoRun || strings.Contains(strings.ToLower(s), "auto_open")
		case lower == "xl/workbook.xml":
			d.AutoRun = d.AutoRun || autoNames.MatchString(string(unpack(e, b)))
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
	return d
}

// autoNames is a name of a workbook under which Excel runs a macro sheet when the workbook is opened.
var autoNames = regexp.MustCompile(`(?i)<definedName[^>]*name="(?:_xlnm\.)?auto_(?:open|close|activate)`)

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
	for i := range c.Entries {
		if e := &c.Entries[i]; !e.Dir && len(all) < 100 {
			all = append(all, sources(c.Read(e, maxStream))...)
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
		if len(inner.Code) > 0 && len(d.Code) < maxCode {
			d.Code += inner.Code
		}
		if len(d.Files) > before {
			return
		}
	}
	d.Files = append(d.Files, File{name, data})
}

// relation is a relation to something outside of the document (ECMA-376, part 2, 9.3).
var relation = regexp.MustCompile(`(?is)<Relationship\b[^>]*>`)

var (
	attributeTarget = regexp.MustCompile(`(?is)\bTarget\s*=\s*["']([^"']*)["']`)
	attributeType   = regexp.MustCompile(`(?is)\bType\s*=\s*["'][^"']*/([^"'/]*)["']`)
	attributeMode   = regexp.MustCompile(`(?is)\bTargetMode\s*=\s*["']External["']`)
)

// relations reads what a document links to, and what it loads when it is opened.
func (d *Document) relations(s string) {
	for _, r := range relation.FindAllString(s, 2*maxLinks) {
		if !attributeMode.MatchString(r) {
			continue
		}
		target, kind := "", ""
		if m := attributeTarget.FindStringSubmatch(r); m != nil {
			target = html.UnescapeString(m[1])
		}
		if m := attributeType.FindStringSubmatch(r); m != nil {
			kind = strings.ToLower(m[1])
		}
		if kind != "hyperlink" && kind != "image" && remote(target) {
			d.Template = true // templates, frames, objects, sub-documents, other workbooks
		}
		d.link(target)
	}
}

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
				codes.WriteString(html.UnescapeString(text))
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
			codes.WriteString(" " + html.UnescapeString(attribute1(tag, "w:instr")) + " ")
		case "text:a", "draw:a", "draw:object", "draw:image":
			if t := html.UnescapeString(attribute1(tag, "xlink:href")); remote(t) || strings.HasPrefix(t, "mailto:") {
				d.link(t)
				d.Template = d.Template || name == "draw:object"
			}
		}
	}
	d.Text += out.String() + "\n"
	d.fields(codes.String())
}

// attribute1 returns an attribute of a tag.
func attribute1(tag, name string) string {
	_, rest, ok := strings.Cut(tag, name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// ODF reads a document in OpenDocument.
func ODF(l *archive.Listing, b *budget.Budget) *Document {
	d := &Document{Broken: l.Broken}
	for i := range l.Entries {
		e := &l.Entries[i]
		name := slashed(e.Name)
		lower := strings.ToLower(name)
		switch {
		case name == odfContent:
			d.markup(unpack(e, b))
		case name == odfManifest:
			d.Encrypted = d.Encrypted || strings.Contains(string(unpack(e, b)), "encryption-data")
		case strings.HasPrefix(lower, "basic/") && !strings.HasSuffix(lower, "script-lc.xml") && !strings.HasSuffix(lower,
			"script-lb.xml"):
			d.code(html.UnescapeString(string(unpack(e, b))))
		case strings.HasPrefix(lower, "scripts/"):
			d.code(string(unpack(e, b)))
		case strings.HasPrefix(lower, "object ") && !strings.Contains(name, "/") || strings.HasPrefix(lower, "ole"):
			d.Embedded = true
		}
		d.Encrypted = d.Encrypted || e.Encrypted
	}
	return d
}
