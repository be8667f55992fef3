package main

import (
	"math"
	"testing"
)

func TestTrend(t *testing.T) {
	for _, c := range []struct {
		name            string
		y               []float64
		slope, interval float64
	}{
		{"flat", []float64{5, 5, 5, 5}, 0, 0},
		{"a straight line", []float64{1, 3, 5, 7}, 2, 0},
		{"noise around a line", []float64{0, 2, 1, 3}, 0.8, 2 * math.Sqrt(1.8/2/5)},
	} {
		slope, interval := trend([]float64{0, 1, 2, 3}, c.y)
		if math.Abs(slope-c.slope) > 1e-9 || math.Abs(interval-c.interval) > 1e-9 {
			t.Errorf("%s: %v ± %v, want %v ± %v", c.name, slope, interval, c.slope, c.interval)
		}
	}
}
