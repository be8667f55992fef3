package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"asterism/store"
	"asterism/store/redis/redistest"
)

// wide is a learning with a token in every group.
func wide(mark byte) store.Learning {
	l := store.Learning{Time: 1, Ham: 1, Marks: []store.Mark{{Digest: store.Digest{mark}, Class: store.Ham}}}
	l.If = []store.Mark{{Digest: store.Digest{mark}}}
	for g := range groups {
		l.Changes = append(l.Changes, store.Change{Token: store.Token(g)<<60 | 1, Ham: 1, Weight: 1})
	}
	return l
}

// begin does of a learning what a client does that dies after the first step.
func begin(t *testing.T, s *Store, l store.Learning) {
	t.Helper()
	parts := split(&l)
	var blobs []string
	for i := range parts {
		blobs = append(blobs, parts[i].encode(l.Time))
	}
	s.client.seq++
	err := s.send(context.Background(), request{epoch: s.root.Load().epoch, client: s.client, parts: parts[:1],
		blobs:      blobs[:1],
		conditions: conditions(&l), intentName: intentName(s.client, l.Marks[0].Digest), intent: encodeIntent(parts[1:],
			blobs[1:])})
	if err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(url, Options{LookupTimeout: time.Minute, ApplyTimeout: time.Minute}) // on a machine under load, too
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// wantLearned waits until every token was learned so often, and never more.
func wantLearned(t *testing.T, s *Store, n uint32, limit time.Duration) {
	t.Helper()
	var tokens []store.Token
	for _, c := range wide(0).Changes {
		tokens = append(tokens, c.Token)
	}
	records := make([]store.Record, len(tokens))
	for end := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		if err := s.Lookup(tokens, records); err != nil {
			t.Fatal(err)
		}
		done := true
		for _, r := range records {
			if r.Ham > n {
				t.Fatalf("learned %d times, want %d", r.Ham, n)
			}
			done = done && r.Ham == n
		}
		if done {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not complete after %v: %+v", limit, records)
		}
	}
}

// TestHalfDone: what a client that died has left half done on a Cluster is completed, once, by whoever needs it, or by
// whoever finds it lying.
func TestHalfDone(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, redistest.NoFailover)
	url := c.URL("half")
	dying, other, third := mustOpen(t, url), mustOpen(t, url), mustOpen(t, url)
	begin(t, dying, wide(1))
	if class, err := other.Seen(store.Digest{1}); class != store.Ham || err != nil {
		t.Errorf("Seen: %v, %v", class, err)
	}
	wantLearned(t, other, 1, time.Minute) // asked about the message, it has completed it
	if _, err := other.Apply(wide(1)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second learning of the same message: %v", err)
	}
	home, epoch := groupOfDigest(wide(2).Marks[0].Digest), dying.root.Load().epoch
	damaged := dying.conn.Load().B().Hset().Key(dying.tags.group(epoch, home, kindIntents)).FieldValue().
		FieldValue("short", "x").FieldValue(strings.Repeat("n", intentHead+digestSize), "x").Build()
	if _, err := dying.do(t.Context(), damaged); err != nil { // which does not keep the other from being completed
		t.Fatal(err)
	}
	begin(t, dying, wide(2))
	dying.Close()
	wantLearned(t, third, 2, 2*time.Minute) // nobody asks
	redistest.Await(t, "all intents are gone", func() bool {
		left, err := third.do(t.Context(), third.conn.Load().B().Hkeys().Key(third.tags.group(epoch, home,
			kindIntents)).Build())
		if err != nil {
			return false
		}
		names, err := left[0].AsStrSlice()
		return err == nil && len(names) == 0
	})
	if tot, err := third.Totals(); err != nil || tot.Ham != 2 || tot.Seen != 2 || tot.Tokens != groups {
		t.Errorf("totals: %+v, %v", tot, err)
	}
}

// TestSentTwice: a learning that is sent again, as after a lost answer, counts once.
func TestSentTwice(t *testing.T) {
	s := mustOpen(t, redistest.Start(t).URL("twice"))
	l := wide(1)
	for range 3 {
		s.client = client{name: "12345678"} // and so the number is the same each time
		if _, err := s.Apply(l); err != nil {
			t.Fatal(err)
		}
	}
	wantLearned(t, s, 1, 0)
}

