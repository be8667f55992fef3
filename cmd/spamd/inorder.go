package main

import (
	"context"
	"runtime"
)

// inOrder runs work on every value from in, as many at once as there are processors, and hands the results to done in
// the order of the values. It ends early when done or ctx says so.
func inOrder[In, Out any](ctx context.Context, in <-chan In, work func(In) (Out, error),
	done func(Out, error) error) error {
	type result struct {
		out Out
		err error
	}
	workers := runtime.GOMAXPROCS(0)
	type job struct {
		value In
		ready chan result
	}
	jobs := make(chan job, 4*workers) // so that nobody waits for the goroutine below to run
	order := make(chan chan result, 8*workers)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range workers {
		go func() {
			for j := range jobs {
				out, err := work(j.value)
				j.ready <- result{out, err}
			}
		}()
	}
	go func() {
		defer close(order)
		defer close(jobs)
		for {
			select {
			case value, ok := <-in:
				if !ok {
					return
				}
				ready := make(chan result, 1)
				select {
				case order <- ready:
				case <-ctx.Done():
					return
				}
				jobs <- job{value, ready}
			case <-ctx.Done():
				return
			}
		}
	}()
	for ready := range order {
		r := <-ready
		if err := done(r.out, r.err); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
