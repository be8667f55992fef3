// Package senders keeps the record of each sender: how many messages came from an address and a network, or by a
// signing domain, and the total of their scores. With it AWL and TxRep, named as SpamAssassin's plug-ins, move the
// score of a message toward the sender's earlier scores.
//
// Records live in a file beside the learner's store or, where several hosts share that, in Redis. Changes are written
// behind the reply, in batches: a full disk or a server that is away costs records, never a message.
package senders

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"asterism/contain"
)

// Entry is the entry of one key.
type Entry struct {
	Count int64
	Total float64   // of the scores
	Seen  time.Time // the last change, in whole seconds
}

// Mean returns the mean score, 0 without messages.
func (e Entry) Mean() float64 {
	if e.Count <= 0 {
		return 0
	}
	return e.Total / float64(e.Count)
}

// Change is a change of an entry: with Reset it is emptied first; then the rest is added.
type Change struct {
	Reset bool
	Count int64
	Total float64
}

// after returns both changes, c first.
func (c Change) after(first Change) Change {
	if c.Reset {
		return c
	}
	return Change{first.Reset, first.Count + c.Count, first.Total + c.Total}
}

// Apply returns an entry after a change. Counts do not fall below 0, and a total that is no number is forgotten.
func (c Change) Apply(e Entry) Entry {
	if c.Reset {
		e.Count, e.Total = 0, 0
	}
	e.Count, e.Total = max(e.Count+c.Count, 0), e.Total+c.Total
	if math.IsNaN(e.Total) || math.IsInf(e.Total, 0) {
		e.Count, e.Total = 0, 0
	}
	return e
}

// Named is an entry with its key.
type Named struct {
	Key string
	Entry
}

// Table is where entries are kept.
type Table interface {
	// Read returns the entries of keys, and the number of the last batch of Write that is in them.
	Read(ctx context.Context, keys []string) ([]Entry, uint64, error)
	// Write makes the changes of one batch, all or none of them. Batches are numbered from 1.
	Write(ctx context.Context, batch uint64, changes map[string]Change) error
	// Find returns the entries whose keys begin with a text.
	Find(ctx context.Context, prefix string) ([]Named, error)
	// Tidy deletes the entries beyond the bounds.
	Tidy(ctx context.Context, b Bounds) error
	Close() error
}

// Bounds say which entries are deleted.
type Bounds struct {
	Expire time.Duration // senders_expire: age since the last message; 0 is no limit
	Most   int           // senders_max: most entries; the longest unused go first; 0 is no limit
}

// Options say how a Book is kept.
type Options struct {
	Bounds
	Log *slog.Logger // nil discards
}

// Times and bounds of what waits to be written.
const (
	batchPause  = time.Second
	maxPending  = 8 << 20 // bytes of memory, roughly
	changeBytes = 150     // of a change, beside its key
	tidyEvery   = 10 * time.Minute
	readTimeout = 2 * time.Second  // of a server, which a message waits for
	workTimeout = 10 * time.Second // of a server, for all else
)

// ErrClosed is returned by a Book that is closed.
var ErrClosed = errors.New("the record of senders is closed")

// Book is the record of senders. It is safe for concurrent use.
type Book struct {
	name  string // for the log
	table Table
	opt   atomic.Pointer[Options]

	mu      sync.Mutex
	pending map[string]Change // since the last batch
	writing map[string]Change // the batch in hand
	batch   uint64            // its number
	bytes   int               // of both
	closed  bool

	wake    chan struct{}
	flushed chan chan error
	quit    chan struct{}
	work    contain.Group

	lost    atomic.Uint64
	failing atomic.Bool // that changes are lost, or cannot be written, was said
}

// New returns a Book on a table, which it closes.
func New(name string, table Table, opt Options) *Book {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	b := &Book{name: name, table: table, pending: map[string]Change{}, wake: make(chan struct{}, 1),
		flushed: make(chan chan error), quit: make(chan struct{})}
	b.opt.Store(&opt)
	b.work.Go(b.write)
	return b
}

// Configure takes over other bounds.
func (b *Book) Configure(opt Options) {
	opt.Log = b.opt.Load().Log
	b.opt.Store(&opt)
}

