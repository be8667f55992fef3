package budget

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// slow is a reader that takes its time.
type slow struct{ io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(5 * time.Millisecond)
	return s.Reader.Read(p[:min(len(p), 1000)])
}

// TestWork: octets and steps are counted, and the time that passes meanwhile is not.
func TestWork(t *testing.T) {
	const size = 20_000
	for _, c := range []struct {
		time time.Duration
		each time.Duration
		want bool
	}{
		{0, time.Second, true},
		{time.Millisecond, 10 * time.Nanosecond, true},
		{time.Millisecond, 1000 * time.Nanosecond, false},
	} {
		b := Budget{Time: c.time, Bytes: 1 << 20, Each: 1 << 20}
		data, whole := b.Read(slow{bytes.NewReader(make([]byte, size))}, 1<<20, c.each)
		if whole != c.want || whole != (len(data) == size) || b.Short() == whole {
			t.Errorf("%v, %v: %d octets, whole %v, short %v", c.time, c.each, len(data), whole, b.Short())
		}
	}
}

// TestEnded: the end of the time for the mail itself ends the reading, too.
func TestEnded(t *testing.T) {
	ended := false
	b := Budget{Ended: func() bool { return ended }, Bytes: 1 << 20, Each: 1 << 20}
	if b.Late() {
		t.Error("late at once")
	}
	ended = true
	for range stride {
		b.Late()
	}
	if !b.Late() || !b.Short() {
		t.Error("not late")
	}
}
