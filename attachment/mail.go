package attachment

import (
	"strings"

	"asterism/attachment/office"
	"asterism/attachment/outlook"
	"asterism/message"
)

// mail opens an attached mail, or a page with its pictures (.mht), that the mail's own parts do not include.
func (r *reader) mail(f *File, data []byte) {
	m := message.Parse(data[:r.room(f, len(data))], message.Within(r.m))
	var text strings.Builder
	defer func() { r.keepText(f, text.String()) }()
	for _, p := range m.Leaves() {
		if r.budget.Late() {
			return
		}
		if isFile(p) {
			if in := r.add(p.Filename, f, int64(len(p.Decoded()))); in != nil {
				r.open(in, p.Decoded())
			}
			continue
		}
		if p.IsText() && text.Len() < r.text {
			text.WriteString(p.Visible() + "\n")
		}
	}
	var links []string
	for _, u := range m.URIs() {
		links = append(links, u.URL)
	}
	r.keepLinks(f, links)
}

// tnef opens a winmail.dat.
func (r *reader) tnef(f *File, data []byte) { r.outlook(f, outlook.TNEF(data)) }

// compound opens a compound file: a mail file of Outlook, or a document.
func (r *reader) compound(f *File, data []byte) {
	c := office.OpenCFB(data, &r.budget)
	if outlook.IsMSG(c) {
		f.Kind = Outlook
		r.outlook(f, outlook.MSG(c))
		return
	}
	if ext := Extension(f.Name); ext == "msi" || ext == "msp" || ext == "mst" {
		f.Kind = Executable
		return
	}
	r.ole(f, data)
}

// outlook notes what a mail of Outlook's holds.
func (r *reader) outlook(f *File, m *outlook.Message) {
	if m.Broken {
		f.Traits |= Broken
	}
	r.keepText(f, m.Subject+"\n\n"+m.Body+"\n")
	if m.HTML != "" {
		h := r.html(f, m.HTML)
		r.keepText(f, h.Text)
		r.keepLinks(f, linksOf(h))
	}
	if len(m.RTF) > 0 {
		d := office.RTF(m.RTF, &r.budget)
		if strings.TrimSpace(m.Body+m.HTML) == "" {
			r.keepText(f, d.Text)
		}
		r.keepLinks(f, d.Links)
	}
	for _, e := range m.Files {
		if in := r.add(e.Name, f, int64(len(e.Data))); in != nil {
			r.open(in, e.Data)
		}
	}
}

// unfolded joins content lines that go on (RFC 5545, section 3.1), and unescaped replaces what stands for other
// characters in them (section 3.3.11).
var (
	unfolded  = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "")
	unescaped = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`)
)

// lines opens a calendar or an address book card: content lines, of whose values a reader sees the text. Those of a
// part that the mail shows are the mail's own.
func (r *reader) lines(f *File, data []byte) {
	if p := r.part(f); p != nil && p.IsText() {
		return
	}
	text := unfolded.Replace(r.source(f, data))
	var out strings.Builder
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ = strings.Cut(strings.ToUpper(name), ";")
		switch name {
		case "SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "NOTE", "FN", "ORG", "TITLE", "URL", "X-ALT-DESC", "EMAIL",
			"CONFERENCE":
			if ok {
				out.WriteString(unescaped.Replace(value) + "\n")
			}
		}
	}
	r.keepText(f, out.String())
}

// shortcut opens a link to a page (.url), whose target is text; of other shortcuts the readable part is kept.
func (r *reader) shortcut(f *File, data []byte) {
	text := textOf(data[:min(len(data), 16<<10)])
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && (strings.EqualFold(key, "URL") ||
			strings.EqualFold(key, "IconFile")) {
			r.keepLinks(f, []string{value})
		}
	}
	if looksSuspicious(strings.ReplaceAll(text, "\x00", "")) {
		f.Traits |= Suspicious
	}
}

// plain keeps the text of a file that the mail does not show as its own.
func (r *reader) plain(f *File, data []byte) {
	if p := r.part(f); p != nil && p.IsText() {
		return
	}
	const most = 16 << 10
	r.keepText(f, textOf(data[:min(len(data), most)]))
}

// macro looks at a script.
func (r *reader) macro(f *File, data []byte) {
	if looksSuspicious(strings.ReplaceAll(r.source(f, data), "\x00", "")) {
		f.Traits |= Suspicious
	}
}
