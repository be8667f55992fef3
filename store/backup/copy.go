package backup

import (
	"fmt"

	"asterism/store"
)

// Copy puts all of one store in the place of all of another, key included, and checks by counts that it is there. Nothing should be
// learned meanwhile. step, if given, is called with the number of records that were copied since the last call.
func Copy(to, from store.Store, step func(records int)) error {
	tot, err := from.Totals()
	if err != nil {
		return err
	}
	if step == nil {
		step = func(int) {}
	}
	var read counts
	err = to.Replace(func(sink store.Sink) error {
		if err := sink.Head(store.Head{Key: from.Key(), Ham: tot.Ham, Spam: tot.Spam, LastExpiry: tot.LastExpiry}); err != nil {
			return err
		}
		return read.all(from, sink, step)
	})
	if err != nil {
		return err
	}
	read.Ham, read.Spam = tot.Ham, tot.Spam
	written, err := countAll(to)
	if err == nil && written != read {
		err = fmt.Errorf("the copy differs: %+v were read, %+v are there", read, written)
	}
	return err
}

// counts are how much there is in a store.
type counts struct {
	Ham, Spam                    uint32
	Tokens, Marks, Samples, Meta int
}

func countAll(st store.Store) (c counts, err error) {
	tot, err := st.Totals()
	if err != nil {
		return c, err
	}
	err = c.all(st, nothing{}, func(int) {})
	c.Ham, c.Spam = tot.Ham, tot.Spam
	return c, err
}

// all gives all records of a store to a sink, and counts them.
func (c *counts) all(from store.Store, sink store.Sink, step func(int)) error {
	var failed error
	next := func(err error, n *int) bool {
		failed = err
		*n++
		step(1)
		return err == nil
	}
	for _, each := range []func() error{
		func() error {
			return from.EachMeta(func(name string, value []byte) bool { return next(sink.Meta(name, value), &c.Meta) })
		},
		func() error {
			return from.Each(func(tok store.Token, r store.Record) bool { return next(sink.Token(tok, r), &c.Tokens) })
		},
		func() error { return from.EachMark(func(m store.Mark) bool { return next(sink.Mark(m), &c.Marks) }) },
		func() error {
			return from.EachSample(func(s store.Sample) bool { return next(sink.Sample(s), &c.Samples) })
		},
	} {
		if err := each(); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
	}
	return nil
}

// nothing is a sink that takes everything and keeps nothing.
type nothing struct{}

func (nothing) Head(store.Head) error                 { return nil }
func (nothing) Token(store.Token, store.Record) error { return nil }
func (nothing) Mark(store.Mark) error                 { return nil }
func (nothing) Sample(store.Sample) error             { return nil }
func (nothing) Meta(name string, value []byte) error  { return nil }
