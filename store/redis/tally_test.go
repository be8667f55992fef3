package redis_test

import (
	"fmt"
	"testing"
	"time"

	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

// TestTallies: the user that the documentation gives adds to tallies from two hosts, finds them by their names'
// beginning, and deletes those that nobody has changed since.
func TestTallies(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.CLI(documentedACL(t, "test", "secret")...)
	url := fmt.Sprintf("redis://spamd:secret@%s/?prefix=%s", server.Addr(), prefix())
	var hosts [2]*redis.Tallies
	for i := range hosts {
		h, err := redis.NewTallies(url, "senders", redis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		hosts[i] = h
	}
	now := time.Unix(1_800_000_000, 0)
	add := func(i int, changes ...redis.TallyChange) {
		t.Helper()
		if err := hosts[i].Add(t.Context(), now, changes); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) redis.Tally {
		t.Helper()
		got, err := hosts[0].Read(t.Context(), []string{"other", name})
		if err != nil || got[0].Count != 0 || got[0].Name != "other" {
			t.Fatal(got, err)
		}
		return got[1]
	}
	const name = "joe*[x]?@example.org|ip=192.0"
	add(0, redis.TallyChange{Name: name, Count: 1, Total: 0.25}, redis.TallyChange{Name: "joe2", Count: 1})
	add(1, redis.TallyChange{Name: name, Count: 1, Total: 0.5})
	if got := read(name); got.Count != 2 || got.Total != 0.75 || !got.Seen.Equal(now) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		change redis.TallyChange
		count  int64
		total  float64
	}{
		{redis.TallyChange{Name: name, Reset: true, Count: 3, Total: -1e-9}, 3, -1e-9},
		{redis.TallyChange{Name: name, Count: -10}, 0, -1e-9},
		{redis.TallyChange{Name: name, Reset: true}, 0, 0},
		{redis.TallyChange{Name: name, Count: 1, Total: 5}, 1, 5},
	} {
		add(1, c.change)
		if got := read(name); got.Count != c.count || got.Total != c.total {
			t.Errorf("%+v: %+v", c, got)
		}
	}
	var found []redis.Tally
	keep := func(one redis.Tally) { found = append(found, one) }
	if err := hosts[1].Each(t.Context(), "joe*[", keep, nil); err != nil || len(found) != 1 || found[0].Name != name {
		t.Fatal(found, err)
	}
	add(0, redis.TallyChange{Name: name, Count: 1})
	if err := hosts[1].Drop(t.Context(), found); err != nil || read(name).Count != 2 {
		t.Error("one that has changed was deleted", err)
	}
	found = nil
	pages := 0
	if err := hosts[1].Each(t.Context(), "", keep, func() error { pages++; return nil }); err != nil || pages == 0 {
		t.Fatal(pages, err)
	}
	if err := hosts[1].Drop(t.Context(), found); err != nil || read(name).Count != 0 {
		t.Error("it was not deleted", err)
	}
}
