package bolt

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"asterism/store"
)

// Bounds of what waits to be written: beyond commitSize bytes a commit begins without being asked for, beyond
// maxPending Apply waits for the disk.
const (
	commitSize = 16 << 20
	maxPending = 64 << 20
	sampleSize = 160 // of a sample besides its tokens
)

// group is a number of learnings that share a transaction.
type group struct {
	tokens  []store.Token // the dirty ones
	marks   []store.Mark
	samples map[sampleKey]*store.Sample
	meta    map[string][]byte
	size    int // bytes, roughly

	seq   uint64 // set when it is taken off Store.pending, with what follows
	entry []byte // for the journal
	head  []byte // the totals

	once sync.Once     // closes done
	done chan struct{} // closed after the first attempt to write it
	err  error         // of that attempt
}

func newGroup() *group {
	return &group{
		samples: map[sampleKey]*store.Sample{},
		meta:    map[string][]byte{},
		done:    make(chan struct{}),
	}
}

// commit implements store.Commit.
type commit struct {
	s *Store
	g *group
}

// Wait starts the transaction and returns when it is done.
func (c commit) Wait() error {
	c.s.wakeWriter()
	<-c.g.done
	return c.s.named(c.g.err)
}

// Apply implements store.Store. Without learnings the commit is of all that was applied before. A transaction begins
// once someone waits for it, after some seconds, or when 16 MB are pending. A learning whose commit failed stays
// visible, and is written with the next one if that succeeds.
func (s *Store) Apply(learnings ...store.Learning) (store.Commit, error) {
	if err := s.wait(); err != nil {
		return nil, err
	}
	for i := range learnings {
		if err := learnings[i].Check(); err != nil {
			return nil, s.named(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(learnings) == 0 {
		return commit{s, s.outstanding()}, nil
	}
	for s.pending.size > maxPending && s.state.Load() == ready {
		s.room.Wait()
	}
	if err := s.usable(); err != nil {
		return nil, err
	}
	for i := range learnings {
		if !s.holds(learnings[i].If) {
			return nil, s.named(store.ErrConflict)
		}
		s.apply(&learnings[i])
	}
	if s.pending.size > commitSize {
		s.wakeWriter()
	}
	return commit{s, s.pending}, nil
}

// outstanding returns a group whose end means that all that was applied is on disk. The caller holds s.mu.
func (s *Store) outstanding() *group {
	if s.behind {
		s.pending.size++ // so that there is a transaction
	}
	if s.pending.size > 0 {
		return s.pending
	}
	if g := s.inHand.Load(); g != nil {
		return g
	}
	g := newGroup()
	g.finish(nil)
	return g
}

// holds reports whether messages are marked as a learning takes them to be. The caller holds s.mu.
func (s *Store) holds(conditions []store.Mark) bool {
	for _, m := range conditions {
		if s.marks[m.Digest[0]].marks[m.Digest].class != m.Class {
			return false
		}
	}
	return true
}

func (s *Store) wakeWriter() {
	select {
	case s.wake <- struct{}{}:
	default: // it knows already
	}
}

// apply makes one learning visible and pending. The caller holds s.mu.
func (s *Store) apply(l *store.Learning) {
	g := s.pending
	totals := s.totals.Load()
	s.totals.Store(packCounts(addCount(uint32(totals>>32), l.Ham), addCount(uint32(totals), l.Spam)))
	before, tokens := len(g.tokens), int64(0)
	for i := range l.Changes {
		c := &l.Changes[i]
		if c.Token == 0 {
			continue
		}
		isNewlyDirty, live := s.shards[shardOf(c.Token)].change(c, l.Time)
		if isNewlyDirty {
			g.tokens = append(g.tokens, c.Token)
		}
		tokens += int64(live)
	}
	s.tokens.Add(tokens)
	if len(l.Changes) > 0 && (l.Time != 0 || tokens > 0) { // no time: only weights were changed
		s.used(l.Time)
	}
	for _, m := range l.Marks {
		s.seen.Add(s.marks[m.Digest[0]].put(m))
	}
	g.marks = append(g.marks, l.Marks...)
	for i := range l.Samples {
		sample := l.Samples[i]
		if !l.Given {
			sample = copyOf(sample)
		}
		key := newSampleKey(sample.Class, sample.Slot)
		if old := g.samples[key]; old != nil {
			g.size -= sizeOf(old)
		}
		g.samples[key], s.samples[key] = &sample, &sample
		g.size += sizeOf(&sample)
	}
	for name, value := range l.Meta {
		if value == nil {
			delete(s.meta, name)
		} else {
			value = append([]byte{}, value...)
			s.meta[name] = value
		}
		g.meta[name] = value
		g.size += len(name) + len(value)
	}
	g.size += recordSize*(len(g.tokens)-before) + markSize*len(l.Marks) + 16
}

// copyOf returns a copy of a sample with lists of its own.
func copyOf(s store.Sample) store.Sample {
	s.Header, s.Body = slices.Clone(s.Header), slices.Clone(s.Body)
	return s
}

// sizeOf returns how many bytes a sample takes, roughly.
func sizeOf(s *store.Sample) int { return sampleSize + 8*(len(s.Header)+len(s.Body)) }

// used widens the span of times of use.
func (s *Store) used(t uint32) {
	s.raiseNewest(t)
	for {
		oldest := s.oldest.Load()
		if t >= oldest || s.oldest.CompareAndSwap(oldest, t) {
			break
		}
	}
}

func (s *Store) raiseNewest(t uint32) {
	for {
		newest := s.newest.Load()
		if t <= newest || s.newest.CompareAndSwap(newest, t) {
			break
		}
	}
}

// take takes the pending group, if there is anything in it, and fills in what its transaction writes: not its journal
// entry if it is to be folded into the segments. The caller holds s.commits and s.mu.
func (s *Store) take(fold bool) *group {
	g := s.pending
	if g.size == 0 {
		return nil
	}
	s.pending = newGroup()
	s.room.Broadcast()
	s.seq++
	g.seq = s.seq
	totals := s.totals.Load()
	g.head = encodeTotals(uint32(totals>>32), uint32(totals), s.lastExpiry.Load())
	if fold || len(g.tokens)+len(g.marks) == 0 {
		g.tokens, g.marks = nil, nil
		return g
	}
	b := make([]byte, crcSize, crcSize+4+recordSize*len(g.tokens)+markSize*len(g.marks))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(g.tokens)))
	for _, tok := range g.tokens {
		b = appendRecord(b, tok, s.shards[shardOf(tok)].clean(tok))
	}
	for _, m := range g.marks {
		b = appendMark(b, m)
	}
	g.entry = seal(b)
	g.tokens, g.marks = nil, nil
	return g
}

// landed forgets what is on disk now. The caller holds s.mu.
func (s *Store) landed(g *group) {
	maps.DeleteFunc(s.samples, func(key sampleKey, sample *store.Sample) bool { return g.samples[key] == sample })
}

// clean takes a token's dirty bit away and returns its record.
func (sh *shard) clean(tok store.Token) store.Record {
	t := sh.tab.Load()
	if t == nil {
		return store.Record{}
	}
	i, ok := t.find(tok)
	if !ok {
		return store.Record{}
	}
	t.setCounts(i, t.counts(i))
	return t.record(i)
}
