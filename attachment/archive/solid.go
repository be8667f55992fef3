package archive

import (
	"bufio"
	"io"
	"time"

	"asterism/attachment/budget"
)

// solid is a packed stream of files behind each other. What it unpacks to is kept, so that each octet is unpacked once,
// whichever of the files are read.
type solid struct {
	open func(most int) (io.Reader, error) // returns a reader of the stream for as many octets
	each time.Duration                     // work an octet

	in    *bufio.Reader
	most  int // octets for which it is open
	out   []byte
	ended bool
}

// first returns the first n octets, as far as the stream and the budget reach. A reader that is open for fewer octets
// is replaced by one for as many as are ever read.
func (s *solid) first(n int, b *budget.Budget) []byte {
	n = max(0, min(n, maxDictionary))
	if s.in == nil || n > s.most && !s.ended {
		if s.in != nil {
			s.most = maxDictionary
		} else {
			s.most = n
		}
		r, err := s.open(s.most)
		if err != nil {
			s.ended = true
			return s.out[:min(n, len(s.out))]
		}
		const least = 16 // octets of a buffer, as only the last one has to be kept
		s.in, s.out = bufio.NewReaderSize(r, least), nil
	}
	if missing := n - len(s.out); missing > 0 && !s.ended {
		more, whole := b.Read(s.in, missing, s.each)
		s.out = append(s.out, more...)
		s.ended = whole || len(more) < missing
		_ = s.in.UnreadByte() // by which Read has seen that more follow
	}
	return s.out[:min(n, len(s.out))]
}
