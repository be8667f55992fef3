package history

import (
	"context"
	"errors"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/store"
)

// maxTaught bounds the lessons kept of one mail: the first and the last ones.
const maxTaught = 20

// taughtOf returns the lessons of a mail.
func taughtOf(tx *bbolt.Tx, id ID) []Taught {
	b := tx.Bucket(taughtBucket).Get(id.key())
	if b == nil {
		return nil
	}
	list, err := decodeTaught(b)
	if err != nil {
		return nil
	}
	return list
}

func encodeTaught(list []Taught) []byte {
	w := writer{}
	w.number(uint64(len(list)))
	for _, t := range list {
		w.b = append(w.b, byte(t.Class))
		w.signed(t.Time.UnixMilli())
		w.text(t.By)
	}
	return seal(w.b, 0)
}

func decodeTaught(b []byte) ([]Taught, error) {
	b, err := unseal(b)
	if err != nil {
		return nil, err
	}
	d := reader{b: b}
	n := d.length(3)
	list := make([]Taught, 0, n)
	for ; n > 0; n-- {
		class := store.Class(d.take(1)[0])
		if class > store.Spam {
			return nil, errRecord
		}
		list = append(list, Taught{Class: class, Time: time.UnixMilli(d.signed()), By: d.text()})
	}
	if d.bad || len(d.b) > 0 {
		return nil, errRecord
	}
	return list, nil
}

// noteTaught writes that a mail was taught, to all records of it in the file, and in the batch before.
func (l *Log) noteTaught(tx *bbolt.Tx, t *teaching, batch []event) error {
	var ids []ID
	if t.id != 0 {
		ids = append(ids, t.id)
	}
	if t.digest != 0 {
		ids = append(ids, l.copies(tx, t.digest)...)
	}
	for i := range batch {
		if r := batch[i].record; r != nil && t.digest != 0 && r.digest == t.digest {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		seg, ok := segmentOf(tx, id)
		if !ok || seg.record(id) == nil {
			continue
		}
		list := append(taughtOf(tx, id), t.Taught)
		if len(list) > maxTaught {
			list = append(list[:maxTaught/2], list[len(list)-maxTaught/2:]...)
		}
		if n := len(list); n > 1 && list[n-1].Class == list[n-2].Class {
			list = list[:n-1] // it says nothing new
		}
		if err := tx.Bucket(taughtBucket).Put(id.key(), encodeTaught(list)); err != nil {
			return err
		}
	}
	return nil
}

// copies returns the records of a mail by its digest's mark.
func (l *Log) copies(tx *bbolt.Tx, digest uint64) (ids []ID) {
	q := &Query{digest: digest}
	s := &search{ctx: context.Background(), log: l, file: l.file, q: q, limit: maxCopies,
		plan: l.file.hash.plan(q, l.file.hide)}
	if err := s.run(tx); err != nil && !errors.Is(err, errDamaged) {
		return nil
	}
	for _, r := range s.found {
		ids = append(ids, r.ID)
	}
	return ids
}

// maxCopies bounds the records of one mail that are marked.
const maxCopies = 100
