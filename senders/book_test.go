package senders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var ctx = context.Background()

func openAt(t *testing.T, path string, opt Options) *Book {
	t.Helper()
	b, err := Open(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// read returns one entry.
func read(t *testing.T, b *Book, key string) Entry {
	t.Helper()
	got, err := b.Read(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestBook: changes are seen at once, and after a new start.
func TestBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.senders")
	b := openAt(t, path, Options{})
	for _, step := range []struct {
		change Change
		count  int64
		total  float64
	}{
		{Change{Count: 1, Total: 3}, 1, 3},
		{Change{Count: 1, Total: 4.5}, 2, 7.5},
		{Change{Reset: true, Count: 1, Total: -100}, 1, -100},
		{Change{Count: -2}, 0, -100},
		{Change{Total: math.Inf(1)}, 0, 0},
		{Change{Count: 3, Total: 1}, 3, 1},
	} {
		b.Change(map[string]Change{"k": step.change})
		if e := read(t, b, "k"); e.Count != step.count || e.Total != step.total {
			t.Errorf("%+v: %+v", step, e)
		}
		if err := b.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if e := read(t, b, "k"); e.Count != step.count || e.Total != step.total {
			t.Errorf("%+v, written: %+v", step, e)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Read(ctx, "k"); !errors.Is(err, ErrClosed) {
		t.Error("a closed record is read:", err)
	}
	if e := read(t, openAt(t, path, Options{}), "k"); e.Count != 3 {
		t.Error("after a new start:", e)
	}
}

// TestLocked: two processes do not share a file.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.senders")
	openAt(t, path, Options{})
	if _, err := Open(path, Options{}); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}

// TestConcurrent: no change is lost or counted twice, whoever reads meanwhile.
func TestConcurrent(t *testing.T) {
	b := openAt(t, filepath.Join(t.TempDir(), "bayes.senders"), Options{})
	const writers, changes = 8, 200
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for i := range changes {
				b.Change(map[string]Change{"k": {Count: 1, Total: 2}, fmt.Sprint(i): {Count: 1}})
			}
		})
	}
	all.Go(func() {
		last := int64(0)
		for last < writers*changes {
			got, err := b.Read(ctx, "k")
			if err != nil || got[0].Count < last || got[0].Count > writers*changes {
				t.Error(got, last, err)
				return
			}
			last = got[0].Count
		}
	})
	all.Go(func() {
		for range 20 {
			if err := b.Flush(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	if e := read(t, b, "k"); e.Count != writers*changes || e.Total != 2*writers*changes {
		t.Error(e)
	}
}

// fill makes a record of entries that changed last some hours ago each.
func fill(t *testing.T, ages ...int) *file {
	t.Helper()
	f := &file{path: filepath.Join(t.TempDir(), "bayes.senders"), now: time.Now, log: slog.New(slog.DiscardHandler)}
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	for i, age := range ages {
		f.now = func() time.Time { return time.Now().Add(-time.Duration(age) * time.Hour) }
		if err := f.Write(ctx, uint64(i+1), map[string]Change{fmt.Sprintf("k%d", i): {Count: 1}}); err != nil {
			t.Fatal(err)
		}
	}
	f.now = time.Now
	return f
}

// countOf returns the messages of one entry.
func countOf(t *testing.T, f *file, key string) int64 {
	t.Helper()
	got, _, err := f.Read(ctx, []string{key})
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Count
}

// TestExpire: a sender of whom nothing came for senders_expire is forgotten.
func TestExpire(t *testing.T) {
	f := fill(t, 1, 23, 25, 1000)
	if err := f.Tidy(ctx, Bounds{Expire: 24 * time.Hour}); err != nil { // senders_expire 1d
		t.Fatal(err)
	}
	for i, want := range []int64{1, 1, 0, 0} {
		if got := countOf(t, f, fmt.Sprintf("k%d", i)); got != want {
			t.Errorf("k%d: %d, want %d", i, got, want)
		}
	}
}

// TestMost: beyond senders_max the longest unused are forgotten.
func TestMost(t *testing.T) {
	ages := make([]int, 40)
	for i := range ages {
		ages[i] = i + 1
	}
	f := fill(t, ages...)
	if err := f.Tidy(ctx, Bounds{Most: 20}); err != nil { // senders_max 20
		t.Fatal(err)
	}
	left, err := f.Find(ctx, "")
	if err != nil || len(left) > 20 || len(left) < 15 {
		t.Errorf("%d are left, %v", len(left), err)
	}
	if countOf(t, f, "k0") != 1 || countOf(t, f, "k39") != 0 {
		t.Error("the wrong ones are left")
	}
	if err := f.Tidy(ctx, Bounds{}); err != nil {
		t.Fatal(err)
	}
	if again, err := f.Find(ctx, ""); err != nil || len(again) != len(left) {
		t.Error("without bounds:", len(again), err)
	}
}

// TestMany: more entries than a step of tidying has are looked at.
func TestMany(t *testing.T) {
	f := fill(t)
	changes := map[string]Change{}
	for i := range 2*tidyStep + 10 {
		changes[fmt.Sprintf("k%d", i)] = Change{Count: 1}
	}
	f.now = func() time.Time { return time.Now().Add(-time.Hour) }
	if err := f.Write(ctx, 1, changes); err != nil {
		t.Fatal(err)
	}
	f.now = time.Now
	if all, err := times(ctx, f); err != nil || len(all) != len(changes) {
		t.Error(len(all), err)
	}
	if err := f.Tidy(ctx, Bounds{Expire: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if all, err := times(ctx, f); err != nil || len(all) != 0 {
		t.Error(len(all), err)
	}
}

// broken is a table that cannot be written.
type broken struct {
	Table
	full atomic.Bool
}

func (b *broken) Write(_ context.Context, n uint64, c map[string]Change) error {
	if b.full.Load() {
		return errors.New("no space left on device")
	}
	return b.Table.Write(ctx, n, c)
}

// TestFull: on a full disk changes wait, as far as there is room, and it is said once.
func TestFull(t *testing.T) {
	var said bytes.Buffer
	path := filepath.Join(t.TempDir(), "bayes.senders")
	f := &file{path: path, now: time.Now, log: slog.New(slog.DiscardHandler)}
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	full := &broken{Table: f}
	full.full.Store(true)
	b := New(path, full, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	defer b.Close()
	long := strings.Repeat("x", 5000)
	for i := range 3000 {
		b.Change(map[string]Change{fmt.Sprint(long, i): {Count: 1}})
		if i == 0 {
			if err := b.Flush(ctx); err == nil {
				t.Fatal("it was written")
			}
		}
	}
	if b.Lost() == 0 || b.Lost() > 2000 {
		t.Errorf("%d changes are lost", b.Lost())
	}
	if e := read(t, b, long+"0"); e.Count != 1 {
		t.Error("what waits is not seen")
	}
	full.full.Store(false)
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if e := read(t, b, long+"0"); e.Count != 1 {
		t.Error("what waited was not written")
	}
	if n := strings.Count(said.String(), "level=ERROR"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &said)
	}
}

// TestNoPlace: a record that cannot be made is an error that names its file.
func TestNoPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file", "bayes.senders")
	if err := os.WriteFile(filepath.Dir(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

// TestNetwork: networks are written as SpamAssassin writes them.
func TestNetwork(t *testing.T) {
	for _, c := range []struct {
		address    string
		ipv4, ipv6 int
		want       string
	}{
		{"192.0.2.7", 16, 48, "192.0"},
		{"192.0.2.7", 24, 48, "192.0.2"},
		{"192.0.2.7", 32, 48, "192.0.2.7"},
		{"192.0.2.0", 32, 48, "192.0.2.0"},
		{"192.0.2.7", 8, 48, "192"},
		{"192.0.2.7", 0, 48, "0"},
		{"192.15.2.7", 13, 48, "192.8"},
		{"::ffff:192.0.2.7", 16, 48, "192.0"},
		{"2001:db8:1:2::25", 16, 48, "2001:0db8:0001::"},
		{"2001:db8:1:2::25", 16, 128, "2001:0db8:0001:0002:0000:0000:0000:0025"},
		{"2001:db8:1:2::25", 16, 0, "0000::"},
		{"fe80::1%eth0", 16, 64, "fe80::"},
	} {
		if got := (Mask{c.ipv4, c.ipv6}).network(netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	usual := Mask{16, 48}
	if got := usual.key("O'Neil|x@Example.ORG", netip.Addr{}, "Example.org"); got !=
		"o_neil_x@example.org|ip=none|example.org" {
		t.Error(got)
	}
	long := strings.Repeat("x", 100_000)
	if got := usual.key(long, netip.Addr{}, long); len(got) > 600 {
		t.Errorf("a key of %d bytes", len(got))
	}
}

// TestDilution: with txrep_dilution_factor earlier scores count less than a new one.
func TestDilution(t *testing.T) {
	e := Entry{Count: 9, Total: 90}
	for factor, mean := range map[float64]float64{1: 9, 0.7: (0.7 * 90) / (0.7*9 + 1)} {
		r := &TxRep{Dilution: factor} // txrep_dilution_factor
		if got := r.added(e, 0).Apply(e); got.Count != 10 || math.Abs(got.Mean()-mean) > 1e-9 {
			t.Errorf("%v: %+v, mean %v, want %v", factor, got, got.Mean(), mean)
		}
	}
}