// TestSlotTakenMeanwhile: freeing a slot for a message that is no longer in it leaves the other one there.
func TestSlotTakenMeanwhile(t *testing.T) {
	s := mustOpen(t, redistest.Start(t).URL("slot"))
	apply := func(sample store.Sample) {
		t.Helper()
		sample.Class, sample.Slot = store.Ham, 5
		if _, err := s.Apply(store.Learning{Samples: []store.Sample{sample}}); err != nil {
			t.Fatal(err)
		}
	}
	apply(store.Sample{Digest: store.Digest{1}, Body: []store.Token{1}})
	for _, c := range []struct {
		free byte
		left bool
	}{{2, true}, {1, false}} {
		apply(store.Sample{Digest: store.Digest{c.free}})
		if _, ok, err := s.Sample(store.Ham, 5); ok != c.left || err != nil {
			t.Errorf("freed for message %d: still there %v, %v; want %v", c.free, ok, err, c.left)
		}
	}
}

// TestTagsAreSpread: every group has its part of a Cluster's slots.
func TestTagsAreSpread(t *testing.T) {
	if got := slotOf("123456789"); got != 0x31C3%clusterSlots { // the check value of CRC-16/XMODEM
		t.Errorf("slot %#x", got)
	}
	for _, prefix := range []string{"asterism", "a", "mail:users:ann"} {
		for g, tag := range newTags(prefix) {
			if slotOf(tag)/(clusterSlots/groups) != g {
				t.Errorf("%s is in slot %d", tag, slotOf(tag))
			}
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, c := range []struct{ url, hosts, user, password, prefix, err string }{
		{"redis://h", "[h:6379]", "", "", "asterism", ""},
		{"redis://ann:p%40%3Aw@h:7,i,[::1]:8/?prefix=x", "[h:7 i:6379 [::1]:8]", "ann", "p@:w", "x", ""},
		{"redis://:pw@h/3", "[h:6379]", "", "pw", "asterism", ""},
		{"redis://a,b/?sentinel=m", "[a:26379 b:26379]", "", "", "asterism", ""},
		{"redis://a,b/3", "", "", "", "", "database 0 only"},
		{"redis://h/x", "", "", "", "", "not a number"},
		{"redis://", "", "", "", "", "host is missing"},
		{"redis://h:port", "", "", "", "", "bad port"},
		{"redis://u:s3cret@h/?nonsense=1", "", "", "", "", `unknown option "nonsense"`},
		{"redis://h/?prefix={x}", "", "", "", "", "bad prefix"},
		{"redis://h/?ca=/x", "", "", "", "", "needs rediss"},
		{"rediss://h/?ca=/nonexistent", "", "", "", "", "no such file"},
		{"http://h/", "", "", "", "", "not a redis://"},
	} {
		loc, err := ParseURL(c.url)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: %v, want %q", c.url, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		if got := fmt.Sprint(loc.Hosts); got != c.hosts || loc.User != c.user || loc.Password != c.password ||
			loc.Prefix != c.prefix {
			t.Errorf("%s: %+v", c.url, loc)
		}
	}
}

// newBatch returns a batch with one learning, of a token in every group.
func newBatch(t *testing.T, s *Store, mark byte) *batch {
	t.Helper()
	b, err := s.begin([]store.Digest{{mark}})
	if err == nil {
		_, err = b.Apply(wide(mark))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// beginBatch does of a batch what a client does that dies in the middle: the first step, and of the second what is due
// to some groups.
func beginBatch(t *testing.T, s *Store, mark byte, done ...int) {
	t.Helper()
	b := newBatch(t, s, mark)
	s.client.seq++
	if _, err := b.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, g := range done {
		if err := b.set(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHalfDoneBatch: so is a batch that was left half done on one server, wherever that was.
func TestHalfDoneBatch(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL("half")
	dying, other, third := mustOpen(t, url), mustOpen(t, url), mustOpen(t, url)
	beginBatch(t, dying, 1, 0, 7)
	if class, err := other.Seen(store.Digest{1}); class != store.Ham || err != nil {
		t.Errorf("Seen: %v, %v", class, err)
	}
	wantLearned(t, other, 1, time.Minute)
	dying.client.renew()
	beginBatch(t, dying, 2)
	b, err := other.begin([]store.Digest{{2}}) // asks about the message, too
	if err != nil {
		t.Fatal(err)
	}
	if class, err := b.Seen(store.Digest{2}); class != store.Ham || err != nil {
		t.Errorf("Seen: %v, %v", class, err)
	}
	if _, err := b.Apply(wide(2)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second learning of the same message: %v", err)
	}
	wantLearned(t, other, 2, time.Minute)
	dying.client.renew()
	beginBatch(t, dying, 3, 15)
	dying.Close()
	wantLearned(t, third, 3, 2*time.Minute) // nobody asks
	redistest.Await(t, "all intents are gone", func() bool {
		third.groups[0].mu.RLock()
		defer third.groups[0].mu.RUnlock()
		return third.groups[0].state.intents == 0
	})
	if tot, err := third.Totals(); err != nil || tot.Ham != 3 || tot.Tokens != groups {
		t.Errorf("totals: %+v, %v", tot, err)
	}
}

// TestBatchSentTwice: a batch that is sent again, as after lost answers, counts once, though others have completed it
// meanwhile.
func TestBatchSentTwice(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL("twice")
	s, other := mustOpen(t, url), mustOpen(t, url)
	for mark, completed := range map[byte]bool{1: false, 2: true} {
		b := newBatch(t, s, mark)
		s.client = client{name: "1234567" + string(rune(mark))} // and so the number is the same each time
		if completed {
			beginBatch(t, s, 2, 3)
			if _, err := other.Seen(store.Digest{2}); err != nil {
				t.Fatal(err)
			}
			s.client.seq = 0
		}
		for range 3 {
			if err := b.Commit(); err != nil {
				t.Fatal(err)
			}
			s.client.seq = 0
		}
	}
	wantLearned(t, other, 2, time.Minute)
	if tot, err := s.Totals(); err != nil || tot.Ham != 2 {
		t.Errorf("totals: %+v, %v", tot, err)
	}
}

// TestBatchAmongOthers: what other hosts change between a batch's beginning and its end is kept, whatever it is; a
// message that they have learned meanwhile is a conflict, and so is a store that was cleared.
func TestBatchAmongOthers(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL("among")
	s, other := mustOpen(t, url), mustOpen(t, url)
	one := []store.Token{wide(0).Changes[3].Token}
	record := make([]store.Record, 1)
	want := func(ham uint32, weight float32, seen uint32) {
		t.Helper()
		if err := s.Lookup(one, record); err != nil {
			t.Fatal(err)
		}
		if r := record[0]; r.Ham != ham || r.Weight != weight || r.LastSeen != seen {
			t.Errorf("%+v, want ham %d, weight %v, last seen %d", r, ham, weight, seen)
		}
	}
	commit := func(b *batch) {
		t.Helper()
		if err := b.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	commit(newBatch(t, s, 1))
	want(1, 1, 1)

	b := newBatch(t, s, 2)
	if _, err := other.Apply(wide(3)); err != nil {
		t.Fatal(err)
	}
	commit(b)
	want(3, 3, 1)

	b = newBatch(t, s, 4)
	other.Touch(one, 5000)
	if err := other.flushTouched(t.Context()); err != nil {
		t.Fatal(err)
	}
	commit(b)
	want(4, 4, 5000)

	b = newBatch(t, s, 5)
	if _, err := other.Expire(0, -1); err != nil {
		t.Fatal(err)
	}
	commit(b)
	want(1, 1, 1)

	b = newBatch(t, s, 6)
	if _, err := other.Apply(wide(6)); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a message that the other host has learned: %v", err)
	}
	redistest.Await(t, "the other host's learning", func() bool {
		return s.Lookup(one, record) == nil && record[0].Ham == 2
	})

	b = newBatch(t, s, 7)
	if err := other.Clear(); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a store that was cleared: %v", err)
	}
	commit(newBatch(t, s, 7))
	want(1, 1, 1)
}
