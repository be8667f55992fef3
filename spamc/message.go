package spamc

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// take makes sure that there may be n more bytes in memory.
type take func(n int64) error

// readMessage reads the request's message, of at most limit bytes before and after decompression. One of which it is known to be
// too large to be checked, from unchecked bytes on, is not kept unless the answer takes its text.
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
	if n < 0 {
		q.message, err = readAtMost(r, limit, room)
	} else {
		q.message, err = readExactly(r, n, room)
	}
	if err != nil {
		return err
	}
	switch compress := q.field["compress"]; {
	case compress == "":
	case strings.EqualFold(compress, "zlib"):
		q.message, err = inflate(q.message, limit, room)
	default:
		err = protocolError("(compression type not supported: %.40s)", compress)
	}
	q.size = int64(len(q.message))
	return err
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

// readExactly reads n bytes; memory is taken as they come, not as they are promised.
func readExactly(r *bufio.Reader, n int64, room take) ([]byte, error) {
	b, err := readAtMost(io.LimitReader(r, n), n, room)
	if err != nil {
		return nil, err
	}
	if got := int64(len(b)); got < n {
		return nil, mismatch(n, got)
	}
	if extra := r.Buffered(); extra > 0 { // what came in with the rest; waiting for more could be in vain
		return nil, mismatch(n, n+int64(extra))
	}
	return b, nil
}

func mismatch(want, got int64) error {
	return protocolError("(Content-Length mismatch: Expected %d bytes, got %d bytes)", want, got)
}

// inflate undoes "Compress: zlib".
func inflate(b []byte, limit int64, room take) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, &ServerError{codeUnavailable, fmt.Sprintf("Service Unavailable: %v", err)}
	}
	out, err := readAtMost(z, limit, room)
	var refused *ServerError
	if err != nil && !errors.As(err, &refused) && !errors.Is(err, net.ErrClosed) {
		return nil, &ServerError{codeUnavailable, fmt.Sprintf("Service Unavailable: %v", err)}
	}
	return out, err
}
