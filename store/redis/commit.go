package redis

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/contain"
	"asterism/store"
)

// Commit implements store.Batch, in two steps. The first is one script: it checks the messages' marks, sets the new
// ones, and records the changes of tokens (an intent). The second applies the changes to each group's tokens, one
// script a group, so that other requests are answered in between. If the client dies in between, another client
// completes its intent.
func (b *batch) Commit() error {
	s := b.s
	s.writer.Lock()
	defer s.writer.Unlock()
	if s.closed.Load() {
		return s.named(store.ErrClosed)
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.ApplyTimeout)
	defer cancel()
	err := b.commit(ctx)
	if errors.Is(err, errGone) { // so is what the batch started from
		if err = s.readRoot(ctx); err == nil {
			err = s.poll(ctx)
		}
		if err == nil {
			err = store.ErrConflict
		}
	}
	s.gaveUp(err)
	return s.named(err)
}

// commit performs both steps. The caller holds s.writer.
func (b *batch) commit(ctx context.Context) error {
	b.s.client.seq++
	in, err := b.take(ctx)
	if err == nil {
		err = b.setAll(ctx)
	}
	if err == nil {
		b.s.intents.done(in)
	}
	return err
}

// take takes the first step, lua/begin.lua, and returns the intent that it leaves.
func (b *batch) take(ctx context.Context) (intent, error) {
	s := b.s
	adding := &store.Learning{Time: b.time}
	for g := range groups {
		adding.Changes = append(adding.Changes, b.changes(g)...)
	}
	left := split(adding) // group 0 among them: by its client number a batch that is complete is known
	blobs := make([]string, len(left))
	for i := range left {
		blobs[i] = left[i].encode(b.time)
	}
	in := intent{0, string(le.AppendUint32([]byte(s.client.name), s.client.seq))}
	for d := range b.marks {
		in.name += string(d[:])
	}
	a := call{keys: s.tags.groupKeys(b.epoch, 0, kindTokens, kindMeta, kindClients, kindIntents),
		args: append(s.signature(), in.name, encodeIntent(left, blobs))}
	for _, p := range split(b.learning()) {
		a.keys = append(a.keys, s.tags.groupKeys(b.epoch, p.group, kindMarks, kindSamples)...)
		a.args = append(a.args, b.conditionsIn(p.group), p.encode(b.time))
	}
	return in, s.perform(ctx, beginScript, a, func(reply valkey.ValkeyMessage) error {
		word, _ := reply.ToString()
		return outcome(word)
	})
}

// conditionsIn returns what the group's messages were marked as, as lua/begin.lua reads it.
func (b *batch) conditionsIn(g int) string {
	var l store.Learning
	for d, class := range b.conditions {
		if groupOfDigest(d) == g {
			l.If = append(l.If, store.Mark{Digest: d, Class: class})
		}
	}
	return conditions(&l)
}

// signature is what scripts are told of who calls and when.
func (s *Store) signature() []string {
	return []string{s.client.name, strconv.Itoa(int(s.client.seq)), strconv.FormatInt(time.Now().Unix(), 10)}
}

// errChanged is what lua/set.lua says of a group that is not as the batch knew it.
var errChanged = errors.New("another host has changed the tokens meanwhile")

// outcome returns what the first word of a script's reply means.
func outcome(word string) error {
	switch word {
	case "OK", "DONE":
		return nil
	case "GONE":
		return errGone
	case "CONFLICT":
		return store.ErrConflict
	case "CHANGED":
		return errChanged
	}
	return errDamaged
}

// setAll takes the second step for all groups that the batch has changed, and group 0, at the same time.
func (b *batch) setAll(ctx context.Context) error {
	wanted := [groups]bool{0: true}
	for g := range b.dirty {
		wanted[g] = wanted[g] || len(b.dirty[g]) > 0
	}
	for d := range b.marks { // so that their number is known
		wanted[groupOfDigest(d)] = true
	}
	var failed [groups]error
	var working contain.Group
	for g := range groups {
		if wanted[g] {
			working.Go(func() { failed[g] = b.set(ctx, g) })
		}
	}
	working.Wait()
	for _, err := range failed {
		if errors.Is(err, errGone) {
			return errGone
		}
	}
	return errors.Join(failed[:]...)
}

// set gives the tokens of a group their records: lua/set.lua.
func (b *batch) set(ctx context.Context, g int) error {
	s := b.s
	for {
		records := b.records(g)
		_, _, flushes := s.groups[g].known()
		a := call{keys: s.tags.groupKeys(b.epoch, g, kindTokens, kindMarks, kindLog, kindClients, kindIntents),
			args: append(s.signature(), strconv.FormatUint(b.base[g].number, 10), b.base[g].change,
				strconv.FormatUint(uint64(b.time), 10), records)}
		err := s.perform(ctx, setScript, a, func(reply valkey.ValkeyMessage) error {
			fields, _ := reply.ToArray()
			if len(fields) == 0 {
				return errDamaged
			}
			word, _ := fields[0].ToString()
			if err := outcome(word); err != nil || len(fields) != 2 {
				return cmp.Or(err, errDamaged)
			}
			values, _ := fields[1].ToArray()
			st, err := decodeState(values)
			switch {
			case err != nil:
			case word == "DONE": // another host may have completed it, with other records
				s.groups[g].missed(st)
			default:
				s.groups[g].learned(st, records, flushes, s.opt.CacheTokens/groups)
			}
			return err
		})
		if !errors.Is(err, errChanged) {
			return err
		}
		if err := b.rebase(ctx, g); err != nil {
			return err
		}
	}
}

// rebase makes the records of a group anew: what the server has now, and what the batch adds.
func (b *batch) rebase(ctx context.Context, g int) error {
	s := b.s
	c := s.conn.Load()
	fields := []string{"v", "r"}
	for _, at := range b.dirty[g] {
		fields = append(fields, tokenField(b.drafts[at].token))
	}
	var cmds []valkey.Completed
	for from := 0; from < len(fields); from += askAtMost {
		some := fields[from:min(from+askAtMost, len(fields))]
		cmds = append(cmds, c.B().Hmget().Key(s.tags.group(b.epoch, g, kindTokens)).Field(some...).Build())
	}
	got, err := s.do(ctx, cmds...)
	if err != nil {
		return err
	}
	var values []valkey.ValkeyMessage
	for _, r := range got {
		page, _ := r.ToArray()
		values = append(values, page...)
	}
	if len(values) != len(fields) {
		return errDamaged
	}
	if values[0].IsNil() {
		return errGone
	}
	if b.base[g].number, err = values[0].AsUint64(); err != nil {
		return errDamaged
	}
	b.base[g].change, _ = values[1].ToString()
	for i, at := range b.dirty[g] {
		d := &b.drafts[at]
		var r store.Record
		if text, err := values[2+i].ToString(); err == nil {
			if r, err = decodeRecord(text); err != nil {
				return err
			}
		}
		d.record = changed(r, &store.Change{Ham: d.ham, Spam: d.spam, Weight: d.weight}, b.time)
	}
	return nil
}
