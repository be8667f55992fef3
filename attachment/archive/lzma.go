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
	return lzma.Reader2Config{DictCap: dict}.NewReader2(&chunks{in: bytes.NewReader(packed), budget: b})
}

// chunks hands LZMA2 to its decoder, and takes the memory for the tables of each chunk that begins with new ones:
// chunks of one octet each may all do so. The decoder reads the first octet of a chunk's header, then the other four or
// five. Packed content it reads octet by octet, and may leave some to be read as the next header.
type chunks struct {
	in         *bytes.Reader
	budget     *budget.Budget
	control    byte // the octet read last; 0 if several were
	properties byte
}

func (c *chunks) Read(p []byte) (int, error) {
	const (
		reset      = 0xa0 // from here on, a control octet says that tables are new
		properties = 4    // where these stand in the rest of the header
	)
	n, err := c.in.Read(p)
	if len(p) == 1 {
		c.control = p[0]
		return n, err
	}
	if n == properties+1 {
		c.properties = p[properties]
	}
	if c.control >= reset && n >= properties && !c.budget.Work(tables(c.properties)) {
		return 0, errNoRoom
	}
	c.control = 0
	return n, err
}
