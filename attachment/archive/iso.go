package archive

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Sectors of ISO 9660, and the volume descriptors that begin at the 17th (ECMA-119, section 8).
const (
	isoSector  = 2048
	isoPrimary = 1
	isoJoliet  = 2 // a supplementary descriptor: names in UCS-2
	isoEnd     = 255
)

// ISO lists the files of a disk image in ISO 9660, by their Joliet names where it has them.
func ISO(b []byte) Listing {
	i := isoReader{data: b, seen: map[int64]bool{}}
	root, found := []byte(nil), false
	for at := 16; at < 16+32 && (at+1)*isoSector <= len(b); at++ {
		d := b[at*isoSector : (at+1)*isoSector]
		if string(d[1:6]) != "CD001" || d[0] == isoEnd {
			break
		}
		if d[0] == isoPrimary && !found || d[0] == isoJoliet && d[88] == '%' && d[89] == '/' {
			root, found, i.joliet = d[156:190], true, d[0] == isoJoliet
		}
	}
	if !found {
		return Listing{Broken: true}
	}
	i.directory(u32(root, 2), u32(root, 10), "", 0)
	return i.list
}

type isoReader struct {
	data   []byte
	joliet bool
	seen   map[int64]bool // directories, by their sectors
	list   Listing
}

// directory lists the files below a directory.
func (i *isoReader) directory(sector, size int64, path string, depth int) {
	const maxDirectories = 200
	if depth > 8 || i.seen[sector] || len(i.seen) >= maxDirectories {
		i.list.Broken = i.list.Broken || i.seen[sector]
		return
	}
	i.seen[sector] = true
	dir := cut(i.data, sector*isoSector, size)
	i.list.Broken = i.list.Broken || int64(len(dir)) < size
	for at := 0; at < len(dir) && !i.list.More; {
		n := int(dir[at])
		if n == 0 { // records do not cross sectors
			at = (at/isoSector + 1) * isoSector
			continue
		}
		if n < 34 || at+n > len(dir) {
			i.list.Broken = true
			return
		}
		r := dir[at : at+n]
		at += n
		name := i.name(cut(r, 33, int64(r[32])))
		switch start, size := u32(r, 2), u32(r, 10); {
		case name == "": // the directory itself, and the one above
		case r[25]&2 != 0:
			i.directory(start, size, path+name+"/", depth+1)
		default:
			data := cut(i.data, start*isoSector, size)
			i.list.Broken = i.list.Broken || int64(len(data)) < size
			i.list.add(Entry{Name: path + name, Size: size, Packed: size, unpack: stored(data)})
		}
	}
}

// name returns a file's name without its version; "" for the names 0 and 1, of directories.
func (i *isoReader) name(b []byte) string {
	if len(b) == 1 && b[0] <= 1 {
		return ""
	}
	name := nameOf(b)
	if i.joliet {
		units := make([]uint16, len(b)/2)
		for k := range units {
			units[k] = binary.BigEndian.Uint16(b[2*k:])
		}
		name = string(utf16.Decode(units))
	}
	name, _, _ = strings.Cut(name, ";")
	return strings.TrimSuffix(name, ".")
}
