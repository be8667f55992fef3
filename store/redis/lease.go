package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// leaseTime is how long a lease lasts without being renewed.
const leaseTime = 30 * time.Second

// lease is the right to change the store as a whole. One process has it at a time.
type lease struct {
	s       *Store
	owner   string
	renewed time.Time
}

func (s *Store) leaseKey() string { return s.tags.site("lease") }

// takeLease takes the lease, or says who has it.
func (s *Store) takeLease() (*lease, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.ApplyTimeout)
	defer cancel()
	l := &lease{s, owner(), time.Now()}
	b := s.conn.Load().B()
	got, err := s.do(ctx, b.Set().Key(s.leaseKey()).Value(l.owner).Nx().PxMilliseconds(leaseTime.Milliseconds()).Build())
	if err != nil {
		return nil, err
	}
	if !valkey.IsValkeyNil(got[0].Error()) {
		return l, nil
	}
	got, err = s.do(ctx, s.conn.Load().B().Get().Key(s.leaseKey()).Build())
	if err != nil {
		return nil, err
	}
	holder, _ := got[0].ToString()
	return nil, fmt.Errorf("%w: %s", store.ErrBusy, holder)
}

// keep renews the lease, if it is time to, and fails if it is lost.
func (l *lease) keep() error {
	if l.s.closed.Load() {
		return store.ErrClosed
	}
	if time.Since(l.renewed) < leaseTime/3 {
		return nil
	}
	if n, err := l.change(leaseTime); err != nil {
		return err
	} else if n == 0 {
		return store.ErrBusy
	}
	l.renewed = time.Now()
	return nil
}

// give gives the lease back. If that fails, it ends by itself.
func (l *lease) give() { _, _ = l.change(0) }

func (l *lease) change(to time.Duration) (int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.s.opt.ApplyTimeout)
	defer cancel()
	n, err := leaseScript.run(ctx, l.s.conn.Load(), []string{l.s.leaseKey()},
		[]string{l.owner, strconv.FormatInt(to.Milliseconds(), 10)}).AsInt64()
	return n, away(err)
}
