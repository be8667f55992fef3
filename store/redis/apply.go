package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/contain"
	"asterism/store"
)

const (
	waitTimeout = time.Second // for replicas, before a learning is sent again
	retryPause  = 50 * time.Millisecond
)

// client numbers this process's learnings. They are applied strictly one after the other, so that each group needs to
// remember but the last one of each client.
type client struct {
	name string // 8 random bytes
	seq  uint32
}

// renew makes another client of it, after a learning of which nobody knows whether it was applied: completing that
// later must not be mistaken for an old one.
func (c *client) renew() {
	*c = client{name: string(binary.BigEndian.AppendUint64(nil, random()))}
}

// commit implements store.Commit: Apply returns when all is done.
type commit struct{}

func (commit) Wait() error { return nil }

// Apply implements store.Store. It returns when the learnings are applied, and Options.Wait replicas have them.
func (s *Store) Apply(learnings ...store.Learning) (store.Commit, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	for i := range learnings {
		if err := learnings[i].Check(); err != nil {
			return nil, s.named(err)
		}
	}
	s.writer.Lock()
	defer s.writer.Unlock()
	for i := range learnings {
		if s.closed.Load() {
			return nil, s.named(store.ErrClosed)
		}
		if err := s.apply(&learnings[i]); err != nil {
			s.gaveUp(err)
			return nil, s.named(err)
		}
	}
	return commit{}, nil
}

// gaveUp notes that nobody knows whether a learning was applied, if that is what the error says. The caller holds
// s.writer.
func (s *Store) gaveUp(err error) {
	if errors.Is(err, store.ErrAway) {
		s.client.renew()
		s.unconfirm()
		s.health.failed(err)
	}
}

// errGone is what a script says of keys that are no more: the store was cleared, replaced or lost.
var errGone = errors.New("the store was cleared or replaced meanwhile")

// apply applies one learning. The caller holds s.writer.
func (s *Store) apply(l *store.Learning) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.ApplyTimeout)
	defer cancel()
	for {
		err := s.applyOnce(ctx, l)
		if !errors.Is(err, errGone) {
			return err
		}
		if err := s.readRoot(ctx); err != nil {
			return err
		}
		if err := s.poll(ctx); err != nil {
			return err
		}
	}
}

// applyAtMost is how many changed tokens one call of lua/apply.lua is given, for the sake of others' requests: 3 ms.
const applyAtMost = 1000

// applyOnce applies a learning under the current epoch.
func (s *Store) applyOnce(ctx context.Context, l *store.Learning) error {
	if s.conn.Load().cluster || len(l.Changes) <= applyAtMost {
		return s.applyParts(ctx, l, split(l))
	}
	b, err := s.begin(nil)
	if err == nil {
		if _, err = b.Apply(*l); err == nil {
			err = b.commit(ctx)
		}
	}
	return err
}

// applyParts applies the parts of a learning under the current epoch.
func (s *Store) applyParts(ctx context.Context, l *store.Learning, parts []part) error {
	s.client.seq++
	epoch := s.root.Load().epoch
	blobs := make([]string, len(parts))
	for i := range parts {
		blobs[i] = parts[i].encode(l.Time)
	}
	if !s.conn.Load().cluster {
		return s.send(ctx, request{epoch: epoch, client: s.client, parts: parts, blobs: blobs, conditions: conditions(l)})
	}
	begin := request{epoch: epoch, client: s.client, parts: parts[:1], blobs: blobs[:1], conditions: conditions(l)}
	in := intent{group: parts[0].group}
	if len(parts) > 1 {
		if len(l.Marks) > 0 {
			in.name = intentName(s.client, l.Marks[0].Digest)
		} else {
			in.name = intentName(s.client, store.Digest{})
		}
		begin.intentName, begin.intent = in.name, encodeIntent(parts[1:], blobs[1:])
	}
	if err := s.send(ctx, begin); err != nil || len(parts) == 1 {
		return err
	}
	if err := s.sendEach(ctx, epoch, s.client, parts[1:], blobs[1:]); err != nil {
		return err
	}
	s.intents.done(in)
	return nil
}

// request is one call of lua/apply.lua.
type request struct {
	epoch              uint64
	client             client
	parts              []part
	blobs              []string
	conditions         string
	intentName, intent string // empty unless other groups have parts
}

