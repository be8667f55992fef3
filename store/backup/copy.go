package backup

import (
	"fmt"

	"asterism/store"
)

// Copy puts all of one store in the place of all of another, key included, and checks by counts that it is there. Nothing should be
// learned meanwhile. step, if given, is called with the number of records that were copied since the last call.
func Copy(to, from store.Store, step func(records int)) error {
	if step == nil {
		step = func(int) {}
	}
	var read counts
	err := to.Replace(func(sink store.Sink) (err error) {
		read, err = send(from, sink, step)
		return err
	})
	if err != nil {
		return err
	}
	written, err := send(to, nothing{}, func(int) {})
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
