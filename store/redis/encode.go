package redis

import (
	"encoding/binary"
	"errors"
	"math"

	"asterism/store"
)

const (
	tokenSize  = 8
	recordSize = 16
	markSize   = 5
	slotSize   = 5
)

var errDamaged = errors.New("damaged")

var le = binary.LittleEndian

// appendToken writes a token so that its string sorts like the number.
func appendToken(b []byte, tok store.Token) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(tok))
}

func tokenField(tok store.Token) string {
	var b [tokenSize]byte
	binary.BigEndian.PutUint64(b[:], uint64(tok))
	return string(b[:])
}

func encodeRecord(r store.Record) string { return string(appendRecord(make([]byte, 0, recordSize), r)) }

func appendRecord(b []byte, r store.Record) []byte {
	b = le.AppendUint32(b, r.Ham)
	b = le.AppendUint32(b, r.Spam)
	b = le.AppendUint32(b, r.LastSeen)
	return le.AppendUint32(b, math.Float32bits(r.Weight))
}

func decodeRecord(s string) (store.Record, error) {
	if len(s) != recordSize {
		return store.Record{}, errDamaged
	}
	return store.Record{
		Ham: uint32At(s, 0), Spam: uint32At(s, 4), LastSeen: uint32At(s, 8), Weight: math.Float32frombits(uint32At(s, 12)),
	}, nil
}

func uint32At(s string, i int) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

func tokenAt(s string, i int) (tok store.Token) {
	for j := range tokenSize {
		tok = tok<<8 | store.Token(s[i+j])
	}
	return tok
}

func encodeMark(m store.Mark) string {
	return string(le.AppendUint32([]byte{byte(m.Class)}, m.Time))
}

func decodeMark(digest, value string) (m store.Mark, err error) {
	if len(digest) != len(m.Digest) || len(value) != markSize {
		return m, errDamaged
	}
	copy(m.Digest[:], digest)
	m.Class, m.Time = store.Class(value[0]), uint32At(value, 1)
	return m, nil
}

func slotField(c store.Class, slot int) string {
	return string(binary.BigEndian.AppendUint32([]byte{byte(c)}, uint32(slot)))
}

// encodeSample returns digest, length of the header, header and body; for a slot that is freed the digest only.
func encodeSample(s *store.Sample) []byte {
	b := append([]byte(nil), s.Digest[:]...)
	if len(s.Header)+len(s.Body) == 0 {
		return b
	}
	b = le.AppendUint32(b, uint32(len(s.Header)))
	for _, list := range [][]store.Token{s.Header, s.Body} {
		for _, tok := range list {
			b = appendToken(b, tok)
		}
	}
	return b
}

func decodeSample(field, value string) (s store.Sample, err error) {
	const head = len(s.Digest) + 4
	if len(field) != slotSize || len(value) < head || (len(value)-head)%tokenSize != 0 {
		return s, errDamaged
	}
	s.Class = store.Class(field[0])
	s.Slot = int(binary.BigEndian.Uint32([]byte(field[1:])))
	copy(s.Digest[:], value)
	header := uint64(uint32At(value, len(s.Digest)))
	tokens := make([]store.Token, (len(value)-head)/tokenSize)
	if header > uint64(len(tokens)) {
		return s, errDamaged
	}
	for i := range tokens {
		tokens[i] = tokenAt(value, head+tokenSize*i)
	}
	s.Header, s.Body = tokens[:header:header], tokens[header:]
	return s, nil
}

// part is what of a learning belongs to one group.
type part struct {
	group     int
	ham, spam int32
	changes   []byte
	marks     []byte
	samples   []byte
	meta      []byte
	n         [4]uint32 // how many of each
}

// split divides a learning among the groups, the home group first: the one of its first mark.
func split(l *store.Learning) []part {
	var byGroup [groups]*part
	at := func(g int) *part {
		if byGroup[g] == nil {
			byGroup[g] = &part{group: g}
		}
		return byGroup[g]
	}
	home := 0
	if len(l.Marks) > 0 {
		home = groupOfDigest(l.Marks[0].Digest)
	} else if len(l.If) > 0 {
		home = groupOfDigest(l.If[0].Digest)
	}
	at(home)
	if l.Ham != 0 || l.Spam != 0 {
		p := at(0)
		p.ham, p.spam = l.Ham, l.Spam
	}
	for i := range l.Changes {
		c := &l.Changes[i]
		if c.Token == 0 {
			continue
		}
		p := at(groupOfToken(c.Token))
		p.changes = appendToken(p.changes, c.Token)
		p.changes = le.AppendUint32(p.changes, uint32(c.Ham))
		p.changes = le.AppendUint32(p.changes, uint32(c.Spam))
		p.changes = le.AppendUint32(p.changes, math.Float32bits(c.Weight))
		p.n[0]++
	}
	for _, m := range l.Marks {
		p := at(groupOfDigest(m.Digest))
		p.marks = append(p.marks, m.Digest[:]...)
		p.marks = append(p.marks, encodeMark(m)...)
		p.n[1]++
	}
	for i := range l.Samples {
		s := &l.Samples[i]
		p := at(groupOfSlot(s.Slot))
		value := encodeSample(s)
		p.samples = append(p.samples, slotField(s.Class, s.Slot)...)
		p.samples = le.AppendUint32(p.samples, uint32(len(value)))
		p.samples = append(p.samples, value...)
		p.n[2]++
	}
	for name, value := range l.Meta {
		p := at(0)
		p.meta = le.AppendUint32(p.meta, uint32(len(name)))
		p.meta = append(p.meta, name...)
		keep := byte(1)
		if value == nil {
			keep = 0
		}
		p.meta = append(p.meta, keep)
		p.meta = le.AppendUint32(p.meta, uint32(len(value)))
		p.meta = append(p.meta, value...)
		p.n[3]++
	}
	parts := []part{*byGroup[home]}
	for g, p := range byGroup {
		if p != nil && g != home {
			parts = append(parts, *p)
		}
	}
	return parts
}

// encode returns the part as lua/apply.lua reads it.
func (p *part) encode(time uint32) string {
	b := make([]byte, 0, 28+len(p.changes)+len(p.marks)+len(p.samples)+len(p.meta))
	b = le.AppendUint32(b, time)
	b = le.AppendUint32(b, uint32(p.ham))
	b = le.AppendUint32(b, uint32(p.spam))
	for i, piece := range [][]byte{p.changes, p.marks, p.samples, p.meta} {
		b = le.AppendUint32(b, p.n[i])
		b = append(b, piece...)
	}
	return string(b)
}

// conditions returns a learning's conditions as lua/apply.lua reads them.
func conditions(l *store.Learning) string {
	var b []byte
	for _, m := range l.If {
		b = append(b, m.Digest[:]...)
		b = append(b, byte(m.Class))
	}
	return string(b)
}
