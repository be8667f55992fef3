package bolt

import (
	"asterism/store"
)

// markShards is the number of parts, by the first byte of the digest, that the marks are kept in: as many as segments.
const markShards = 256

// markShard is one part of the marks. It is guarded by Store.mu.
type markShard struct {
	marks   map[store.Digest]markValue
	changed bool // since its segment was written
}

type markValue struct {
	class store.Class
	time  uint32
}

// put sets or, if its class is none, removes a mark. It returns by how much the number of marks changed.
func (sh *markShard) put(m store.Mark) int64 {
	_, known := sh.marks[m.Digest]
	sh.changed = true
	if m.Class == 0 {
		delete(sh.marks, m.Digest)
		if known {
			return -1
		}
		return 0
	}
	if sh.marks == nil {
		sh.marks = map[store.Digest]markValue{}
	}
	sh.marks[m.Digest] = markValue{m.Class, m.Time}
	if known {
		return 0
	}
	return 1
}

// segment packs the marks for the disk.
func (sh *markShard) segment(seq uint64) []byte {
	b := newSegment(seq, markSize*len(sh.marks))
	for d, v := range sh.marks {
		b = appendMark(b, store.Mark{Digest: d, Class: v.class, Time: v.time})
	}
	return seal(b)
}

// list returns the marks as they are now.
func (sh *markShard) list() []store.Mark {
	l := make([]store.Mark, 0, len(sh.marks))
	for d, v := range sh.marks {
		l = append(l, store.Mark{Digest: d, Class: v.class, Time: v.time})
	}
	return l
}
