package senders

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

func share(t *testing.T, server *redistest.Server, opt Options) *Book {
	t.Helper()
	tallies, err := redis.NewTallies("redis://"+server.Addr()+"/", "senders", redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := Shared("redis", tallies, opt)
	t.Cleanup(func() { b.Close() })
	return b
}

// TestShared: hosts add to one record, and one forgets for all.
func TestShared(t *testing.T) {
	server := redistest.Start(t)
	one, two := share(t, server, Options{}), share(t, server, Options{})
	many := map[string]Change{"joe@example.org|ip=8.2": {Count: 1, Total: 7}}
	for i := range 2*addStep + 3 {
		many[fmt.Sprintf("user%d@example.org|ip=8.2", i)] = Change{Count: 1}
	}
	one.Change(many)
	if e := read(t, one, "joe@example.org|ip=8.2"); e.Count != 1 {
		t.Error("not seen at once:", e)
	}
	two.Change(map[string]Change{"joe@example.org|ip=8.2": {Count: 1, Total: 3}, "joe@example.org|ip=9.2": {Count: 1}})
	for _, b := range []*Book{one, two} {
		if err := b.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*Book{one, two} {
		if e := read(t, b, "joe@example.org|ip=8.2"); e.Count != 2 || e.Total != 10 || time.Since(e.Seen) > time.Hour {
			t.Errorf("%+v", e)
		}
		if e := read(t, b, fmt.Sprintf("user%d@example.org|ip=8.2", 2*addStep)); e.Count != 1 {
			t.Errorf("%+v", e)
		}
	}
	if n, err := two.Forget(ctx, "JOE@example.org"); n != 2 || err != nil {
		t.Error(n, err)
	}
	if found, err := one.Show(ctx, "joe@example.org"); len(found) > 0 || err != nil {
		t.Error(found, err)
	}
	if err := one.table.Tidy(ctx, Bounds{Most: addStep}); err != nil {
		t.Fatal(err)
	}
	left, err := one.table.Find(ctx, "")
	if err != nil || len(left) > addStep {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

// TestServerAway: while the server is away nobody waits for it but the first, and what came is written when it is back.
func TestServerAway(t *testing.T) {
	server := redistest.Start(t)
	var said bytes.Buffer
	b := share(t, server, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	b.Change(map[string]Change{"k": {Count: 1}})
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	b.Change(map[string]Change{"k": {Count: 1}})
	if err := b.Flush(ctx); err == nil {
		t.Error("it was written nowhere")
	}
	if _, err := b.Read(ctx, "k"); err == nil {
		t.Error("it was read from nowhere")
	}
	started := time.Now()
	for range 100 {
		if _, err := b.Read(ctx, "k"); err == nil {
			t.Error("it was read from nowhere")
		}
	}
	if d := time.Since(started); d > readTimeout {
		t.Errorf("a hundred messages waited %v", d)
	}
	server.Start()
	for deadline := time.Now().Add(time.Minute); b.Flush(ctx) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is not written again")
		}
	}
	b.Close()
	if b.Lost() != 0 || strings.Count(said.String(), "level=ERROR") != 1 {
		t.Errorf("lost %d:\n%s", b.Lost(), &said)
	}
}
