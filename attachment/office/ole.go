package office

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"asterism/attachment/budget"
)

// maxStream bounds what is read of one stream.
const maxStream = 1 << 20

// OLE reads a document in a compound file: of Word, Excel or PowerPoint before 2007, or a newer one that is encrypted.
func OLE(data []byte, b *budget.Budget) *Document {
	c := OpenCFB(data, b)
	d := &Document{Broken: c.Broken}
	d.storage(c)
	d.Broken = d.Broken || c.Broken
	return d.end()
}

// Class identifiers of the equation editor's objects.
var equations = [][]byte{
	[]byte("\x02\xce\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"),
	[]byte("\x03\xce\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"),
}

// storage reads all streams of a compound file.
func (d *Document) storage(c *CFB) {
	for i := range c.Entries {
		if c.budget.Late() {
			return
		}
		e := &c.Entries[i]
		upper := strings.ToUpper(e.Name)
		for _, id := range equations {
			d.Equation = d.Equation || bytes.Equal(e.Class[:], id)
		}
		switch {
		case e.Dir:
			if e.Name == "ObjectPool" || strings.HasPrefix(e.Name, "MBD") && len(e.Name) == 11 {
				d.Embedded = true
			}
			d.Macro = d.Macro || upper == "VBA" || upper == "_VBA_PROJECT_CUR"
		case e.Name == "EncryptedPackage" || e.Name == "EncryptedSummary":
			d.Encrypted = true
		case upper == "WORDDOCUMENT":
			if !d.silent() {
				d.word(c, c.Read(e, maxStream))
			}
		case upper == "WORKBOOK" || upper == "BOOK":
			d.workbook(c.Read(e, maxStream))
		case upper == "POWERPOINT DOCUMENT":
			if !d.silent() {
				d.say(runs(c.Read(e, maxStream), maxText))
			}
		case e.Name == "\x01Ole10Native":
			d.Embedded = true
			d.native(c.Read(e, maxStream))
		case e.Name == "Equation Native":
			d.Equation = true
		case strings.Contains(strings.ToUpper(e.Path), "VBA/") && upper != "DIR" && !strings.HasPrefix(upper, "__SRP"):
			if d.coded < maxCode {
				for _, s := range sources(c.Read(e, maxStream), c.budget) {
					d.code(s)
				}
			}
		}
	}
	d.fields(strings.Join(d.pieces, ""))
}

// native reads a packaged file (Ole10Native): a size, a flag, its name and two paths, each ended by a zero, then its
// size and content.
func (d *Document) native(b []byte) {
	if len(b) < 7 || len(d.Files) >= maxFiles {
		return
	}
	name, rest, ok := bytes.Cut(b[6:], []byte{0})
	if !ok || len(name) > 512 {
		return
	}
	_, rest, _ = bytes.Cut(rest, []byte{0})
	if len(rest) < 8 {
		return
	}
	rest = rest[4:]
	path := int(binary.LittleEndian.Uint32(rest))
	if path < 0 || path > 1024 || len(rest) < 8+path {
		d.Files = append(d.Files, File{Name: string(name)})
		return
	}
	rest = rest[4+path:]
	size := min(int64(binary.LittleEndian.Uint32(rest)), int64(len(rest)-4))
	d.Files = append(d.Files, File{string(name), rest[4 : 4+size]})
}

// word reads the text of a Word document: pieces of the stream, which a table in another stream lists (MS-DOC, 2.4.1).
func (d *Document) word(c *CFB, b []byte) {
	const (
		flagsAt   = 0x0a
		encrypted = 0x0100
		whichOne  = 0x0200
		clxAt     = 0x01a2
	)
	if len(b) < clxAt+8 {
		d.Broken = true
		return
	}
	flags := binary.LittleEndian.Uint16(b[flagsAt:])
	if flags&encrypted != 0 {
		d.Encrypted = true
		return
	}
	table := "0Table"
	if flags&whichOne != 0 {
		table = "1Table"
	}
	e := c.Find(table)
	if e == nil {
		d.say(runs(b, maxText))
		return
	}
	t := c.Read(e, maxStream)
	start, size := int64(binary.LittleEndian.Uint32(b[clxAt:])), int64(binary.LittleEndian.Uint32(b[clxAt+4:]))
	if start+size > int64(len(t)) {
		d.say(runs(b, maxText))
		return
	}
	d.say(wordText(b, t[start:start+size]))
}

