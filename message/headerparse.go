package message

import (
	"bytes"
	"slices"
	"strings"
)

const (
	maxFields       = 10_000 // header fields kept; RFC 5322 has no limit
	usualFields     = 36     // room made for a mail's fields: 95 of 100 have no more
	usualPartFields = 4
	maxInvalid      = 3 // broken header lines skipped before the rest is taken for the body
)

// headerEnd is where a header ends, and where it ends for readers that are stricter.
type headerEnd struct {
	body   []byte // behind the empty line, or from the first line on that can belong to no header
	early  []byte // from the first line on that some readers take for the end or for text; nil if there is no such line
	fields int    // the fields above early
}

// parse reads fields from b up to an empty line and returns the rest after it. The delimiter of a multipart that the
// header declares ends it as well, and so does the fourth line that is no field: the body has begun without an empty
// line before it. Room is how many fields to expect. In the header of a part, names that look like HTML or text are
// none.
func (h *Header) parse(b []byte, room int, part bool, defects *defectSet) (end headerEnd) {
	h.fields, h.keys = make([]Field, 0, room), make([]nameKey, 0, room)
	invalid := 0
	var declared delimiters
	var run []byte // from the first of the last lines on, if they are no fields
	for len(b) > 0 {
		if b[0] == '\n' || b[0] == '\r' {
			if n := emptyLine(b); n > 0 {
				end.body = b[n:]
				return end
			}
		}
		if b[0] == '-' && len(b) > 1 && b[1] == '-' && declared.starts(b, h) {
			break
		}
		raw, folded := cutField(b)
		name, colon := fieldName(raw)
		if loose := withLooseParameters(b, raw); len(loose) > len(raw) {
			raw, folded = loose, true
			defects.add(DefectBadFolding)
		}
		if part && name > 0 && !plausibleField(raw, name, colon) {
			name = 0
		}
		switch {
		case name > 0:
			run = nil
			if blank := h.keep(raw, name, colon, folded, defects); blank > 0 && end.early == nil {
				end.early, end.fields = b[blank:], len(h.fields)
			}
		case raw[0] == ' ' || raw[0] == '\t':
			defects.add(DefectBadFolding)
			if blank := blankLine(raw); part && blank > 0 && end.early == nil {
				end.early, end.fields = b[blank:], len(h.fields)
			}
		default:
			defects.add(DefectMalformedField)
			if run == nil {
				run = b
			}
			if end.early == nil && !isMboxQuote(raw) {
				end.early, end.fields = b, len(h.fields)
			}
			invalid++
		}
		if invalid > maxInvalid {
			break
		}
		b = b[len(raw):]
	}
	defects.add(DefectMissingSeparator)
	if run != nil {
		b = run
	}
	end.body = b
	if len(end.early) == len(b) {
		end.early = nil
	}
	return end
}

// emptyLine returns the length of the empty line at the start of b, 0 if there is none. Several CRs before the LF are
// one line end: programs that convert line ends twice leave them.
func emptyLine(b []byte) int {
	for i, c := range b {
		if c == '\n' {
			return i + 1
		}
		if c != '\r' {
			return 0
		}
	}
	return 0
}

// blankLine returns where the line behind the first one of white space alone starts, 0 if there is none.
func blankLine(b []byte) int {
	for at := 0; at < len(b); {
		next := len(b) - len(afterLine(b[at:]))
		if len(bytes.TrimLeft(b[at:next], " \t\r\n")) == 0 {
			return next
		}
		at = next
	}
	return 0
}

// delimiters is the boundaries that a header declares, as far as it has been read.
type delimiters struct {
	boundaries []string
	next       int // the field to look at next
}

// maxDeclared bounds the boundaries that are compared with a line.
const maxDeclared = 4

// starts reports whether b starts with a delimiter of a multipart that the header declares (RFC 2046 section 5.1.1).
func (d *delimiters) starts(b []byte, h *Header) bool {
	for i := h.Find("Content-Type", d.next); i >= 0; i = h.Find("Content-Type", i+1) {
		if _, params := parseParams(h.fields[i].value); params["boundary"] != "" {
			d.boundaries = append(d.boundaries[:min(len(d.boundaries), maxDeclared-1)], params["boundary"])
		}
	}
	d.next = len(h.fields)
	line := view(bytes.TrimRight(b[2:len(b)-len(afterLine(b))], " \t\r\n"))
	for _, boundary := range d.boundaries {
		if line == boundary || strings.TrimSuffix(line, "--") == boundary {
			return true
		}
	}
	return false
}

// isMboxQuote reports whether a line is that of an mbox, which mailing programs leave between the fields.
func isMboxQuote(line []byte) bool {
	return isMboxLine(bytes.TrimPrefix(line, []byte(">")))
}

// plausibleField reports whether a line may be a field in earnest: its name is made of what names are made of, and it
// is no web address. The body of a part that has no empty line above it may hold colons.
func plausibleField(raw []byte, name, colon int) bool {
	if bytes.HasPrefix(raw[colon+1:], []byte("//")) {
		return false
	}
	for _, c := range raw[:name] {
		if classOfName[c] == 0 {
			return false
		}
	}
	return true
}

// classOfName is 1 for the letters of a plausible name.
var classOfName = func() (class [256]uint8) {
	for c := range class {
		if b := byte(c); b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || strings.IndexByte("-_.", b) >= 0 {
			class[c] = 1
		}
	}
	return class
}()

