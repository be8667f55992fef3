package spamc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/klauspost/compress/zlib"
)

// take makes sure that there may be n more bytes in memory.
type take func(n int64) error

// readMessage reads the request's message, of at most limit bytes before and after decompression. One of which it is
// known to be too large to be checked, from unchecked bytes on, is not kept unless the answer takes its text.
func (q *request) readMessage(r *bufio.Reader, limit, unchecked int64, room take) error {
	n, err := q.length()
	if err != nil {
		return err
	}
	if n >= unchecked && unchecked > 0 && n <= maxUnkept && !q.keeps() && q.field["compress"] == "" {
		q.size, err = io.Copy(io.Discard, io.LimitReader(r, n))
		if err == nil && q.size < n {
			err = mismatch(n, q.size)
		}
		return err
	}
	if n > limit {
		return tooLong(limit)
	}
	src := &source{r: r, left: n}
	if n < 0 {
		src.left = limit + 1
	}
	switch compress := q.field["compress"]; {
	case compress == "" && n < 0:
		q.message, err = readAtMost(src, limit, room)
	case compress == "":
		q.message, err = readAtMost(src, n, room)
	case strings.EqualFold(compress, "zlib"):
		q.message, err = inflate(src, limit, room)
	default:
		err = protocolError("(compression type not supported: %.40s)", compress)
	}
	q.size = int64(len(q.message))
	// Mail::SpamAssassin::Client sends it after the message, uncounted
	if rest, _ := r.Peek(r.Buffered()); string(rest) == "\r\n" {
		_, _ = r.Discard(len(rest))
	}
	switch {
	case src.err != nil: // whatever came of that
		return src.err
	case n >= 0 && src.got < n && src.ended:
		return mismatch(n, src.got)
	case err != nil:
		return err
	case n < 0 && src.got > limit:
		return tooLong(limit)
	case n >= 0 && r.Buffered() > 0: // what came in with the rest; waiting for more could be in vain
		return mismatch(n, n+int64(r.Buffered()))
	}
	return nil
}

// source is a request's message as it comes in.
type source struct {
	r     io.Reader
	left  int64 // bytes that may still come
	got   int64
	ended bool  // the client has sent all
	err   error // why it cannot be read
}

func (s *source) Read(b []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(b[:min(int64(len(b)), s.left)])
	s.got += int64(n)
	s.left -= int64(n)
	if err == io.EOF {
		s.ended = true
	} else if err != nil {
		s.err = err
	}
	return n, err
}

// maxUnkept is the longest message that is read without being kept, in bytes.
const maxUnkept = 1 << 30

func tooLong(limit int64) error {
	return protocolError("(message longer than %d bytes)", limit)
}

// readStep is how many bytes are made room for at first.
const readStep = 16 << 10

// readAtMost reads up to the end. Memory is taken as the bytes come: twice as much whenever it is full.
func readAtMost(r io.Reader, limit int64, room take) ([]byte, error) {
	var b []byte
	for {
		if len(b) == cap(b) {
			more := min(max(readStep, int64(cap(b))), limit+1-int64(cap(b)))
			if more <= 0 {
				return nil, tooLong(limit)
			}
			if err := room(more); err != nil {
				return nil, err
			}
			grown := make([]byte, len(b), int64(cap(b))+more)
			copy(grown, b)
			b = grown
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return nil, tooLong(limit)
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func mismatch(want, got int64) error {
	return protocolError("(Content-Length mismatch: Expected %d bytes, got %d bytes)", want, got)
}

// inflate undoes "Compress: zlib" while the message comes in, to its end.
func inflate(src *source, limit int64, room take) ([]byte, error) {
	z, err := zlib.NewReader(src)
	var out []byte
	if err == nil {
		out, err = readAtMost(z, limit, room)
	}
	var refused *ServerError
	if errors.As(err, &refused) || errors.Is(err, net.ErrClosed) {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, src) // its errors are in src
	if err != nil {
		return nil, &ServerError{codeUnavailable, fmt.Sprintf("Service Unavailable: %v", err)}
	}
	return out, nil
}
