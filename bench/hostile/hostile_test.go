package main

import (
	"math"
	"testing"

	"asterism/bench/hostile/shape"
)

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
