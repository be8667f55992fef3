package archive

import (
	"bytes"

	"asterism/attachment/budget"
)

// Signatures of ZIP records (PKWARE's APPNOTE.TXT, section 4.3).
var (
	zipLocal   = []byte("PK\x03\x04")
	zipCentral = []byte("PK\x01\x02")
	zipEnd     = []byte("PK\x05\x06")
)

// Methods of ZIP's compression that are read (APPNOTE 4.4.5).
const (
	zipStored  = 0
	zipDeflate = 8
	zipAES     = 99 // stands for encryption by WinZip
)

// Lengths of the fixed parts of records.
const (
	zipLocalLen   = 30
	zipCentralLen = 46
	zipEndLen     = 22
)

// Zip lists a ZIP archive by its central directory, and adds the files that only local headers name: programs that read
// the archive from its start see these.
func Zip(b []byte) Listing {
	z := zipReader{data: b, ends: map[int64]int64{}}
	z.central()
	z.locals()
	z.overlaps()
	return z.list
}

type zipReader struct {
	data   []byte
	base   int64           // the text before the archive, such as a program that unpacks it
	ends   map[int64]int64 // of files' data, by where their local headers stand
	end    int64           // of the data of the files that locals has passed
	packed int64
	read   int // octets of packed data that were unpacked
	list   Listing
}

// central reads the central directory.
func (z *zipReader) central() {
	tail := z.data[max(0, len(z.data)-zipEndLen-1<<16):]
	i := bytes.LastIndex(tail, zipEnd)
	if i < 0 || len(tail)-i < zipEndLen {
		z.list.Broken = true
		return
	}
	end := tail[i:]
	size, offset := u32(end, 12), u32(end, 16)
	at := int64(len(z.data)-len(tail)+i) - size
	if at < 0 || !bytes.HasPrefix(z.data[at:], zipCentral) {
		at = offset
	}
	z.base = max(0, at-offset)
	if offset == 0xffffffff { // ZIP64: sizes stand elsewhere; the headers are found by their signatures
		z.base = 0
		at = int64(max(0, bytes.Index(z.data, zipCentral)))
	}
	listed := int64(0)
	for at < int64(len(z.data)) && bytes.HasPrefix(z.data[at:], zipCentral) {
		h := z.data[at:]
		if len(h) < zipCentralLen {
			z.list.Broken = true
			return
		}
		name, extra, comment := u16(h, 28), u16(h, 30), u16(h, 32)
		local := u32(h, 42) + z.base
		header := zipHeader{flags: uint16(u16(h, 8)), method: uint16(u16(h, 10)),
			packed: u32(h, 20), size: u32(h, 24),
			name: cut(h, zipCentralLen, name)}
		if !z.add(local, header) {
			return
		}
		at += zipCentralLen + name + extra + comment
		listed++
	}
	z.list.Broken = z.list.Broken || listed&0xffff != u16(end, 10) && u16(end, 10) != 0xffff
}

// locals adds the files whose local headers the central directory does not point to.
func (z *zipReader) locals() {
	for at := 0; ; {
		i := bytes.Index(z.data[at:], zipLocal)
		if i < 0 {
			return
		}
		at += i
		h := z.data[at:]
		if len(h) < zipLocalLen {
			z.list.Broken = true
			return
		}
		header := zipHeader{flags: uint16(u16(h, 6)), method: uint16(u16(h, 8)),
			packed: u32(h, 18), size: u32(h, 22),
			name: cut(h, zipLocalLen, u16(h, 26))}
		_, known := z.ends[int64(at)]
		if !known && (len(header.name) == 0 || header.method > zipAES) {
			at += len(zipLocal) // by chance within packed data
			continue
		}
		if !known && int64(at) < z.end {
			at += len(zipLocal) // an archive stored in this one, which is read when it is opened
			continue
		}
		if !known {
			z.list.Broken = true
			if header.flags&zipSizesFollow != 0 && header.packed == 0 {
				header.packed, header.size = int64(len(h)), -1
			}
			if !z.add(int64(at), header) {
				return
			}
		}
		z.end = max(z.end, z.ends[int64(at)])
		at += zipLocalLen
	}
}

// zipSizesFollow is the flag of a file whose sizes stand behind its data (APPNOTE 4.4.4).
const zipSizesFollow = 1 << 3

// zipHeader is what both kinds of header say of a file.
type zipHeader struct {
	flags, method uint16
	packed, size  int64
	name          []byte
}

// add lists the file whose local header stands at a place.
func (z *zipReader) add(local int64, h zipHeader) bool {
	z.ends[local] = local
	if bytes.HasSuffix(h.name, []byte("/")) && h.size <= 0 {
		return true // a directory
	}
	e := Entry{Name: nameOf(h.name), Size: h.size, Packed: h.packed, Encrypted: h.flags&1 != 0 || h.method == zipAES}
	lh := cut(z.data, local, zipLocalLen)
	if len(lh) < zipLocalLen || !bytes.HasPrefix(lh, zipLocal) {
		z.list.Broken = true
		return z.list.add(e)
	}
	start := local + zipLocalLen + u16(lh, 26) + u16(lh, 28)
	data := cut(z.data, start, h.packed)
	z.ends[local] = start + int64(len(data))
	z.list.Broken = z.list.Broken || int64(len(data)) < h.packed && h.packed != 0xffffffff
	z.packed += int64(len(data))
	switch h.method {
	case zipStored:
		e.unpack = stored(data)
	case zipDeflate:
		e.unpack = func(b *budget.Budget, limit int) ([]byte, bool) { return z.inflate(data, limit, b) }
	}
	return z.list.add(e)
}

// inflate unpacks a file's data. Files may share their data, so that there is a bound on what is read of the archive:
// each file twice, as it is opened when its beginning is known, and some more.
func (z *zipReader) inflate(data []byte, limit int, b *budget.Budget) ([]byte, bool) {
	const times, beginnings = 3, 64 << 10
	if z.read > times*len(z.data)+beginnings {
		return nil, false
	}
	packed := bytes.NewReader(data)
	out, whole := b.InflateFrom(packed, nil, limit)
	z.read += len(data) - packed.Len()
	return out, whole
}

// overlaps notes files that share their packed data, as those of a bomb do.
func (z *zipReader) overlaps() {
	z.list.Overlap = len(z.list.Entries) > 1 && z.packed > int64(len(z.data))
}
