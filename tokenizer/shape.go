package tokenizer

import (
	"math/bits"
	"strconv"
)

// maxShape bounds a shape, in octets.
const maxShape = 40

// addShape adds text with each run of capitals, small letters or digits levelled to one "A", "a" or "0".
func (s *scan) addShape(p prefix, text string) {
	b := &s.shape
	last := -1
	n := 0
	for i := 0; i < len(text) && n < len(b); i++ {
		c := levels[text[i]]
		b[n] = c // stays if it differs from the last: a branch would be guessed wrong half of the time
		next := n + 1
		if int(c) != last {
			n = next
		}
		last = int(c)
	}
	s.addBytes(p, b[:n])
}

// addMeasuredShape adds the shape of text with the length of each run, such as "0a" as "8" digits and "2" letters in
// "08a2": what software of one kind writes has one measure.
func (s *scan) addMeasuredShape(p prefix, text string) {
	b := s.scratch[:0]
	for i := 0; i < len(text) && len(b) < maxShape; {
		c := levels[text[i]]
		j := i + 1
		for j < len(text) && levels[text[j]] == c {
			j++
		}
		b = append(b, c)
		if j-i > 1 {
			b = strconv.AppendInt(b, int64(j-i), 10)
		}
		i = j
	}
	s.scratch = b
	s.addBytes(p, b)
}

// levels is what stands for each octet in shapes.
var levels = func() (l [256]byte) {
	for i := range l {
		switch c := byte(i); {
		case '0' <= c && c <= '9':
			l[i] = '0'
		case 'a' <= c && c <= 'z':
			l[i] = 'a'
		case 'A' <= c && c <= 'Z':
			l[i] = 'A'
		default:
			l[i] = c
		}
	}
	return l
}()

// addCount adds name with n rounded down to a power of two.
func (s *scan) addCount(p prefix, name string, n int) {
	b := append(s.scratch[:0], name...)
	b = append(b, '=')
	if n > 0 {
		b = strconv.AppendInt(b, 1<<(bits.Len(uint(n))-1), 10)
	} else {
		b = append(b, '0')
	}
	s.scratch = b
	s.addBytes(p, b)
}
