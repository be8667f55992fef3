// Package backup writes a store as text and reads it back. The text is meant to outlive every store's own format.
//
// The first line is "asterism-backup 1"; 1 is the version. Then one record a line, its fields separated by one space,
// in any order except the last line:
//
//	key KEY                                   16 hexadecimal digits; exactly once
//	total HAM SPAM EXPIRED                    messages learned; Unix time of the last expiry, 0 for never; exactly once
//	meta NAME VALUE                           both in base64
//	token TOKEN HAM SPAM LASTSEEN WEIGHT      16 hexadecimal digits, counts, Unix time, decimal number
//	mark DIGEST CLASS TIME                    40 hexadecimal digits, ham or spam, Unix time
//	sample CLASS SLOT DIGEST HEADER BODY      ham or spam, number, 40 digits, two lists of tokens joined by commas, or -
//	end RECORDS                               number of lines between the first and this one
//
// A text without its last line was cut short, and is refused.
package backup

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"

	"asterism/store"
)

const magic = "asterism-backup 1"

// Write writes all of a store. Do not learn during a backup: a concurrent lesson may be missing or half written.
func Write(w io.Writer, st store.Store) error {
	out := &writer{w: bufio.NewWriterSize(w, 1<<16)}
	if _, err := fmt.Fprintln(out.w, magic); err != nil {
		return err
	}
	if _, err := send(st, out, func(int) {}); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out.w, "end %d\n", out.records); err != nil {
		return err
	}
	return out.w.Flush()
}

// writer is a store.Sink that writes records as lines.
type writer struct {
	w       *bufio.Writer
	line    []byte // reused
	records int
}

// record writes one line.
func (w *writer) record(line []byte) error {
	w.line = append(line, '\n')
	_, err := w.w.Write(w.line)
	w.line = w.line[:0]
	w.records++
	return err
}

func (w *writer) Head(h store.Head) error {
	var expired int64
	if !h.LastExpiry.IsZero() {
		expired = h.LastExpiry.Unix()
	}
	if err := w.record(fmt.Appendf(w.line, "key %016x", uint64(h.Key))); err != nil {
		return err
	}
	return w.record(fmt.Appendf(w.line, "total %d %d %d", h.Ham, h.Spam, expired))
}

func (w *writer) Meta(name string, value []byte) error {
	b := append(w.line, "meta "...)
	b = base64.StdEncoding.AppendEncode(b, []byte(name))
	b = append(b, ' ')
	return w.record(base64.StdEncoding.AppendEncode(b, value))
}

func (w *writer) Token(tok store.Token, r store.Record) error {
	b := append(w.line, "token "...)
	b = appendHex(b, uint64(tok))
	b = strconv.AppendUint(append(b, ' '), uint64(r.Ham), 10)
	b = strconv.AppendUint(append(b, ' '), uint64(r.Spam), 10)
	b = strconv.AppendUint(append(b, ' '), uint64(r.LastSeen), 10)
	return w.record(strconv.AppendFloat(append(b, ' '), float64(r.Weight), 'g', -1, 32))
}

func (w *writer) Mark(m store.Mark) error {
	return w.record(fmt.Appendf(w.line, "mark %x %v %d", m.Digest, m.Class, m.Time))
}

func (w *writer) Sample(s store.Sample) error {
	b := fmt.Appendf(w.line, "sample %v %d %x ", s.Class, s.Slot, s.Digest)
	b = append(appendTokens(b, s.Header), ' ')
	return w.record(appendTokens(b, s.Body))
}

func appendTokens(b []byte, list []store.Token) []byte {
	if len(list) == 0 {
		return append(b, '-')
	}
	for i, tok := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendHex(b, uint64(tok))
	}
	return b
}

func appendHex(b []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>shift&15])
	}
	return b
}
