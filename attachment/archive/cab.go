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
	folders []cabFolder
}

// cabFolder is a stream of so many data blocks.
type cabFolder struct {
	at     int64
	blocks int64
	method int64
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
		c.folders = append(c.folders, cabFolder{u32(h, 0), u16(h, 4), u16(h, 6) & 0x0f})
		at += cabFolderLen + folderReserve
	}
	return true
}

// unpack returns size octets at an offset of a folder, at most limit. A block of MSZIP goes on from what the one before
// it has unpacked to.
func (c *cabinet) unpack(f cabFolder, offset, size int64, limit int, bud *budget.Budget) ([]byte, bool) {
	const window = 32 << 10
	if offset > maxDictionary {
		return nil, false
	}
	want := int(offset + min(size, int64(limit)))
	var out []byte
	at := f.at
	for range f.blocks {
		h := cut(c.data, at, cabDataLen)
		if len(out) >= want || len(h) < cabDataLen {
			break
		}
		packed := cut(c.data, at+cabDataLen+c.reserve, u16(h, 4))
		at += cabDataLen + c.reserve + u16(h, 4)
		if f.method == cabNone {
			out = append(out, packed...)
			bud.Bytes -= len(packed)
			continue
		}
		block, whole := bud.InflateWith(bytes.TrimPrefix(packed, []byte("CK")), out[max(0, len(out)-window):], window)
		out = append(out, block...)
		if !whole {
			break
		}
	}
	data := cut(out, offset, size)
	return data, int64(len(data)) == size
}
