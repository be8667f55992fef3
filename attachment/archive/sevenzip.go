package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/flate"

	"asterism/attachment/budget"
)

// Property IDs of the 7z format (7zFormat.txt of the LZMA SDK).
const (
	szEnd       = 0x00
	szHeader    = 0x01
	szArchive   = 0x02
	szMain      = 0x04
	szFiles     = 0x05
	szPack      = 0x06
	szUnpack    = 0x07
	szSub       = 0x08
	szSize      = 0x09
	szCRC       = 0x0a
	szFolder    = 0x0b
	szUnpackLen = 0x0c
	szNumUnpack = 0x0d
	szEmpty     = 0x0e
	szNames     = 0x11
	szEncoded   = 0x17
)

// Coders of 7z, by their IDs.
const (
	szCopy    = "\x00"
	szLZMA    = "\x03\x01\x01"
	szLZMA2   = "\x21"
	szDeflate = "\x04\x01\x08"
	szAES     = "\x06\xf1\x07\x01"
)

const szHeaderLen = 32

// maxFolders bounds the streams of an archive, and maxHeader what its list of files may unpack to.
const (
	maxFolders = 1000
	maxHeader  = 512 << 10
)

// What the lists of a header may hold in all: so many elements for each of its octets, as a list of bits has eight, and
// some more, for lists whose elements need no octets.
const (
	elementsEach = 16
	elementsMore = 16 * maxEntries
)

// SevenZip lists a 7z archive. Its list of files is packed itself, mostly.
func SevenZip(b []byte, bud *budget.Budget) Listing {
	z := sevenZip{data: b, bud: bud}
	if len(b) < szHeaderLen {
		return Listing{Broken: true}
	}
	offset, size := int64(binary.LittleEndian.Uint64(b[12:])), int64(binary.LittleEndian.Uint64(b[20:]))
	if offset < 0 || size < 0 || offset > int64(len(b)) {
		return Listing{Broken: true}
	}
	z.begin(cut(b, szHeaderLen+offset, size))
	if int64(len(z.in)) < size || size == 0 {
		z.list.Broken = int64(len(z.in)) < size
		return z.list
	}
	for range 4 { // a list packed in a list packed in a list
		switch z.octet() {
		case szHeader:
			z.header()
			z.list.Broken = z.list.Broken || z.bad
			return z.list
		case szEncoded:
			if !z.decodeHeader() {
				return z.list
			}
		default:
			z.list.Broken = true
			return z.list
		}
	}
	z.list.Broken = true
	return z.list
}

// sevenZip reads the headers of an archive. In is what is left of the present one.
type sevenZip struct {
	data []byte
	bud  *budget.Budget
	in   []byte
	left int // elements that the lists of the header may still have
	bad  bool
	list Listing

	packAt    int64
	packSizes []int64
	folders   []szFolderInfo
	sizes     []int64 // of the files that have data, in order
	owner     []int   // their folders
}

// begin sets the header to read.
func (z *sevenZip) begin(header []byte) {
	z.in, z.left = header, elementsEach*len(header)+elementsMore
}

// take counts elements of a list, and reports whether the header may have as many.
func (z *sevenZip) take(n int) bool {
	z.left -= n
	z.bad = z.bad || z.left < 0
	return !z.bad
}

// szFolderInfo is one packed stream, of one or more files behind each other.
type szFolderInfo struct {
	coder      string
	properties []byte
	encrypted  bool
	plain      bool // one coder with one stream: it can be unpacked
	packed     int  // index of its first packed stream
	outputs    int
	size       int64
	files      int
	stream     *solid // nil as long as nothing of it is unpacked
	digest     bool   // has a checksum, which is that of its file if it has one only
}

// octet and number read from the header; behind its end they return 0 and note it.
func (z *sevenZip) octet() byte {
	if len(z.in) == 0 {
		z.bad = true
		return 0
	}
	c := z.in[0]
	z.in = z.in[1:]
	return c
}

// number reads a number whose first octet tells by its high bits how many octets follow.
func (z *sevenZip) number() int64 {
	first := z.octet()
	value := uint64(0)
	for i := range 8 {
		mask := byte(0x80) >> i
		if first&mask == 0 {
			value |= uint64(first&(mask-1)) << (8 * i)
			break
		}
		value |= uint64(z.octet()) << (8 * i)
	}
	if value > 1<<62 {
		z.bad = true
		return 0
	}
	return int64(value)
}

// count reads a number of things of which the header holds bits at least.
func (z *sevenZip) count() int {
	n := z.number()
	if n > int64(len(z.in))*8+8 {
		z.bad = true
		return 0
	}
	return int(n)
}

func (z *sevenZip) skip(n int64) []byte {
	b := cut(z.in, 0, n)
	z.bad = z.bad || int64(len(b)) < n
	z.in = z.in[len(b):]
	return b
}

