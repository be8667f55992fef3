package history

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/contain"
	"asterism/store/redis"
)

// Stream is a history that several hosts share; see redis.Stream. Each host sends its records there, and copies all
// records of the stream, its own too, into its file. So all files have the same records under the same IDs.
type Stream interface {
	SharedKey(ctx context.Context, mine uint64) (uint64, error)
	Append(ctx context.Context, entries [][]byte, keep int64) (string, error)
	Read(ctx context.Context, after string, count int64) ([]redis.StreamEntry, error)
	Each(ctx context.Context, f func(redis.StreamEntry) bool) error
	Close()
}

// Times and bounds of sharing.
const (
	serverTimeout = 5 * time.Second        // of one request
	retryPause    = 500 * time.Millisecond // while the server is away
	copyPatience  = 10 * time.Second       // for what was sent to come back
	readCount     = 256                    // entries read at once
	usualEntry    = 3000                   // bytes of an entry, until some are known
	leastEntries  = 1000                   // that the stream keeps
)

// sharing is the state of a shared history.
type sharing struct {
	end      context.CancelFunc
	instance uint64            // of this process, in the entries that it sends
	sent     uint64            // entries
	size     int               // of an entry, on average
	seen     map[uint64]uint64 // the last entry of each process, so that one that was sent twice counts once

	mu     sync.Mutex
	away   [2]bool       // whether sending and reading fail
	keyed  bool          // the hosts' common key is known
	copied ID            // the part of the stream that the file has
	moved  chan struct{} // closed when copied or away changes
	erased map[uint32]int
}

// startSharing starts to send and to copy.
func (l *Log) startSharing() {
	s := &l.shared
	ctx, end := context.WithCancel(context.Background())
	s.end, s.instance, s.size, s.seen = end, rand.Uint64(), usualEntry, map[uint64]uint64{}
	s.moved, s.erased = make(chan struct{}), map[uint32]int{}
	l.writing.Go(func() { contain.Again(ctx, retryPause, func() { l.sendQueued(ctx) }) })
	l.writing.Go(func() { contain.Again(ctx, retryPause, func() { l.copyEntries(ctx) }) })
}

// endSharing ends both, after a time for what waits to be sent.
func (l *Log) endSharing(ctx context.Context) {
	if l.shared.end == nil {
		return
	}
	_ = l.waitFor(ctx, func(s *sharing) bool { return s.away != [2]bool{} || l.queue.empty() })
	l.shared.end()
	l.opt.Load().Stream.Close()
}

// move changes the state.
func (s *sharing) move(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.moved)
	s.moved = make(chan struct{})
}

func (s *sharing) isAway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away != [2]bool{}
}

// The failing part of the sharing.
const (
	sending = iota
	reading
)

// waitFor waits until something holds of the state.
func (l *Log) waitFor(ctx context.Context, holds func(*sharing) bool) error {
	s := &l.shared
	for {
		s.mu.Lock()
		ok, moved := holds(s), s.moved
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-moved:
		case <-time.After(retryPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sendQueued sends the entries of the queue. While the server is away they wait there, as far as there is room.
func (l *Log) sendQueued(ctx context.Context) {
	if l.waitFor(ctx, func(s *sharing) bool { return s.keyed }) != nil {
		return
	}
	for ctx.Err() == nil {
		if !l.queue.wait(nil, ctx.Done()) {
			return
		}
		batch := l.queue.take()
		last, err := l.send(ctx, batch)
		for ; err != nil && ctx.Err() == nil; last, err = l.send(ctx, batch) {
			l.setAway(sending, err)
			answer(batch, nil) // what was taught will be noted; what is to be forgotten is not yet
			for i := range batch {
				batch[i].done = nil
			}
			l.queue.answerWaiting()
			time.Sleep(retryPause)
		}
		l.setAway(sending, nil)
		l.answerCopied(ctx, batch, last)
	}
}

// setAway notes whether sending or reading fails, and says so when that changes for both together.
func (l *Log) setAway(what int, err error) {
	var was, is bool
	l.shared.move(func() {
		was = l.shared.away != [2]bool{}
		l.shared.away[what] = err != nil
		is = l.shared.away != [2]bool{}
	})
	switch log := l.opt.Load().Log; {
	case is && !was:
		log.Error("history: the server is away; records wait in memory", "err", err)
	case was && !is:
		log.Info("history: the server is back")
	}
}

// send sends a batch, and returns the ID of its last entry.
func (l *Log) send(ctx context.Context, batch []event) (ID, error) {
	s := &l.shared
	var entries [][]byte
	for i := range batch {
		e := &batch[i]
		if e.record == nil && e.taught == nil && e.forget == nil {
			continue
		}
		if r := e.record; r != nil && r.hides {
			hider(l.hide.Load()).hide(r)
			r.hides = false
		}
		if e.number == 0 {
			s.sent++
			e.number = s.sent
		}
		head := binary.AppendUvarint(binary.LittleEndian.AppendUint64(nil, s.instance), e.number)
		entries = append(entries, append(head, encodeEvent(e)...))
		s.size += (len(entries[len(entries)-1]) - s.size) / 16
	}
	if len(entries) == 0 {
		return 0, nil
	}
	opt := l.opt.Load()
	ctx, cancel := context.WithTimeout(ctx, serverTimeout)
	defer cancel()
	last, err := opt.Stream.Append(ctx, entries, max(opt.StreamSize/int64(max(s.size, 100)), leastEntries))
	if err != nil {
		return 0, err
	}
	for i := range batch {
		if e := batch[i].forget; e != nil {
			if err := l.eraseEntries(ctx, e); err != nil {
				return 0, err
			}
		}
	}
	return positionID(last), nil
}

// eraseEntries deletes the entries of the stream that an erasure concerns.
func (l *Log) eraseEntries(ctx context.Context, e *erasure) error {
	hide := hider(l.hide.Load())
	return l.opt.Load().Stream.Each(ctx, func(entry redis.StreamEntry) bool {
		_, _, ev, err := readEntry(entry)
		if err != nil || ev.record == nil {
			return false
		}
		_, changed := e.from(ev.record, hide)
		return changed
	})
}

// answerCopied answers the waiters of a batch, once it has come back.
func (l *Log) answerCopied(ctx context.Context, batch []event, last ID) {
	n := len(batch) - 1
	if n < 0 || batch[n].done == nil {
		return
	}
	contain.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, copyPatience)
		defer cancel()
		err := l.waitFor(ctx, func(s *sharing) bool { return s.copied >= last })
		if e := batch[n].forget; e != nil {
			l.shared.mu.Lock()
			e.n = l.shared.erased[e.hash]
			l.shared.mu.Unlock()
		}
		batch[n].done <- err
	})
}

