package connpool

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadAll(t *testing.T) {
	for _, c := range []struct {
		name        string
		text        string
		limit, size int64
		budget      int64
		want        error
	}{
		{"announced", "0123456789", 10, 10, 11, nil},
		{"not announced", "0123456789", 10, -1, 11, nil},
		{"more than announced", strings.Repeat("x", 40<<10), 64 << 10, 10, 65 << 10, nil},
		{"fewer than announced", "0123456789", 64 << 10, 60 << 10, 16 << 10, nil},
		{"empty", "", 10, 0, 1, nil},
		{"too long", "01234567890", 10, -1, 11, ErrTooLong},
		{"no room", strings.Repeat("x", 40<<10), 64 << 10, -1, 20 << 10, ErrNoRoom},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			if c.want == ErrNoRoom {
				cancel() // nobody waits for room
			}
			defer cancel()
			share := &Share{Budget: NewBudget(c.budget)}
			b, err := ReadAll(ctx, iotest.OneByteReader(strings.NewReader(c.text)), c.limit, c.size, share, nil)
			if !errors.Is(err, c.want) || err == nil && !bytes.Equal(b, []byte(c.text)) {
				t.Errorf("%d bytes, %v, want %v", len(b), err, c.want)
			}
			share.GiveAll()
			if !share.Take(c.budget) {
				t.Error("not all room was given back")
			}
		})
	}
}
