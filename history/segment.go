package history

import (
	"fmt"

	bbolt "go.etcd.io/bbolt"
)

// segment is a bucket of records.
type segment struct {
	start ID
	*bbolt.Bucket
}

// segments calls f for each segment, the newest first, until it returns false.
func segments(tx *bbolt.Tx, f func(segment) (bool, error)) error {
	all := tx.Bucket(segmentsBucket)
	c := all.Cursor()
	for k, _ := c.Last(); k != nil; k, _ = c.Prev() {
		b := all.Bucket(k)
		if b == nil || idOf(k) == 0 {
			return fmt.Errorf("%w: a segment", errDamaged)
		}
		if more, err := f(segment{idOf(k), b}); err != nil || !more {
			return err
		}
	}
	return nil
}

// segmentOf returns the segment that has the record of an ID, if there is one.
func segmentOf(tx *bbolt.Tx, id ID) (segment, bool) {
	all := tx.Bucket(segmentsBucket)
	c := all.Cursor()
	k, _ := c.Seek(id.key())
	if k == nil {
		k, _ = c.Last()
	} else if idOf(k) != id {
		k, _ = c.Prev()
	}
	if k == nil {
		return segment{}, false
	}
	b := all.Bucket(k)
	return segment{idOf(k), b}, b != nil
}

// record returns the bytes of a record, nil if there is none.
func (s *segment) record(id ID) []byte {
	if b := s.Bucket.Bucket(recordsBucket); b != nil {
		return b.Get(id.key())
	}
	return nil
}

// index returns the segment's index, nil if it has none or a damaged one.
func (s *segment) index(checked bool) *index {
	x, err := readIndex(s.Get(indexKey), checked)
	if err != nil {
		return nil
	}
	return x
}

// teachable reports whether the segment's lessons are still there.
func (s *segment) teachable() bool { return s.Bucket.Bucket(lessonsBucket) != nil }

// each calls f for each record of the segment, in order. Damaged ones are left out, and counted.
func (s *segment) each(names *names, f func(*Record) error) (damaged int, err error) {
	records := s.Bucket.Bucket(recordsBucket)
	if records == nil {
		return 0, nil
	}
	err = records.ForEach(func(k, v []byte) error {
		r, err := decode(idOf(k), v, names)
		if err != nil {
			damaged++
			return nil
		}
		return f(r)
	})
	return damaged, err
}

// tail returns the index of the segment's records, made anew.
func (s *segment) tail(names *names, h hasher) (*tail, error) {
	t := &tail{}
	_, err := s.each(names, func(r *Record) error {
		t.add(r, h)
		return nil
	})
	return t, err
}
