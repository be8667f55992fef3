package history

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"time"
)

// row is an index's data of a record beside its terms.
type row struct {
	id    ID
	time  int64 // Unix milliseconds
	score int32 // in thousandths; 0 of a mail without a verdict
	flags byte
}

// Flags of a row.
const (
	rowScanned = 1 << iota
	rowSpam
)

func rowOf(r *Record) row {
	w := row{id: r.ID, time: r.Time.UnixMilli()}
	if r.Scanned {
		w.score = int32(math.Round(min(max(r.Score, -1e6), 1e6) * 1000))
		w.flags = rowScanned
	}
	if r.Spam() {
		w.flags |= rowSpam
	}
	return w
}

// allows reports whether the query can match a row's record; it equals matchesColumns except for rounding.
func (q *Query) allows(w *row) bool {
	scanned := w.flags&rowScanned != 0
	return (q.Before == 0 || w.id < q.Before) &&
		(q.Since.IsZero() || w.time >= milliseconds(q.Since)) &&
		(q.Until.IsZero() || w.time < milliseconds(q.Until)) &&
		(q.MinScore == nil && q.MaxScore == nil || scanned && q.allowsScore(w.score)) &&
		(q.Spam == nil || scanned && *q.Spam == (w.flags&rowSpam != 0))
}

// allowsScore is the part of allows about a score in thousandths.
func (q *Query) allowsScore(score int32) bool {
	return (q.MinScore == nil || float64(score) >= *q.MinScore*1000-1) &&
		(q.MaxScore == nil || float64(score) <= *q.MaxScore*1000+1)
}

// milliseconds returns a time in whole milliseconds, as records have theirs, rounded up.
func milliseconds(t time.Time) int64 { return t.Add(time.Millisecond - time.Nanosecond).UnixMilli() }

// An index covers at most maxRows records. On disk it is one value, all numbers little-endian:
//
//	rows    number of them, 4 bytes
//	terms   number of them, 4 bytes
//	columns of 8 bytes (ID), 8 (time), 4 (score), 1 (flags) a row, one column after the other
//	table   of 8 bytes a term, in ascending order: the term, and where its list begins in lists
//	lists   of each term: the places of its rows, in ascending order, each as the varint of the distance to the
//	        place before
//
//	CRC-32C of all that, 4 bytes
const (
	maxRows    = 4096
	maxEntries = 1 << 19 // of the index in memory, 4 MB: mails with very many recipients end their segment early
	rowSize    = 21
	indexFixed = 8
)

// index is the index of a closed segment, as it is on disk. Its bytes are in the memory-mapped file.
type index struct {
	rows, terms int
	ids, times  []byte
	scores      []byte
	flags       []byte
	table       []byte
	lists       []byte
}

// entry is a term of the row at a place.
type entry struct {
	term term
	row  uint32
}

// tail is the index of records that are not in a closed segment yet.
type tail struct {
	rows    []row
	entries []entry
	scratch []term
}

// add appends a record, which is later than those before.
func (t *tail) add(r *Record, h hasher) {
	at := uint32(len(t.rows))
	t.rows = append(t.rows, rowOf(r))
	t.scratch = h.terms(t.scratch[:0], r)
	for _, w := range t.scratch {
		t.entries = append(t.entries, entry{w, at})
	}
}

// encode returns the index as it is on disk.
func (t *tail) encode() []byte {
	slices.SortFunc(t.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.term, b.term),
			cmp.Compare(a.row, b.row))
	})
	t.entries = slices.Compact(t.entries)
	var table, lists []byte
	last := entry{}
	terms := 0
	for i, e := range t.entries {
		from := uint32(0)
		if i == 0 || e.term != last.term {
			table = binary.LittleEndian.AppendUint32(table, uint32(e.term))
			table = binary.LittleEndian.AppendUint32(table, uint32(len(lists)))
			terms++
		} else {
			from = last.row
		}
		lists = binary.AppendUvarint(lists, uint64(e.row-from))
		last = e
	}
	b := make([]byte, 0, indexFixed+rowSize*len(t.rows)+len(table)+len(lists)+4)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(t.rows)))
	b = binary.LittleEndian.AppendUint32(b, uint32(terms))
	for i := range t.rows {
		b = binary.LittleEndian.AppendUint64(b, uint64(t.rows[i].id))
	}
	for i := range t.rows {
		b = binary.LittleEndian.AppendUint64(b, uint64(t.rows[i].time))
	}
	for i := range t.rows {
		b = binary.LittleEndian.AppendUint32(b, uint32(t.rows[i].score))
	}
	for i := range t.rows {
		b = append(b, t.rows[i].flags)
	}
	return seal(append(append(b, table...), lists...), 0)
}

