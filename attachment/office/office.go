// Package office reads documents of word processors, spreadsheets and presentations: their text and links, their
// macros, and the files and programs that they load or start when opened. It reads the compound files of Word, Excel
// and PowerPoint before 2007 (MS-CFB), OOXML (ECMA-376), OpenDocument and RTF.
package office

import (
	"regexp"
	"strings"
)

// Bounds on what is kept of a document.
const (
	maxText  = 64 << 10  // octets of text
	maxCode  = 256 << 10 // octets of macros' sources
	maxLinks = 300
	maxFiles = 50

	maxPieces = 4000 // of text
)

// Document has the text, links and actions of a document.
type Document struct {
	Text  string // of maxText octets, and one piece more
	Links []string
	Code  string // sources of macros
	Files []File // files and objects in it

	Macro     bool // holds macros
	AutoRun   bool // macros that run when it is opened
	Encrypted bool // needs a password
	Template  bool // loads a template, frame or object from elsewhere when it is opened
	DDE       bool // has a field that starts a program
	Embedded  bool // holds OLE objects
	Equation  bool // one of them is for the equation editor
	Broken    bool

	pieces, sources []string // of Text and Code
	said, coded     int      // octets of them
	linked          map[string]bool
}

// File is a file or object in a document.
type File struct {
	Name string
	Data []byte
}

// link keeps a link, once.
func (d *Document) link(s string) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 4096 || len(d.Links) >= maxLinks || d.linked[s] {
		return
	}
	if d.linked == nil {
		d.linked = map[string]bool{}
	}
	d.linked[s] = true
	d.Links = append(d.Links, s)
}

// say adds a piece of text.
func (d *Document) say(s string) {
	if d.said+len(s) > maxText {
		s = s[:max(0, maxText-d.said)]
	}
	d.said += len(s)
	d.pieces = append(d.pieces, s)
}

// silent reports whether there is no room for more text.
func (d *Document) silent() bool { return d.said >= maxText || len(d.pieces) >= maxPieces }

// end puts the document together when it is read.
func (d *Document) end() *Document {
	d.Text, d.pieces = strings.Join(d.pieces, ""), nil
	d.Code, d.sources = strings.Join(d.sources, ""), nil
	return d
}

// autoRun are the names of macros that Office runs by itself.
var autoRun = regexp.MustCompile(`(?i)\b(?:auto_?(?:open|close|exec|exit|new)|(?:document|workbook` +
	`|presentation)_?(?:open|close|beforeclose|activate|new|change)` +
	`|autoactivate|worksheet_(?:activate|change|calculate)|inkpicture\w*_painted|frame\w*_layout)\b`)

// ddeField is a field that starts a program.
var ddeField = regexp.MustCompile(`(?i)\bDDE(?:AUTO)?\b\s*["\\ ]`)

// hyperlink is a field that links elsewhere.
var hyperlink = regexp.MustCompile(`(?i)\bHYPERLINK\s+(?:\\[a-z]\s+)*"([^"]{4,1000})"`)

// includes are fields that load something when the document is opened.
var includes = regexp.MustCompile(`(?i)\bINCLUDE(?:TEXT|PICTURE)\s+"?(?:https?:|\\\\\\\\)`)

// fields looks at the text of field codes.
func (d *Document) fields(text string) {
	d.DDE = d.DDE || ddeField.MatchString(text)
	d.Template = d.Template || includes.MatchString(text)
	for _, m := range hyperlink.FindAllStringSubmatch(text, maxLinks) {
		d.link(m[1])
	}
}

// code adds a macro's source.
func (d *Document) code(source string) {
	d.Macro = true
	if d.coded >= maxCode {
		return
	}
	source = source[:min(len(source), maxCode-d.coded)]
	d.coded += len(source) + 1
	d.sources = append(d.sources, source, "\n")
	d.AutoRun = d.AutoRun || autoRun.MatchString(source)
}
