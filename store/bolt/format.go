package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"time"

	"asterism/store"
)

// The file holds these buckets. Integers in keys are big-endian, integers in values little-endian.
//
//	asterism  "format"  uint32, formatVersion
//	          "key"     uint64, store.Key
//	          "totals"  uint32 ham, uint32 spam, int64 last expiry (Unix seconds, 0 never)
//	tokens    uint16 shard -> checked segment of token records
//	marks     uint8 first byte of the digest -> checked segment of marks
//	journal   uint64 sequence number -> checked changes since the segments were written
//	samples   uint8 class, uint32 slot -> checked digest, uint32 length of header, header tokens, body tokens
//	meta      name -> value
//
// A checked value begins with the CRC-32C of the rest. A segment then has the uint64 sequence number of the last
// change it contains: journal entries up to that number are no news to it. A journal entry has a uint32 number of
// token records, these, then marks. Journal entries tell what is after the change, not what is added.
//
//	token record (24 bytes)  uint64 token, uint32 ham, uint32 spam, uint32 last seen, float32 weight; counts 0: forgotten
//	mark (25 bytes)          digest, uint8 class (0: removed), uint32 time
const formatVersion = 1

var (
	bucketHead    = []byte("asterism")
	bucketTokens  = []byte("tokens")
	bucketMarks   = []byte("marks")
	bucketJournal = []byte("journal")
	bucketSamples = []byte("samples")
	bucketMeta    = []byte("meta")

	keyFormat = []byte("format")
	keyKey    = []byte("key")
	keyTotals = []byte("totals")
)

const (
	recordSize = 24
	markSize   = 25
	crcSize    = 4
	seqSize    = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("damaged")

// seal fills in the checksum at the start of a checked value.
func seal(b []byte) []byte {
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[crcSize:], castagnoli))
	return b
}

// unseal checks a value and returns it without its checksum.
func unseal(b []byte) ([]byte, error) {
	if len(b) < crcSize || crc32.Checksum(b[crcSize:], castagnoli) != binary.LittleEndian.Uint32(b) {
		return nil, errDamaged
	}
	return b[crcSize:], nil
}

// unsealSegment returns a segment's sequence number and its entries, of size bytes each.
func unsealSegment(b []byte, size int) (seq uint64, entries []byte, err error) {
	b, err = unseal(b)
	if err != nil {
		return 0, nil, err
	}
	if len(b) < seqSize || (len(b)-seqSize)%size != 0 {
		return 0, nil, errDamaged
	}
	return binary.LittleEndian.Uint64(b), b[seqSize:], nil
}

// newSegment begins a segment with room for so many bytes of entries; seal ends it.
func newSegment(seq uint64, room int) []byte {
	b := make([]byte, crcSize, crcSize+seqSize+room)
	return binary.LittleEndian.AppendUint64(b, seq)
}

func appendRecord(b []byte, tok store.Token, r store.Record) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(tok))
	b = binary.LittleEndian.AppendUint32(b, r.Ham)
	b = binary.LittleEndian.AppendUint32(b, r.Spam)
	b = binary.LittleEndian.AppendUint32(b, r.LastSeen)
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(r.Weight))
}

func readRecord(b []byte) (store.Token, store.Record) {
	_ = b[recordSize-1]
	return store.Token(binary.LittleEndian.Uint64(b)), store.Record{
		Ham:      binary.LittleEndian.Uint32(b[8:]),
		Spam:     binary.LittleEndian.Uint32(b[12:]),
		LastSeen: binary.LittleEndian.Uint32(b[16:]),
		Weight:   math.Float32frombits(binary.LittleEndian.Uint32(b[20:])),
	}
}

func appendMark(b []byte, m store.Mark) []byte {
	b = append(b, m.Digest[:]...)
	b = append(b, byte(m.Class))
	return binary.LittleEndian.AppendUint32(b, m.Time)
}

func readMark(b []byte) store.Mark {
	m := store.Mark{Class: store.Class(b[20]), Time: binary.LittleEndian.Uint32(b[21:])}
	copy(m.Digest[:], b)
	return m
}

// splitEntry returns the token records and the marks of a journal entry that was unsealed.
func splitEntry(b []byte) (records, marks []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errDamaged
	}
	n := uint64(binary.LittleEndian.Uint32(b)) * recordSize
	b = b[4:]
	if n > uint64(len(b)) || (uint64(len(b))-n)%markSize != 0 {
		return nil, nil, errDamaged
	}
	return b[:n], b[n:], nil
}

// sampleKey is a slot of the reservoir as the samples bucket knows it.
type sampleKey [5]byte

func newSampleKey(c store.Class, slot int) sampleKey {
	k := sampleKey{byte(c)}
	binary.BigEndian.PutUint32(k[1:], uint32(slot))
	return k
}

func compareKeys(a, b sampleKey) int { return bytes.Compare(a[:], b[:]) }

func (k sampleKey) class() store.Class { return store.Class(k[0]) }
func (k sampleKey) slot() int          { return int(binary.BigEndian.Uint32(k[1:])) }

// isFree reports whether a sample frees its slot.
func isFree(s *store.Sample) bool { return len(s.Header)+len(s.Body) == 0 }

// encodeSample returns the value of a sample, nil if it frees its slot.
func encodeSample(s *store.Sample) []byte {
	if isFree(s) {
		return nil
	}
	b := make([]byte, crcSize, crcSize+len(s.Digest)+4+8*(len(s.Header)+len(s.Body)))
	b = append(b, s.Digest[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Header)))
	for _, list := range [][]store.Token{s.Header, s.Body} {
		for _, tok := range list {
			b = binary.LittleEndian.AppendUint64(b, uint64(tok))
		}
	}
	return seal(b)
}

func decodeSample(key sampleKey, value []byte) (store.Sample, error) {
	b, err := unseal(value)
	if err != nil || len(b) < len(store.Digest{})+4 {
		return store.Sample{}, errDamaged
	}
	s := store.Sample{Class: key.class(), Slot: key.slot()}
	b = b[copy(s.Digest[:], b):]
	header := uint64(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if len(b)%8 != 0 || header > uint64(len(b)/8) {
		return store.Sample{}, errDamaged
	}
	tokens := make([]store.Token, len(b)/8)
	for i := range tokens {
		tokens[i] = store.Token(binary.LittleEndian.Uint64(b[8*i:]))
	}
	s.Header, s.Body = tokens[:header:header], tokens[header:]
	return s, nil
}

func encodeTotals(ham, spam uint32, lastExpiry int64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, ham)
	b = binary.LittleEndian.AppendUint32(b, spam)
	return binary.LittleEndian.AppendUint64(b, uint64(lastExpiry))
}

func decodeTotals(b []byte) (ham, spam uint32, lastExpiry int64, err error) {
	if len(b) != 16 {
		return 0, 0, 0, errDamaged
	}
	return binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), int64(binary.LittleEndian.Uint64(b[8:])), nil
}

// unixTime is the time of Unix seconds, the zero time for 0.
func unixTime(sec int64) time.Time {
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(sec, 0)
}

// unixSeconds is the reverse of unixTime.
func unixSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
