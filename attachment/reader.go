package attachment

import (
	"time"

	"asterism/attachment/budget"
	"asterism/message"
)

// reader opens the attachments of one mail.
type reader struct {
	m      *message.Message
	limits Limits
	budget budget.Budget
	out    *Contents
	leaf   int
	opened int
	text   int // octets of text that may still be kept
	pages  int // octets of pages that may still be searched
	parse  int // octets of pages and mails that may still be parsed
	links  int
	handed int       // parts that programs have read
	total  time.Time // when programs must have ended

	codes int // pictures that may still be searched for codes; none are in mails with many words
}

// openers read the kinds that have something inside.
var openers map[Kind]func(*reader, *File, []byte)

func init() {
	openers = map[Kind]func(*reader, *File, []byte){
		ZIP: (*reader).zip, SevenZip: (*reader).list, RAR: (*reader).list, TAR: (*reader).list, Gzip: (*reader).list,
		Bzip2: (*reader).list, XZ: (*reader).list, ISO: (*reader).list, CAB: (*reader).list,
		PDF: (*reader).pdf, OLE: (*reader).compound, RTF: (*reader).rtf, HTML: (*reader).page, SVG: (*reader).drawing,
		XML:  (*reader).drawing,
		Mail: (*reader).mail, TNEF: (*reader).tnef, Calendar: (*reader).lines, VCard: (*reader).lines,
		Shortcut: (*reader).shortcut,
		Script:   (*reader).macro, Text: (*reader).plain, GIF: (*reader).picture, PNG: (*reader).picture,
		JPEG: (*reader).picture,
	}
}

// opening is what it costs to read an octet of some kinds, whose readers do not count it themselves.
var opening = map[Kind]time.Duration{HTML: budget.Reading, Mail: budget.Reading, Script: budget.Reading,
	SVG: budget.Reading, XML: budget.Reading, Calendar: budget.Matching, VCard: budget.Matching}

// read reads the attachments of a mail.
func read(m *message.Message, l Limits) *Contents {
	r := &reader{m: m, limits: l, out: &Contents{}, text: maxText, pages: maxPage, parse: maxParsed, links: maxLinks,
		codes:  maxCodes,
		budget: budget.Budget{Time: l.Time, Ended: m.Late, Bytes: l.Bytes, Each: min(maxEach, l.Bytes)}}
	for i, p := range m.Leaves() {
		if !isFile(p) || m.Late() {
			continue
		}
		r.leaf = i
		if f := r.add(p.Filename, nil, int64(len(p.Decoded()))); f != nil {
			r.open(f, p.Decoded())
			r.programs(p, f, p.Decoded())
		}
	}
	r.collect()
	return r.out
}

// collect gathers the URIs of what was read.
func (r *reader) collect() {
	var links, texts []string
	for _, f := range r.out.Files {
		links = append(links, f.Links...)
		if f.Text != "" {
			texts = append(texts, f.Text)
		}
	}
	if len(links)+len(texts) > 0 {
		r.out.URIs = r.m.ForeignURIs(links, texts)
	}
}

// add notes a file; nil if there are too many.
func (r *reader) add(name string, in *File, size int64) *File {
	if len(r.out.Files) >= maxFiles {
		if in != nil {
			in.Traits |= Unread
		}
		return nil
	}
	f := &File{Name: name, In: in, Leaf: r.leaf, Kind: kindOf(nil, name), Size: size}
	r.out.Files = append(r.out.Files, f)
	f.Traits |= nameTraits(name)
	if isBad(name, r.limits.Bad) {
		f.Traits |= BadName
	}
	return f
}

// open reads a file's content.
func (r *reader) open(f *File, data []byte) {
	f.Kind = kindOf(data, f.Name)
	f.Traits |= disguise(f)
	opener := openers[f.Kind]
	if opener == nil {
		return
	}
	if f.Depth() >= r.limits.Depth || r.opened >= r.limits.Files || r.budget.Late() {
		f.Traits |= Unread
		return
	}
	r.opened++
	before := r.budget.Short()
	opener(r, f, data)
	r.budget.Octets(min(len(data), maxPage), opening[f.Kind])
	if !before && r.budget.Short() {
		f.Traits |= Unread
	}
}

// keepText keeps the text of a file, as far as there is room.
func (r *reader) keepText(f *File, text string) {
	if len(text) > r.text {
		text = text[:r.text]
		f.Traits |= Unread
	}
	r.text -= len(text)
	f.Text += text
}

// keepLinks keeps the links of a file likewise.
func (r *reader) keepLinks(f *File, links []string) {
	n := min(len(links), r.links)
	r.links -= n
	f.Links = append(f.Links, links[:n]...)
}
