package main

import (
	"testing"

	"asterism/bench/hostile/shape"
)

// TestMemory scans some of the shapes at their largest, which must not take more memory than allowed. The clock gives no verdict here:
// a shape that takes minutes does not end within the time that go test allows, and make hostile measures the others.
func TestMemory(t *testing.T) {
	const every, size, limit = 61, 95_000, 30 // of the shapes; bytes; megabytes
	c := campaign{subject: subject{learner: true}}
	if err := c.subject.open(); err != nil {
		t.Fatal(err)
	}
	defer c.subject.close()
	all := shape.All(c.subject.lines)
	if len(all) < 2000 {
		t.Errorf("only %d shapes", len(all))
	}
	names := map[string]bool{}
	for i, s := range all {
		names[s.Name] = true
		if i%every != 0 {
			continue
		}
		raw := s.Build(size)
		if len(raw) > 100_000 {
			t.Errorf("%s: %d bytes", s.Name, len(raw))
		}
		if _, megabytes, err := c.once(s, raw); err != nil || megabytes > limit {
			t.Errorf("%s: %.1f MB, %v", s.Name, megabytes, err)
		}
	}
	if double := len(all) - len(names); double > len(all)/20 {
		t.Errorf("%d shapes have the name of another", double)
	}
}

func TestGrowth(t *testing.T) {
	for _, c := range []struct {
		costs []float64
		want  float64
	}{{[]float64{1, 3, 9}, 3}, {[]float64{1, 3, 0.5}, 0}, {[]float64{9}, 0}, {[]float64{0, 9}, 0}} {
		if got := growth(c.costs, 1); got != c.want {
			t.Errorf("%v: %g, want %g", c.costs, got, c.want)
		}
	}
}
