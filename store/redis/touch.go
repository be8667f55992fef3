package redis

import (
	"context"
	"strconv"
	"sync"

	"asterism/store"
)

// touchSlack is by how many seconds a token's time of use may be behind: most tokens of a mail were in one a minute
// ago.
const touchSlack = 600

// maxTouched bounds the tokens whose use is yet to be noted. What is beyond is not noted: it is a hint.
const maxTouched = 500_000

// touched are times of use on their way to the server.
type touched struct {
	mu    sync.Mutex
	times map[store.Token]uint32
}

// Touch implements store.Store.
func (s *Store) Touch(tokens []store.Token, now uint32) {
	if s.open() != nil {
		return
	}
	t := &s.touched
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.times == nil {
		t.times = map[store.Token]uint32{}
	}
	for _, tok := range tokens {
		if tok == 0 {
			continue
		}
		if r, ok := s.groups[groupOfToken(tok)].get(tok); ok && (r == store.Record{} || now < r.LastSeen+touchSlack) {
			continue
		}
		if old, ok := t.times[tok]; (ok || len(t.times) < maxTouched) && now > old {
			t.times[tok] = now
		}
	}
}

// flushTouched writes them.
func (s *Store) flushTouched(ctx context.Context) error {
	s.touched.mu.Lock()
	times := s.touched.times
	s.touched.times = nil
	s.touched.mu.Unlock()
	if len(times) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, expiryTimeout)
	defer cancel()
	const most = 1000 // pairs in one call
	var pairs [groups][]byte
	var calls []call
	c, epoch := s.conn.Load(), s.root.Load().epoch
	full := func(g int) {
		calls = append(calls, call{s.tags.groupKeys(epoch, g, kindTokens, kindLog),
			[]string{strconv.FormatUint(random(), 36), string(pairs[g])}})
		pairs[g] = pairs[g][:0]
	}
	for tok, time := range times {
		g := groupOfToken(tok)
		pairs[g] = le.AppendUint32(appendToken(pairs[g], tok), time)
		if len(pairs[g]) == most*(tokenSize+4) {
			full(g)
		}
	}
	for g := range pairs {
		if len(pairs[g]) > 0 {
			full(g)
		}
	}
	for _, r := range touchScript.runAll(ctx, c, calls) {
		if err := r.Error(); err != nil {
			return away(err)
		}
	}
	for tok, time := range times {
		s.groups[groupOfToken(tok)].used(tok, time)
	}
	return nil
}

// used raises a cached record's time of use.
func (g *group) used(tok store.Token, time uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.records[tok]; ok && c.LastSeen < time && (c.Ham > 0 || c.Spam > 0) {
		c.LastSeen = time
		g.records[tok] = c
	}
}
