package office

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"asterism/attachment/budget"
)

// hidden are groups whose content is no text of the document.
var hidden = map[string]bool{"fonttbl": true, "colortbl": true, "stylesheet": true, "info": true, "pict": true,
	"themedata": true,
	"datastore": true, "latentstyles": true, "generator": true, "listtable": true, "listoverridetable": true,
	"rsidtbl":  true,
	"xmlnstbl": true, "mmathPr": true, "colorschememapping": true, "fldinst": true, "objclass": true, "objname": true}

// RTF reads a document in the Rich Text Format.
func RTF(data []byte, b *budget.Budget) *Document {
	r := rtf{in: data, doc: &Document{}, budget: b}
	r.read()
	r.doc.say(r.out.String())
	r.doc.fields(r.codes.String())
	r.objects(data)
	return r.doc.end()
}

// rtf reads groups and control words.
type rtf struct {
	in     []byte
	doc    *Document
	budget *budget.Budget
	out    strings.Builder
	codes  strings.Builder
	skip   int // depth of the group that is left out; 0 for none
	field  int // depth of the group that holds a field's code
	depth  int
	starts bool // a group has just begun
	wide   int  // characters to pass over after one in Unicode
}

func (r *rtf) read() {
	for steps := 0; len(r.in) > 0 && r.out.Len() < maxText; steps++ {
		if steps%256 == 0 && r.budget.Late() {
			return
		}
		c := r.in[0]
		r.in = r.in[1:]
		switch c {
		case '{':
			r.depth++
			r.starts = true
			continue
		case '}':
			if r.depth == r.skip {
				r.skip = 0
			}
			if r.depth == r.field {
				r.field = 0
				r.codes.WriteByte('\n')
			}
			if r.depth--; r.depth <= 0 {
				r.depth = 0
			}
		case '\\':
			r.control()
			continue
		case '\r', '\n':
		default:
			r.write(rune(c))
		}
		r.starts = false
	}
	r.doc.Broken = r.depth > 0 && len(r.in) == 0
}

func (r *rtf) write(c rune) {
	if r.wide > 0 {
		r.wide--
		return
	}
	switch {
	case r.field > 0:
		if r.codes.Len() < maxText {
			r.codes.WriteRune(c)
		}
	case r.skip == 0:
		r.out.WriteRune(c)
	}
}

// control reads the text after a backslash.
func (r *rtf) control() {
	if len(r.in) == 0 {
		return
	}
	c := r.in[0]
	if !isLetter(c) {
		r.in = r.in[1:]
		switch c {
		case '\'':
			if len(r.in) >= 2 {
				if v, err := strconv.ParseUint(string(r.in[:2]), 16, 8); err == nil {
					r.write(rune(v))
				}
				r.in = r.in[2:]
			}
		case '*':
			if r.starts {
				return // the destination's name follows
			}
		case '~':
			r.write(' ')
		case '{', '}', '\\':
			r.write(rune(c))
		}
		r.starts = false
		return
	}
	n := 0
	for n < len(r.in) && isLetter(r.in[n]) && n < 40 {
		n++
	}
	word := string(r.in[:n])
	r.in = r.in[n:]
	n = 0
	if n < len(r.in) && r.in[n] == '-' {
		n++
	}
	for n < len(r.in) && r.in[n] >= '0' && r.in[n] <= '9' && n < 12 {
		n++
	}
	number := string(r.in[:n])
	r.in = bytes.TrimPrefix(r.in[n:], []byte(" "))
	r.word(word, number)
	r.starts = false
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (r *rtf) word(word, number string) {
	value, _ := strconv.Atoi(number)
	switch {
	case word == "bin" && value > 0:
		r.in = r.in[min(len(r.in), value):]
	case word == "u":
		r.wide = 0
		r.write(rune(uint16(value)))
		r.wide = 1
	case word == "par" || word == "line" || word == "sect" || word == "row":
		r.write('\n')
	case word == "tab" || word == "cell":
		r.write(' ')
	case word == "fldinst":
		r.field = r.depth
	case word == "objupdate":
		r.doc.AutoRun = true // an object that is loaded without a click
	case hidden[word] || word == "objdata":
		if r.skip == 0 {
			r.skip = r.depth
		}
	case word == "object" || word == "objemb" || word == "objocx":
		r.doc.Embedded = true
	}
	if word == "template" && r.skip == 0 {
		r.doc.Template = true
	}
}

// templates returns the first four templates of a document, which Word loads when it opens it.
func templates(data []byte) (all []string) {
	const least, most = 4, 500 // octets of its place
	lower := bytes.ToLower(data)
	mark := []byte(`{\*\template`)
	for len(all) < 4 {
		i := bytes.Index(lower, mark)
		if i < 0 {
			return all
		}
		lower = lower[i+len(mark):]
		rest := bytes.TrimLeft(data[len(data)-len(lower):], " \t\r\n")
		n := bytes.IndexAny(rest[:min(len(rest), most+1)], "{}")
		if len(rest) < len(lower) && n >= least && rest[n] == '}' {
			all = append(all, string(rest[:n]))
		}
		lower = lower[len(lower)-len(rest):]
	}
	return all
}

// objects reads the objects in a document, and where its template is.
func (r *rtf) objects(data []byte) {
	for _, where := range templates(data) {
		r.doc.Template = remote(where)
		r.doc.link(where)
	}
	for count := 0; count < 20; count++ {
		i := bytes.Index(data, []byte(`\objdata`))
		if i < 0 || r.budget.Late() {
			return
		}
		r.doc.Embedded = true
		data = data[i+len(`\objdata`):]
		r.object(objectBytes(data, 256<<10))
	}
}

// objectBytes returns the octets of hexadecimal digits up to the end of the group, passing over everything that readers
// pass over between them.
func objectBytes(data []byte, limit int) []byte {
	digits := make([]byte, 0, min(len(data), 4096))
	depth := 0
	for i := 0; i < len(data) && len(digits) < limit; i++ {
		switch c := data[i]; {
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth < 0 {
				i = len(data)
			}
		case c == '\\':
			for i+1 < len(data) && (isLetter(data[i+1]) || data[i+1] == '*' || data[i+1] == '-' || data[i+1] >= '0' &&
				data[i+1] <= '9') {
				i++
			}
		case c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f':
			digits = append(digits, c)
		}
	}
	out := make([]byte, len(digits)/2)
	n, _ := hex.Decode(out, digits[:len(digits)/2*2])
	return out[:n]
}

// object looks at the class of an object and the file in it (MS-OLEDS, 2.2.5).
func (r *rtf) object(b []byte) {
	head := strings.ToLower(string(b[:min(len(b), 512)]))
	r.doc.Equation = r.doc.Equation || strings.Contains(head, "equation")
	if i := bytes.Index(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")); i >= 0 {
		r.doc.embedded("object", b[i:], r.budget)
		return
	}
	if i := strings.Index(head, "package\x00"); i >= 0 && len(b) > i+28 {
		r.doc.native(b[i+len("package\x00")+8:])
	}
	if i := bytes.Index(b, []byte("h\x00t\x00t\x00p\x00")); i >= 0 {
		link, _, _ := strings.Cut(runs(b[i:min(len(b), i+2000)], 2000), "\n")
		r.doc.link(link)
		r.doc.Template = true
	}
}
