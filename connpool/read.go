package connpool

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors of ReadAll.
var (
	ErrTooLong = errors.New("longer than the limit")
	ErrNoRoom  = errors.New("no memory for more bytes in progress")
)

// readStep is how many bytes ReadAll makes room for at first, where nobody has told how many there will be.
const readStep = 16 << 10

// patience is how long ReadAll waits for room.
const patience = 30 * time.Second

// ReadAll reads r to its end, at most limit bytes. Its memory is taken from share as the bytes come, twice as much
// whenever it is full, so a client that announces many bytes and sends few takes little. size is how many bytes are
// announced, or -1: the last step goes no further. makeRoom is called while there is no room; it may be nil.
func ReadAll(ctx context.Context, r io.Reader, limit, size int64, share *Share, makeRoom func()) ([]byte, error) {
	var b []byte
	for {
		if len(b) == cap(b) {
			more := max(readStep, int64(cap(b)))
			if left := size + 1 - int64(cap(b)); size >= 0 && left > 0 {
				more = min(more, left) // with a byte more, in which the end is seen
			}
			more = min(more, limit+1-int64(cap(b)))
			if err := takeWait(ctx, share, more, makeRoom); err != nil {
				return nil, err
			}
			grown := make([]byte, len(b), int64(cap(b))+more)
			copy(grown, b)
			b = grown
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, ErrTooLong
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, err
		}
	}
}

// takeWait takes n bytes as soon as there are so many.
func takeWait(ctx context.Context, share *Share, n int64, makeRoom func()) error {
	for deadline := time.Now().Add(patience); !share.Take(n); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil || time.Now().After(deadline) {
			return ErrNoRoom
		}
		if makeRoom != nil {
			makeRoom()
		}
	}
	return nil
}
