package attachment

import (
	"asterism/attachment/archive"
	"asterism/attachment/office"
)

// Ratios from which on an archive is a bomb: what it unpacks to by what it has, once that is more than bombSize.
// Text packs to a tenth, tables to a thirtieth.
const (
	bombRatio = 150
	bombSize  = 10 << 20
)

// zip opens a ZIP archive, which may be a document.
func (r *reader) zip(f *File, data []byte) {
	l := archive.Zip(data)
	switch {
	case office.IsOOXML(&l):
		f.Kind = OOXML
		r.office(f, office.OOXML(&l, &r.budget))
		r.strangers(f, &l)
	case office.IsODF(&l):
		f.Kind = ODF
		r.office(f, office.ODF(&l, &r.budget))
		r.strangers(f, &l)
	default:
		r.listing(f, &l, data)
	}
}

// strangers notes the files of a document that no office program puts there.
func (r *reader) strangers(f *File, l *archive.Listing) {
	for i := range l.Entries {
		if isBad(l.Entries[i].Name, r.limits.Bad) && Extension(l.Entries[i].Name) != "bin" {
			r.entry(f, &l.Entries[i])
		}
	}
}

// list opens an archive of another kind.
func (r *reader) list(f *File, data []byte) {
	var l archive.Listing
	switch f.Kind {
	case SevenZip:
		l = archive.SevenZip(data, &r.budget)
	case RAR:
		l = archive.Rar(data)
	case TAR:
		l = archive.Tar(data)
	case Gzip:
		l = archive.Gzip(data)
	case Bzip2:
		l = archive.Bzip2(data)
	case XZ:
		l = archive.XZ(data)
	case ISO:
		l = archive.ISO(data)
	case CAB:
		l = archive.Cab(data)
	}
	if len(l.Entries) == 1 && l.Entries[0].Name == "" { // a stream: named as its file, without the extension
		l.Entries[0].Name = withoutExtension(f.Name)
	}
	r.listing(f, &l, data)
}

// listing notes the files of an archive, and opens them.
func (r *reader) listing(f *File, l *archive.Listing, data []byte) {
	if l.Encrypted {
		f.Traits |= Encrypted
	}
	if l.Broken {
		f.Traits |= Broken
	}
	if l.More {
		f.Traits |= Unread
	}
	declared := int64(0) // gzip declares no more than the last 32 bits, wherever its file ends
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Size > 0 {
			declared += e.Size
		}
		if l.Entries[i].Encrypted {
			f.Traits |= Encrypted
		}
	}
	if l.Overlap || f.Kind != Gzip && declared > bombSize && declared/bombRatio > int64(len(data)) {
		f.Traits |= Bomb
	}
	for i := range l.Entries {
		r.entry(f, &l.Entries[i])
	}
}

// entry notes a file of an archive, and opens it.
func (r *reader) entry(in *File, e *archive.Entry) {
	f := r.add(e.Name, in, e.Size)
	if f == nil {
		return
	}
	if e.Encrypted {
		f.Traits |= Encrypted
	}
	if !e.CanUnpack() {
		return
	}
	if f.Depth() > r.limits.Depth || r.opened >= r.limits.Files || r.budget.Bytes <= 0 || r.budget.Late() {
		f.Traits |= Unread
		return
	}
	const beginning = 64 << 10 // enough to tell the kind
	data, whole := e.Unpack(&r.budget, beginning)
	if !whole && len(data) == beginning && (openers[kindOf(data, f.Name)] != nil || e.Size < 0) {
		data, whole = e.Unpack(&r.budget, maxEach)
		if !whole && len(data) >= maxEach && e.Packed > 0 && int64(len(data))/bombRatio > e.Packed {
			in.Traits |= Bomb
		}
	}
	r.open(f, data)
}