// Name returns the file's name, or the server's.
func (b *Book) Name() string { return b.name }

// Read returns the entries of keys, with all changes so far.
func (b *Book) Read(ctx context.Context, keys ...string) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	type waits struct {
		writing, pending Change
		batch            uint64
	}
	waiting := make([]waits, len(keys))
	b.mu.Lock()
	for i, k := range keys {
		waiting[i] = waits{b.writing[k], b.pending[k], b.batch}
	}
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	entries, has, err := b.table.Read(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		w := &waiting[i]
		if has < w.batch {
			entries[i] = w.writing.Apply(entries[i])
		}
		if has <= w.batch { // else what was pending has been written since
			entries[i] = w.pending.Apply(entries[i])
		}
	}
	return entries, nil
}

// Change changes entries. It never waits: changes without room are lost, and counted.
func (b *Book) Change(changes map[string]Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, c := range changes {
		have, is := b.pending[k]
		if !is {
			if b.closed || b.bytes+len(k)+changeBytes > maxPending {
				b.lose(1, errors.New("too many wait to be written"))
				continue
			}
			b.bytes += len(k) + changeBytes
		}
		b.pending[k] = c.after(have)
	}
	poke(b.wake)
}

// lose counts changes that are lost, and says so once.
func (b *Book) lose(n int, why error) {
	b.lost.Add(uint64(n))
	b.fail(why)
}

// fail says once that the record is not kept.
func (b *Book) fail(why error) {
	if !b.failing.Swap(true) {
		b.opt.Load().Log.Error("senders: the record cannot be written; this is said once", "record", b.name, "err", why)
	}
}

// Lost returns how many changes were lost since the start.
func (b *Book) Lost() uint64 { return b.lost.Load() }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write writes batches until the Book is closed.
func (b *Book) write() {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	b.tidy()
	for {
		select {
		case <-b.wake:
			select {
			case <-time.After(batchPause):
				b.writePending()
			case done := <-b.flushed:
				done <- b.writePending()
			case <-b.quit:
			}
		case done := <-b.flushed:
			done <- b.writePending()
		case <-tick.C:
			b.tidy()
		case <-b.quit:
			b.writePending()
			return
		}
	}
}

// writePending writes what waits. What cannot be written waits on, as far as there is room.
func (b *Book) writePending() error {
	b.mu.Lock()
	if len(b.writing) == 0 {
		b.writing, b.pending = b.pending, map[string]Change{}
		b.batch++
	}
	batch, changes := b.batch, b.writing
	b.mu.Unlock()
	if len(changes) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), workTimeout)
	defer cancel()
	err := contain.Call(func() error { return b.table.Write(ctx, batch, changes) })
	if err != nil {
		b.fail(err)
		poke(b.wake)
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writing, b.bytes = nil, 0
	for k := range b.pending {
		b.bytes += len(k) + changeBytes
	}
	if b.failing.Swap(false) {
		b.opt.Load().Log.Info("senders: the record is written again", "record", b.name, "lost", b.lost.Load())
	}
	return nil
}

// tidy deletes entries beyond the bounds.
func (b *Book) tidy() {
	opt := b.opt.Load()
	ctx, cancel := context.WithTimeout(context.Background(), workTimeout)
	defer cancel()
	if err := contain.Call(func() error { return b.table.Tidy(ctx, opt.Bounds) }); err != nil {
		opt.Log.Error("senders: old entries could not be deleted", "record", b.name, "err", err)
	}
}

// Flush waits until all changes so far are written, or cannot be.
func (b *Book) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case b.flushed <- done:
	case <-b.quit:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := <-done; err != nil {
		return err
	}
	select { // what came while an earlier batch was in hand
	case b.flushed <- done:
		return <-done
	case <-b.quit:
		return ErrClosed
	}
}

// Close writes pending changes.
func (b *Book) Close() error {
	b.mu.Lock()
	was := b.closed
	b.closed = true
	b.mu.Unlock()
	if was {
		return nil
	}
	close(b.quit)
	b.work.Join()
	b.mu.Lock()
	left := len(b.writing) + len(b.pending)
	b.mu.Unlock()
	if left > 0 {
		b.lose(left, errors.New("it was closed before"))
	}
	return b.table.Close()
}
