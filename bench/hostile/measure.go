package main

import (
	"math"

	"asterism/bench/hostile/shape"
)

// cost is what one step costs on the messages of one shape.
type cost struct {
	name, step        string
	cpu, bytes        float64 // of the largest message: seconds of processor time of the process, megabytes allocated
	cpuGrew, byteGrew float64 // growth of both
	exceeded          bool
}

// measure measures the steps of one shape once, and those that exceed a bound, again.
func (c *campaign) measure(s shape.Shape) ([]cost, error) {
	steps := c.subject.steps(s.Mbox)
	all := make([]series, len(steps))
	for _, size := range c.sizes {
		raw := s.Build(size)
		for i, step := range steps {
			if err := once(step, raw, &all[i]); err != nil {
				return nil, err
			}
		}
	}
	var costs []cost
	for i, step := range steps {
		if c.again || c.suspect(&all[i]) {
			if err := c.repeat(s, step, &all[i]); err != nil {
				return nil, err
			}
		}
		one, err := c.judge(s, step, &all[i])
		if err != nil {
			return nil, err
		}
		costs = append(costs, one)
	}
	return costs, nil
}

// repeat replaces a step's costs by the least of several measurements, for other processes disturb, and only ever add.
func (c *campaign) repeat(s shape.Shape, step step, costs *series) error {
	for n := range c.repeats {
		if n > 0 && !c.again && !c.suspect(costs) {
			return nil
		}
		var now series
		for _, size := range c.sizes {
			if err := clean(s, step, size, &now); err != nil {
				return err
			}
		}
		if n == 0 {
			*costs = series{}
		}
		costs.least(now)
	}
	return nil
}

// What growth above its bound has to be confirmed, and where.
const (
	farGrowth = 1.5 // times the bound: more needs no confirmation; a cost that grows by the power of 1.5 has more
	further   = 4   // times the largest size

	// Times the noise: below this, a cycle of the garbage collector that falls on one size only looks like such a cost.
	collections = 3
)

// judge compares a step's costs with the bounds. Growth that is a little above its bound has to go on at four times
// the size: a table or a buffer that doubles its room adds up to the factor two from one size to another, and is as
// full again at a size that is a power of two times as large. A cost that is not linear grows there as well.
func (c *campaign) judge(s shape.Shape, step step, costs *series) (cost, error) {
	n := len(c.sizes) - 1
	one := cost{
		name: s.Name, step: step.name, cpu: costs.cpu[n], bytes: costs.bytes[n],
		cpuGrew: growth(costs.cpu, noiseCPU), byteGrew: growth(costs.bytes, noiseBytes),
	}
	one.exceeded = one.cpu > c.bounds.cpu || one.bytes > c.bounds.bytes
	if one.exceeded || max(one.cpuGrew, one.byteGrew) <= c.bounds.growth {
		return one, nil
	}
	far := c.bounds.growth * farGrowth
	if one.byteGrew > far || one.cpuGrew > far && one.cpu > collections*noiseCPU {
		one.exceeded = true
		return one, nil
	}
	var next series
	for range max(1, c.repeats) {
		var now series
		if err := clean(s, step, further*c.sizes[n], &now); err != nil {
			return one, err
		}
		next.least(now)
	}
	same := math.Log(further) / math.Log(float64(c.sizes[n])/float64(c.sizes[n-1]))
	limit := math.Pow(c.bounds.growth, same) // the bound, for this step of size
	one.exceeded = one.cpuGrew > c.bounds.growth && next.cpu[0] > limit*one.cpu ||
		one.byteGrew > c.bounds.growth && next.bytes[0] > limit*one.bytes
	return one, nil
}

// suspect reports whether a step costs more than the bounds allow, or nearly.
func (c *campaign) suspect(costs *series) bool {
	n := len(costs.cpu) - 1
	return costs.cpu[n] > 0.8*c.bounds.cpu || costs.bytes[n] > 0.95*c.bounds.bytes ||
		growth(costs.cpu, noiseCPU) > c.bounds.growth || growth(costs.bytes, noiseBytes) > c.bounds.growth
}

// notable returns the first of a shape's costs, and the others that are above a tenth of a bound.
func (c *campaign) notable(costs []cost) []cost {
	kept := costs[:1]
	for _, one := range costs[1:] {
		if one.cpu > c.bounds.cpu/10 || one.bytes > c.bounds.bytes/10 {
			kept = append(kept, one)
		}
	}
	return kept
}
