// Package budget bounds the cost of reading one mail's attachments: work, decompressed octets and memory for texts.
// Work is counted, not measured, so that it ends at the same place on a busy machine and on an idle one.
package budget

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/flate"
)

// Budget is the rest of one mail's budget. It belongs to one goroutine.
type Budget struct {
	Time  time.Duration // work that may be done, in the time that it takes an idle machine; 0 sets no bound
	Ended func() bool   // whether the time for the mail itself is over; nil is no
	Bytes int           // octets that may still be decompressed
	Each  int           // octets that one stream may be decompressed to

	spent  time.Duration
	ticks  uint8
	late   bool
	short  bool
	worked int // octets of memory that decompressors took
	again  int // octets that were read again
	values int // octets of packed values that were read
}

// What the files of one mail may have in all, many small ones as well as a large one: octets that are read for several
// objects, and octets of packed values, each of which may take a hundred octets of memory.
const (
	maxAgain  = 3 << 20
	maxValues = 256 << 10
)

// Again counts octets that are read for one of several objects, and reports whether as many may be.
func (b *Budget) Again(n int) bool {
	b.again += n
	b.short = b.short || b.again > maxAgain
	return b.again <= maxAgain
}

// Values counts octets of packed values likewise.
func (b *Budget) Values(n int) bool {
	b.values += n
	b.short = b.short || b.values > maxValues
	return b.values <= maxValues
}

// Costs of work per octet, measured on one core at 3 GHz. They are what text takes; what repeats itself takes less.
const (
	Inflating = 10 * time.Nanosecond // DEFLATE and LZW, per octet that comes out
	Unsorting = 60 * time.Nanosecond // bzip2
	Ranging   = 60 * time.Nanosecond // LZMA
	Reading   = 10 * time.Nanosecond // a mail or a page
	Objects   = 20 * time.Nanosecond // values of a PDF, streams left out
	Matching  = 60 * time.Nanosecond // a regular expression on lines
	Decoding  = 10 * time.Nanosecond // a picture, per pixel
)

// maxWork is how many octets of memory the decompressors of one mail take in all.
const maxWork = 12 << 20

// Work takes memory for a decompressor, and reports whether there is as much.
func (b *Budget) Work(n int) bool {
	if n > maxWork-b.worked {
		b.short = true
		return false
	}
	b.worked += n
	return true
}

// Spend counts octets that were not unpacked by Read, and cuts them to the rest of the budget.
func (b *Budget) Spend(data []byte) []byte {
	if len(data) > max(b.Bytes, 0) {
		data, b.short = data[:max(b.Bytes, 0)], true
	}
	b.Bytes -= len(data)
	return data
}

// stride is how many steps are taken between two looks at the clock of the mail.
const stride = 16

// Late counts a short step, and reports whether the work is over.
func (b *Budget) Late() bool { return b.Step(time.Microsecond) }

// Octets counts work on n octets, and reports whether the work is over.
func (b *Budget) Octets(n int, each time.Duration) bool {
	return b.Step(time.Duration(max(n, 0)) * each)
}

// Step counts work that takes some time, and reports whether the work is over.
func (b *Budget) Step(cost time.Duration) bool {
	if b.late {
		return true
	}
	b.spent += cost
	b.ticks++
	b.late = b.Time > 0 && b.spent > b.Time || b.ticks%stride == 1 && b.Ended != nil && b.Ended()
	return b.late
}

// Short reports whether octets or work ran out, so that something was left unread.
func (b *Budget) Short() bool { return b.short || b.late }

// piece is how much is decompressed between two looks at what is left.
const piece = 32 << 10

// Read reads a decompressor to its end, or as far as the budget and limit reach; each octet costs as much. Whole
// reports that the end was reached.
func (b *Budget) Read(r io.Reader, limit int, each time.Duration) (data []byte, whole bool) {
	limit = min(limit, b.Each, b.Bytes)
	const first = 512 // octets of room: streams may be many
	buf := make([]byte, 0, min(first, max(limit, 0)))
	defer func() { b.Bytes -= len(buf) }()
	for {
		if len(buf) >= limit {
			n, _ := r.Read(make([]byte, 1))
			b.short = b.short || n > 0
			return buf, n == 0
		}
		if b.Late() {
			return buf, false
		}
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(limit, 4*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), len(buf)+piece)])
		buf = buf[:len(buf)+n]
		b.Octets(n, each)
		if err != nil {
			return buf, err == io.EOF
		}
	}
}

// inflaters are of flate's readers, whose tables are worth keeping.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// Inflate undoes DEFLATE (RFC 1951), as far as the budget and limit reach.
func (b *Budget) Inflate(packed []byte, limit int) (data []byte, whole bool) {
	return b.InflateWith(packed, nil, limit)
}

// InflateWith undoes DEFLATE of data that continues the data in dict.
func (b *Budget) InflateWith(packed, dict []byte, limit int) (data []byte, whole bool) {
	return b.InflateFrom(bytes.NewReader(packed), dict, limit)
}

// InflateFrom is InflateWith for a reader, of which it reads no more than it needs.
func (b *Budget) InflateFrom(packed *bytes.Reader, dict []byte, limit int) (data []byte, whole bool) {
	z := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(z)
	if z.(flate.Resetter).Reset(packed, dict) != nil {
		return nil, false
	}
	return b.Read(z, limit, Inflating)
}

// Zlib undoes the zlib format (RFC 1950), also where its header or checksum is wrong.
func (b *Budget) Zlib(packed []byte, limit int) (data []byte, whole bool) {
	const header = 2
	if len(packed) < header {
		return nil, false
	}
	if packed[0]&0x0f != 8 {
		return b.Inflate(packed, limit)
	}
	return b.Inflate(packed[header:], limit)
}
