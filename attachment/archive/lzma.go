package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/ulikunitz/xz/lzma"

	"asterism/attachment/budget"
)

// maxDictionary bounds the memory for what an LZMA stream may refer back to. Files are unpacked to no more than this,
// so that none refers further back, whatever size the archive declares.
const maxDictionary = 1 << 20

// errNoRoom is returned where decompressors have taken the memory that they may.
var errNoRoom = errors.New("no memory left for a decompressor")

// dictionary returns the size of a dictionary for a file of which limit octets are unpacked.
func dictionary(limit int) int { return min(max(limit, lzma.MinDictCap), maxDictionary) }

// tables returns the octets of a decoder's tables by its properties (lc + 9 (lp + 5 pb)): one of 0x300 probabilities
// for each context of a literal, of lc and lp bits, and some of a fixed size.
func tables(properties byte) int {
	const fixed = 16 << 10
	return fixed + 2*0x300<<(properties%9+properties/9%5)
}

// lzma1 undoes LZMA, whose five octets of properties the archive holds apart, of data that unpacks to size octets, of
// which limit are wanted.
func lzma1(properties, packed []byte, size int64, limit int, b *budget.Budget) (io.Reader, error) {
	dict := dictionary(limit)
	header := make([]byte, lzma.HeaderLen)
	copy(header, properties[:min(5, len(properties))])
	if !b.Work(dict + tables(header[0])) {
		return nil, errNoRoom
	}
	binary.LittleEndian.PutUint32(header[1:], uint32(min(u32(header, 1), int64(dict))))
	binary.LittleEndian.PutUint64(header[5:], uint64(size))
	return lzma.ReaderConfig{DictCap: dict}.NewReader(io.MultiReader(bytes.NewReader(header), bytes.NewReader(packed)))
}

// lzma2 undoes LZMA2, of which limit octets are wanted.
func lzma2(packed []byte, limit int, b *budget.Budget) (io.Reader, error) {
	dict := dictionary(limit)
	if !b.Work(dict) {
		return nil, errNoRoom
	}
	return lzma.Reader2Config{DictCap: dict}.NewReader2(bytes.NewReader(workable(packed, limit, b)))
}

// workable returns the chunks of LZMA2 that hold limit octets, but none for whose tables no memory is left: chunks of
// one octet each may all begin with new ones.
func workable(packed []byte, limit int, b *budget.Budget) []byte {
	const ( // of the control octet, from which on
		coded      = 0x80 // the content is packed
		reset      = 0xa0 // by new tables
		properties = 0xc0 // of new properties
		header     = 6
	)
	last := byte(0)
	for at, n := 0, 0; n < limit && at+header <= len(packed) && packed[at] != 0; {
		h := packed[at:]
		content, size := int(h[1])<<8+int(h[2])+1, header-1
		switch control := h[0]; {
		case control < coded:
			size = 3 + content
		default:
			content += int(control&0x1f) << 16
			size += int(h[3])<<8 + int(h[4]) + 1
			if control >= properties {
				last = h[5]
				size++
			}
			if control >= reset && !b.Work(tables(last)) {
				return packed[:at]
			}
		}
		at, n = at+size, n+content
	}
	return packed
}
