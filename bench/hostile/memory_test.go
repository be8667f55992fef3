//go:build !race

package main

import (
	"testing"

	"asterism/bench/hostile/shape"
)

// TestMemory takes some of the shapes at their largest through all steps, none of which may take more memory than
// allowed. The clock gives no verdict here: a shape that takes minutes does not end within the time that go test
// allows, and make hostile measures the others. Under the race detector sync.Pool forgets at random, so that memory
// says little there.
func TestMemory(t *testing.T) {
	const every, size, limit = 61, 95_000, 30 // of the shapes; bytes; megabytes
	c := campaign{subject: subject{learner: true, fronts: true}}
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
		for _, step := range c.subject.steps(s.Mbox) {
			var costs series
			if err := once(step, raw, &costs); err != nil || costs.bytes[0] > limit {
				t.Errorf("%s, %s: %.1f MB, %v", s.Name, step.name, costs.bytes, err)
			}
		}
	}
	if double := len(all) - len(names); double > len(all)/20 {
		t.Errorf("%d shapes have the name of another", double)
	}
}
