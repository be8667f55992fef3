package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"asterism/store"
)

// touchInterval is how often the times of use that scans have noted are written.
const touchInterval = 5 * time.Minute

// intentInterval is how often intents of others are looked at.
const intentInterval = time.Second

// keepUp connects if need be, and then asks for what has changed, until ctx ends.
func (s *Store) keepUp(ctx context.Context) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	touched, intents := time.Now(), time.Now()
	was := s.seenSoFar()
	for {
		err := s.refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.health.failed(away(err))
		} else if back, is := s.health.answered(), s.seenSoFar(); back || is != was {
			was = is
			select {
			case s.notice <- struct{}{}:
			default: // it is yet to be called for the last time
			}
		}
		if err == nil && time.Since(touched) > touchInterval {
			touched = time.Now()
			err = s.flushTouched(ctx)
		}
		if err == nil && time.Since(intents) > intentInterval {
			intents = time.Now()
			requests, cancel := context.WithTimeout(ctx, s.opt.ApplyTimeout)
			if err := s.completeAbandoned(requests); err != nil && ctx.Err() == nil {
				s.health.failed(away(err))
			}
			cancel()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// notify calls Options.Changed when there is something to tell.
func (s *Store) notify(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.notice:
			s.opt.Changed()
		}
	}
}

// sight is what Options.Changed is about.
type sight struct {
	root       root
	parameters uint64
}

func (s *Store) seenSoFar() (v sight) {
	if r := s.root.Load(); r != nil {
		v.root = *r
	}
	s.groups[0].mu.RLock()
	defer s.groups[0].mu.RUnlock()
	v.parameters = s.groups[0].state.parameters
	return v
}

// refresh brings what this client knows up to date.
func (s *Store) refresh(ctx context.Context) error {
	if !s.polled.Load() {
		return s.connect(ctx)
	}
	err := s.catchUp(ctx)
	if err == nil {
		err = s.dropIntents(ctx)
	}
	return err
}

// catchUp polls the store, by its new root if it was replaced.
func (s *Store) catchUp(ctx context.Context) error {
	err := s.poll(ctx)
	if errors.Is(err, errGone) {
		if err = s.readRoot(ctx); err == nil {
			err = s.poll(ctx)
		}
	}
	return err
}

// pollRounds bounds how often a poll asks for more before others are served.
const pollRounds = 50

// poll asks all groups for their state and the changes since the last time.
func (s *Store) poll(ctx context.Context) error {
	for more, round := true, 0; more && round < pollRounds; round++ {
		var err error
		if more, err = s.pollSome(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pollSome does so once, and returns whether there are more changes than the server sends at once.
func (s *Store) pollSome(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(pollTimeout, s.opt.LookupTimeout))
	defer cancel()
	c, epoch := s.conn.Load(), s.root.Load().epoch
	var calls []call
	var known [groups]struct {
		version uint64
		change  string
		flushes uint64
	}
	for g := range s.groups {
		k := &known[g]
		k.version, k.change, k.flushes = s.groups[g].known()
		since := "-1"
		if k.version > 0 {
			since = strconv.FormatUint(k.version, 10)
		}
		if c.cluster || g == 0 {
			calls = append(calls, call{})
		}
		last := &calls[len(calls)-1]
		last.keys = append(last.keys, s.tags.groupKeys(epoch, g, kindTokens, kindMarks, kindLog, kindIntents)...)
		last.args = append(last.args, since)
	}
	g := 0
	for _, result := range pollScript.runAll(ctx, c, calls) {
		replies, err := result.ToArray()
		if err != nil {
			return false, away(err)
		}
		for _, reply := range replies {
			fields, err := reply.ToArray()
			if err != nil || len(fields) < 12 || g == groups {
				return false, errDamaged
			}
			if fields[0].IsNil() {
				return false, s.lost(ctx, epoch, g)
			}
			st, err := decodeState(fields)
			if err != nil {
				return false, err
			}
			log, err := decodeEntries(fields[11])
			if err != nil {
				return false, errDamaged
			}
			k := &known[g]
			more = s.groups[g].polled(st, log, k.version, k.change, k.flushes) || more
			g++
		}
	}
	if g != groups {
		return false, errDamaged
	}
	return more, nil
}

// lost says why a group is not there: the store has another epoch now, or was lost as a whole, or in part.
func (s *Store) lost(ctx context.Context, epoch uint64, g int) error {
	r, err := s.askRoot(ctx)
	if err != nil {
		return err
	}
	if r == nil || r.epoch != epoch {
		return errGone
	}
	return fmt.Errorf("%w: the server has lost a part of the store (%s): restore a backup, or clear it", store.ErrAway,
		s.tags.group(epoch, g, kindTokens))
}
