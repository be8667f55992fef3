package bolt

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"

	bbolt "go.etcd.io/bbolt"

	"asterism/contain"
	"asterism/store"
)

var (
	errEmpty   = errors.New("empty") // no buckets yet: the file has just been created
	errForeign = errors.New("not a store of Asterism")
)

// readHead makes sure that the file is a store and whole, and reads its key and totals.
func (s *Store) readHead(tx *bbolt.Tx) error {
	info, err := os.Stat(s.file)
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: %d bytes are missing at its end", errDamaged, tx.Size()-info.Size())
	}
	head := tx.Bucket(bucketHead)
	if head == nil {
		if name, _ := tx.Cursor().First(); name != nil {
			return errForeign
		}
		return errEmpty
	}
	if b := head.Get(keyFormat); len(b) != 4 {
		return errDamaged
	} else if v := binary.LittleEndian.Uint32(b); v != formatVersion {
		return fmt.Errorf("format %d was written by a later version of Asterism; this one reads format %d", v, formatVersion)
	}
	key := head.Get(keyKey)
	if len(key) != 8 {
		return errDamaged
	}
	s.key.Store(binary.LittleEndian.Uint64(key))
	ham, spam, lastExpiry, err := decodeTotals(head.Get(keyTotals))
	s.totals.Store(packCounts(ham, spam))
	s.lastExpiry.Store(lastExpiry)
	return err
}

// create makes an empty file a store with a key of its own.
func (s *Store) create(tx *bbolt.Tx) error {
	var key [8]byte
	if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	s.key.Store(binary.LittleEndian.Uint64(key[:]))
	return emptyFile(tx, s.Key(), encodeTotals(0, 0, 0))
}

