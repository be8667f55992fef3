package milter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/contain"
)

// errNoVerdict is a checker's mistake that must not deliver a mail as if it had been checked.
var errNoVerdict = errors.New("the scan ended without a verdict")

// check runs the checker and, while it does, tells the MTA now and then that the mail is still in work, which
// restarts the MTA's wait for a packet (not sendmail's wait for the whole verdict, E:). A check that outlives its
// time or its MTA is left to end by itself; its place is free when it has.
func (t *transaction) check(in *classifier.Input) (*classifier.Verdict, error) {
	d := t.settings.CheckTimeout
	if d <= 0 {
		d = math.MaxInt64
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	done := make(chan checked, 1)
	server := t.session.server
	begun := new(atomic.Bool) // whether it has had its turn
	server.start(func() {
		v, err := server.check(ctx, in, begun)
		done <- checked{v, err}
	})
	tick := time.NewTicker(server.opt.Progress)
	defer tick.Stop()
	for {
		select {
		case r := <-done:
			return r.verdict, r.err
		case <-ctx.Done():
			if !begun.Load() {
				return nil, fmt.Errorf("%w: it did not begin within %v", errOverload, t.settings.CheckTimeout)
			}
			return nil, fmt.Errorf("scan not finished within %v: %w", t.settings.CheckTimeout, ctx.Err())
		case <-tick.C:
			if err := t.session.replies.progress(); err != nil {
				return nil, fmt.Errorf("%w during the scan: %w", errHungUp, err)
			}
		}
	}
}

type checked struct {
	verdict *classifier.Verdict
	err     error
}

// workerIdle is how long a goroutine that has done its work waits for more.
const workerIdle = 5 * time.Second

// start has work done, the service of a session or a check, by a goroutine that has done other work, or else by a new
// one: to give each its own would mean that its stack has to grow each time, from 2 to 32 KB, and is copied whenever it
// does. A panic ends the work.
func (s *Server) start(work func()) {
	select {
	case s.workers <- work:
	default:
		go s.work(work)
	}
}

func (s *Server) work(work func()) {
	idle := time.NewTimer(workerIdle)
	defer idle.Stop()
	for {
		_ = contain.Do(work) // it has been logged
		work = nil
		idle.Reset(workerIdle)
		select {
		case work = <-s.workers:
		case <-idle.C:
			return
		}
	}
}

// errOverload is returned for a mail when too many wait already. It ends a wait that would outlast the MTA's
// patience, and the memory that all the waiting mails take.
var errOverload = errors.New("too many mails are waiting for a scan")

// policy says what becomes of a mail whose check failed.
func (s *Settings) policy(err error) OnError {
	if errors.Is(err, errOverload) || errors.Is(err, connpool.ErrNoMemory) {
		return s.OnOverload
	}
	return s.OnError
}

// takeTurn waits until fewer checks run than may.
func (s *Server) takeTurn(ctx context.Context) error {
	select {
	case s.checks <- struct{}{}:
		return nil
	default:
	}
	if s.waiting.Add(1) > int64(s.opt.MaxWaiting) {
		s.waiting.Add(-1)
		return errOverload
	}
	defer s.waiting.Add(-1)
	select {
	case s.checks <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checking reports whether any mail is being checked or waits for that.
func (s *Server) checking() bool { return len(s.checks) > 0 }

// makeBytes ends the session whose mail is slowest to arrive, if there is one, and reports whether there will be room.
func (s *Server) makeBytes() bool { return s.MakeRoom(connpool.Bytes) }

// check waits for its turn and its memory, and runs the checker; a panic there costs this mail its verdict, nothing
// more.
func (s *Server) check(ctx context.Context, in *classifier.Input, begun *atomic.Bool) (v *classifier.Verdict,
	err error) {
	if err := s.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.checks }()
	footprint := classifier.Footprint(in.Raw)
	if err := s.opt.Scans.Begin(ctx, footprint); err != nil {
		return nil, err
	}
	defer s.opt.Scans.End(footprint)
	begun.Store(true)
	defer contain.Err(&err)
	v, err = s.opt.Checker.Check(ctx, in)
	if err == nil && v == nil {
		err = errNoVerdict
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}
