package main

import (
	"runtime"
	"runtime/metrics"
	"syscall"
	"time"

	"asterism/bench/hostile/shape"
)

// series are the costs of one step by size of the message.
type series struct {
	cpu, bytes []float64
}

// Below this, growth is noise: the constant part of a scan's cost, the clock's steps, and scratch memory that a
// collected heap makes anew in steps of the size of a table.
const (
	noiseCPU   = 0.010 // seconds
	noiseBytes = 10    // megabytes
)

// growth returns by what factor a cost has grown from the last size but one, 0 if it is too small to say.
func growth(costs []float64, noise float64) float64 {
	n := len(costs)
	if n < 2 || costs[n-1] < noise || costs[n-2] <= 0 {
		return 0
	}
	return costs[n-1] / costs[n-2]
}

// least keeps the lower costs of each size.
func (s *series) least(now series) {
	if s.cpu == nil {
		*s = now
		return
	}
	for i := range now.cpu {
		s.cpu[i], s.bytes[i] = min(s.cpu[i], now.cpu[i]), min(s.bytes[i], now.bytes[i])
	}
}

// clean measures a step with a message of a size, without memory left over from the measurement before.
func clean(s shape.Shape, step step, size int, costs *series) error {
	raw := s.Build(size)
	if err := step.prepare(raw); err != nil {
		return err
	}
	runtime.GC()
	runtime.GC() // the first leaves what is in pools
	return costs.measure(step, raw)
}

// once measures a step with a message as things are.
func once(step step, raw []byte, costs *series) error {
	if err := step.prepare(raw); err != nil {
		return err
	}
	return costs.measure(step, raw)
}

// measure adds what a step costs that is prepared.
func (s *series) measure(step step, raw []byte) error {
	cpu, bytes := processorTime(), allocations()
	if err := step.do(raw); err != nil {
		return err
	}
	s.cpu = append(s.cpu, (processorTime() - cpu).Seconds())
	s.bytes = append(s.bytes, float64(allocations()-bytes)/1e6)
	if step.after != nil {
		return step.after(raw)
	}
	return nil
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
