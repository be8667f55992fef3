package archive

import (
	"bytes"
	"compress/bzip2"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"

	"asterism/attachment/budget"
)

// Gzip lists the one file in a gzip stream (RFC 1952).
func Gzip(b []byte) (l Listing) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return Listing{Broken: true}
	}
	e := Entry{Name: nameOf([]byte(z.Name)), Size: -1, Packed: int64(len(b))}
	if len(b) > 4 {
		e.Size = u32(b, len(b)-4)
	}
	e.unpack = func(bud *budget.Budget, limit int) ([]byte, bool) {
		if z.Reset(bytes.NewReader(b)) != nil {
			return nil, false
		}
		return bud.Read(z, limit, budget.Inflating)
	}
	l.add(e)
	return l
}

// Bzip2 lists the one file in a bzip2 stream.
func Bzip2(b []byte) Listing {
	const block = 100_000 // octets, as many times as the fourth octet says, of four octets of memory each
	return stream(b, budget.Unsorting, func(bud *budget.Budget, _ int) (io.Reader, error) {
		if len(b) < 4 || b[3] < '1' || b[3] > '9' || !bud.Work(4*block*int(b[3]-'0')) {
			return nil, errNoRoom
		}
		return bzip2.NewReader(bytes.NewReader(b)), nil
	})
}

// XZ lists the one file in an xz stream. It reads the first block.
func XZ(b []byte) Listing {
	const header = 12 // of the stream; that of a block follows, whose first octet is a quarter of its length less one
	if len(b) <= header {
		return Listing{Broken: true}
	}
	data := cut(b, header+4*(int64(b[header])+1), int64(len(b)))
	return stream(b, budget.Ranging, func(bud *budget.Budget, limit int) (io.Reader, error) {
		return lzma2(data, limit, bud)
	})
}

func stream(b []byte, each time.Duration, open func(*budget.Budget, int) (io.Reader, error)) (l Listing) {
	l.add(Entry{Size: -1, Packed: int64(len(b)), unpack: func(bud *budget.Budget, limit int) ([]byte, bool) {
		r, err := open(bud, limit)
		if err != nil {
			return nil, false
		}
		return bud.Read(r, limit, each)
	}})
	return l
}
