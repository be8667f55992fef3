package bolt

import (
	"encoding/binary"
	"runtime"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/contain"
)

const (
	// patience is how long a learning nobody waits for stays in memory.
	patience = 5 * time.Second
	// releaseInterval is how often the pages of the file that learnings have read are given back.
	releaseInterval = time.Second
	// touchInterval is how often times of last use are written, and touchRounds how often until all are.
	touchInterval = time.Minute
	touchRounds   = 60
	// chunkSize is how many bytes of tables a checkpoint writes per transaction, which takes some times as much memory.
	chunkSize = 2 << 20
	// minJournal is the size in bytes below which the journal is never folded into the segments.
	minJournal = 4 << 20
	// segmentFill is how full bbolt's pages of segments are when they are written in order; bbolt's own choice is half.
	segmentFill = 0.9
	// minFold is the size in bytes below which a group goes to the journal however small the store is, and maxFold the
	// size of a store in which none is folded.
	minFold, maxFold = 512 << 10, 8 << 20
)

// write is the goroutine that puts learnings on disk.
func (s *Store) write() {
	defer s.writer.Done()
	patienceTick, releaseTick, touchTick := time.NewTicker(patience), time.NewTicker(releaseInterval),
		time.NewTicker(touchInterval)
	defer patienceTick.Stop()
	defer releaseTick.Stop()
	defer touchTick.Stop()
	round := 0
	for {
		var err error
		select {
		case <-s.quit:
			return
		case <-s.wake:
			err = s.commit(nil, 0)
		case <-patienceTick.C:
			if changed := s.sameFile(); changed != nil {
				s.fail(changed)
			}
			err = s.commit(nil, 0)
		case <-releaseTick.C:
			s.releaseMapping()
		case <-touchTick.C:
			err = s.commit(s.touchedIn(round), 0)
			round = (round + 1) % touchRounds
		}
		if err == nil && s.journalIsLong() {
			s.checkpoint() // what it could not write stays in the journal, and is tried again after the next commit
		}
	}
}

// touchedIn returns the shards of one round that were touched.
func (s *Store) touchedIn(round int) (list []int) {
	for i := round; i < shards; i += touchRounds {
		if s.shards[i].touched.Load() {
			list = append(list, i)
		}
	}
	return list
}

func (s *Store) journalIsLong() bool {
	s.commits.Lock()
	defer s.commits.Unlock()
	return s.journalSize > max(minJournal, s.tokens.Load()*recordSize/2) || s.expired.Load()
}

// checkpoint writes all that changed into the segments, a chunk per transaction, and then drops the journal up to
// where it was at the beginning. What is learned meanwhile goes to the journal with the next chunk.
func (s *Store) checkpoint() error {
	s.checkpointing.Lock()
	defer s.checkpointing.Unlock()
	s.expired.Store(false)
	s.mu.Lock()
	upto := s.seq
	list := s.changedShards()
	s.mu.Unlock()
	for len(list) > 0 {
		n, size := 0, 0
		for n < len(list) && size < chunkSize {
			if t := s.shards[list[n]].tab.Load(); t != nil {
				size += 8 * len(t.words)
			}
			n++
		}
		if n == len(list) {
			break
		}
		if err := s.commit(list[:n], 0); err != nil {
			return err
		}
		s.releaseMapping()
		runtime.Gosched()
		list = list[n:]
	}
	return s.commit(list, upto)
}

// changedShards lists the shards whose segments are not what is in memory. The caller holds s.mu.
func (s *Store) changedShards() (list []int) {
	for i := range s.shards {
		if s.shards[i].changed || s.shards[i].touched.Load() {
			list = append(list, i)
		}
	}
	return list
}

// isWorthFolding reports whether the pending group is best written into the segments at once: because it is large
// and, alone or with an expiry, changes so much of the store that soon all of it would have to be written again; or
// because it must be, as an earlier one could not. The caller holds s.commits and s.mu.
func (s *Store) isWorthFolding() bool {
	if s.mustFold {
		return true
	}
	entry := int64(recordSize*len(s.pending.tokens) + markSize*len(s.pending.marks))
	all := recordSize*s.tokens.Load() + markSize*s.seen.Load()
	return all <= maxFold && entry >= minFold && (s.expired.Load() || entry >= all/4)
}

// commit runs one transaction: it writes the learnings that are pending, the segments of some shards, and, if upto is
// not zero, the segments of marks, and drops the journal up to there.
func (s *Store) commit(list []int, upto uint64) error {
	s.commits.Lock()
	defer s.commits.Unlock()
	if err := s.cause(); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pending.finish(err)
		return err
	}
	s.mu.Lock()
	fold := s.isWorthFolding()
	g := s.take(fold)
	if fold {
		list, upto = s.changedShards(), s.seq
		s.expired.Store(false)
	}
	w := s.segments(list, upto != 0)
	s.inHand.Store(g)
	s.mu.Unlock()
	if g != nil {
		s.failed = append(s.failed, g)
	}
	w.groups = s.failed
	if s.journalSize > 0 {
		w.upto = upto
	}
	if w.empty() {
		return nil
	}
	err := s.update(w.write)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inHand.Store(nil)
	if err != nil {
		s.unsegment(w)
		s.mustFold = s.mustFold || fold
	} else {
		s.mustFold = s.mustFold && !fold
		for _, g := range s.failed {
			s.landed(g)
		}
		s.failed = nil
		s.journalSize += w.grown
	}
	if g != nil {
		g.finish(err)
	}
	s.behind = err != nil
	return err
}

