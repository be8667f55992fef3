package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// An intent is what is left to do of a learning on a Cluster that has begun in its home group: the parts of the other
// groups; or of a batch, in group 0: what it adds to tokens. Its name is the client's name, the number of its learning,
// and the digests of the messages.
type intent struct {
	group int
	name  string
}

// abandoned is how long an intent is left to its owner before others complete it.
const abandoned = 5 * time.Second

const (
	digestSize = len(store.Digest{})
	intentHead = 8 + 4 // bytes of an intent's name before the digests
)

func intentName(c client, d store.Digest) string {
	return string(append(le.AppendUint32([]byte(c.name), c.seq), d[:]...))
}

func encodeIntent(parts []part, blobs []string) string {
	var b []byte
	for i, p := range parts {
		b = append(b, byte(p.group))
		b = le.AppendUint32(b, uint32(len(blobs[i])))
		b = append(b, blobs[i]...)
	}
	return string(b)
}

func decodeIntent(text string) (parts []part, blobs []string, err error) {
	for len(text) > 0 {
		if len(text) < 5 || text[0] >= groups || uint64(uint32At(text, 1)) > uint64(len(text)-5) {
			return nil, nil, errDamaged
		}
		n := 5 + int(uint32At(text, 1))
		parts = append(parts, part{group: int(text[0])})
		blobs = append(blobs, text[5:n])
		text = text[n:]
	}
	return parts, blobs, nil
}

// intents keeps track of them.
type intents struct {
	mu    sync.Mutex
	ended []intent             // complete, not yet removed
	seen  map[intent]time.Time // of others: when they were first met
}

// done notes that an intent is complete. It is removed later, together with others: completing it twice does no harm.
func (in *intents) done(i intent) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended = append(in.ended, i)
}

// dropIntents removes those that are complete.
func (s *Store) dropIntents(ctx context.Context) error {
	s.intents.mu.Lock()
	ended := s.intents.ended
	s.intents.ended = nil
	s.intents.mu.Unlock()
	if len(ended) == 0 {
		return nil
	}
	c, epoch := s.conn.Load(), s.root.Load().epoch
	var names [groups][]string
	for _, i := range ended {
		names[i.group] = append(names[i.group], i.name)
	}
	var cmds []valkey.Completed
	for g, list := range names {
		if len(list) > 0 {
			cmds = append(cmds, c.B().Hdel().Key(s.tags.group(epoch, g, kindIntents)).Field(list...).Build())
		}
	}
	_, err := s.do(ctx, cmds...)
	if err != nil {
		s.intents.mu.Lock()
		s.intents.ended = append(s.intents.ended, ended...)
		s.intents.mu.Unlock()
	}
	return err
}

// completeAbandoned completes the intents that have been there for too long. One that cannot be completed does not
// keep the others waiting: the error joins those of all.
func (s *Store) completeAbandoned(ctx context.Context) error {
	c, epoch := s.conn.Load(), s.root.Load().epoch
	var cmds []valkey.Completed
	var asked []int
	for g := range s.groups {
		s.groups[g].mu.RLock()
		n := s.groups[g].state.intents
		s.groups[g].mu.RUnlock()
		if n > 0 {
			asked = append(asked, g)
			cmds = append(cmds, c.B().Hkeys().Key(s.tags.group(epoch, g, kindIntents)).Build())
		}
	}
	if len(cmds) == 0 {
		s.intents.seen = nil
		return nil
	}
	got, err := s.do(ctx, cmds...)
	if err != nil {
		return err
	}
	seen := map[intent]time.Time{}
	var failed error
	for k, g := range asked {
		names, err := got[k].AsStrSlice()
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, name := range names {
			i := intent{g, name}
			first, known := s.intents.seen[i]
			if !known {
				first = time.Now()
			}
			seen[i] = first
			if time.Since(first) < abandoned {
				continue
			}
			if err := s.complete(ctx, i); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			delete(seen, i)
			s.opt.Log.Info("completed a learning that was left half done", "store", s.name)
		}
	}
	s.intents.seen = seen
	return failed
}

// isOf reports whether an intent of that name is of one of the messages.
func isOf(name string, digests []store.Digest) bool {
	for p := intentHead; p+digestSize <= len(name); p += digestSize {
		if slices.Contains(digests, store.Digest([]byte(name[p:p+digestSize]))) {
			return true
		}
	}
	return false
}

// completeOf completes the intents of messages.
func (s *Store) completeOf(ctx context.Context, g int, names []string, digests ...store.Digest) error {
	for _, name := range names {
		if isOf(name, digests) {
			if err := s.complete(ctx, intent{g, name}); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete applies the parts of an intent that are not applied yet, and removes it; also one that is damaged, which
// nobody can ever complete.
func (s *Store) complete(ctx context.Context, i intent) error {
	c, epoch := s.conn.Load(), s.root.Load().epoch
	key := s.tags.group(epoch, i.group, kindIntents)
	got, err := s.do(ctx, c.B().Hget().Key(key).Field(i.name).Build())
	if err != nil {
		return err
	}
	text, err := got[0].ToString()
	if valkey.IsValkeyNil(err) {
		return nil // someone else has done it
	}
	parts, blobs, damaged := decodeIntent(text)
	if err != nil || damaged != nil || len(i.name) < intentHead || (len(i.name)-intentHead)%digestSize != 0 {
		s.opt.Log.Error("dropped a learning that was left half done: its record is damaged", "store", s.name, "key", key)
	} else {
		of := client{name: i.name[:8], seq: uint32At(i.name, 8)}
		if err := s.sendEach(ctx, epoch, of, parts, blobs); err != nil {
			return err
		}
	}
	_, err = s.do(ctx, c.B().Hdel().Key(key).Field(i.name).Build())
	return err
}
