package history

import (
	"context"
	"sync"
	"time"

	"asterism/store"
)

// event is something to be written: one of these fields is set.
type event struct {
	record *Record
	taught *teaching
	forget *erasure
	number uint64       // its number among the entries sent to a stream
	done   chan<- error // gets a value when it and all before it are written
}

// teaching says that a mail was taught: that of an ID, and all copies of one that has a digest.
type teaching struct {
	id     ID
	digest uint64 // mark of it, 0 if it is not known
	Taught
}

// erasure says whose address is to be forgotten, by its hash: it may stand in a stream for others to read.
type erasure struct {
	hash uint32
	n    int // records that it concerned
}

// Bounds of what waits to be written.
const (
	maxQueued  = 8 << 20 // bytes of memory, roughly
	batchSize  = 64      // events that are written at once: a larger write keeps a lone processor for longer
	batchPause = time.Second
)

// queue is what waits to be written.
type queue struct {
	mu     sync.Mutex
	events []event
	bytes  int
	last   ID // given to a record
	closed bool

	wake   chan struct{} // there is something
	urgent chan struct{} // somebody waits for it, or it is much
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1)}
}

// add appends an event, and reports whether there was room.
func (q *queue) add(e event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := e.size()
	if q.closed || e.done == nil && q.bytes+size > maxQueued {
		return false
	}
	if e.record != nil && e.record.ID == 0 {
		q.last = max(q.last+1, newID(e.record.Time))
		e.record.ID = q.last
	}
	q.events = append(q.events, e)
	q.bytes += size
	poke(q.wake)
	if e.done != nil || len(q.events) >= batchSize {
		poke(q.urgent)
	}
	return true
}

// take returns the events that are to be written next, of which the last is the first that somebody waits for.
func (q *queue) take() []event {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < min(len(q.events), batchSize) {
		n++
		if q.events[n-1].done != nil {
			break
		}
	}
	batch := append([]event(nil), q.events[:n]...)
	left := copy(q.events, q.events[n:])
	clear(q.events[left:])
	q.events = q.events[:left]
	for i := range batch {
		q.bytes -= batch[i].size()
	}
	if left > 0 {
		poke(q.wake)
		poke(q.urgent)
	}
	return batch
}

// wait returns true once there is a batch to be written: after a pause in which it may grow, or when somebody waits for
// it. It returns false when tick or quit comes first.
func (q *queue) wait(tick <-chan time.Time, quit <-chan struct{}) bool {
	select {
	case <-q.wake:
	case <-tick:
		return false
	case <-quit:
		return false
	}
	pause := time.NewTimer(batchPause)
	defer pause.Stop()
	select {
	case <-q.urgent:
	case <-pause.C:
	case <-quit:
	}
	return true
}

// answerWaiting answers the waiters without a result.
func (q *queue) answerWaiting() {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := q.events[:0]
	for _, e := range q.events {
		if e.done != nil {
			e.done <- nil
			e.done = nil
		}
		if e.record != nil || e.taught != nil || e.forget != nil {
			kept = append(kept, e)
		} else {
			q.bytes -= e.size()
		}
	}
	clear(q.events[len(kept):])
	q.events = kept
}

// empty reports whether nothing waits.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events) == 0
}

// begin numbers new records after the present ones.
func (q *queue) begin(newest ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = max(q.last, newest)
}

// close refuses further entries.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// size is how much memory an event takes, roughly.
func (e *event) size() int {
	r := e.record
	if r == nil {
		return 200
	}
	n := 1000 + len(r.Subject) + len(r.From) + len(r.MessageID) + len(r.ClientName) + len(r.Helo) + len(r.AuthResults) +
		len(r.Error) + 4*len(r.hidden)
	for i := range r.Tests {
		n += 100 + len(r.Tests[i].Detail)
	}
	for _, texts := range [...][]string{r.Recipients, r.Notes} {
		for _, text := range texts {
			n += 30 + len(text)
		}
	}
	for i := range r.Words {
		n += 40 + len(r.Words[i].Text)
	}
	if l := r.Lesson; l != nil {
		n += 8 * (len(l.Header) + len(l.Body))
	}
	return n
}

// flush waits until the entries so far are written or have failed.
func (l *Log) flush(ctx context.Context) error {
	return l.wait(ctx, event{})
}

// wait adds an event, and waits until it is written.
func (l *Log) wait(ctx context.Context, e event) error {
	done := make(chan error, 1)
	e.done = done
	if !l.queue.add(e) {
		return errClosed
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NoteTaught marks all records of a mail as taught elsewhere. It never waits.
func (l *Log) NoteTaught(d store.Digest, class store.Class, by string) {
	t := Taught{Time: time.Now(), Class: class, By: clip(by, maxText)}
	l.queue.add(event{taught: &teaching{digest: digestMark(d), Taught: t}})
}

// MarkTaught writes a lesson by a record into all records of its mail.
func (l *Log) MarkTaught(ctx context.Context, r *Record, t Taught) error {
	t.By = clip(t.By, maxText)
	return l.wait(ctx, event{taught: &teaching{id: r.ID, digest: r.digest, Taught: t}})
}
