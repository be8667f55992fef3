package mailbox

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"slices"
)

// bufferSize is how much of a file is read at a time, and at least how much of it is in memory.
const bufferSize = 256 << 10

// single is a mailbox of one message at most.
type single struct {
	r      io.Reader
	closer io.Closer
	name   string
	limit  int64
	done   bool
}

// openFile opens a file that is not in a directory of messages.
func openFile(path string, limit int64) (source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	src, err := openStream(f, path, limit)
	if err != nil {
		f.Close()
	}
	return src, err
}

// openStream determines the kind of a stream by its beginning.
func openStream(f io.ReadCloser, name string, limit int64) (source, error) {
	r, err := unzip(f, name)
	if err != nil {
		return nil, err
	}
	mark := skipMark(r)
	empty, _ := r.Discard(leadingLineEnds(r))
	if isFromLine(r) {
		return &mbox{r: r, closer: f, name: name, limit: limit, offset: int64(mark + empty)}, nil
	}
	return &single{r: r, closer: f, name: name, limit: limit}, nil
}

// unzip returns a buffered reader of the content of f, compressed or not.
func unzip(f io.Reader, name string) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(f, bufferSize)
	if magic, _ := r.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return r, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return bufio.NewReaderSize(z, bufferSize), nil
}

// byteOrderMark is the beginning of UTF-8 from some editors. It is not part of a mail.
var byteOrderMark = []byte("\xef\xbb\xbf")

// skipMark goes behind a byte order mark, and returns its length.
func skipMark(r *bufio.Reader) int {
	if b, _ := r.Peek(len(byteOrderMark)); !bytes.Equal(b, byteOrderMark) {
		return 0
	}
	n, _ := r.Discard(len(byteOrderMark))
	return n
}

// fewBytes is how many bytes of a file determine its kind.
const fewBytes = 100

// leadingLineEnds returns how many bytes of empty lines some program has left before the first From_ line.
func leadingLineEnds(r *bufio.Reader) int {
	b, _ := r.Peek(fewBytes)
	if t := bytes.TrimLeft(b, "\r\n"); isFrom(t) {
		return len(b) - len(t)
	}
	return 0
}

func isFromLine(r *bufio.Reader) bool {
	b, _ := r.Peek(fewBytes)
	return isFrom(b)
}

func (s *single) Close() error { return s.closer.Close() }

func (s *single) next() (Message, error) {
	if s.done {
		return Message{}, io.EOF
	}
	s.done = true
	raw, size, err := readAll(s.r, s.limit)
	switch {
	case err != nil:
		return Message{}, fmt.Errorf("%s: %w", s.name, err)
	case size > s.limit:
		return Message{}, &TooLargeError{s.name, size}
	case size == 0:
		return Message{}, io.EOF
	}
	return Message{s.name, raw}, nil
}

// readAll reads all of r, and keeps it up to limit bytes.
func readAll(r io.Reader, limit int64) (b []byte, size int64, err error) {
	buf := bytes.NewBuffer(make([]byte, 0, 8<<10))
	size, err = io.Copy(buf, io.LimitReader(r, limit))
	if err != nil {
		return nil, size, err
	}
	if size == limit {
		more, err := io.Copy(io.Discard, r)
		if more > 0 || err != nil {
			return nil, size + more, err
		}
	}
	return slices.Clip(buf.Bytes()), size, nil
}
