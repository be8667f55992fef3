package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/contain"
)

// Bounds of a segment. Records go with their segment, so it is short beside the time that they are kept.
const (
	maxSegmentAge   = 6 * time.Hour
	segmentsOfTime  = 28 // of history_expire, at least
	segmentsOfBytes = 16 // of history_max_size, at least
)

// fillPercent is how full pages are made: records come in order.
const fillPercent = 0.95

// startWriting starts what writes.
func (l *Log) startWriting() {
	if l.opt.Load().Stream != nil {
		l.startSharing()
		return
	}
	l.writing.Go(func() {
		defer l.refuseRest()
		tick := time.NewTicker(expireEvery)
		defer tick.Stop()
		for {
			if l.queue.wait(tick.C, l.quit) {
				l.writeQueued(l.queue.take())
			}
			select {
			case <-tick.C:
				l.tidy()
			case <-l.quit:
				for batch := l.queue.take(); len(batch) > 0; batch = l.queue.take() {
					l.writeQueued(batch)
				}
				return
			default:
			}
		}
	})
}

// refuseRest answers the waiters of entries that will not be written.
func (l *Log) refuseRest() {
	l.queue.close()
	for batch := l.queue.take(); len(batch) > 0; batch = l.queue.take() {
		answer(batch, errClosed)
	}
}

// writeQueued writes a batch of the queue.
func (l *Log) writeQueued(batch []event) { answer(batch, l.write(batch, "")) }

// answer answers the waiters of a batch.
func answer(batch []event, err error) {
	for i := range batch {
		if batch[i].done != nil {
			batch[i].done <- err
		}
	}
}

// write writes a batch: all of it or nothing. position is its last entry's in the stream it comes from. What cannot be
// written is dropped.
func (l *Log) write(batch []event, position string) error {
	err := contain.Call(func() error { return l.writeAll(batch, position) })
	if errors.Is(err, errDamaged) {
		if err = l.replaceDamaged(err); err == nil {
			err = contain.Call(func() error { return l.writeAll(batch, position) })
		}
	}
	n := 0
	for i := range batch {
		if batch[i].record != nil {
			n++
		}
	}
	if err != nil {
		l.drop(n, err)
		return err
	}
	l.records.Add(uint64(n))
	if n > 0 && l.failing.Swap(false) {
		l.opt.Load().Log.Info("history: writing records works again", "file", l.path, "lost", l.dropped.Load())
	}
	return nil
}

// writeAll writes a batch, erasures each by itself in its place.
func (l *Log) writeAll(batch []event, position string) error {
	from := 0
	for i := range batch {
		if e := batch[i].forget; e != nil {
			if err := l.writePlain(batch[from:i], ""); err != nil {
				return err
			}
			if err := l.erase(e); err != nil {
				return err
			}
			from = i + 1
		}
	}
	return l.writePlain(batch[from:], position)
}

