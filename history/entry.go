package history

import (
	"encoding/binary"
	"fmt"
	"time"

	"asterism/store"
)

// Kinds of events in a stream.
const (
	entryRecord = iota + 1
	entryTaught
	entryForget
)

// encodeEvent returns an event as a stream has it: its kind, and a record and its lesson, a teaching, or the hash of an
// address.
func encodeEvent(e *event) []byte {
	w := writer{}
	switch {
	case e.record != nil:
		r := *e.record
		r.ID = 0 // the stream gives it another one
		w.b = append(w.b, entryRecord)
		w.bytes(r.encode(nil, nil))
		if r.Lesson != nil {
			w.b = append(w.b, r.Lesson.encode()...)
		}
	case e.taught != nil:
		t := e.taught
		w.b = append(w.b, entryTaught)
		w.b = binary.LittleEndian.AppendUint64(w.b, uint64(t.id))
		w.b = binary.LittleEndian.AppendUint64(w.b, t.digest)
		w.b = append(w.b, byte(t.Class))
		w.signed(t.Time.UnixMilli())
		w.text(t.By)
	case e.forget != nil:
		w.b = append(w.b, entryForget)
		w.b = binary.LittleEndian.AppendUint32(w.b, e.forget.hash)
	}
	return w.b
}

// decodeEvent reads what encodeEvent wrote; a record gets an ID.
func decodeEvent(id ID, b []byte) (*event, error) {
	d := reader{b: b}
	switch kind := d.take(1)[0]; kind {
	case entryRecord:
		r, err := decode(0, d.bytes(), nil)
		if err != nil {
			return nil, err
		}
		r.ID = id
		if r.Teachable {
			if r.Lesson, err = decodeLesson(d.b); err != nil {
				return nil, err
			}
		}
		return &event{record: r}, nil
	case entryTaught:
		t := &teaching{id: ID(binary.LittleEndian.Uint64(d.take(8))), digest: binary.LittleEndian.Uint64(d.take(8))}
		t.Class, t.Time, t.By = store.Class(d.take(1)[0]), time.UnixMilli(d.signed()), d.text()
		if d.bad || t.Class > store.Spam {
			return nil, errRecord
		}
		return &event{taught: t}, nil
	case entryForget:
		e := &erasure{hash: binary.LittleEndian.Uint32(d.take(4))}
		if d.bad {
			return nil, errRecord
		}
		return &event{forget: e}, nil
	default:
		return nil, fmt.Errorf("%w: of kind %d", errRecord, kind)
	}
}
