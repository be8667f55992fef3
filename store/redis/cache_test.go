package redis

import (
	"testing"
	"time"

	"asterism/store"
	"asterism/store/redis/redistest"
)

// manyTokens are spread over all groups.
func manyTokens(n int) []store.Token {
	tokens := make([]store.Token, n)
	for i := range tokens {
		tokens[i] = store.Token(uint64(i+1) * 0x9e3779b97f4a7c15)
	}
	return tokens
}

// learnAll has a store learn tokens once more.
func learnAll(t *testing.T, s *Store, tokens []store.Token) {
	t.Helper()
	l := store.Learning{Time: 7, Ham: 1}
	for _, tok := range tokens {
		l.Changes = append(l.Changes, store.Change{Token: tok, Ham: 1})
	}
	if _, err := s.Apply(l); err != nil {
		t.Fatal(err)
	}
}

// wantCached checks that lookups give the tokens counts without asking the server.
func wantCached(t *testing.T, s *Store, tokens []store.Token, ham uint32) {
	t.Helper()
	records, before := make([]store.Record, len(tokens)), s.Stats().Misses
	if err := s.Lookup(tokens, records); err != nil {
		t.Fatal(err)
	}
	if missed := s.Stats().Misses - before; missed > 0 {
		t.Errorf("the server was asked for %d of %d tokens", missed, len(tokens))
	}
	for i, r := range records {
		if r.Ham != ham {
			t.Fatalf("token %d: %+v, want ham %d", i, r, ham)
		}
	}
}

// TestFarBehind: a host that has not asked for a while catches up with changes that are more than the server sends at
// once, and keeps its cache; so it does when it expires what it knows.
func TestFarBehind(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL("behind")
	trainer, other := mustOpen(t, url), mustOpen(t, url)
	tokens := manyTokens(8000)
	learnAll(t, trainer, tokens)
	if err := other.Lookup(tokens, make([]store.Record, len(tokens))); err != nil {
		t.Fatal(err)
	}
	other.quit() // ends its polls
	other.run.Wait()
	if err := other.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	const rounds = 20 // 200 KB each
	for range rounds {
		learnAll(t, trainer, tokens)
	}
	polls := 0
	for more := true; more; polls++ {
		var err error
		if more, err = other.pollSome(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if polls < 3 {
		t.Errorf("the server sent %d MB in %d answers", rounds*8000*24>>20, polls)
	}
	wantCached(t, other, tokens, rounds+1)
	if _, err := trainer.Expire(0, -1); err != nil {
		t.Fatal(err)
	}
	if err := other.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantCached(t, other, tokens, 0)
	wantCached(t, trainer, tokens, 0)
}

// TestPreload: a new host's cache is loaded in the background, and is right although others learn meanwhile.
func TestPreload(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000")
	url := server.URL("preload")
	trainer := mustOpen(t, url)
	tokens := manyTokens(150_000)
	for from := 0; from < len(tokens); from += 10_000 {
		learnAll(t, trainer, tokens[from:from+10_000])
	}
	server.CLI("SLOWLOG", "RESET")
	began := time.Now()
	s, err := Open(url, Options{Preload: true, LookupTimeout: time.Minute, ApplyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	learnAll(t, trainer, tokens[:5000])
	cached := func() (n int) {
		for g := range s.groups {
			s.groups[g].mu.RLock()
			n += len(s.groups[g].records)
			s.groups[g].mu.RUnlock()
		}
		return n
	}
	// A page that was read while the trainer wrote is left out.
	redistest.Await(t, "the cache to be loaded", func() bool { return cached() >= len(tokens)*9/10 })
	t.Logf("%d of %d tokens after %v", cached(), len(tokens), time.Since(began).Round(time.Millisecond))
	t.Logf("the server: %s", server.CLI("EVAL", `local n, sum, most = 0, 0, 0
for _, e in ipairs(redis.call('SLOWLOG', 'GET', '100000')) do
  if e[4][1] == 'HSCAN' then n, sum, most = n + 1, sum + e[3], math.max(most, e[3]) end
end
return string.format('%d HSCAN, %.0f us each, the longest %d', n, sum / n, most)`, "0"))
	records := make([]store.Record, len(tokens))
	redistest.Await(t, "the trainer's last learning", func() bool {
		return s.Lookup(tokens, records) == nil && records[0].Ham == 2
	})
	for i, r := range records {
		if want := uint32(1); r.Ham != want && !(i < 5000 && r.Ham == 2) {
			t.Fatalf("token %d: %+v", i, r)
		}
	}
}
