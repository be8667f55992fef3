package archive

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// maxDictionary bounds the memory for what an LZMA stream may refer back to. Files are unpacked to no more than this,
// so that none refers further back, whatever size the archive declares.
const maxDictionary = 1 << 20

// lzma1 undoes LZMA, whose five octets of properties the archive holds apart, of data that unpacks to size octets.
func lzma1(properties, packed []byte, size int64) (io.Reader, error) {
	header := make([]byte, lzma.HeaderLen)
	copy(header, properties[:min(5, len(properties))])
	binary.LittleEndian.PutUint32(header[1:], uint32(min(u32(header, 1), maxDictionary)))
	binary.LittleEndian.PutUint64(header[5:], uint64(size))
	return lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(io.MultiReader(bytes.NewReader(header), bytes.NewReader(packed)))
}

// lzma2 undoes LZMA2.
func lzma2(packed []byte) (io.Reader, error) {
	return lzma.Reader2Config{DictCap: maxDictionary}.NewReader2(bytes.NewReader(packed))
}
