package redis

import (
	"context"
	"math/bits"
	"strings"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// Bounds of a batch, so that none of its scripts keeps the server for more than 5 ms: some 2 ms are usual.
const (
	batchRecords = 1000    // changed tokens of a group
	batchMarks   = 500     // messages
	batchSamples = 2 << 20 // bytes of what goes to the reservoir
	askAtMost    = 1000    // fields asked for by one command
	readAtMost   = 8000    // tokens of all groups asked for at a time
)

// batch implements store.Batch for a server that is no Cluster. It starts from what the cache knows, and keeps copies
// of the records: Commit has the server check that no group has changed since.
type batch struct {
	s     *Store
	epoch uint64
	base  [groups]version // of the records, if the server still says so

	drafts []draft // of all tokens that were asked for
	index  []int32 // numbers of drafts plus one, 0 is free; never more than half full; the token's first bits say where
	dirty  [groups][]int32
	// room for read
	asked   []store.Token
	answers []store.Record

	totals     store.Totals
	ham, spam  int32 // added
	tokens     int   // added
	time       uint32
	was, is    map[store.Digest]store.Class // marks before and after
	marks      map[store.Digest]store.Mark  // that change
	conditions map[store.Digest]store.Class
	samples    map[string]*store.Sample // by slotField
	size       int                      // of the samples
	meta       map[string][]byte
}

// version is a group's, with the change that made it.
type version struct {
	number uint64
	change string
}

// draft is a token's record on its way to the store, and what was added to it.
type draft struct {
	token     store.Token
	record    store.Record
	ham, spam int32
	weight    float32
	dirty     bool
}

var _ store.Batcher = (*Store)(nil)

// Begin implements store.Batcher. On a Cluster no script reaches all groups: learnings are performed one by one there.
func (s *Store) Begin(digests []store.Digest) (store.Batch, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	if s.conn.Load().cluster {
		return nil, nil
	}
	b, err := s.begin(digests)
	if err != nil {
		return nil, s.named(err)
	}
	return b, nil
}

func (s *Store) begin(digests []store.Digest) (*batch, error) {
	b := &batch{s: s, epoch: s.root.Load().epoch, was: map[store.Digest]store.Class{}, is: map[store.Digest]store.Class{},
		marks: map[store.Digest]store.Mark{}, conditions: map[store.Digest]store.Class{},
		samples: map[string]*store.Sample{}, meta: map[string][]byte{}}
	for g := range s.groups { // before any record is read
		b.base[g].number, b.base[g].change, _ = s.groups[g].known()
	}
	var err error
	if b.totals, err = s.Totals(); err != nil {
		return nil, err
	}
	b.grow(0)
	return b, b.readMarks(digests)
}

// Read implements store.Batch.
func (b *batch) Read(tokens [][]store.Token) error { return b.read(tokens...) }

// readMarks finds out what messages are marked as. A batch of another host that holds one of them and was left half
// done is completed first.
func (b *batch) readMarks(digests []store.Digest) error {
	s := b.s
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.ApplyTimeout)
	defer cancel()
	var byGroup [groups][]string
	for _, d := range digests {
		byGroup[groupOfDigest(d)] = append(byGroup[groupOfDigest(d)], string(d[:]))
	}
	c := s.conn.Load()
	cmds := []valkey.Completed{c.B().Hkeys().Key(s.tags.group(b.epoch, 0, kindIntents)).Build()}
	var asked []int
	for g, fields := range byGroup {
		if len(fields) == 0 {
			continue
		}
		if err := s.confirm(ctx, g); err != nil {
			return err
		}
		asked = append(asked, g)
		cmds = append(cmds, c.B().Hmget().Key(s.tags.group(b.epoch, g, kindMarks)).Field(fields...).Build())
	}
	got, err := s.do(ctx, cmds...)
	if err != nil {
		return err
	}
	names, err := got[0].AsStrSlice()
	if err != nil {
		return err
	}
	if len(names) > 0 {
		if err := s.completeOf(ctx, 0, names, digests...); err != nil {
			return err
		}
	}
	for k, g := range asked {
		values, err := got[k+1].ToArray()
		if err != nil || len(values) != len(byGroup[g]) {
			return errDamaged
		}
		for i, field := range byGroup[g] {
			m := store.Mark{Digest: store.Digest([]byte(field))}
			if text, err := values[i].ToString(); err == nil {
				if m, err = decodeMark(field, text); err != nil {
					return err
				}
			}
			b.was[m.Digest] = m.Class
		}
	}
	return nil
}

