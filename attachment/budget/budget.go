// Package budget bounds what the reading of one mail's attachments may cost: wall time, decompressed octets and memory
// for texts.
package budget

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
	"time"
)

// Budget is what is left for one mail. It belongs to one goroutine.
type Budget struct {
	Until time.Time // end of the reading; zero sets none
	Bytes int       // octets that may still be decompressed
	Each  int       // octets that one stream may be decompressed to

	ticks  uint8
	late   bool
	short  bool
	worked int // octets of memory that decompressors took
}

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

// Spend counts octets that were unpacked in some other way than by Read, and cuts them to what is left.
func (b *Budget) Spend(data []byte) []byte {
	if len(data) > max(b.Bytes, 0) {
		data, b.short = data[:max(b.Bytes, 0)], true
	}
	b.Bytes -= len(data)
	return data
}

// stride is how many short steps are taken between two looks at the clock.
const stride = 16

// Late counts a short step, and reports whether time is over.
func (b *Budget) Late() bool {
	if b.late || b.Until.IsZero() {
		return b.late
	}
	if b.ticks++; b.ticks%stride == 1 {
		b.late = time.Now().After(b.Until)
	}
	return b.late
}

// Short reports whether octets or time ran out, so that something was left unread.
func (b *Budget) Short() bool { return b.short || b.late }

// piece is how much is decompressed between two looks at the clock.
const piece = 32 << 10

// Read reads r to its end, or as far as the budget and limit reach. Whole reports that the end was reached.
func (b *Budget) Read(r io.Reader, limit int) (data []byte, whole bool) {
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
		if b.Late() || !b.Until.IsZero() && time.Now().After(b.Until) {
			b.late = true
			return buf, false
		}
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(limit, 4*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), len(buf)+piece)])
		buf = buf[:len(buf)+n]
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

// InflateWith undoes DEFLATE of data that goes on from what stands in dict.
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
	return b.Read(z, limit)
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
