package senders

import (
	"context"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"
)

// tidyStep is how many entries are looked at, or deleted, in one transaction.
const tidyStep = 5000

// Tidy implements Table. Where there are too many entries it makes room for a tenth more, so that it need not do so
// again soon.
func (f *file) Tidy(ctx context.Context, b Bounds) error {
	now := f.now()
	before := time.Time{}
	if b.Expire > 0 {
		before = now.Add(-b.Expire)
	}
	if b.Most > 0 {
		seen, err := f.times(ctx)
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
	return f.dropBefore(ctx, before)
}

// times returns when each entry changed last, in seconds since 1970.
func (f *file) times(ctx context.Context) (all []int64, err error) {
	err = f.each(ctx, func(_ []byte, e Entry, _ bool) { all = append(all, e.Seen.Unix()) }, nil)
	return all, err
}

// dropBefore deletes the entries that changed last before a time, and damaged ones.
func (f *file) dropBefore(ctx context.Context, limit time.Time) error {
	var old [][]byte
	return f.each(ctx, func(key []byte, e Entry, ok bool) {
		if !ok || e.Seen.Before(limit) {
			old = append(old, slices.Clone(key))
		}
	}, func() error {
		if len(old) == 0 {
			return nil
		}
		defer func() { old = old[:0] }()
		return f.update(func(tx *bbolt.Tx) error {
			all := tx.Bucket(entriesBucket)
			for _, k := range old {
				if err := all.Delete(k); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// each visits all entries, in steps of which each is followed by then.
func (f *file) each(ctx context.Context, visit func(key []byte, e Entry, ok bool), then func() error) error {
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
				e, ok := decode(v)
				visit(k, e, ok)
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