// read makes drafts of tokens, by the cache or by what the server says.
func (b *batch) read(lists ...[]store.Token) error {
	n := len(b.drafts)
	for _, list := range lists {
		n += len(list)
	}
	b.grow(n)
	before := len(b.drafts)
	for _, list := range lists {
		for _, tok := range list {
			if slot := b.slot(tok); *slot == 0 && tok != 0 {
				b.drafts = append(b.drafts, draft{token: tok})
				*slot = int32(len(b.drafts))
			}
		}
	}
	fresh := b.drafts[before:]
	if b.asked == nil {
		b.asked, b.answers = make([]store.Token, readAtMost), make([]store.Record, readAtMost)
	}
	for len(fresh) > 0 { // some at a time: the cache does not know them all in the beginning
		n := 0
		for ; n < readAtMost && n < len(fresh); n++ {
			b.asked[n] = fresh[n].token
		}
		if err := b.s.lookup(b.asked[:n], b.answers[:n], b.s.opt.ApplyTimeout); err != nil {
			return err
		}
		for i := range n {
			fresh[i].record = b.answers[i]
		}
		fresh = fresh[n:]
	}
	return nil
}

// grow makes room for so many drafts in all.
func (b *batch) grow(n int) {
	if n = max(n, 32); 2*n <= len(b.index) {
		return
	}
	b.index = make([]int32, 1<<bits.Len(uint(2*n)))
	for i := range b.drafts {
		*b.slot(b.drafts[i].token) = int32(i + 1)
	}
}

// slot returns the token's slot, or the free one where it belongs.
func (b *batch) slot(tok store.Token) *int32 {
	mask := uint64(len(b.index) - 1)
	for i := uint64(tok) >> bits.LeadingZeros64(mask); ; i++ {
		if s := &b.index[i&mask]; *s == 0 || b.drafts[*s-1].token == tok {
			return s
		}
	}
}

// Lookup implements store.Batch.
func (b *batch) Lookup(tokens []store.Token, dst []store.Record) error {
	for again := false; ; again = true {
		missing := false
		for i, tok := range tokens {
			if tok == 0 {
				dst[i] = store.Record{}
			} else if at := *b.slot(tok); at == 0 {
				missing = true
			} else {
				dst[i] = b.drafts[at-1].record
			}
		}
		if !missing || again {
			return nil
		}
		if err := b.read(tokens); err != nil {
			return err
		}
	}
}

// Totals implements store.Batch. The number of marks is the store's.
func (b *batch) Totals() (store.Totals, error) {
	t := b.totals
	t.Tokens += b.tokens
	t.Ham, t.Spam = added(t.Ham, b.ham), added(t.Spam, b.spam)
	return t, nil
}

// added returns a count after a change. Counts stop at 0 and at store.MaxCount.
func added(n uint32, by int32) uint32 { return uint32(min(max(int64(n)+int64(by), 0), store.MaxCount)) }

// Seen implements store.Batch.
func (b *batch) Seen(d store.Digest) (store.Class, error) {
	if class, ok := b.is[d]; ok {
		return class, nil
	}
	if _, ok := b.was[d]; !ok {
		if err := b.readMarks([]store.Digest{d}); err != nil {
			return 0, b.s.named(err)
		}
	}
	return b.was[d], nil
}

// Full implements store.Batch.
func (b *batch) Full() bool {
	for g := range b.dirty {
		if len(b.dirty[g]) >= batchRecords {
			return true
		}
	}
	return len(b.marks) >= batchMarks || b.size >= batchSamples
}