// writing is what one transaction writes.
type writing struct {
	groups []*group
	tokens []segment // in the order of their shards
	marks  []segment
	upto   uint64 // journal entries to drop
	grown  int64  // set by write: bytes that the journal grew
}

// segment is the packed content of a shard, of tokens or of marks.
type segment struct {
	shard int
	value []byte
}

func (w *writing) empty() bool {
	return len(w.groups) == 0 && len(w.tokens) == 0 && len(w.marks) == 0 && w.upto == 0
}

// segments packs shards for the disk and takes them as unchanged. The caller holds s.commits and s.mu, and has just
// called take: the segments contain all up to s.seq.
func (s *Store) segments(list []int, withMarks bool) *writing {
	w := &writing{tokens: make([]segment, 0, len(list))}
	for _, i := range list {
		sh := &s.shards[i]
		if !sh.touched.Swap(false) && !sh.changed {
			continue // was written meanwhile
		}
		sh.changed = false
		w.tokens = append(w.tokens, segment{shard: i})
	}
	spread(w.tokens, func(sg *segment) { sg.value = s.shards[sg.shard].segment(s.seq) }) // learnings wait for it
	for i := range s.marks {
		if sh := &s.marks[i]; withMarks && sh.changed {
			sh.changed = false
			w.marks = append(w.marks, segment{i, sh.segment(s.seq)})
		}
	}
	return w
}

// spread calls f for each of a list, on all processors.
func spread[T any](list []T, f func(*T)) {
	var working contain.Group
	for part := range slices.Chunk(list, len(list)/runtime.GOMAXPROCS(0)+1) {
		working.Go(func() {
			for i := range part {
				f(&part[i])
			}
		})
	}
	working.Wait()
}

// unsegment takes the shards as changed again, after their transaction failed.
func (s *Store) unsegment(w *writing) {
	for _, sg := range w.tokens {
		s.shards[sg.shard].changed = true
	}
	for _, sg := range w.marks {
		s.marks[sg.shard].changed = true
	}
}

// write is the transaction.
func (w *writing) write(tx *bbolt.Tx) error {
	w.grown = 0
	for _, g := range w.groups {
		if err := w.writeGroup(tx, g); err != nil {
			return err
		}
	}
	tokens, marks := tx.Bucket(bucketTokens), tx.Bucket(bucketMarks)
	tokens.FillPercent = segmentFill
	for _, sg := range w.tokens {
		if err := tokens.Put(binary.BigEndian.AppendUint16(nil, uint16(sg.shard)), sg.value); err != nil {
			return err
		}
	}
	for _, sg := range w.marks {
		if err := marks.Put([]byte{byte(sg.shard)}, sg.value); err != nil {
			return err
		}
	}
	return w.dropJournal(tx.Bucket(bucketJournal))
}

func (w *writing) dropJournal(journal *bbolt.Bucket) error {
	var keys [][]byte
	c := journal.Cursor()
	for k, v := c.First(); k != nil && binary.BigEndian.Uint64(k) <= w.upto; k, v = c.Next() {
		keys = append(keys, k)
		w.grown -= int64(len(v))
	}
	for _, k := range keys {
		if err := journal.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) writeGroup(tx *bbolt.Tx, g *group) error {
	if g.entry != nil {
		journal := tx.Bucket(bucketJournal)
		journal.FillPercent = 1 // keys only ever grow
		if err := journal.Put(binary.BigEndian.AppendUint64(nil, g.seq), g.entry); err != nil {
			return err
		}
		w.grown += int64(len(g.entry))
	}
	samples, meta := tx.Bucket(bucketSamples), tx.Bucket(bucketMeta)
	samples.FillPercent = segmentFill
	for _, e := range g.encodeSamples() { // in order a large page is not moved for each
		if err := putOrDelete(samples, e.key[:], e.value); err != nil {
			return err
		}
	}
	for name, value := range g.meta {
		if err := putOrDelete(meta, []byte(name), value); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketHead).Put(keyTotals, g.head)
}

// encodedSample is a slot of the reservoir as it is written, with no value if it is freed.
type encodedSample struct {
	key   sampleKey
	value []byte
}

// encodeSamples encodes the samples, in the order of their keys.
func (g *group) encodeSamples() []encodedSample {
	list := make([]encodedSample, 0, len(g.samples))
	for key := range g.samples {
		list = append(list, encodedSample{key: key})
	}
	slices.SortFunc(list, func(a, b encodedSample) int { return compareKeys(a.key, b.key) })
	spread(list, func(e *encodedSample) { e.value = encodeSample(g.samples[e.key]) })
	return list
}

func putOrDelete(b *bbolt.Bucket, key, value []byte) error {
	if value == nil {
		return b.Delete(key)
	}
	return b.Put(key, value)
}