// bits reads a vector of n bits; nil if the header does not hold it.
func (z *sevenZip) bits(n int) []bool {
	if !z.take(n) {
		return nil
	}
	b := z.skip(int64(n+7) / 8)
	if z.bad {
		return nil
	}
	set := make([]bool, n)
	for i := range set {
		set[i] = b[i/8]&(0x80>>(i%8)) != 0
	}
	return set
}

// digests passes over checksums of n things, and returns which have one; nil if the header does not hold them.
func (z *sevenZip) digests(n int) []bool {
	if z.octet() == 0 {
		defined := z.bits(n)
		for _, d := range defined {
			if d {
				z.skip(4)
			}
		}
		return defined
	}
	if z.skip(4 * int64(n)); !z.take(n) {
		return nil
	}
	defined := make([]bool, n)
	for i := range defined {
		defined[i] = true
	}
	return defined
}

// decodeHeader unpacks the header that the present one describes, and reports whether it could.
func (z *sevenZip) decodeHeader() bool {
	z.streams()
	if z.bad || len(z.folders) == 0 {
		z.list.Broken = true
		return false
	}
	f := &z.folders[0]
	if f.encrypted {
		z.list.Encrypted = true
		return false
	}
	header, whole := z.unpack(f, 0, f.size, maxHeader)
	if !whole {
		z.list.Broken = true
		return false
	}
	z.begin(header)
	z.folders, z.packSizes, z.sizes, z.owner = nil, nil, nil, nil
	return true
}

func (z *sevenZip) header() {
	for !z.bad {
		switch z.octet() {
		case szArchive:
			for !z.bad && z.octet() != szEnd {
				z.skip(z.number())
			}
		case szMain:
			z.bad = z.bad || len(z.owner) > 0
			z.streams()
		case szFiles:
			z.files()
			return
		default:
			return
		}
	}
}

// streams reads where the packed streams are and how they are packed.
func (z *sevenZip) streams() {
	subs := false
	for !z.bad {
		switch z.octet() {
		case szPack:
			z.packInfo()
		case szUnpack:
			z.folderInfo()
		case szSub:
			z.bad = z.bad || subs // a second list would be of the same streams
			z.subStreams()
			subs = true
		default:
			if !subs {
				z.oneEach()
			}
			return
		}
	}
}

func (z *sevenZip) packInfo() {
	z.packAt = szHeaderLen + z.number()
	n := z.count()
	for !z.bad {
		switch z.octet() {
		case szSize:
			for i := 0; i < n && !z.bad; i++ {
				z.packSizes = append(z.packSizes, z.number())
			}
		case szCRC:
			z.digests(n)
		default:
			return
		}
	}
}

func (z *sevenZip) folderInfo() {
	if z.octet() != szFolder || len(z.folders) > 0 { // a second list would be of other streams
		z.bad = true
		return
	}
	n := z.count()
	if z.octet() != 0 || n > maxFolders {
		z.bad = true
		return
	}
	packed := 0
	for i := 0; i < n && !z.bad; i++ {
		f := szFolderInfo{packed: packed, files: 1}
		packed += z.folder(&f)
		z.folders = append(z.folders, f)
	}
	for !z.bad {
		switch z.octet() {
		case szUnpackLen:
			for i := range z.folders {
				for range z.folders[i].outputs {
					if !z.take(1) {
						return
					}
					z.folders[i].size = z.number() // of the last coder: the files'
				}
			}
		case szCRC:
			for i, d := range z.digests(len(z.folders)) {
				z.folders[i].digest = d
			}
		default:
			return
		}
	}
}

// folder reads the coders of a folder, and returns of how many packed streams it is.
func (z *sevenZip) folder(f *szFolderInfo) int {
	const maxCoders = 8
	coders := z.count()
	if coders == 0 || coders > maxCoders {
		z.bad = true
		return 0
	}
	inputs := 0
	for range coders {
		flags := z.octet()
		id := string(z.skip(int64(flags & 0x0f)))
		in, out := 1, 1
		if flags&0x10 != 0 {
			in, out = z.count(), z.count()
		}
		if flags&0x20 != 0 {
			f.properties = z.skip(z.number())
		}
		f.coder = id
		f.encrypted = f.encrypted || id == szAES
		inputs += in
		f.outputs += out
	}
	if inputs > 4*maxCoders || f.outputs > 4*maxCoders || f.outputs == 0 {
		z.bad = true
		return 0
	}
	for range 2 * (f.outputs - 1) { // pairs of coders that follow each other
		z.number()
	}
	packed := inputs - (f.outputs - 1)
	if packed > 1 {
		for range packed {
			z.number()
		}
	}
	f.plain = coders == 1 && inputs == 1 && f.outputs == 1
	return max(packed, 0)
}

// oneEach says that each folder is of one file, where the header does not say otherwise.
func (z *sevenZip) oneEach() {
	if !z.take(len(z.folders)) {
		return
	}
	for i := range z.folders {
		z.sizes, z.owner = append(z.sizes, z.folders[i].size), append(z.owner, i)
	}
}