// Apply implements store.Batch.
func (b *batch) Apply(learnings ...store.Learning) (store.Commit, error) {
	for i := range learnings {
		l := &learnings[i]
		err := l.Check()
		if err == nil {
			err = b.require(l.If)
		}
		if err == nil {
			err = b.apply(l)
		}
		if err != nil {
			return nil, b.s.named(err)
		}
	}
	return nil, nil
}

// require notes what messages were marked as before the batch, if its learnings go by that.
func (b *batch) require(conditions []store.Mark) error {
	for _, m := range conditions {
		class, err := b.Seen(m.Digest)
		if err != nil {
			return err
		}
		if class != m.Class {
			return store.ErrConflict
		}
		if _, own := b.is[m.Digest]; !own {
			b.conditions[m.Digest] = m.Class
		}
	}
	return nil
}

func (b *batch) apply(l *store.Learning) error {
	b.time = max(b.time, l.Time)
	b.ham, b.spam = b.ham+l.Ham, b.spam+l.Spam
	for i := range l.Changes {
		c := &l.Changes[i]
		if c.Token == 0 {
			continue
		}
		if *b.slot(c.Token) == 0 {
			if err := b.read([]store.Token{c.Token}); err != nil {
				return err
			}
		}
		at := *b.slot(c.Token) - 1
		d := &b.drafts[at]
		known := d.record.Ham|d.record.Spam != 0
		d.record = changed(d.record, c, l.Time)
		if now := d.record.Ham|d.record.Spam != 0; now && !known {
			b.tokens++
		} else if known && !now {
			b.tokens--
		}
		d.ham, d.spam, d.weight = d.ham+c.Ham, d.spam+c.Spam, d.weight+c.Weight
		if !d.dirty {
			d.dirty = true
			g := groupOfToken(c.Token)
			b.dirty[g] = append(b.dirty[g], at)
		}
	}
	for _, m := range l.Marks {
		b.marks[m.Digest], b.is[m.Digest] = m, m.Class
	}
	for i := range l.Samples {
		sample := l.Samples[i]
		field := slotField(sample.Class, sample.Slot)
		if old := b.samples[field]; old != nil {
			b.size -= sizeOf(old)
		}
		b.samples[field] = &sample
		b.size += sizeOf(&sample)
	}
	for name, value := range l.Meta {
		b.meta[name] = value
	}
	return nil
}

func sizeOf(s *store.Sample) int { return tokenSize * (len(s.Header) + len(s.Body)) }

// changed returns a record after a change, as lua/apply.lua makes it.
func changed(r store.Record, c *store.Change, time uint32) store.Record {
	if c.Ham == 0 && c.Spam == 0 {
		if r.Ham|r.Spam != 0 {
			r.Weight += c.Weight
		}
		return r
	}
	r.Ham, r.Spam = added(r.Ham, c.Ham), added(r.Spam, c.Spam)
	if r.Ham|r.Spam == 0 {
		return store.Record{}
	}
	r.Weight += c.Weight
	r.LastSeen = max(r.LastSeen, time)
	return r
}

// learning returns what the batch changes besides tokens' records.
func (b *batch) learning() *store.Learning {
	l := &store.Learning{Time: b.time, Ham: b.ham, Spam: b.spam, Meta: b.meta}
	for _, m := range b.marks {
		l.Marks = append(l.Marks, m)
	}
	for _, s := range b.samples {
		l.Samples = append(l.Samples, *s)
	}
	return l
}

// changes returns what the batch adds to the tokens of a group.
func (b *batch) changes(g int) []store.Change {
	list := make([]store.Change, 0, len(b.dirty[g]))
	for _, at := range b.dirty[g] {
		d := &b.drafts[at]
		list = append(list, store.Change{Token: d.token, Ham: d.ham, Spam: d.spam, Weight: d.weight})
	}
	return list
}

// records returns the tokens of a group that the batch has changed with their records, as lua/set.lua reads them.
func (b *batch) records(g int) string {
	var text strings.Builder
	text.Grow((tokenSize + recordSize) * len(b.dirty[g]))
	var one []byte
	for _, at := range b.dirty[g] {
		d := &b.drafts[at]
		one = appendRecord(appendToken(one[:0], d.token), d.record)
		text.Write(one)
	}
	return text.String()
}
