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
var errNoRoom = errors.New("no memory is left for a decompressor")

// dictionary takes the memory of a dictionary for a file of which limit octets are unpacked.
func dictionary(limit int, b *budget.Budget) (size int, err error) {
	size = min(max(limit, lzma.MinDictCap), maxDictionary)
	if !b.Work(size) {
		return 0, errNoRoom
	}
	return size, nil
}

// lzma1 undoes LZMA, whose five octets of properties the archive holds apart, of data that unpacks to size octets, of
// which limit are wanted.
func lzma1(properties, packed []byte, size int64, limit int, b *budget.Budget) (io.Reader, error) {
	dict, err := dictionary(limit, b)
	if err != nil {
		return nil, err
	}
	header := make([]byte, lzma.HeaderLen)
	copy(header, properties[:min(5, len(properties))])
	binary.LittleEndian.PutUint32(header[1:], uint32(min(u32(header, 1), int64(dict))))
	binary.LittleEndian.PutUint64(header[5:], uint64(size))
	return lzma.ReaderConfig{DictCap: dict}.NewReader(io.MultiReader(bytes.NewReader(header), bytes.NewReader(packed)))
}

// lzma2 undoes LZMA2, of which limit octets are wanted.
func lzma2(packed []byte, limit int, b *budget.Budget) (io.Reader, error) {
	dict, err := dictionary(limit, b)
	if err != nil {
		return nil, err
	}
	return lzma.Reader2Config{DictCap: dict}.NewReader2(bytes.NewReader(packed))
}
