package history

import (
	"reflect"
	"testing"
)

// FuzzDecode: whatever bytes a file or a stream has for a record, a lesson, notes of teaching or an index, reading
// them ends in an error or in what is written as the same again, and takes no more memory than the bytes account for.
func FuzzDecode(f *testing.F) {
	r := sample(7)
	r.ID = 1 << 40
	f.Add(r.encode(nil, nil), byte(0))
	f.Add((&Record{ID: 5, Action: "skip", Reason: "too large"}).encode(nil, nil), byte(0))
	f.Add(r.Lesson.encode(), byte(1))
	f.Add(encodeTaught([]Taught{{Class: 1, By: "sue"}, {Class: 2}}), byte(2))
	var t tail
	t.add(r, 1)
	f.Add(t.encode(), byte(3))
	f.Add(encodeEvent(&event{record: r}), byte(4))
	f.Add(encodeEvent(&event{taught: &teaching{id: 1, digest: 2}}), byte(4))
	f.Add(encodeEvent(&event{forget: &erasure{hash: 3}}), byte(4))
	f.Fuzz(func(t *testing.T, b []byte, what byte) {
		if len(b) > 1 { // so that more than the checksum is tried
			b = seal(append([]byte(nil), b[:max(len(b)-4, 0)]...), 0)
		}
		switch what % 5 {
		case 0:
			first, err := decode(1<<40, b, nil)
			if err != nil {
				return
			}
			again, err := decode(1<<40, first.encode(nil, nil), nil)
			if err != nil || !reflect.DeepEqual(first, again) {
				t.Fatalf("%v:\n%+v\n%+v", err, first, again)
			}
			hasher(1).terms(nil, first)
			first.Lesson = nil
			(&Query{Text: "a b@c.example", Subject: "x", Sender: "d.example"}).matches(first, 1)
		case 1:
			if l, err := decodeLesson(b); err == nil && string(l.encode()) != string(b) &&
				len(l.Header)+len(l.Body) > len(b)/8 {
				t.Fatal("more tokens than bytes")
			}
		case 2:
			_, _ = decodeTaught(b)
		case 3:
			x, err := readIndex(b, true)
			if err != nil {
				return
			}
			for i := range x.rows {
				x.row(i)
			}
			for i := range min(x.terms, 50) {
				for _, place := range x.list(x.termAt(i), nil) {
					if int(place) >= x.rows {
						t.Fatalf("row %d of %d", place, x.rows)
					}
				}
			}
		case 4:
			_, _ = decodeEvent(1<<40, b)
		}
	})
}