// readIndex reads the frame of an index. Its checksum is looked at where checked says so: it takes all bytes.
func readIndex(b []byte, checked bool) (*index, error) {
	if len(b) < indexFixed+4 {
		return nil, errRecord
	}
	if checked {
		if _, err := unseal(b); err != nil {
			return nil, err
		}
	}
	x := &index{rows: int(binary.LittleEndian.Uint32(b)), terms: int(binary.LittleEndian.Uint32(b[4:]))}
	b = b[indexFixed : len(b)-4]
	if x.rows > len(b)/rowSize || x.terms > (len(b)-rowSize*x.rows)/8 {
		return nil, errRecord
	}
	cut := func(n int) []byte {
		part := b[:n]
		b = b[n:]
		return part
	}
	x.ids, x.times, x.scores, x.flags = cut(8*x.rows), cut(8*x.rows), cut(4*x.rows), cut(x.rows)
	x.table, x.lists = cut(8*x.terms), b
	return x, nil
}

func (x *index) row(i int) row {
	return row{
		id: ID(binary.LittleEndian.Uint64(x.ids[8*i:])), time: int64(binary.LittleEndian.Uint64(x.times[8*i:])),
		score: x.score(i), flags: x.flags[i],
	}
}

func (x *index) score(i int) int32 { return int32(binary.LittleEndian.Uint32(x.scores[4*i:])) }

func (x *index) termAt(i int) term { return term(binary.LittleEndian.Uint32(x.table[8*i:])) }

// list appends the places of a term's rows, in ascending order.
func (x *index) list(w term, places []uint32) []uint32 {
	i := sort.Search(x.terms, func(i int) bool { return x.termAt(i) >= w })
	if i == x.terms || x.termAt(i) != w {
		return places
	}
	from, to := binary.LittleEndian.Uint32(x.table[8*i+4:]), uint32(len(x.lists))
	if i+1 < x.terms {
		to = binary.LittleEndian.Uint32(x.table[8*i+12:])
	}
	if from > to || int64(to) > int64(len(x.lists)) {
		return places // damaged
	}
	at := uint64(0)
	for b := x.lists[from:to]; len(b) > 0; {
		n, used := binary.Uvarint(b)
		if used <= 0 || at+n >= uint64(x.rows) {
			break
		}
		at += n
		places = append(places, uint32(at))
		b = b[used:]
	}
	return places
}

// list is index.list for a tail.
func (t *tail) list(w term, places []uint32) []uint32 {
	for i := range t.entries {
		if e := &t.entries[i]; e.term == w && (len(places) == 0 || places[len(places)-1] != e.row) {
			places = append(places, e.row)
		}
	}
	return places
}

// lister is an index or a tail.
type lister interface {
	list(w term, places []uint32) []uint32
}

// candidates returns the places of the rows that match the plan, in ascending order. all is true if every row matches.
func (p plan) candidates(x lister) (places []uint32, all bool) {
	for i, group := range p {
		var of []uint32
		for _, w := range group {
			of = x.list(w, of)
		}
		if len(group) > 1 {
			slices.Sort(of)
			of = slices.Compact(of)
		}
		if i == 0 {
			places = of
		} else {
			places = intersect(places, of)
		}
		if len(places) == 0 {
			return nil, false
		}
	}
	return places, len(p) == 0
}

// intersect returns the intersection of two ascending lists, in the memory of the first.
func intersect(a, b []uint32) []uint32 {
	kept := a[:0]
	for _, n := range a {
		for len(b) > 0 && b[0] < n {
			b = b[1:]
		}
		if len(b) == 0 {
			break
		}
		if b[0] == n {
			kept = append(kept, n)
		}
	}
	return kept
}
