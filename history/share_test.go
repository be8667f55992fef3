package history

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"asterism/store"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

// host opens the history of one of several hosts.
func host(t *testing.T, url string, opt Options) *Log {
	t.Helper()
	return hostAt(t, filepath.Join(t.TempDir(), "h"), url, opt)
}

func hostAt(t *testing.T, path, url string, opt Options) *Log {
	t.Helper()
	stream, err := redis.NewStream(url, "history", redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opt.Stream = stream
	if opt.StreamSize == 0 {
		opt.StreamSize = 64 << 20
	}
	return openAt(t, path, opt)
}

// eventually waits until a search finds n records, and returns them.
func eventually(t *testing.T, l *Log, q Query, n int) []*Record {
	t.Helper()
	q.Limit = maxLimit
	var found []*Record
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if found, _, err = l.Find(ctx, &q); err != nil {
			t.Fatal(err)
		}
		if len(found) == n {
			return found
		}
	}
	t.Fatalf("%+v finds %d records, want %d", q, len(found), n)
	return nil
}

// TestShared: two hosts have the same records under the same IDs; what is taught on one is known to the other, what one
// forgets is gone on both and from the server.
func TestShared(t *testing.T) {
	server := redistest.Start(t)
	url := server.URL("shared")
	a, b := host(t, url, Options{Subject: "hash"}), host(t, url, Options{})
	defer a.Close()
	defer b.Close()
	for i := range 300 {
		a.Append(sample(2 * i))
		b.Append(sample(2*i + 1))
	}
	onA, onB := eventually(t, a, Query{}, 600), eventually(t, b, Query{}, 600)
	if !reflect.DeepEqual(onA, onB) {
		t.Error("the hosts have different records")
	}
	for _, r := range onB {
		if d := time.Since(r.Time); d < 0 || d > time.Minute {
			t.Fatalf("the time of a record is %v", r.Time)
		}
	}
	eventually(t, b, Query{Subject: "lunch day44"}, 1) // hidden by a, found by b
	full, err := b.Get(ctx, eventually(t, b, Query{QueueID: sample(44).QueueID}, 1)[0].ID)
	if err != nil || full.Lesson == nil || full.Lesson.Digest != sample(44).Lesson.Digest {
		t.Fatalf("%+v, %v", full, err)
	}
	if err := b.MarkTaught(ctx, full, Taught{Time: time.Now(), Class: store.Spam, By: "sue"}); err != nil {
		t.Fatal(err)
	}
	if r := eventually(t, a, Query{Taught: store.Spam}, 1)[0]; r.ID != full.ID || r.Taught[0].By != "sue" {
		t.Errorf("taught on the other host: %+v", r)
	}
	victim := sample(44).Recipients[0]
	n := len(eventually(t, a, Query{Recipient: victim}, 46))
	if gone, err := a.Forget(ctx, victim); err != nil || gone != n {
		t.Errorf("forgot %d of %d, %v", gone, n, err)
	}
	eventually(t, b, Query{Recipient: victim}, 0)
	left := 0
	if err := a.opt.Load().Stream.Each(ctx, func(e redis.StreamEntry) bool {
		if _, _, ev, err := readEntry(e); err == nil && ev.record != nil {
			left++
		}
		return false
	}); err != nil || left != 600-n {
		t.Errorf("the server has %d records, %v", left, err)
	}
}

// TestSharedRestart: a host that was down copies what came meanwhile, and a new one what the server still has.
func TestSharedRestart(t *testing.T) {
	server := redistest.Start(t)
	url := server.URL("restart")
	a := host(t, url, Options{})
	defer a.Close()
	path := filepath.Join(t.TempDir(), "b")
	b := hostAt(t, path, url, Options{})
	for i := range 50 {
		a.Append(sample(i))
	}
	eventually(t, b, Query{}, 50)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for i := 50; i < 80; i++ {
		a.Append(sample(i))
	}
	eventually(t, a, Query{}, 80)
	b = hostAt(t, path, url, Options{})
	defer b.Close()
	eventually(t, b, Query{}, 80)
	c := host(t, url, Options{})
	defer c.Close()
	eventually(t, c, Query{}, 80)
}

// TestSharedAway: while the server is away records wait, searches do not, and later all are there.
func TestSharedAway(t *testing.T) {
	server := redistest.Start(t)
	url := server.URL("away")
	l := host(t, url, Options{})
	defer l.Close()
	l.Append(sample(0))
	eventually(t, l, Query{}, 1)
	server.Stop()
	for i := 1; i < 40; i++ {
		l.Append(sample(i))
	}
	for !l.shared.isAway() {
		l.settle(ctx)
	}
	began := time.Now()
	if found, _, err := l.Find(ctx, &Query{}); err != nil || len(found) != 1 {
		t.Errorf("while the server is away: %d, %v", len(found), err)
	}
	t.Logf("a search took %v", time.Since(began))
	server.Start()
	eventually(t, l, Query{QueueID: sample(39).QueueID}, 1)
	if n := l.Stats().Dropped; n != 0 {
		t.Errorf("%d dropped", n)
	}
}

// TestStreamSize: history_redis_size bounds what is on the server; the hosts keep all.
func TestStreamSize(t *testing.T) {
	server := redistest.Start(t)
	count := func(size int64) (n int) {
		l := host(t, server.URL("size"), Options{StreamSize: size})
		defer l.Close()
		for i := range 2500 {
			l.Append(sample(i))
			if i%500 == 499 {
				l.settle(ctx)
			}
		}
		eventually(t, l, Query{QueueID: sample(2499).QueueID}, 1)
		if s := l.Stats(); s.Records != 2500 {
			t.Errorf("%+v", s)
		}
		if err := l.opt.Load().Stream.Each(ctx, func(redis.StreamEntry) bool { n++; return false }); err != nil {
			t.Fatal(err)
		}
		server.CLI("FLUSHALL")
		return n
	}
	if large, small := count(64<<20), count(1); large != 2500 || small > leastEntries+200 {
		t.Errorf("history_redis_size: the server has %d records, and %d with a small one", large, small)
	}
}
