package senders

import (
	"context"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"
)

// tidyStep is how many entries of a file are looked at, or deleted, in one transaction.
const tidyStep = 5000

// store is what entries are deleted from.
type store interface {
	// each visits all entries, in steps of which each is followed by then, if that is given.
	each(ctx context.Context, visit func(e Named, sound bool), then func() error) error
	// drop deletes entries.
	drop(ctx context.Context, old []Named) error
}

// tidy deletes the entries beyond the bounds. Where there are too many it makes room for a tenth more, so that it need
// not do so again soon.
func tidy(ctx context.Context, s store, b Bounds, now time.Time) error {
	before := time.Time{}
	if b.Expire > 0 {
		before = now.Add(-b.Expire)
	}
	if b.Most > 0 {
		seen, err := times(ctx, s)
		if err != nil {
			return err
		}
		if len(seen) > b.Most {
			slices.Sort(seen)
			if limit := time.Unix(seen[len(seen)-b.Most*9/10-1]+1, 0); limit.After(before) {
				before = limit
			}
		}
	}
	if before.IsZero() {
		return nil
	}
	return dropBefore(ctx, s, before)
}

// times returns when each entry changed last, in seconds since 1970.
func times(ctx context.Context, s store) (all []int64, err error) {
	err = s.each(ctx, func(e Named, _ bool) { all = append(all, e.Seen.Unix()) }, nil)
	return all, err
}

// dropBefore deletes the entries that changed last before a time, and damaged ones.
func dropBefore(ctx context.Context, s store, limit time.Time) error {
	var old []Named
	return s.each(ctx, func(e Named, sound bool) {
		if !sound || e.Seen.Before(limit) {
			old = append(old, e)
		}
	}, func() error {
		if len(old) == 0 {
			return nil
		}
		defer func() { old = old[:0] }()
		return s.drop(ctx, old)
	})
}

// Tidy implements Table.
func (f *file) Tidy(ctx context.Context, b Bounds) error { return tidy(ctx, f, b, f.now()) }

func (f *file) each(ctx context.Context, visit func(e Named, sound bool), then func() error) error {
	var next []byte
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		more = false
		err := f.view(func(tx *bbolt.Tx) error {
			c := tx.Bucket(entriesBucket).Cursor()
			n := 0
			for k, v := c.Seek(next); k != nil; k, v = c.Next() {
				if n++; n > tidyStep {
					next, more = slices.Clone(k), true
					break
				}
				e, sound := decode(v)
				visit(Named{string(k), e}, sound)
			}
			return nil
		})
		if err == nil && then != nil {
			err = then()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *file) drop(_ context.Context, old []Named) error {
	return f.update(func(tx *bbolt.Tx) error {
		all := tx.Bucket(entriesBucket)
		for _, e := range old {
			if err := all.Delete([]byte(e.Key)); err != nil {
				return err
			}
		}
		return nil
	})
}
