package spamc

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
)

// readMessage reads the request's message, of at most limit bytes before and after decompression.
func (q *request) readMessage(r *bufio.Reader, limit int64) error {
	n, err := q.length()
	if err != nil {
		return err
	}
	if n > limit {
		return tooLong(limit)
	}
	if n < 0 {
		q.message, err = readAtMost(r, limit)
	} else {
		q.message, err = readExactly(r, n)
	}
	if err != nil {
		return err
	}
	switch compress := q.field["compress"]; {
	case compress == "":
	case strings.EqualFold(compress, "zlib"):
		q.message, err = inflate(q.message, limit)
	default:
		err = protocolError("(compression type not supported: %.40s)", compress)
	}
	return err
}

func tooLong(limit int64) error {
	return protocolError("(message longer than %d bytes)", limit)
}

// readAtMost reads up to the end. The message grows as its bytes come.
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, tooLong(limit)
	}
	return b, err
}

// readExactly reads n bytes; memory is taken as they come, not as they are promised.
func readExactly(r *bufio.Reader, n int64) ([]byte, error) {
	var b bytes.Buffer
	got, err := io.CopyN(&b, r, n)
	if err == io.EOF {
		return nil, mismatch(n, got)
	}
	if err != nil {
		return nil, err
	}
	if extra := r.Buffered(); extra > 0 { // what came in with the rest; waiting for more could be in vain
		return nil, mismatch(n, n+int64(extra))
	}
	return b.Bytes(), nil
}

func mismatch(want, got int64) error {
	return protocolError("(Content-Length mismatch: Expected %d bytes, got %d bytes)", want, got)
}

// inflate undoes "Compress: zlib".
func inflate(b []byte, limit int64) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, &ServerError{codeUnavailable, fmt.Sprintf("Service Unavailable: %v", err)}
	}
	out, err := readAtMost(z, limit)
	if _, refused := err.(*ServerError); err != nil && !refused {
		return nil, &ServerError{codeUnavailable, fmt.Sprintf("Service Unavailable: %v", err)}
	}
	return out, err
}
