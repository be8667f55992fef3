package redis_test

import (
	"fmt"
	"testing"

	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

// TestStream: the user that the documentation gives appends to a stream, reads it in order, page by page, and deletes
// from it; hosts agree on its key.
func TestStream(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.CLI(documentedACL(t, "test", "secret")...)
	url := fmt.Sprintf("redis://spamd:secret@%s/?prefix=%s", server.Addr(), prefix())
	var streams [2]*redis.Stream
	for i := range streams {
		s, err := redis.NewStream(url, "history", redis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		streams[i] = s
		if key, err := s.SharedKey(t.Context(), uint64(7+i)); err != nil || key != 7 {
			t.Errorf("key %d, %v", key, err)
		}
	}
	a, b := streams[0], streams[1]
	const n = 1200
	last := ""
	for i := 0; i < n; i += 100 {
		var batch [][]byte
		for j := range 100 {
			batch = append(batch, fmt.Appendf(nil, "entry %d\x00", i+j))
		}
		var err error
		if last, err = a.Append(t.Context(), batch, 10*n); err != nil {
			t.Fatal(err)
		}
	}
	after, read := "", 0
	for read < n {
		entries, err := b.Read(t.Context(), after, 70)
		if err != nil || len(entries) == 0 {
			t.Fatalf("%d of %d: %v", read, n, err)
		}
		for _, e := range entries {
			if want := fmt.Sprintf("entry %d\x00", read); string(e.Data) != want {
				t.Fatalf("read %q, want %q", e.Data, want)
			}
			read++
		}
		after = entries[len(entries)-1].Position()
	}
	if entries, err := b.Read(t.Context(), after, 70); after != last || err != nil || len(entries) > 0 {
		t.Errorf("behind the last, %s, at %s: %v, %v", last, after, entries, err)
	}
	seen := 0
	if err := b.Each(t.Context(), func(redis.StreamEntry) bool { seen++; return seen%2 == 0 }); err != nil ||
		seen != n {
		t.Errorf("%d seen, %v", seen, err)
	}
	seen = 0
	if err := a.Each(t.Context(), func(redis.StreamEntry) bool { seen++; return false }); err != nil || seen != n/2 {
		t.Errorf("%d left, %v", seen, err)
	}
}
