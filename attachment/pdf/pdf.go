// Package pdf reads PDF files (ISO 32000): their text, links, scripts, forms and embedded files. It finds objects by
// reading the file from its start, so that broken and rearranged files are read as well.
package pdf

import (
	"bytes"
	"strings"

	"asterism/attachment/budget"
)

// Bounds on what is read of a file.
const (
	maxObjects  = 20000
	maxPages    = 20
	maxTrailers = 100
	maxText     = 64 << 10 // octets of text
	maxLinks    = 500
	maxScript   = 32 << 10 // octets of JavaScript
	maxEmbedded = 20
	maxStream   = 1 << 20 // octets that a stream is unpacked to
)

// Document has the text, links and actions of a file.
type Document struct {
	Text       string
	Links      []string
	Script     string // JavaScript
	HasScript  bool
	OpenAction bool   // something is done when the file is opened
	Launch     string // the program to start; "" for none
	HasLaunch  bool
	Form       bool // has fields to fill in
	Encrypted  bool // needs a password: text and links cannot be read
	Protected  bool // is encrypted by an empty password, which viewers try
	Broken     bool // cut off, or without any object
	Pages      int
	Images     int
	Embedded   []Embedded
}

// Embedded is a file in the file.
type Embedded struct {
	Name string
	Data []byte
}

// Read reads a file.
func Read(data []byte, b *budget.Budget) *Document {
	f := &file{data: data, budget: b, objects: map[int]*object{}, doc: &Document{},
		work: workEach * len(data)}
	f.scan()
	if len(f.objects) == 0 {
		f.doc.Broken = true
		return f.doc
	}
	f.decrypt()
	if !f.doc.Encrypted {
		f.unpackObjects()
	}
	f.actions()
	if !f.doc.Encrypted {
		f.text()
	}
	return f.doc
}

// file is a file that is being read.
type file struct {
	data    []byte
	budget  *budget.Budget
	objects map[int]*object
	order   []int // numbers of objects, as they stand in the file
	trailer []dict
	key     *key // nil if the file is not encrypted
	doc     *Document

	work     int // octets that may still be read of what several objects share
	maps     int // octets of fonts' maps that were read
	runaways int // objects that reached to the end of the file
}

// workEach is how many times the octets of a file are read; more are of the budget. References let one string, stream
// or array be that of thousands of objects.
const workEach = 4

// charge counts octets that are read for one of the objects that may share them, and reports whether as many may be.
func (f *file) charge(n int) bool {
	const least = 8 // what is empty takes time as well
	n += least
	own := max(0, min(n, f.work))
	f.work -= own
	return own == n || f.budget.Again(n-own)
}

// maxRunaways is after how many such objects the file is given up: each costs reading all of it.
const maxRunaways = 16

// object is an indirect object (7.3.10). Raw is its stream, as it stands in the file.
type object struct {
	num, gen int
	value    any
	raw      []byte
	packed   bool // it was in an object stream: its strings are not encrypted by themselves
	stream   []byte
	unpacked bool
}

// scan finds the objects and trailers. Of several objects of a number the last one counts, as after an update.
func (f *file) scan() {
	ended, trailers := false, 0
	for at := 0; at < len(f.data) && len(f.objects) < maxObjects && !f.budget.Late(); {
		i := nextKeyword(f.data[at:])
		if i < 0 {
			break
		}
		at += i
		switch rest := f.data[at:]; {
		case bytes.HasPrefix(rest, []byte("obj")):
			at += f.object(at)
		case bytes.HasPrefix(rest, []byte("trailer")):
			at += len("trailer")
			if trailers++; trailers > maxTrailers {
				continue
			}
			l := lexer{in: rest[len("trailer"):]}
			if d, ok := f.value(&l).(dict); ok {
				f.trailer = append(f.trailer, d)
			}
			if len(l.in) == 0 { // something in it is not closed: as costly as such an object
				trailers += maxTrailers / maxRunaways
				continue
			}
			at = len(f.data) - len(l.in)
		default: // %%EOF, startxref
			ended = true
			at += len("%%EOF")
		}
	}
	f.doc.Broken = !ended
}

// nextKeyword returns where "obj", "trailer" or "%%EOF" comes next, -1 if none does.
func nextKeyword(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexAny(b[at:], "ot%")
		if i < 0 {
			return -1
		}
		at += i
		rest := b[at:]
		if bytes.HasPrefix(rest, []byte("obj")) && at > 0 && (isSpace(b[at-1]) || isDigit(b[at-1])) ||
			bytes.HasPrefix(rest, []byte("trailer")) || bytes.HasPrefix(rest, []byte("%%EOF")) {
			return at
		}
		at++
	}
}

