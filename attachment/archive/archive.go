// Package archive lists the files in archives, disk images and compressed files, and unpacks single files of them. It
// reads formats as programs write them, and the readable rest of broken or hostile ones.
package archive

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"asterism/attachment/budget"
)

// maxEntries is how many files of an archive are listed.
const maxEntries = 1000

// Entry is one file of an archive.
type Entry struct {
	Name      string // with its path; "" where the archive does not name it
	Size      int64  // declared octets; -1 if not declared
	Packed    int64  // octets in the archive; -1 if they are shared with others
	Encrypted bool

	unpack func(b *budget.Budget, limit int) ([]byte, bool)
}

// Unpack returns the first octets of the file, at most limit, and whether that is all of it. It is nil where the file
// is encrypted, or packed in a way that is not read.
func (e *Entry) Unpack(b *budget.Budget, limit int) (data []byte, whole bool) {
	if e.unpack == nil || e.Encrypted {
		return nil, false
	}
	return e.unpack(b, limit)
}

// CanUnpack reports whether Unpack can return anything.
func (e *Entry) CanUnpack() bool { return e.unpack != nil && !e.Encrypted }

// Listing has the files in an archive.
type Listing struct {
	Entries   []Entry
	Encrypted bool // the list of files itself is
	Broken    bool // cut off, or against its format
	Overlap   bool // files share octets that only bombs share
	More      bool // more files than are listed
}

// add lists a file, and reports whether there is room for another one.
func (l *Listing) add(e Entry) bool {
	if len(l.Entries) >= maxEntries {
		l.More = true
		return false
	}
	l.Entries = append(l.Entries, e)
	return true
}

// stored returns an unpack function for octets that are not packed.
func stored(data []byte) func(*budget.Budget, int) ([]byte, bool) {
	return func(b *budget.Budget, limit int) ([]byte, bool) {
		n := min(len(data), limit, max(b.Bytes, 0))
		b.Bytes -= n
		return data[:n:n], n == len(data)
	}
}

// cut returns size octets of b from an offset on, as far as they are there.
func cut(b []byte, offset, size int64) []byte {
	if offset < 0 || size < 0 || offset > int64(len(b)) {
		return nil
	}
	return b[offset:min(int64(len(b)), offset+min(size, int64(len(b))))]
}

// maxName bounds the octets kept of a name.
const maxName = 1024

// nameOf returns a name in UTF-8, of octets that may be in an old code page.
func nameOf(b []byte) string {
	b = b[:min(len(b), maxName)]
	if utf8.Valid(b) {
		return strings.TrimRight(string(b), "\x00")
	}
	out := make([]rune, 0, len(b))
	for _, c := range b {
		out = append(out, rune(c)) // ISO 8859-1: what matters of names, their extension, is ASCII
	}
	return strings.TrimRight(string(out), "\x00")
}

// u16 and u32 read little-endian numbers; what is not there is 0.
func u16(b []byte, at int) int64 {
	if at < 0 || at+2 > len(b) {
		return 0
	}
	return int64(binary.LittleEndian.Uint16(b[at:]))
}

func u32(b []byte, at int) int64 {
	if at < 0 || at+4 > len(b) {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(b[at:]))
}
