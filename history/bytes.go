package history

import (
	"encoding/binary"
	"math"
)

// writer appends numbers and texts to bytes.
type writer struct {
	b     []byte
	names *names
}

func (w *writer) number(n uint64) { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) signed(n int64)  { w.b = binary.AppendVarint(w.b, n) }

// points writes a score to the thousandth.
func (w *writer) points(f float64) {
	if math.IsNaN(f) {
		f = 0
	}
	w.signed(int64(math.Round(min(max(f, -mostPoints), mostPoints) * 1000)))
}

// mostPoints bounds the scores that are written.
const mostPoints = 1e9

func (w *writer) bytes(b []byte) {
	w.number(uint64(len(b)))
	w.b = append(w.b, b...)
}

func (w *writer) text(s string) {
	w.number(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) texts(list []string) {
	w.number(uint64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

// name writes a word by its number in the table, or as 0 and the text if it has none there.
func (w *writer) name(s string) {
	n := w.names.number(s)
	if w.number(n); n == 0 {
		w.text(s)
	}
}

// reader takes them from bytes. Missing ones are zero, and set bad.
type reader struct {
	b     []byte
	names *names
	bad   bool
}

// take returns the next n bytes; n zeros if there are fewer.
func (d *reader) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return make([]byte, min(max(n, 0), 20))
	}
	taken := d.b[:n]
	d.b = d.b[n:]
	return taken
}

func (d *reader) number() uint64 {
	n, used := binary.Uvarint(d.b)
	if used <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[used:]
	return n
}

// signed returns a number that binary.AppendVarint wrote: the sign is the lowest bit.
func (d *reader) signed() int64 {
	n := d.number()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *reader) points() float64 { return float64(d.signed()) / 1000 }

// length returns a number of elements of at least so many bytes each; 0 if there cannot be so many.
func (d *reader) length(size int) int {
	n := d.number()
	if n > uint64(len(d.b)/size) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func (d *reader) bytes() []byte { return d.take(d.length(1)) }
func (d *reader) text() string  { return string(d.bytes()) }

func (d *reader) texts() []string {
	n := d.length(1)
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for ; n > 0; n-- {
		list = append(list, d.text())
	}
	return list
}

func (d *reader) name() string {
	n := d.number()
	if n == 0 {
		return d.text()
	}
	s, ok := d.names.name(n)
	d.bad = d.bad || !ok
	return s
}
