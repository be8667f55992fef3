package archive

import (
	"bytes"

	"asterism/attachment/budget"
)

// Lengths of records of a cabinet (MS-CAB), and its flags.
const (
	cabHeaderLen = 36
	cabFolderLen = 8
	cabFileLen   = 16
	cabDataLen   = 8
	cabPrevious  = 1
	cabNext      = 2
	cabReserve   = 4
	cabMSZIP     = 1
	cabNone      = 0
)

// Cab lists a Microsoft cabinet. Files that are stored or packed by MSZIP can be unpacked.
func Cab(b []byte) (l Listing) {
	if len(b) < cabHeaderLen {
		return Listing{Broken: true}
	}
	c := cabinet{data: b}
	if !c.header() {
		l.Broken = true
	}
	at := u32(b, 16)
	for range u16(b, 28) {
		h := cut(b, at, cabFileLen)
		if len(h) < cabFileLen {
			l.Broken = true
			return l
		}
		rest := cut(b, at+cabFileLen, maxName)
		name, _, ended := bytes.Cut(rest, []byte{0})
		l.Broken = l.Broken || !ended
		size, offset, folder := u32(h, 0), u32(h, 4), int(u16(h, 8))
		e := Entry{Name: nameOf(name), Size: size, Packed: -1}
		if folder < len(c.folders) {
			f := c.folders[folder]
			if f.method == cabMSZIP || f.method == cabNone {
				e.unpack = func(bud *budget.Budget, limit int) ([]byte, bool) { return c.unpack(f, offset, size, limit, bud) }
			}
		}
		if !l.add(e) {
			return l
		}
		at += cabFileLen + int64(len(name)) + 1
	}
	return l
}

type cabinet struct {
	data    []byte
	reserve int64 // octets of each data block that are not the format's
	folders []*cabFolder
}

// cabFolder is a stream of data blocks.
type cabFolder struct {
	at     int64 // of the next block
	blocks int64 // from there on
	method int64
	out    []byte // what the blocks before it hold
}

// header reads the folders, and reports whether all are there.
func (c *cabinet) header() bool {
	flags, at, folderReserve := u16(c.data, 30), int64(cabHeaderLen), int64(0)
	if flags&cabReserve != 0 {
		header := u16(c.data, 36)
		folderReserve, c.reserve = u16(c.data, 38)&0xff, u16(c.data, 38)>>8
		at += 4 + header
	}
	for bit := int64(cabPrevious); bit <= cabNext; bit <<= 1 {
		for range 2 { // names of the cabinet and its disk
			if flags&bit != 0 {
				i := bytes.IndexByte(cut(c.data, at, maxName), 0)
				if i < 0 {
					return false
				}
				at += int64(i) + 1
			}
		}
	}
	for range u16(c.data, 26) {
		h := cut(c.data, at, cabFolderLen)
		if len(h) < cabFolderLen {
			return false
		}
		c.folders = append(c.folders, &cabFolder{at: u32(h, 0), blocks: u16(h, 4), method: u16(h, 6) & 0x0f})
		at += cabFolderLen + folderReserve
	}
	return true
}

// unpack returns size octets at an offset of a folder, at most limit.
func (c *cabinet) unpack(f *cabFolder, offset, size int64, limit int, bud *budget.Budget) ([]byte, bool) {
	if offset > maxDictionary {
		return nil, false
	}
	c.extend(f, int(offset+min(size, int64(limit))), bud)
	data := cut(f.out, offset, size)
	return data[:min(len(data), limit)], int64(len(data)) == size && len(data) <= limit
}

// extend unpacks a folder up to so many octets, which are kept: files stand behind each other in it, and each block of
// MSZIP goes on from what the one before it has unpacked to. A block without content ends the folder.
func (c *cabinet) extend(f *cabFolder, want int, bud *budget.Budget) {
	const window = 32 << 10
	for ; f.blocks > 0 && len(f.out) < want && !bud.Late(); f.blocks-- {
		h := cut(c.data, f.at, cabDataLen)
		packed := cut(c.data, f.at+cabDataLen+c.reserve, u16(h, 4))
		f.at += cabDataLen + c.reserve + u16(h, 4)
		block, whole := packed, true
		if f.method == cabNone {
			block = bud.Spend(packed)
		} else {
			block, whole = bud.InflateWith(bytes.TrimPrefix(packed, []byte("CK")), f.out[max(0, len(f.out)-window):], window)
		}
		f.out = append(f.out, block...)
		if !whole || len(block) == 0 {
			f.blocks = 1
		}
	}
}
