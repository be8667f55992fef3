package bayes

import (
	"math"
	"testing"
)

// sumsOf returns the sums of so many tokens of spam, of ham and unknown ones, each known one with a value of one half
// and a weight of 2.
func sumsOf(spam, ham, unknown int) *sums {
	s := &sums{unknown: unknown}
	for range spam {
		s.add(0.5, 1)
	}
	for range ham {
		s.add(0.5, -1)
	}
	return s
}

// TestReadings: whatever is added to a spam its own words go on to speak, unless its header is that of ham; what is
// ham alone stays that.
func TestReadings(t *testing.T) {
	none := sumsOf(0, 0, 0)
	_, alone := read(none, sumsOf(40, 0, 0))
	for _, c := range []struct {
		name         string
		header, body *sums
		least, most  float64 // of the body's reading
	}{
		{"spam", none, sumsOf(40, 0, 0), alone, alone},
		{"ham", none, sumsOf(0, 40, 0), -alone, -alone / 3},
		{"ham of few words", none, sumsOf(0, 8, 0), -4.7, -4.6},
		{"ham with some words of spam", none, sumsOf(4, 40, 0), -alone, -alone / 5},
		{"spam with some words of ham", none, sumsOf(40, 5, 0), alone / 2, alone},
		{"spam with 100 words of ham", none, sumsOf(40, 100, 0), alone / 2, alone},
		{"spam with 1,000 words of ham", none, sumsOf(40, 1000, 0), alone / 2, alone},
		{"spam with 1,000 unknown words", none, sumsOf(40, 0, 1000), alone / 3, alone},
		{"spam with 1,000 of each", none, sumsOf(40, 1000, 1000), alone / 4, alone},
		{"spam quoted in ham", sumsOf(0, 60, 0), sumsOf(40, 100, 0), -alone, 0},
	} {
		if _, b := read(c.header, c.body); b < c.least-1e-6 || b > c.most+1e-6 {
			t.Errorf("%s: %.2f, want %.2f to %.2f", c.name, b, c.least, c.most)
		}
	}
	if h, _ := read(sumsOf(40, 1000, 0), none); math.Abs(h) < alone/2 || h < 0 {
		t.Errorf("a header of spam with 1,000 words of ham: %.2f", h)
	}
}

// TestReadingIsSteady: neither words of ham nor unknown ones ever raise a reading.
func TestReadingIsSteady(t *testing.T) {
	none := sumsOf(0, 0, 0)
	for _, spam := range []int{0, 1, 10, 100} {
		last := math.Inf(1)
		for ham := range 300 {
			_, b := read(none, sumsOf(spam, ham, 0))
			if b > last+1e-6 {
				t.Fatalf("%d words of spam, %d of ham: %.4f after %.4f", spam, ham, b, last)
			}
			last = b
		}
	}
}
