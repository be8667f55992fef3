package accounts

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// Wrong passwords: so many are free, then each doubles the wait, up to a bound. An account's own bound is low, since
// others can make its owner wait.
const (
	freeAddress  = 5
	freeAccount  = 20
	firstWait    = time.Second
	mostAddress  = 15 * time.Minute
	mostAccount  = 30 * time.Second
	forgottenIn  = time.Hour
	maxThrottled = 10_000
)

// throttle counts wrong passwords by address and by account.
type throttle struct {
	free int
	most time.Duration

	mu   sync.Mutex
	wait map[sum]*failures
}

type failures struct {
	n     int
	last  time.Time
	until time.Time // no attempt before
}

// blocked returns how long the next attempt has to wait.
func (t *throttle) blocked(key sum, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.wait[key]
	if f == nil {
		return 0
	}
	return max(f.until.Sub(now), 0)
}

// failed notes a wrong password.
func (t *throttle) failed(key sum, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wait == nil {
		t.wait = map[sum]*failures{}
	}
	f := t.wait[key]
	if f == nil || now.Sub(f.last) > forgottenIn {
		t.makeRoom(now)
		f = &failures{}
		t.wait[key] = f
	}
	f.n++
	f.last = now
	if over := f.n - t.free; over >= 0 {
		f.until = now.Add(min(firstWait<<min(over, 16), t.most))
	}
}

// passed clears the count after the right password.
func (t *throttle) passed(key sum) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.wait, key)
}

// makeRoom drops old entries, and the oldest if there are too many.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.wait) < maxThrottled {
		return
	}
	maps.DeleteFunc(t.wait, func(_ sum, f *failures) bool { return now.Sub(f.last) > forgottenIn })
	if len(t.wait) < maxThrottled {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.wait), func(a, b sum) int {
		return cmp.Compare(t.wait[a].last.UnixNano(), t.wait[b].last.UnixNano())
	})
	for _, key := range keys[:maxThrottled/2] {
		delete(t.wait, key)
	}
}
