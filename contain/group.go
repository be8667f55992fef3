package contain

import (
	"sync"
	"sync/atomic"
)

// Group is a sync.WaitGroup whose goroutines may panic: the first panic is that of whoever waits for them, and so
// comes to the mail that they work for.
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

// Join is Wait for one who has nothing to do with what the goroutines do: their panics were logged.
func (g *Group) Join() { g.wg.Wait() }
