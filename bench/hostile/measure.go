package main

import (
	"runtime"
	"runtime/metrics"
	"syscall"
	"time"

	"asterism/bench/hostile/shape"
)

// cost is what one shape costs, by size.
type cost struct {
	name  string
	sizes []int     // in bytes, as they came out
	cpu   []float64 // seconds of processor time of the process, the least of the repeats
	bytes []float64 // megabytes allocated, the least of the repeats
}

// Below this, growth is noise: the constant part of a scan's cost, and the clock's steps.
const (
	noiseCPU   = 0.010 // seconds
	noiseBytes = 5     // megabytes
)

// growth returns by what factor a cost has grown from the last size but one, 0 if it is too small to say.
func growth(costs []float64, noise float64) float64 {
	n := len(costs)
	if n < 2 || costs[n-1] < noise || costs[n-2] <= 0 {
		return 0
	}
	return costs[n-1] / costs[n-2]
}

// measure measures one shape once, and where that exceeds a bound, again: other processes disturb, and only ever add. Then each
// measurement begins after a garbage collection, so that none has memory left over from the one before and another has not.
func (c *campaign) measure(s shape.Shape) (cost, error) {
	one := cost{name: s.Name}
	for _, size := range c.sizes {
		raw := s.Build(size)
		cpu, bytes, err := c.once(s, raw)
		if err != nil {
			return one, err
		}
		one.sizes, one.cpu, one.bytes = append(one.sizes, len(raw)), append(one.cpu, cpu), append(one.bytes, bytes)
	}
	for i := 0; i < c.repeats && c.exceeded(&one); i++ {
		for j, size := range c.sizes {
			raw := s.Build(size)
			runtime.GC()
			runtime.GC() // the first leaves what is in pools
			cpu, bytes, err := c.once(s, raw)
			if err != nil {
				return one, err
			}
			if i > 0 {
				cpu, bytes = min(one.cpu[j], cpu), min(one.bytes[j], bytes)
			}
			one.cpu[j], one.bytes[j] = cpu, bytes
		}
	}
	return one, nil
}

// exceeded reports whether a shape costs more than the bounds allow, or nearly.
func (c *campaign) exceeded(one *cost) bool {
	n := len(one.cpu)
	return one.cpu[n-1] > 0.8*c.bounds.cpu || one.bytes[n-1] > c.bounds.bytes ||
		growth(one.cpu, noiseCPU) > c.bounds.growth || growth(one.bytes, noiseBytes) > c.bounds.growth
}

// once scans a message, and returns the seconds of processor time and the megabytes that this took.
func (c *campaign) once(s shape.Shape, raw []byte) (cpu, bytes float64, err error) {
	before, allocated := processorTime(), allocations()
	if err := c.subject.scan(raw, s.Mbox); err != nil {
		return 0, 0, err
	}
	return (processorTime() - before).Seconds(), float64(allocations()-allocated) / 1e6, nil
}

// processorTime returns the processor time that this process has taken, that of its garbage collector included.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot happen with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// allocations returns how many bytes this process has allocated on its heap so far.
func allocations() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
