package history

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/store"
)

// TestExpiry: with history_expire records go when they are old, with what was taught of them, and the others stay.
func TestExpiry(t *testing.T) {
	l := openLog(t, Options{Expire: 24 * time.Hour})
	defer l.Close()
	now := time.Now()
	for i, age := range []time.Duration{72 * time.Hour, 71 * time.Hour, 30 * time.Hour, 20 * time.Hour, time.Hour, 0} {
		r := sample(i)
		r.Time = now.Add(-age)
		l.Append(r)
		flush(t, l) // which begins a segment, as the one before is old
		l.NoteTaught(r.Lesson.Digest, store.Ham, "test")
	}
	flush(t, l)
	l.tidy()
	found, _, err := l.Find(ctx, &Query{})
	if err != nil || len(found) != 3 || found[2].QueueID != sample(3).QueueID {
		t.Errorf("history_expire: %d records are left: %v, %v", len(found), found, err)
	}
	if n := count(t, l, taughtBucket); n != 3 {
		t.Errorf("%d notes of what was taught", n)
	}
	l.Configure(Options{Expire: 10 * time.Minute, Subject: "1"})
	l.tidy()
	if found, _, err = l.Find(ctx, &Query{}); err != nil || len(found) != 1 {
		t.Errorf("%d records are left, %v", len(found), err)
	}
}

// count returns the number of a bucket's keys.
func count(t *testing.T, l *Log, bucket []byte) (n int) {
	t.Helper()
	if err := l.file.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(_, _ []byte) error {
			n++
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMaxSize: with history_max_size the lessons of more than a day ago go first, then the oldest records; the file
// stays within its bound and something more.
func TestMaxSize(t *testing.T) {
	const most = 4 << 20
	path := filepath.Join(t.TempDir(), "h")
	l := openAt(t, path, Options{MaxSize: most})
	defer l.Close()
	began := time.Now().Add(-60 * time.Hour)
	const n = 2000
	for i := range n {
		r := sample(i)
		r.Time = began.Add(time.Duration(i) * 60 * time.Hour / n)
		r.Lesson.Body = make([]store.Token, 300)
		l.Append(r)
		if i%100 == 0 {
			flush(t, l)
		}
	}
	flush(t, l)
	l.tidy()
	if size := l.Stats().Bytes; size > most*3/2 {
		t.Errorf("history_max_size: the file has %d bytes", size)
	}
	all, teachable, oldest := 0, 0, time.Now()
	if err := l.Each(ctx, time.Time{}, time.Time{}, func(r *Record) bool {
		all, oldest = all+1, r.Time
		if r.Teachable {
			teachable++
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d records, %d teachable, the oldest of %v ago", all, teachable, time.Since(oldest).Round(time.Hour))
	if teachable < 400 || all < teachable*3/2 {
		t.Errorf("%d records are left, %d of them teachable", all, teachable)
	}
	if s := l.Stats(); s.Dropped > 0 || s.Records != n {
		t.Errorf("%+v", s)
	}
}

// TestManyRecipients: mails with as many recipients as are kept, each as long as an address may be, keep the queue, the
// index in memory and the file within their bounds.
func TestManyRecipients(t *testing.T) {
	const most = 16 << 20
	l := openLog(t, Options{MaxSize: most})
	defer l.Close()
	long := strings.Repeat("x", maxAddress-20)
	for i := range 800 {
		r := sample(i)
		r.Recipients = nil
		for n := range maxRecipients {
			to := fmt.Sprintf("%d.%d@our.example", i, n)
			if i%40 == 0 {
				to = long + to
			}
			r.Recipients = append(r.Recipients, to)
		}
		if got := int64((&event{record: r}).size()); got < int64(len(r.encode(nil, nil))) {
			t.Fatalf("a record of %d bytes counts as %d", len(r.encode(nil, nil)), got)
		}
		l.Append(r)
		if i%40 != 39 {
			continue
		}
		l.settle(ctx)
		l.mu.RLock()
		n := len(l.tail.entries)
		l.mu.RUnlock()
		if n > maxEntries+40*3*maxRecipients {
			t.Fatalf("%d entries in memory", n)
		}
	}
	l.settle(ctx)
	l.tidy()
	if s := l.Stats(); s.Bytes > most*3/2 || s.Dropped > 0 {
		t.Errorf("%+v", s)
	}
	if found, _, err := l.Find(ctx, &Query{Recipient: "799.999@our.example"}); err != nil || len(found) != 1 {
		t.Errorf("%d found, %v", len(found), err)
	}
}
