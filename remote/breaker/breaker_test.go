package breaker_test

import (
	"testing"
	"time"

	"asterism/remote/breaker"
)

func TestBreaker(t *testing.T) {
	b := breaker.New(breaker.Options{Failures: 2, Min: 10 * time.Second, Max: 25 * time.Second})
	start := time.Unix(1_000_000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	next := func(seconds int, want breaker.Turn) {
		t.Helper()
		if got := b.Next(at(seconds)); got != want {
			t.Errorf("after %d s: turn %d, want %d", seconds, got, want)
		}
	}
	done := func(seconds int, turn breaker.Turn, ok, want bool) {
		t.Helper()
		if got := b.Done(turn, ok, at(seconds)); got != want {
			t.Errorf("after %d s: changed %v, want %v", seconds, got, want)
		}
	}
	next(0, breaker.Ask)
	done(0, breaker.Ask, false, false) // one failure is none
	done(1, breaker.Ask, true, false)
	done(2, breaker.Ask, false, false)
	done(3, breaker.Ask, false, true)  // two in a row open it for 10 s
	done(4, breaker.Ask, false, false) // those who asked before say nothing new
	next(5, breaker.Skip)
	next(12, breaker.Skip)
	next(13, breaker.Probe)
	next(13, breaker.Skip) // one probe at a time
	done(14, breaker.Probe, false, false)
	next(33, breaker.Skip)
	next(34, breaker.Probe) // 20 s later
	done(34, breaker.Probe, false, false)
	next(58, breaker.Skip)
	next(59, breaker.Probe)  // 25 s and no longer
	next(119, breaker.Probe) // the probe was lost
	if s := b.Status(); !s.Open || s.Opened != 3 || s.Failed != 6 {
		t.Errorf("status %+v", s)
	}
	done(120, breaker.Probe, true, true)
	next(120, breaker.Ask)
	done(121, breaker.Ask, false, false)
	done(121, breaker.Ask, false, true)
	next(131, breaker.Probe) // the back-off has begun anew
}