// send has parts applied that lie on one node, and tries until that is done, replicas included, or ctx ends.
func (s *Store) send(ctx context.Context, r request) error {
	a := call{args: []string{r.client.name, strconv.Itoa(int(r.client.seq)), strconv.FormatInt(time.Now().Unix(), 10),
		r.intentName, r.intent, r.conditions}}
	a.args = append(a.args, r.blobs...)
	flushes := make([]uint64, len(r.parts))
	for i, p := range r.parts {
		a.keys = append(a.keys, s.tags.groupKeys(r.epoch, p.group, kinds...)...)
		_, _, flushes[i] = s.groups[p.group].known()
	}
	return s.perform(ctx, applyScript, a, func(reply valkey.ValkeyMessage) error {
		states, _ := reply.ToArray()
		return s.applied(states, r.parts, flushes)
	})
}

// perform runs a script, which does once what is sent twice, until that has happened, on Options.Wait replicas too, or
// ctx ends. read is given each reply; its error ends it.
func (s *Store) perform(ctx context.Context, sc script, a call, read func(valkey.ValkeyMessage) error) error {
	for {
		result, replicas, err := sc.runAndWait(ctx, s.conn.Load(), a, s.opt.Wait)
		if reply, failed := result.ToMessage(); failed != nil {
			err = failed
		} else if e := read(reply); e != nil {
			return e
		}
		if err == nil && replicas >= s.opt.Wait {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("%w: only %d of %d replicas have the lesson", store.ErrAway, replicas, s.opt.Wait)
		}
		if err = away(err); !errors.Is(err, store.ErrAway) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryPause):
		}
	}
}

// applied reads the reply of lua/apply.lua.
func (s *Store) applied(reply []valkey.ValkeyMessage, parts []part, flushes []uint64) error {
	if len(reply) == 0 {
		return errDamaged
	}
	word, _ := reply[0].ToString()
	if err := outcome(word); err != nil {
		return err
	}
	if len(reply) != len(parts)+1 {
		return errDamaged
	}
	for i, p := range parts {
		fields, err := reply[i+1].ToArray()
		if err != nil || len(fields) < 12 {
			return errDamaged
		}
		st, err := decodeState(fields)
		if err != nil {
			return err
		}
		if word == "DONE" {
			s.groups[p.group].missed(st)
			continue
		}
		payload, _ := fields[11].ToString()
		s.groups[p.group].learned(st, payload, flushes[i], s.opt.CacheTokens/groups)
	}
	return nil
}

// sendEach has parts applied that lie on several nodes, all at the same time.
func (s *Store) sendEach(ctx context.Context, epoch uint64, c client, parts []part, blobs []string) error {
	failed := make(chan error, len(parts))
	for i := range parts {
		go func() {
			failed <- contain.Call(func() error {
				return s.send(ctx, request{epoch: epoch, client: c, parts: parts[i : i+1], blobs: blobs[i : i+1]})
			})
		}()
	}
	var err error
	for range parts {
		if e := <-failed; err == nil || errors.Is(err, errGone) && e != nil {
			err = e
		}
	}
	return err
}

// confirm makes sure that what a group's node has now is on Options.Wait replicas: after Open, and after a learning
// failed for want of them, so that "known already" is never said of what may still be lost.
func (s *Store) confirm(ctx context.Context, g int) error {
	if s.opt.Wait == 0 || s.confirmed[g].Load() {
		return nil
	}
	c := s.conn.Load()
	key := s.tags.group(s.root.Load().epoch, g, kindClients)
	got := c.together(ctx,
		// no client's name is that short
		c.B().Hset().Key(key).FieldValue().FieldValue("any", string(make([]byte, 8))).Build(),
		c.B().Wait().Numreplicas(int64(s.opt.Wait)).Timeout(waitTimeout.Milliseconds()).Build())
	n, err := got[1].AsInt64()
	if e := got[0].Error(); e != nil {
		err = e
	}
	if err == nil && n < int64(s.opt.Wait) {
		err = fmt.Errorf("%w: only %d of %d replicas answer", store.ErrAway, n, s.opt.Wait)
	}
	if err != nil {
		return away(err)
	}
	s.confirmed[g].Store(true)
	return nil
}

func (s *Store) unconfirm() {
	for g := range s.confirmed {
		s.confirmed[g].Store(false)
	}
}
