package contain

import (
	"sync"
	"sync/atomic"
)

// Group is a sync.WaitGroup whose goroutines may panic: the waiter gets the first panic, and so the mail that they work
// for.
type Group struct {
	wg    sync.WaitGroup
	first atomic.Pointer[Panic]
}

// Go runs f in a goroutine of the group.
func (g *Group) Go(f func()) {
	g.wg.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				g.first.CompareAndSwap(nil, caught(v))
			}
		}()
		f()
	})
}

// Wait waits until all goroutines of the group have ended. If one of them panicked it panics as well.
func (g *Group) Wait() {
	g.wg.Wait()
	if p := g.first.Load(); p != nil {
		panic(p)
	}
}

// Join is Wait for callers that do not depend on the goroutines' work: their panics were logged.
func (g *Group) Join() { g.wg.Wait() }
