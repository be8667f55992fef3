// Package attachment reads the content of a mail's attachments: the files of archives, the text and links of documents,
// macros and scripts, codes in pictures. It works within bounds of time, octets and depth, and starts no program.
package attachment

import (
	"strings"
	"time"

	"asterism/attachment/external"
	"asterism/message"
)

// Limits bound the reading of one mail.
type Limits struct {
	Time     time.Duration   // work, in the time that it takes an idle machine; 0 sets no bound
	Bytes    int             // octets that archives and documents are unpacked to in all
	Depth    int             // files within files
	Files    int             // files that are opened
	Programs *external.Tools // that read attachments as well; nil for none

	QR  bool     // look for QR codes in pictures
	Bad []string // extensions of files that have the trait BadName, in lower case, without dots
}

// Usual are the limits without a configuration.
var Usual = Limits{Time: 50 * time.Millisecond, Bytes: 4 << 20, Depth: 4, Files: 100, QR: true,
	Bad: strings.Fields(DangerousExtensions)}

// Bounds that are not options.
const (
	maxEach  = 1 << 20   // octets of one file that is unpacked
	maxText  = 128 << 10 // octets of text kept of a mail's attachments
	maxLinks = 500       // links likewise
	maxFiles = 2000      // files noted, opened or not
)

// File is one file: attached to the mail, or inside such a file.
type File struct {
	Name   string // as its container has it, with a path where that has one
	In     *File  // the file around it; nil if it is attached
	Leaf   int    // index of the attached part among the mail's leaves
	Kind   Kind
	Size   int64 // octets, as declared; -1 if not declared
	Traits Trait
	Text   string   // the visible text, as far as it is read
	Tools  []string // programs that have read it
	Links  []string

	Pages, Pictures int // of a PDF

	Width, Height int // of a picture, in pixels
}

// Depth returns how many files the file is in.
func (f *File) Depth() (n int) {
	for f = f.In; f != nil; f = f.In {
		n++
	}
	return n
}

// Path returns the names from the attached file on, with " > " between them.
func (f *File) Path() string {
	name := f.Name
	for f = f.In; f != nil; f = f.In {
		name = f.Name + " > " + name
	}
	return name
}

// Contents has the files in the attachments of one mail.
type Contents struct {
	Files []*File // each after the file around it
	URIs  []message.URI
}

// none is what a mail without attachments, or one that is not opened, has.
var none = &Contents{}

// Open returns the option to read the mail's attachments within limits.
func Open(l Limits) message.Option {
	return message.OpenWith(func(m *message.Message) any {
		if !worthOpening(m) {
			return none
		}
		return read(m, l)
	})
}

// Of returns the contents of a mail's attachments. They are empty unless the mail was parsed with the option Open.
func Of(m *message.Message) *Contents {
	if c, ok := m.Opened().(*Contents); ok {
		return c
	}
	return none
}

// Text returns the text of all files, one below the other.
func (c *Contents) Text() string {
	var b strings.Builder
	for _, f := range c.Files {
		if f.Text != "" {
			b.WriteString(f.Text)
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

// worthOpening reports whether a mail has a part that this package reads. Most mails have none.
func worthOpening(m *message.Message) bool {
	for _, p := range m.Leaves() {
		if isFile(p) {
			return true
		}
	}
	return false
}

// isFile reports whether a part is read here: what is not shown as the mail's text.
func isFile(p *message.Part) bool {
	switch {
	case p.MediaType == "text/plain" || p.MediaType == "text/html":
		return p.IsAttachment()
	case p.MediaType == "application/pgp-signature", p.MediaType == "application/pkcs7-signature",
		p.MediaType == "application/x-pkcs7-signature", p.MediaType == "application/pgp-encrypted":
		return false
	case strings.HasPrefix(p.MediaType, "multipart/"), strings.HasPrefix(p.MediaType, "message/"):
		return p.Filename != ""
	}
	return true
}