// writePlain writes records and teachings in one transaction.
func (l *Log) writePlain(batch []event, position string) error {
	if len(batch) == 0 && position == "" {
		return nil
	}
	if err := l.closeSegment(timeOf(batch)); err != nil {
		return err
	}
	start, size := l.start, 0
	err := l.file.update(func(tx *bbolt.Tx) error {
		for i := range batch {
			e := &batch[i]
			if e.record != nil {
				if start == 0 {
					start = e.record.ID
				}
				n, err := putRecord(tx, start, e.record, l.file.names)
				if err != nil {
					return err
				}
				size += n
			}
			if e.taught != nil {
				if err := l.noteTaught(tx, e.taught, batch[:i]); err != nil {
					return err
				}
			}
		}
		if position != "" {
			if err := tx.Bucket(metaBucket).Put(streamKey, []byte(position)); err != nil {
				return err
			}
		}
		return putNames(tx, l.file.names)
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.start, l.bytes = start, l.bytes+size; position != "" {
		l.file.stream = position
	}
	for i := range batch {
		if r := batch[i].record; r != nil {
			l.tail.add(r, l.file.hash)
		}
	}
	return nil
}

// putRecord writes a record into the segment that starts with an ID, and returns how many bytes that were.
func putRecord(tx *bbolt.Tx, start ID, r *Record, names *names) (int, error) {
	seg, err := tx.Bucket(segmentsBucket).CreateBucketIfNotExists(start.key())
	if err != nil {
		return 0, err
	}
	records, err := seg.CreateBucketIfNotExists(recordsBucket)
	if err != nil {
		return 0, err
	}
	records.FillPercent = fillPercent
	b := r.encode(nil, names)
	if err := records.Put(r.ID.key(), b); err != nil || r.Lesson == nil {
		return len(b), err
	}
	lessons, err := seg.CreateBucketIfNotExists(lessonsBucket)
	if err != nil {
		return 0, err
	}
	lessons.FillPercent = fillPercent
	lesson := r.Lesson.encode()
	return len(b) + len(lesson), lessons.Put(r.ID.key(), lesson)
}

// putNames writes the words that are new.
func putNames(tx *bbolt.Tx, names *names) error {
	first, list := names.fresh()
	b := tx.Bucket(namesBucket)
	for i, name := range list {
		if err := b.Put(binary.BigEndian.AppendUint32(nil, uint32(first+i)), []byte(name)); err != nil {
			return err
		}
	}
	return nil
}

// timeOf returns the time of a batch's first record, or of now for a batch without records.
func timeOf(batch []event) time.Time {
	for i := range batch {
		if r := batch[i].record; r != nil {
			return r.ID.Time()
		}
	}
	return time.Now()
}

// closeSegment writes the index of the segment in hand if it is large or, at a time, old enough. The next record begins
// another.
func (l *Log) closeSegment(now time.Time) error {
	opt, age := l.opt.Load(), maxSegmentAge
	if opt.Expire > 0 {
		age = min(age, opt.Expire/segmentsOfTime)
	}
	switch {
	case l.start == 0:
		return nil
	case len(l.tail.rows) >= maxRows, len(l.tail.entries) >= maxEntries, now.Sub(l.start.Time()) > age,
		opt.MaxSize > 0 && int64(l.bytes) > opt.MaxSize/segmentsOfBytes:
	default:
		return nil
	}
	if err := l.file.update(func(tx *bbolt.Tx) error { return putIndex(tx, l.start, l.tail) }); err != nil {
		return err
	}
	l.mu.Lock()
	l.start, l.tail, l.bytes = 0, &tail{}, 0
	l.mu.Unlock()
	return l.expire()
}

// putIndex writes the index of a segment.
func putIndex(tx *bbolt.Tx, start ID, t *tail) error {
	seg := tx.Bucket(segmentsBucket).Bucket(start.key())
	if seg == nil {
		return fmt.Errorf("%w: a segment is missing", errDamaged)
	}
	return seg.Put(indexKey, t.encode())
}

// load takes over a file: the newest segment without an index is in hand, and others without a sound one get theirs.
func (l *Log) load(f *file) error {
	var in struct {
		start ID
		tail  *tail
	}
	missing := map[ID]*tail{}
	err := f.view(func(tx *bbolt.Tx) error {
		newest := true
		return segments(tx, func(s segment) (bool, error) {
			last := newest
			newest = false
			if s.index(!last) != nil {
				return true, nil
			}
			t, err := s.tail(f.names, f.hash)
			if err != nil {
				return false, err
			}
			if last && s.Get(indexKey) == nil {
				in.start, in.tail = s.start, t
			} else {
				missing[s.start] = t
			}
			return true, nil
		})
	})
	if err == nil && len(missing) > 0 {
		err = f.update(func(tx *bbolt.Tx) error {
			for start, t := range missing {
				if err := putIndex(tx, start, t); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file, l.start, l.tail, l.bytes = f, in.start, in.tail, 0
	if l.tail == nil {
		l.tail = &tail{}
	}
	l.hide.Store(uint64(f.hide))
	l.queue.begin(l.newest())
	return nil
}

// replaceDamaged sets the file aside that was found damaged while it was open, and begins a new one.
func (l *Log) replaceDamaged(why error) error {
	l.mu.Lock()
	old := l.file
	l.mu.Unlock()
	old.release()
	aside, err := setAside(l.path)
	if err != nil {
		return errors.Join(why, err)
	}
	l.opt.Load().Log.Error("history: the damaged file was renamed; a new one begins", "file", l.path, "aside",
		aside, "err", why)
	f, err := openFile(l.path)
	if err != nil {
		return err
	}
	return l.load(f)
}
