package backup

import (
	"fmt"

	"asterism/store"
)

// Copy puts all of one store in the place of all of another, key included, and checks by counts that it is there.
// Nothing should be learned meanwhile. step, if given, is called with the number of records that were copied since
// the last call.
func Copy(to, from store.Store, step func(records int)) error {
	if step == nil {
		step = func(int) {}
	}
	return Replace(to, func(sink store.Sink) error {
		_, err := send(from, sink, step)
		return err
	})
}

// Replace replaces the content of a store by the content that fill gives its sink, and verifies the counts. An error of
// fill leaves the store unchanged.
func Replace(to store.Store, fill func(store.Sink) error) error {
	var read counted
	err := to.Replace(func(sink store.Sink) error {
		read = counted{Sink: sink}
		return fill(&read)
	})
	if err != nil {
		return err
	}
	return check(to, read.counts)
}

// check compares a store with what was written to it.
func check(st store.Store, want counts) error {
	got, err := send(st, nothing{}, func(int) {})
	if err == nil && got != want {
		err = fmt.Errorf("the store differs from the source: it has %+v, the source has %+v", want, got)
	}
	return err
}

// counted is a sink that counts what it hands on.
type counted struct {
	store.Sink
	counts
}

func (c *counted) Head(h store.Head) error {
	c.Ham, c.Spam = h.Ham, h.Spam
	return c.Sink.Head(h)
}

func (c *counted) Token(tok store.Token, r store.Record) error {
	c.Tokens++
	return c.Sink.Token(tok, r)
}

func (c *counted) Mark(m store.Mark) error {
	c.Marks++
	return c.Sink.Mark(m)
}

func (c *counted) Sample(s store.Sample) error {
	c.Samples++
	return c.Sink.Sample(s)
}

func (c *counted) Meta(name string, value []byte) error {
	c.counts.Meta++
	return c.Sink.Meta(name, value)
}

// counts are how much there is in a store.
type counts struct {
	Ham, Spam                    uint32
	Tokens, Marks, Samples, Meta int
}

// send gives all of a store to a sink, its head first, and returns how much it was.
func send(from store.Store, to store.Sink, step func(records int)) (c counts, err error) {
	tot, err := from.Totals()
	if err != nil {
		return c, err
	}
	if err := to.Head(store.Head{Key: from.Key(), Ham: tot.Ham, Spam: tot.Spam, LastExpiry: tot.LastExpiry}); err != nil {
		return c, err
	}
	c.Ham, c.Spam = tot.Ham, tot.Spam
	var failed error
	next := func(err error, n *int) bool {
		failed = err
		*n++
		step(1)
		return err == nil
	}
	for _, each := range []func() error{
		func() error {
			return from.EachMeta(func(name string, value []byte) bool { return next(to.Meta(name, value), &c.Meta) })
		},
		func() error {
			return from.Each(func(tok store.Token, r store.Record) bool { return next(to.Token(tok, r), &c.Tokens) })
		},
		func() error { return from.EachMark(func(m store.Mark) bool { return next(to.Mark(m), &c.Marks) }) },
		func() error {
			return from.EachSample(func(s store.Sample) bool { return next(to.Sample(s), &c.Samples) })
		},
	} {
		if err := each(); err != nil {
			return c, err
		}
		if failed != nil {
			return c, failed
		}
	}
	return c, nil
}

// nothing is a sink that takes everything and keeps nothing.
type nothing struct{}

func (nothing) Head(store.Head) error                 { return nil }
func (nothing) Token(store.Token, store.Record) error { return nil }
func (nothing) Mark(store.Mark) error                 { return nil }
func (nothing) Sample(store.Sample) error             { return nil }
func (nothing) Meta(name string, value []byte) error  { return nil }