// copyEntries copies entries from the stream into the file, and maintains the file.
func (l *Log) copyEntries(ctx context.Context) {
	l.adoptKey(ctx)
	l.shared.move(func() { l.shared.keyed = true })
	l.mu.RLock()
	after := l.file.stream
	l.mu.RUnlock()
	for tidied := time.Now(); ctx.Err() == nil; {
		if time.Since(tidied) > expireEvery {
			l.tidy()
			tidied = time.Now()
		}
		asking, cancel := context.WithTimeout(ctx, serverTimeout)
		entries, err := l.opt.Load().Stream.Read(asking, after, readCount)
		cancel()
		if err != nil && ctx.Err() == nil {
			l.setAway(reading, err)
			time.Sleep(retryPause)
			continue
		}
		if l.shared.isAway() {
			l.setAway(reading, nil)
		}
		if len(entries) == 0 {
			continue
		}
		after = entries[len(entries)-1].Position()
		batch := l.eventsOf(entries)
		_ = l.write(batch, after) // what fails is counted
		l.shared.move(func() {
			for i := range batch {
				if e := batch[i].forget; e != nil {
					l.shared.erased = map[uint32]int{e.hash: e.n}
				}
			}
			l.shared.copied = positionID(after)
		})
	}
}

// eventsOf reads entries. One that is damaged, or that was sent again as nobody knew that it had arrived, is left out.
func (l *Log) eventsOf(entries []redis.StreamEntry) (batch []event) {
	s := &l.shared
	for _, entry := range entries {
		instance, number, e, err := readEntry(entry)
		if err != nil {
			continue
		}
		if len(s.seen) > maxSeen {
			clear(s.seen)
		}
		if s.seen[instance] >= number {
			continue
		}
		s.seen[instance] = number
		batch = append(batch, *e)
	}
	return batch
}

// maxSeen bounds the processes whose last entry is remembered.
const maxSeen = 1000

// readEntry reads an entry: its process, its number, and its content.
func readEntry(entry redis.StreamEntry) (instance, number uint64, e *event, err error) {
	d := reader{b: entry.Data}
	instance, number = binary.LittleEndian.Uint64(d.take(8)), d.number()
	if d.bad {
		return 0, 0, nil, errRecord
	}
	e, err = decodeEvent(entryID(entry.Milliseconds, entry.Number), d.b)
	return instance, number, e, err
}

// entryID returns the ID of an entry.
func entryID(ms, n uint64) ID { return ID(ms<<idShift | min(n, 1<<idShift-1)) }

func positionID(position string) ID {
	var e redis.StreamEntry
	if err := e.SetPosition(position); err != nil {
		return 0
	}
	return entryID(e.Milliseconds, e.Number)
}

// adoptKey takes over the key of hidden words that all hosts share.
func (l *Log) adoptKey(ctx context.Context) {
	mine := l.hide.Load()
	for ctx.Err() == nil {
		asking, cancel := context.WithTimeout(ctx, serverTimeout)
		key, err := l.opt.Load().Stream.SharedKey(asking, mine)
		cancel()
		if err != nil {
			l.setAway(reading, err)
			l.queue.answerWaiting()
			time.Sleep(retryPause)
			continue
		}
		if key == mine {
			return
		}
		if err := l.file.update(func(tx *bbolt.Tx) error {
			return tx.Bucket(metaBucket).Put(hideKey, binary.BigEndian.AppendUint64(nil, key))
		}); err != nil {
			l.opt.Load().Log.Error("history: the hosts' common key could not be saved", "file", l.path, "err", err)
		}
		l.mu.Lock()
		l.file.hide = hider(key)
		l.mu.Unlock()
		l.hide.Store(key)
		return
	}
}