// emptyFile replaces every bucket by an empty one.
func emptyFile(tx *bbolt.Tx, key store.Key, totals []byte) error {
	for _, name := range [][]byte{bucketHead, bucketTokens, bucketMarks, bucketJournal, bucketSamples, bucketMeta} {
		if tx.Bucket(name) != nil {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
		}
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	head := tx.Bucket(bucketHead)
	return errors.Join(
		head.Put(keyFormat, binary.LittleEndian.AppendUint32(nil, formatVersion)),
		head.Put(keyKey, binary.LittleEndian.AppendUint64(nil, uint64(key))),
		head.Put(keyTotals, totals))
}

// load reads the file into memory and starts the writer.
func (s *Store) load() {
	s.loadErr = s.view(s.read)
	if s.loadErr != nil {
		s.state.CompareAndSwap(loading, broken)
	} else {
		s.state.CompareAndSwap(loading, ready)
		s.writer.Add(1)
		go s.write()
	}
	close(s.loaded)
}

func (s *Store) read(tx *bbolt.Tx) error {
	s.lastTx.Store(int64(tx.ID()))
	for _, name := range [][]byte{bucketTokens, bucketMarks, bucketJournal, bucketSamples, bucketMeta} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %q", errDamaged, name)
		}
	}
	var markSeq [markShards]uint64
	tokenSeq, err := s.readTokens()
	if err != nil {
		return err
	}
	for _, seq := range tokenSeq {
		s.seq = max(s.seq, seq)
	}
	err = tx.Bucket(bucketMarks).ForEach(func(k, v []byte) error {
		seq, marks, err := unsealSegment(v, markSize)
		if err != nil || len(k) != 1 {
			return fmt.Errorf("%w: marks %x", errDamaged, k)
		}
		markSeq[k[0]], s.seq = seq, max(s.seq, seq)
		for ; len(marks) > 0; marks = marks[markSize:] {
			s.marks[k[0]].put(readMark(marks))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = tx.Bucket(bucketJournal).ForEach(func(k, v []byte) error {
		b, err := unseal(v)
		if err != nil || len(k) != 8 {
			return fmt.Errorf("%w: journal %x", errDamaged, k)
		}
		records, marks, err := splitEntry(b)
		if err != nil {
			return fmt.Errorf("%w: journal %x", err, k)
		}
		s.journalSize += int64(len(v))
		seq := binary.BigEndian.Uint64(k)
		s.seq = max(s.seq, seq)
		for ; len(records) > 0; records = records[recordSize:] {
			if tok, r := readRecord(records); tok != 0 && seq > tokenSeq[shardOf(tok)] {
				s.shards[shardOf(tok)].put(tok, r)
			}
		}
		for ; len(marks) > 0; marks = marks[markSize:] {
			if m := readMark(marks); seq > markSeq[m.Digest[0]] {
				s.marks[m.Digest[0]].put(m)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = tx.Bucket(bucketMeta).ForEach(func(k, v []byte) error {
		s.meta[string(k)] = append([]byte{}, v...)
		return nil
	})
	s.count()
	return err
}

// readTokens reads the segments of tokens, on all processors, and returns their sequence numbers by shard.
func (s *Store) readTokens() (seq [shards]uint64, err error) {
	errs := make([]error, runtime.GOMAXPROCS(0))
	var reading sync.WaitGroup
	for part := range errs {
		from, to := part*shards/len(errs), (part+1)*shards/len(errs)
		reading.Go(func() {
			errs[part] = contain.Mapped(errDamaged, func() error {
				// no two may share a transaction
				return s.db.View(func(tx *bbolt.Tx) error { return s.readSegments(tx, from, to, &seq) })
			})
		})
	}
	reading.Wait()
	return seq, errors.Join(errs...)
}

// readSegments reads the segments of the shards from one on, up to before another.
func (s *Store) readSegments(tx *bbolt.Tx, from, to int, seq *[shards]uint64) error {
	var done pages
	var first []byte // of all keys, damaged ones too
	if from > 0 {
		first = binary.BigEndian.AppendUint16(nil, uint16(from))
	}
	c := tx.Bucket(bucketTokens).Cursor()
	for k, v := c.Seek(first); k != nil; k, v = c.Next() {
		if len(k) != 2 || binary.BigEndian.Uint16(k) >= shards {
			return fmt.Errorf("%w: segment %x", errDamaged, k)
		}
		i := int(binary.BigEndian.Uint16(k))
		if i >= to {
			break
		}
		n, records, err := unsealSegment(v, recordSize)
		if err != nil {
			return fmt.Errorf("%w: segment %x", err, k)
		}
		seq[i] = n
		if err := s.shards[i].fill(i, records); err != nil {
			return err
		}
		done.add(v)
	}
	return nil
}

// fill makes the table of an empty shard from the records of its segment.
func (sh *shard) fill(number int, records []byte) error {
	if len(records) == 0 {
		return nil
	}
	t := newTable(tightCapacity(len(records) / recordSize))
	for ; len(records) > 0; records = records[recordSize:] {
		tok, r := readRecord(records)
		if tok == 0 || shardOf(tok) != number || r.Ham > store.MaxCount || r.Spam > store.MaxCount {
			return fmt.Errorf("%w: segment %d", errDamaged, number)
		}
		i, _ := t.find(tok)
		if t.words[i] == 0 {
			sh.used++
		}
		t.words[i], t.words[i+1], t.words[i+2] = uint64(tok), packCounts(r.Ham, r.Spam), packUse(r.LastSeen, r.Weight)
	}
	sh.live = sh.used
	sh.tab.Store(t)
	return nil
}

// count sets the totals that are not stored but follow from what is. The caller holds s.mu or is the only one yet.
func (s *Store) count() {
	var tokens, seen int64
	for i := range s.shards {
		tokens += int64(s.shards[i].live)
	}
	for i := range s.marks {
		seen += int64(len(s.marks[i].marks))
	}
	s.tokens.Store(tokens)
	s.seen.Store(seen)
	oldest, newest := uint32(math.MaxUint32), uint32(0)
	s.eachUse(func(use uint64) { oldest, newest = min(oldest, uint32(use>>32)), max(newest, uint32(use>>32)) })
	s.oldest.Store(oldest)
	s.raiseNewest(newest)
}
