// Package connpool keeps a server's connections within bounds: how many there are at once, how many bytes they hold,
// which have to make room for new ones, and how all of them come to an end.
package connpool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"asterism/contain"
)

// ErrClosed is returned by Serve after Shutdown, and by a second Shutdown.
var ErrClosed = errors.New("server closed")

// Room is a resource that a connection may have to give up for another.
type Room int

const (
	Place Room = iota // one of the connections that a pool may have
	Bytes             // memory that the messages of connections share
)

// Conn is one connection in service. Its methods may be called concurrently.
type Conn interface {
	// Serve starts serving the connection and returns. The connection calls ended once, when it has been closed.
	Serve(ended func())
	// Spare reports whether closing the connection frees the resource and loses no message, and since when its client
	// has kept it waiting.
	Spare(Room) (since time.Time, ok bool)
	// Drain ends the connection as soon as nothing is in hand on it.
	Drain()
	// Kill ends the connection, whatever is in hand.
	Kill()
}

// Pool is the connections of one server. It may have several listeners.
type Pool struct {
	what  string
	log   *slog.Logger
	slots chan struct{} // one element per connection in service

	mu        sync.Mutex
	closing   bool
	listeners []net.Listener
	active    map[Conn]struct{}
	live      int           // those of active, and those that have made room and are about to end
	ended     chan struct{} // closed when closing is set and the last connection has gone
}

// NewPool returns a pool of at most limit connections. what names their work in messages, such as "mails".
func NewPool(limit int, what string, log *slog.Logger) *Pool {
	return &Pool{
		what: what, log: log, slots: make(chan struct{}, limit), active: make(map[Conn]struct{}), ended: make(chan struct{}),
	}
}

// Len returns how many connections there are.
func (p *Pool) Len() int { return len(p.slots) }

// Serve accepts connections until ln fails or Shutdown is called, when it returns ErrClosed, and serves each by the
// Conn that begin returns. It closes ln. At the limit, the connection that can be spared for the longest time makes
// room for a new one. If none can, the new one waits, and later ones wait unaccepted.
func (p *Pool) Serve(ln net.Listener, begin func(net.Conn) Conn) error {
	defer ln.Close()
	if !p.addListener(ln) {
		return ErrClosed
	}
	for pause := time.Duration(0); ; {
		conn, err := ln.Accept()
		if err == nil {
			pause = 0
			if err := contain.Do(func() { p.Take(begin(conn)) }); err != nil {
				conn.Close()
			}
			continue
		}
		if p.Closing() {
			return ErrClosed
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		// Out of file descriptors, most likely: go on when some are free again.
		pause = min(2*pause+5*time.Millisecond, time.Second)
		p.log.Error("cannot accept a connection", "listener", ln.Addr(), "err", err, "pause", pause)
		time.Sleep(pause)
	}
}

// Take waits for a place and serves a connection. If the pool is closing it ends the connection instead.
func (p *Pool) Take(c Conn) {
	if !p.takePlace() || !p.add(c) {
		c.Kill()
		return
	}
	c.Serve(func() { p.end(c) })
}

// recheck is how often a connection that waits for a place looks for one that has become one to be spared.
const recheck = 20 * time.Millisecond

// takePlace counts one more connection; it returns false if the pool is closing.
func (p *Pool) takePlace() bool {
	for !p.Closing() {
		select {
		case p.slots <- struct{}{}:
			return true
		default:
			p.MakeRoom(Place)
		}
		select {
		case p.slots <- struct{}{}:
			return true
		case <-time.After(recheck):
		}
	}
	return false
}

// MakeRoom ends the connection that could be spared for the longest time, if any, and reports whether there will be
// room. While one is still ending it does nothing, so that several waiters do not end more connections than needed.
func (p *Pool) MakeRoom(room Room) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live > len(p.active) {
		return true
	}
	var oldest Conn
	var since time.Time
	for c := range p.active {
		if t, ok := c.Spare(room); ok && (oldest == nil || t.Before(since)) {
			oldest, since = c, t
		}
	}
	if oldest == nil {
		return false
	}
	delete(p.active, oldest)
	oldest.Kill()
	return true
}

// add notes a connection that has its place.
func (p *Pool) add(c Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		<-p.slots
		return false
	}
	p.active[c] = struct{}{}
	p.live++
	return true
}

// end is called once for every connection that was served.
func (p *Pool) end(c Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.active, c)
	p.live--
	<-p.slots
	if p.closing && p.live == 0 {
		close(p.ended)
	}
}

func (p *Pool) addListener(ln net.Listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listeners = append(p.listeners, ln)
	return !p.closing
}

// Closing reports whether Shutdown was called.
func (p *Pool) Closing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closing
}

// Shutdown stops accepting, has connections end as soon as nothing is in hand on them, and waits for that. When ctx
// ends first it ends all, and returns an error that says how many were cut off.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		return ErrClosed
	}
	p.closing = true
	for _, ln := range p.listeners {
		ln.Close()
	}
	for c := range p.active {
		c.Drain()
	}
	if p.live == 0 {
		close(p.ended)
	}
	p.mu.Unlock()
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	n := len(p.active)
	for c := range p.active {
		c.Kill()
	}
	p.mu.Unlock()
	select { // they end at once, except for one that is stuck in its own work
	case <-p.ended:
	case <-time.After(time.Second):
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d %s in progress were aborted: %w", n, p.what, ctx.Err())
}
