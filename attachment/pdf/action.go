package pdf

import (
	"strings"
	"unicode/utf16"
)

// actions gathers what objects do, whether or not a page leads to them: links, scripts, forms, files.
func (f *file) actions() {
	seen := map[string]bool{}
	for _, num := range f.order {
		if f.budget.Late() {
			return
		}
		o := f.objects[num]
		f.visit(o, o.value, 0, seen)
	}
}

// visit looks at a value and those in it.
func (f *file) visit(o *object, v any, depth int, seen map[string]bool) {
	if depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case array:
		for _, e := range v {
			f.visit(o, e, depth+1, seen)
		}
	case dict:
		f.action(o, v, seen)
		for _, e := range v {
			switch e.(type) {
			case array, dict:
				f.visit(o, e, depth+1, seen)
			}
		}
	}
}

// action looks at one dictionary.
func (f *file) action(o *object, d dict, seen map[string]bool) {
	doc := f.doc
	if t, ok := f.resolve(d["URI"]).(text); ok {
		f.link(f.short(o, t), seen)
	}
	kind, _ := f.resolve(d["S"]).(name)
	switch kind {
	case "JavaScript", "Rendition":
		doc.HasScript = doc.HasScript || d["JS"] != nil || kind == "JavaScript"
	case "Launch":
		doc.HasLaunch = true
		if doc.Launch == "" {
			doc.Launch = f.fileName(o, d["F"])
			if doc.Launch == "" {
				doc.Launch = f.fileName(o, f.dictOf(d["Win"])["F"])
			}
		}
	case "GoToR", "GoToE", "ImportData", "SubmitForm":
		if target := f.fileName(o, d["F"]); strings.Contains(target, "://") {
			f.link(target, seen)
		}
		doc.Form = doc.Form || kind == "SubmitForm"
	}
	if js := d["JS"]; js != nil {
		doc.HasScript = true
		f.script(o, js)
	}
	if d["OpenAction"] != nil || d["AA"] != nil {
		doc.OpenAction = true
	}
	if fields, _ := f.resolve(f.dictOf(d["AcroForm"])["Fields"]).(array); len(fields) > 0 {
		doc.Form = true
	}
	if subtype, _ := d["Subtype"].(name); subtype == "Image" {
		doc.Images++
	}
	if ef := f.dictOf(d["EF"]); ef != nil {
		f.embedded(o, d, ef)
	}
}

// link keeps a link's target, once.
func (f *file) link(s string, seen map[string]bool) {
	if f.doc.Encrypted || len(f.doc.Links) >= maxLinks {
		return
	}
	s = strings.TrimSpace(s)
	if s != "" && len(s) < maxName && !seen[s] {
		seen[s] = true
		f.doc.Links = append(f.doc.Links, s)
	}
}

// script keeps JavaScript, which is a string or a stream.
func (f *file) script(o *object, v any) {
	if f.doc.Encrypted || len(f.doc.Script) > maxScript {
		return
	}
	var b []byte
	if r, ok := v.(ref); ok {
		if so := f.objects[int(r)]; so != nil && so.raw != nil {
			b = f.stream(so)
		} else if so != nil {
			o = so
		}
	}
	if t, ok := f.resolve(v).(text); ok && f.charge(len(t)) {
		b = f.clear(o, t)
	}
	if b = b[:min(len(b), 2*maxScript)]; f.charge(len(b)) { // one script may be that of many objects
		s := readable(b)
		f.doc.Script += s[:min(len(s), maxScript)] + "\n"
	}
}

// maxName bounds the octets of links and of files' names.
const maxName = 4096

// short returns a string of an object that is a link or name, "" if it is too long for one.
func (f *file) short(o *object, t text) string {
	const quote, cipher = 2, 32 // octets of UTF-16 for each of a name, and of an encrypted string's beginning and end
	if len(t) > quote*maxName+cipher || !f.charge(len(t)) {
		return ""
	}
	return readable(f.clear(o, t))
}

// fileName returns the name in a file specification (7.11.2), which may be a string.
func (f *file) fileName(o *object, v any) string {
	switch v := f.resolve(v).(type) {
	case text:
		return f.short(o, v)
	case dict:
		for _, key := range []string{"UF", "F", "Unix", "DOS"} {
			if t, ok := f.resolve(v[key]).(text); ok {
				return f.short(o, t)
			}
		}
	}
	return ""
}

// embedded keeps a file in the file.
func (f *file) embedded(o *object, spec, ef dict) {
	if len(f.doc.Embedded) >= maxEmbedded {
		return
	}
	r, ok := ef["F"].(ref)
	if !ok {
		r, ok = ef["UF"].(ref)
	}
	e := Embedded{Name: f.fileName(o, spec)}
	if so := f.objects[int(r)]; ok && so != nil && !f.doc.Encrypted {
		e.Data = f.stream(so)
	}
	f.doc.Embedded = append(f.doc.Embedded, e)
}

// clear returns a string of an object without its encryption.
func (f *file) clear(o *object, t text) []byte {
	if f.key == nil || o.packed {
		return t
	}
	return f.key.text(o, t)
}

// readable returns a text string (7.9.2.2) in UTF-8.
func readable(b []byte) string {
	switch {
	case len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff:
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(units))
	case len(b) >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf:
		return strings.ToValidUTF8(string(b[3:]), "")
	}
	out := make([]rune, 0, len(b))
	for _, c := range b {
		out = append(out, western(c))
	}
	return string(out)
}
