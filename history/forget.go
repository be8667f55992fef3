package history

import (
	"context"
	"fmt"
	"slices"
	"strings"

	bbolt "go.etcd.io/bbolt"
)

// Forget erases an address everywhere: as a recipient, as a sender, as an authenticated user and as a word of a test's
// detail. It deletes records without other recipients. Then it rewrites the file, so that nothing remains in its free
// pages. It returns the number of changed records.
//
// A record with other recipients stays, but cannot be taught: its tokens may contain the address.
func (l *Log) Forget(ctx context.Context, address string) (int, error) {
	key := addressKey(address)
	if !strings.Contains(key, "@") {
		return 0, fmt.Errorf("%.100q is not an address", address)
	}
	e := &erasure{hash: hider(l.hide.Load()).address(key)}
	err := l.wait(ctx, event{forget: e})
	return e.n, err
}

// is reports whether an address is the one to be forgotten.
func (e *erasure) is(address string, hide hider) bool {
	return address != "" && hide.address(address) == e.hash
}

// change is the change of a record.
type change struct {
	id     ID
	record *Record // nil: it goes
}

// erase erases an address from the file, one segment a transaction.
func (l *Log) erase(e *erasure) error {
	starts, err := l.starts()
	if err != nil {
		return err
	}
	for _, start := range starts {
		changes, err := l.concerned(start, e)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			continue
		}
		if err := l.rewrite(start, changes); err != nil {
			return err
		}
		e.n += len(changes)
	}
	if err := l.eraseTeacher(e); err != nil {
		return err
	}
	return l.compact()
}

// concerned returns the changes of a segment's records.
func (l *Log) concerned(start ID, e *erasure) (changes []change, err error) {
	err = l.file.view(func(tx *bbolt.Tx) error {
		seg, ok := segmentOf(tx, start)
		if !ok || seg.start != start {
			return nil
		}
		_, err := seg.each(l.file.names, func(r *Record) error {
			if left, changed := e.from(r, l.file.hide); changed {
				changes = append(changes, change{r.ID, left})
			}
			return nil
		})
		return err
	})
	return changes, err
}

// from returns a record without the address, nil if nothing is left of it.
func (e *erasure) from(r *Record, hide hider) (left *Record, changed bool) {
	gone := func(a string) bool { return e.is(a, hide) }
	if before := len(r.Recipients); slices.ContainsFunc(r.Recipients, gone) {
		if r.Recipients = slices.DeleteFunc(r.Recipients, gone); len(r.Recipients) == 0 {
			return nil, before > 0
		}
		changed = true
	}
	for _, s := range [...]*string{&r.Sender, &r.AuthUser, &r.User} {
		if gone(*s) {
			*s, changed = "", true
		}
	}
	if gone(fromAddress(r.From)) || slices.Contains(r.hidden, e.hash) {
		r.From, changed = "", true
		r.hidden = slices.DeleteFunc(r.hidden, func(h uint32) bool { return h == e.hash })
	}
	texts := []*string{&r.AuthResults, &r.Error, &r.Subject, &r.MessageID}
	for i := range r.Notes {
		texts = append(texts, &r.Notes[i])
	}
	for i := range r.Tests {
		texts = append(texts, &r.Tests[i].Detail)
	}
	for _, s := range texts {
		if without, found := e.fromText(*s, hide); found {
			*s, changed = without, true
		}
	}
	if changed {
		r.Teachable, r.digest, r.Words = false, 0, nil
	}
	return r, changed
}

// fromText returns a text without the address, which may be written with (at), as details of tests have it.
func (e *erasure) fromText(text string, hide hider) (string, bool) {
	s := strings.ReplaceAll(text, "(at)", "@")
	if !strings.Contains(s, "@") {
		return text, false
	}
	found := false
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t,;:=<>()[]{}\"'", r) })
	for _, p := range parts {
		if strings.Contains(p, "@") && e.is(strings.TrimRight(p, "."), hide) {
			s, found = strings.ReplaceAll(s, p, ""), true
		}
	}
	if !found {
		return text, false
	}
	return s, true
}

// rewrite changes records of one segment, and makes its index anew.
func (l *Log) rewrite(start ID, changes []change) error {
	var t *tail
	err := l.file.update(func(tx *bbolt.Tx) error {
		seg, ok := segmentOf(tx, start)
		if !ok || seg.start != start {
			return nil
		}
		records, lessons := seg.Bucket.Bucket(recordsBucket), seg.Bucket.Bucket(lessonsBucket)
		for _, c := range changes {
			if lessons != nil {
				if err := lessons.Delete(c.id.key()); err != nil {
					return err
				}
			}
			var err error
			if c.record != nil {
				err = records.Put(c.id.key(), c.record.encode(nil, l.file.names))
			} else if err = records.Delete(c.id.key()); err == nil {
				err = tx.Bucket(taughtBucket).Delete(c.id.key())
			}
			if err != nil {
				return err
			}
		}
		var err error
		if t, err = seg.tail(l.file.names, l.file.hash); err != nil {
			return err
		}
		if seg.Get(indexKey) != nil {
			err = seg.Put(indexKey, t.encode())
		}
		return err
	})
	if err != nil || t == nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if start == l.start {
		l.tail = t
	}
	return nil
}

// eraseTeacher erases the address from what says who has taught mails.
func (l *Log) eraseTeacher(e *erasure) error {
	return l.file.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(taughtBucket)
		changed := map[string][]byte{}
		err := b.ForEach(func(k, v []byte) error {
			list, err := decodeTaught(v)
			if err != nil {
				return nil
			}
			for i := range list {
				without, found := e.fromText(list[i].By, l.file.hide)
				if found {
					list[i].By = without
					changed[string(k)] = encodeTaught(list)
				}
			}
			return nil
		})
		for k, v := range changed {
			if err == nil {
				err = b.Put([]byte(k), v)
			}
		}
		return err
	})
}