// withLooseParameters returns the field raw at the start of b with the lines behind it that are its parameters, but
// are not indented: mail programs read them so where the line before ends in a semicolon.
func withLooseParameters(b, raw []byte) []byte {
	if len(raw) < len("Content-") || raw[0]|0x20 != 'c' || !hasPrefixFold(view(raw), "Content-") {
		return raw
	}
	for bytes.HasSuffix(bytes.TrimRight(raw, " \t\r\n"), []byte(";")) {
		line, _ := cutField(b[len(raw):])
		n := 0
		for n < len(line) && (isAlnum(line[n]) || line[n] == '-' || line[n] == '*' || line[n] == '_') {
			n++
		}
		if n == 0 || !bytes.HasPrefix(bytes.TrimLeft(line[n:], " \t"), []byte("=")) {
			break
		}
		raw = b[:len(raw)+len(line)]
	}
	return raw
}

// keep adds a field. Beyond maxFields only the last of each of the fields is kept that say what the mail is: a reader
// would show it. It returns where the line behind a folded field's first blank one starts, 0 if it has none.
func (h *Header) keep(raw []byte, name, colon int, folded bool, defects *defectSet) (blank int) {
	if len(h.fields) < maxFields {
		return h.add(raw, name, colon, folded, defects)
	}
	defects.add(DefectTooManyFields)
	once := -1
	for i, known := range onceFields {
		if len(known) == name && strings.EqualFold(known, view(raw[:name])) {
			once = i
		}
	}
	if once < 0 {
		return 0
	}
	if h.last == nil {
		h.last = new([len(onceFields)]int)
	}
	at := h.last[once]
	blank = h.add(raw, name, colon, folded, defects)
	if n := len(h.fields) - 1; at > 0 {
		h.fields[at] = h.fields[n]
		h.fields, h.keys = h.fields[:n], h.keys[:n]
	} else {
		h.last[once] = n
	}
	return blank
}

// add appends the field raw, whose name is that many bytes long. It returns where the line behind its first blank one
// starts.
func (h *Header) add(raw []byte, name, colon int, folded bool, defects *defectSet) (blank int) {
	value := raw[colon+1:]
	if folded {
		var bad bool
		if value, bad = h.unfold(value); bad {
			defects.add(DefectBadFolding)
			blank = blankLine(raw)
		}
	}
	if bytes.IndexByte(value, 0) >= 0 { // readers leave NUL out
		value = bytes.ReplaceAll(value, []byte{0}, nil)
	}
	start, end := 0, len(value)
	for start < end && isSpace(value[start]) {
		start++
	}
	for end > start && isSpace(value[end-1]) {
		end--
	}
	f := Field{
		Name:  view(raw[:name]),
		h:     h,
		raw:   raw,
		value: view(value[start:end]),
		ended: start < end && end < len(value) && value[end] == '\n',
	}
	if n := len(h.fields); n == cap(h.fields) { // twice as many: append would copy many times over
		h.fields, h.keys = slices.Grow(h.fields, n+1), slices.Grow(h.keys, n+1)
	}
	key := keyOf(f.Name)
	h.fields, h.keys = append(h.fields, f), append(h.keys, key)
	h.known.add(key)
	return blank
}

// isSpace reports whether c is white space or a part of a line end.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unfold returns value with each line break and the white space after it as one space, and a newline behind it. Bad
// is true if a line of it is white space alone.
func (h *Header) unfold(value []byte) (unfolded []byte, bad bool) {
	const chunk = 2048
	if room := len(value) + len("\n"); cap(h.buf)-len(h.buf) < room {
		h.buf = make([]byte, 0, max(chunk, room))
	}
	start := len(h.buf)
	for len(value) > 0 {
		line := value
		if i := bytes.IndexByte(value, '\n'); i >= 0 {
			line, value = value[:i], value[i+1:]
		} else {
			value = nil
		}
		h.buf = append(h.buf, bytes.TrimRight(line, "\r")...)
		blanks := 0
		for blanks < len(value) && (value[blanks] == ' ' || value[blanks] == '\t') {
			blanks++
		}
		if value = value[blanks:]; blanks > 0 {
			h.buf = append(h.buf, ' ')
			if rest := bytes.TrimLeft(value, "\r"); len(rest) == 0 || rest[0] == '\n' {
				bad = true
			}
		}
	}
	h.buf = append(h.buf, '\n')
	return h.buf[start:len(h.buf):len(h.buf)], bad
}

// cutField returns the first line of b with its continuation lines.
func cutField(b []byte) (raw []byte, folded bool) {
	end := 0
	for {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return b, folded
		}
		end += i + 1
		if end == len(b) || b[end] != ' ' && b[end] != '\t' {
			return b[:end], folded
		}
		folded = true
	}
}

// fieldName returns the length of the name at the start of a field, 0 if there is none, and where the colon is. White
// space between name and colon is RFC 822's old syntax (RFC 5322 section 4.5).
func fieldName(raw []byte) (n, colon int) {
	for n < len(raw) && raw[n] > ' ' && raw[n] < 0x7f && raw[n] != ':' {
		n++
	}
	colon = n
	for colon < len(raw) && (raw[colon] == ' ' || raw[colon] == '\t') {
		colon++
	}
	if colon == len(raw) || raw[colon] != ':' {
		return 0, 0
	}
	return n, colon
}
