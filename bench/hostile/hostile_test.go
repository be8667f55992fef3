package main

import (
	"math"
	"testing"

	"asterism/bench/hostile/shape"
)

// TestMemory takes some of the shapes at their largest through all steps, none of which may take more memory than
// allowed. The clock gives no verdict here: a shape that takes minutes does not end within the time that go test
// allows, and make hostile measures the others.
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

// TestJudge judges steps of known cost: growth counts if it goes on at a larger size, or is far above its bound.
func TestJudge(t *testing.T) {
	for name, tc := range map[string]struct {
		megabytes func(size int) int // of a message of so many bytes
		want      bool
	}{
		"linear":              {func(size int) int { return size * 20 / 95_000 }, false},
		"square":              {func(size int) int { return size * size / 95_000 * 20 / 95_000 }, true},
		"square, then capped": {func(size int) int { return min(20, size*size/95_000*20/95_000) }, true},
		"power of 1.3": {func(size int) int {
			return int(20 * math.Pow(float64(size)/95_000, 1.3))
		}, true},
		"room doubled once": {func(size int) int {
			return map[int]int{10_000: 1, 30_000: 3, 95_000: 12, 380_000: 48}[size]
		}, false},
		"much": {func(size int) int { return 31 }, true},
	} {
		c := campaign{bounds: bounds{cpu: 10, bytes: 30, growth: 3.5}, sizes: []int{10_000, 30_000, 95_000}, repeats: 1}
		spend := step{do: func(raw []byte) error {
			sink = make([]byte, tc.megabytes(len(raw))*1_000_000)
			return nil
		}}
		built := shape.Shape{Build: func(size int) []byte { return make([]byte, size) }}
		var costs series
		for _, size := range c.sizes {
			if err := once(spend, built.Build(size), &costs); err != nil {
				t.Fatal(err)
			}
		}
		one, err := c.judge(built, spend, &costs)
		if err != nil || one.exceeded != tc.want {
			t.Errorf("%s: %v MB: exceeded %v, %v", name, costs.bytes, one.exceeded, err)
		}
	}
}

// sink keeps memory that a test allocates from being left out by the compiler.
var sink []byte