func (z *sevenZip) subStreams() {
	if z.bad {
		return
	}
	id := z.octet()
	if id == szNumUnpack {
		left := maxEntries + 1 // files: no more are listed
		if !z.take(len(z.folders)) {
			return
		}
		for i := range z.folders {
			n := int(min(z.number(), int64(left)))
			z.folders[i].files = n
			left -= n
		}
		id = z.octet()
	}
	for i := range z.folders {
		f := &z.folders[i]
		left := f.size
		if !z.take(1 + f.files) {
			return
		}
		for j := range f.files {
			size := left
			if id == szSize && j < f.files-1 {
				size = z.number()
			}
			left -= size
			z.sizes, z.owner = append(z.sizes, size), append(z.owner, i)
		}
	}
	if id == szSize {
		id = z.octet()
	}
	for ; !z.bad && id != szEnd; id = z.octet() {
		if id == szCRC {
			n := 0
			if !z.take(len(z.folders)) {
				return
			}
			for i := range z.folders {
				if f := &z.folders[i]; f.files != 1 || !f.digest {
					n += f.files
				}
			}
			z.digests(n)
		}
	}
}

// files reads the names of files and lists them with what the streams say of them.
func (z *sevenZip) files() {
	n := min(z.count(), maxEntries+1)
	if !z.take(n) {
		return
	}
	names, empty := make([]string, n), make([]bool, n)
	for !z.bad {
		id := z.octet()
		if id == szEnd {
			break
		}
		property := sevenZip{}
		property.begin(z.skip(z.number()))
		if !z.take(n) {
			break
		}
		switch id {
		case szNames:
			property.octet() // names stand elsewhere: no program does that
			for i := range names {
				names[i] = property.name()
			}
		case szEmpty:
			if set := property.bits(n); set != nil {
				empty = set
			}
		}
	}
	next, folder, offset := 0, -1, int64(0)
	for i := range names {
		e := Entry{Name: names[i], Packed: -1}
		if !empty[i] && next < len(z.sizes) {
			if z.owner[next] != folder {
				folder, offset = z.owner[next], 0
			}
			z.describe(&e, folder, offset, z.sizes[next])
			offset += z.sizes[next]
			next++
		} else if empty[i] {
			continue // directories, and files without content
		}
		if !z.list.add(e) {
			return
		}
	}
}

func (z *sevenZip) describe(e *Entry, folder int, offset, size int64) {
	f := &z.folders[folder]
	e.Size, e.Encrypted = size, f.encrypted
	if f.packed < len(z.packSizes) && offset == 0 {
		e.Packed = z.packSizes[f.packed]
	}
	if f.plain && size >= 0 {
		e.unpack = func(_ *budget.Budget, limit int) ([]byte, bool) { return z.unpack(f, offset, size, limit) }
	}
}

// unpack returns size octets at an offset of what a folder unpacks to, at most limit.
func (z *sevenZip) unpack(f *szFolderInfo, offset, size int64, limit int) ([]byte, bool) {
	if !f.plain || f.packed >= len(z.packSizes) || offset < 0 || offset > maxDictionary {
		return nil, false
	}
	if f.stream == nil {
		at := z.packAt
		for _, n := range z.packSizes[:f.packed] {
			at += n
		}
		packed := cut(z.data, at, z.packSizes[f.packed])
		f.stream = &solid{each: f.cost(), open: func(most int) (io.Reader, error) {
			if f.files > 1 {
				most = int(min(f.size, maxDictionary))
			}
			return z.reader(f, packed, most)
		}}
	}
	data := cut(f.stream.first(int(offset+min(size, int64(limit))), z.bud), offset, size)
	return data, int64(len(data)) == size
}

// cost is what it takes to unpack one octet of a folder.
func (f *szFolderInfo) cost() time.Duration {
	switch f.coder {
	case szCopy:
		return 0
	case szDeflate:
		return budget.Inflating
	}
	return budget.Ranging
}

// reader returns a reader of the first octets of what a folder unpacks to.
func (z *sevenZip) reader(f *szFolderInfo, packed []byte, most int) (io.Reader, error) {
	switch f.coder {
	case szCopy:
		return bytes.NewReader(packed), nil
	case szLZMA:
		return lzma1(f.properties, packed, f.size, most, z.bud)
	case szLZMA2:
		return lzma2(packed, most, z.bud)
	case szDeflate:
		return flate.NewReader(bytes.NewReader(packed)), nil
	}
	return nil, errors.ErrUnsupported
}

// name reads a name in UTF-16, which ends at a zero.
func (z *sevenZip) name() string {
	var units []uint16
	for len(z.in) >= 2 {
		u := binary.LittleEndian.Uint16(z.in)
		z.in = z.in[2:]
		if u == 0 {
			break
		}
		if len(units) < maxName {
			units = append(units, u)
		}
	}
	return string(utf16.Decode(units))
}