// object reads the object whose keyword stands at a place, and returns how far it reaches from there.
func (f *file) object(at int) int {
	num, gen, ok := numbersBefore(f.data[:at])
	l := lexer{in: f.data[at+len("obj"):]}
	if !ok {
		return len("obj")
	}
	o := &object{num: num, gen: gen, value: f.value(&l)}
	l.space()
	if d, isDict := o.value.(dict); isDict && bytes.HasPrefix(l.in, []byte("stream")) {
		body := l.in[len("stream"):]
		body = bytes.TrimPrefix(bytes.TrimPrefix(body, []byte("\r")), []byte("\n"))
		o.raw = body[:streamLen(body, d)]
		l.in = body[len(o.raw):]
		if t, _ := d["Type"].(name); t == "XRef" && len(f.trailer) < maxTrailers {
			f.trailer = append(f.trailer, d)
		}
	}
	if _, again := f.objects[num]; !again {
		f.order = append(f.order, num)
	}
	f.objects[num] = o
	if len(l.in) == 0 && f.runaways < maxRunaways { // something in it is not closed: others may follow it all the same
		f.runaways++
		if i := bytes.Index(f.data[at:], []byte("endobj")); i >= 0 {
			return i + len("endobj")
		}
	}
	return len(f.data) - at - len(l.in)
}

// value reads a value of the file, and counts the work.
func (f *file) value(l *lexer) any {
	before := len(l.in)
	v := l.value(0)
	f.budget.Octets(before-len(l.in), budget.Objects)
	return v
}

// streamLen returns the length of a stream: as declared if it ends there, else up to the next "endstream".
func streamLen(body []byte, d dict) int {
	if n, ok := d["Length"].(float64); ok && n >= 0 && n <= float64(len(body)) {
		rest := body[int(n):]
		if bytes.HasPrefix(bytes.TrimLeft(rest[:min(len(rest), 20)], " \r\n"), []byte("endstream")) {
			return int(n)
		}
	}
	if i := bytes.Index(body, []byte("endstream")); i >= 0 {
		return len(bytes.TrimSuffix(bytes.TrimSuffix(body[:i], []byte("\n")), []byte("\r")))
	}
	return len(body)
}

// numbersBefore reads "12 0 " backwards from the keyword "obj".
func numbersBefore(b []byte) (num, gen int, ok bool) {
	gen, b, ok = numberBefore(b)
	if ok {
		num, _, ok = numberBefore(b)
	}
	return num, gen, ok
}

func numberBefore(b []byte) (n int, rest []byte, ok bool) {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	for scale := 1; len(b) > 0 && isDigit(b[len(b)-1]) && scale < 1e9; scale *= 10 {
		n += int(b[len(b)-1]-'0') * scale
		b, ok = b[:len(b)-1], true
	}
	return n, b, ok
}

// unpackObjects reads the objects in object streams (7.5.7).
func (f *file) unpackObjects() {
	for _, num := range f.order {
		o := f.objects[num]
		d, ok := o.value.(dict)
		if t, _ := d["Type"].(name); !ok || t != "ObjStm" || f.budget.Late() {
			continue
		}
		f.unpackStream(o, d)
	}
}

func (f *file) unpackStream(o *object, d dict) {
	count, _ := f.resolve(d["N"]).(float64)
	first, _ := f.resolve(d["First"]).(float64)
	body := f.stream(o)
	head := lexer{in: body}
	for i := 0; i < int(count) && len(f.objects) < maxObjects; i++ {
		num, ok1 := head.value(0).(float64)
		offset, ok2 := head.value(0).(float64)
		if !ok1 || !ok2 || offset < 0 || first < 0 || first+offset > float64(len(body)) {
			return
		}
		if _, known := f.objects[int(num)]; known {
			continue
		}
		l := lexer{in: body[int(first+offset):]}
		before := len(l.in)
		f.objects[int(num)] = &object{num: int(num), value: f.value(&l), packed: true}
		f.order = append(f.order, int(num))
		if !f.budget.Values(before - len(l.in)) { // many of them may be in one place
			return
		}
	}
}

// resolve follows a reference.
func (f *file) resolve(v any) any {
	for range 8 {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		o := f.objects[int(r)]
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

// dictOf returns a dictionary, or that of a stream, behind a reference or not.
func (f *file) dictOf(v any) dict {
	d, _ := f.resolve(v).(dict)
	return d
}

// text joins what the pages say.
func (f *file) text() {
	p := pages{file: f, seen: map[int]bool{}, fonts: map[int]*font{}, steps: maxSteps, nodes: maxObjects}
	p.walk()
	f.doc.Text = strings.TrimSpace(p.out.String())
}
