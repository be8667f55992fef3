package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// Clear implements store.Store: the store begins a new, empty epoch.
func (s *Store) Clear() error {
	return s.become(func(*content) error { return nil }, func(old root) store.Head { return store.Head{Key: old.key} })
}

// Replace implements store.Store. The new content gets an epoch of its own; then, in one step, that is the current one.
func (s *Store) Replace(fill func(store.Sink) error) error {
	return s.become(func(c *content) error {
		if err := fill(c); err != nil {
			return err
		}
		if !c.hasHead {
			return errors.New("the new content has no key")
		}
		return nil
	}, nil)
}

// become writes a new epoch and makes it the current one. head, if given, says how it begins.
func (s *Store) become(fill func(*content) error, head func(old root) store.Head) error {
	if err := s.usable(); err != nil {
		return err
	}
	l, err := s.takeLease()
	if err != nil {
		return s.named(err)
	}
	defer l.give()
	s.writer.Lock()
	defer s.writer.Unlock()
	old := *s.root.Load()
	c := &content{s: s, lease: l, epoch: random() >> 16}
	if head != nil {
		c.head, c.hasHead = head(old), true
	}
	if err = fill(c); err == nil {
		err = c.end()
	}
	if err == nil {
		err = s.switchTo(root{c.head.Key, c.epoch})
	}
	if err != nil {
		s.dropEpoch(c.epoch)
		return s.named(err)
	}
	s.touched.mu.Lock()
	s.touched.times = nil
	s.touched.mu.Unlock()
	s.dropEpoch(old.epoch)
	return nil
}

// switchTo makes an epoch that is complete the current one.
func (s *Store) switchTo(r root) error {
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	_, err := s.do(ctx, s.conn.Load().B().Hset().Key(s.tags.site("root")).FieldValue().
		FieldValue("key", fmt.Sprint(uint64(r.key))).FieldValue("epoch", fmt.Sprint(r.epoch)).Build())
	if err != nil {
		return err
	}
	s.root.Store(&r)
	for g := range s.groups {
		s.groups[g].flush(0)
	}
	return s.poll(ctx)
}

// beginEpoch makes the groups of an epoch.
func (s *Store) beginEpoch(ctx context.Context, epoch uint64, h store.Head) error {
	c := &content{s: s, epoch: epoch, head: h, hasHead: true}
	return c.writeStates(ctx)
}

// dropEpoch removes an epoch's keys. What cannot be removed is left lying: nobody uses it.
func (s *Store) dropEpoch(epoch uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	var cmds []valkey.Completed
	for g := range groups {
		cmds = append(cmds, s.conn.Load().B().Unlink().Key(s.tags.groupKeys(epoch, g, kinds...)...).Build())
	}
	if _, err := s.do(ctx, cmds...); err != nil {
		s.opt.Log.Warn("an old state of the store could not be removed", "store", s.name, "epoch", strconv.FormatUint(epoch,
			36), "err", err)
	}
}

// content is an epoch that is being written. It implements store.Sink.
type content struct {
	s       *Store
	lease   *lease
	epoch   uint64
	head    store.Head
	hasHead bool
	fields  [groups]map[string][]string // kind -> pairs on their way
	waiting int
	oldest  [groups]uint32
	newest  [groups]uint32
}

// sinkBatch is how many fields go to the server at a time.
const sinkBatch = 10_000

func (c *content) Head(h store.Head) error {
	c.head, c.hasHead = h, true
	return nil
}

func (c *content) Token(tok store.Token, r store.Record) error {
	if err := r.Check(tok); err != nil {
		return err
	}
	g := groupOfToken(tok)
	if c.oldest[g] == 0 || r.LastSeen < c.oldest[g] {
		c.oldest[g] = r.LastSeen
	}
	c.newest[g] = max(c.newest[g], r.LastSeen)
	return c.put(g, kindTokens, tokenField(tok), encodeRecord(r))
}

func (c *content) Mark(m store.Mark) error {
	if err := m.Check(); err != nil {
		return err
	}
	return c.put(groupOfDigest(m.Digest), kindMarks, string(m.Digest[:]), encodeMark(m))
}

func (c *content) Sample(s store.Sample) error {
	if err := s.Check(); err != nil {
		return err
	}
	return c.put(groupOfSlot(s.Slot), kindSamples, slotField(s.Class, s.Slot), string(encodeSample(&s)))
}

func (c *content) Meta(name string, value []byte) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	return c.put(0, kindMeta, name, string(value))
}

// put sends a field, together with others.
func (c *content) put(g int, kind, field, value string) error {
	if c.fields[g] == nil {
		c.fields[g] = map[string][]string{}
	}
	c.fields[g][kind] = append(c.fields[g][kind], field, value)
	if c.waiting++; c.waiting < sinkBatch {
		return nil
	}
	return c.flush()
}

// flush sends what is waiting. The server tells how many fields are new: all, unless one came twice.
func (c *content) flush() error {
	if err := c.lease.keep(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	var cmds []valkey.Completed
	var want []int64
	for g := range c.fields {
		for kind, pairs := range c.fields[g] {
			set := c.s.conn.Load().B().Hset().Key(c.s.tags.group(c.epoch, g, kind)).FieldValue()
			for i := 0; i < len(pairs); i += 2 {
				set = set.FieldValue(pairs[i], pairs[i+1])
			}
			cmds, want = append(cmds, set.Build()), append(want, int64(len(pairs)/2))
		}
		c.fields[g] = nil
	}
	c.waiting = 0
	got, err := c.s.do(ctx, cmds...)
	if err != nil {
		return err
	}
	for i := range got {
		if n, err := got[i].AsInt64(); err != nil {
			return err
		} else if n != want[i] {
			return errors.New("a token, mark, sample or parameter occurs twice")
		}
	}
	return nil
}

// end writes what is still to be written; the epoch is then complete, on as many replicas as are wanted.
func (c *content) end() error {
	if err := c.flush(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), expiryTimeout)
	defer cancel()
	return c.writeStates(ctx)
}

// writeStates gives the groups their states.
func (c *content) writeStates(ctx context.Context) error {
	var cmds []valkey.Completed
	for g := range groups {
		state := map[string]int64{"v": 1, "r": 0, "o": int64(c.oldest[g]), "n": int64(c.newest[g]), "h": 0, "s": 0, "x": 0,
			"w": 1}
		if g == 0 {
			state["h"], state["s"] = int64(c.head.Ham), int64(c.head.Spam)
			if !c.head.LastExpiry.IsZero() {
				state["x"] = c.head.LastExpiry.Unix()
			}
		}
		set := c.s.conn.Load().B().Hset().Key(c.s.tags.group(c.epoch, g, kindTokens)).FieldValue()
		for _, name := range stateFields {
			set = set.FieldValue(name, strconv.FormatInt(state[name], 10))
		}
		begin := c.s.conn.Load().B().Xadd().Key(c.s.tags.group(c.epoch, g, kindLog)).Id("1-0").FieldValue().FieldValue("r",
			"0").FieldValue("p", "")
		cmds = append(cmds, set.Build(), begin.Build())
	}
	_, err := c.s.do(ctx, cmds...)
	return err
}