// wordText joins the pieces that a Clx lists (MS-DOC, 2.9.38).
func wordText(b, clx []byte) string {
	for len(clx) >= 3 && clx[0] == 1 { // properties
		n := 3 + int(binary.LittleEndian.Uint16(clx[1:]))
		clx = clx[min(n, len(clx)):]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return runs(b, maxText)
	}
	plc := clx[5:]
	plc = plc[:min(len(plc), int(binary.LittleEndian.Uint32(clx[1:])))]
	n := (len(plc) - 4) / 12
	var out strings.Builder
	left := len(b) // octets of pieces, which are parts of the document
	for i := 0; i < n && out.Len() < maxText && left > 0; i++ {
		from, to := binary.LittleEndian.Uint32(plc[4*i:]), binary.LittleEndian.Uint32(plc[4*i+4:])
		fc := int64(binary.LittleEndian.Uint32(plc[4*(n+1)+8*i+2:]))
		count := int64(to) - int64(from)
		if count <= 0 {
			continue
		}
		width := int64(2)
		if fc&(1<<30) != 0 { // one octet each
			width, fc = 1, (fc&^(1<<30))/2
		}
		piece := part(b, fc, width*count)
		piece = piece[:min(len(piece), left)]
		left -= len(piece)
		appendWord(&out, piece, int(width))
	}
	return out.String()
}

func part(b []byte, at, size int64) []byte {
	if at < 0 || at > int64(len(b)) || size < 0 {
		return nil
	}
	return b[at:min(int64(len(b)), at+min(size, int64(len(b))))]
}

// appendWord appends characters, with Word's marks of paragraphs, cells and fields as white space.
func appendWord(out *strings.Builder, b []byte, width int) {
	for i := 0; i+width <= len(b) && out.Len() < maxText; i += width {
		r := rune(b[i])
		if width == 2 {
			r = rune(binary.LittleEndian.Uint16(b[i:]))
		}
		switch {
		case r == '\r' || r == 0x0b || r == 0x0c:
			out.WriteByte('\n')
		case r == 0x07 || r == '\t' || r == 0x13 || r == 0x14 || r == 0x15:
			out.WriteByte(' ')
		case r < ' ' || r >= 0xd800 && r < 0xe000:
		default:
			out.WriteRune(r)
		}
	}
}

// Records of an Excel workbook (MS-XLS, 2.3).
const (
	xlsFilePass   = 0x002f // the workbook is encrypted
	xlsBoundSheet = 0x0085
	xlsSupBook    = 0x01ae
	xlsHLink      = 0x01b8
	xlsSST        = 0x00fc
	xlsContinue   = 0x003c
	xlsLabel      = 0x0204
)

// workbook reads the records of an Excel workbook.
func (d *Document) workbook(b []byte) {
	var text []byte
	for len(b) >= 4 {
		kind, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		body := b[4:min(len(b), 4+size)]
		b = b[min(len(b), 4+size):]
		switch kind {
		case xlsFilePass:
			d.Encrypted = true
			return
		case xlsBoundSheet:
			if len(body) > 5 && body[5] == 1 { // a sheet of Excel 4.0's macros
				d.Macro = true
				d.AutoRun = d.AutoRun || body[4]&3 != 0 // hidden: no one starts it by hand
			}
		case xlsSupBook:
			d.DDE = d.DDE || bytes.Contains(body, []byte("\x03")) && looksDDE(runs(body, maxText))
		case xlsSST, xlsContinue, xlsHLink, xlsLabel:
			if len(text) < maxStream {
				if kind != xlsContinue {
					text = append(text, 1, 1) // in no run
				}
				text = append(text, body...)
			}
		}
	}
	if !d.silent() {
		d.say(runs(text, maxText))
	}
}

// looksDDE reports whether the name of a linked document starts a program.
func looksDDE(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "cmd") || strings.Contains(s, "powershell") || strings.Contains(s, "mshta") ||
		strings.Contains(s, "msexcel")
}

// runs returns the readable runs of characters in octets whose format is not followed: of one octet or two each, four
// characters at least.
func runs(b []byte, limit int) string {
	const least = 4
	var out strings.Builder
	flush := func(units []uint16) {
		if len(units) >= least {
			out.WriteString(string(utf16.Decode(units)))
			out.WriteByte('\n')
		}
	}
	var wide, narrow []uint16
	for i := 0; i < len(b) && out.Len() < limit; {
		if i+1 < len(b) && b[i+1] == 0 && isText(b[i]) && (len(wide) > 0 || i+3 < len(b) && b[i+3] == 0 && isText(b[i+2])) {
			flush(narrow)
			narrow = narrow[:0]
			wide = append(wide, uint16(b[i]))
			i += 2
			continue
		}
		flush(wide)
		wide = wide[:0]
		if isText(b[i]) {
			narrow = append(narrow, uint16(b[i]))
		} else {
			flush(narrow)
			narrow = narrow[:0]
		}
		i++
	}
	flush(wide)
	flush(narrow)
	return out.String()
}

func isText(c byte) bool { return c >= ' ' && c < 0x7f || c >= 0xc0 || c == '\t' }
