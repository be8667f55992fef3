package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	runtimemetrics "runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
	"asterism/tokenizer"
)

// stages measures the parts of a check in this process.
func (b *bench) stages() error {
	cfg, problems := config.Load(config.Sources{Defaults: data.Default()})
	problems = append(problems, cfg.Parse("bench",
		[]byte("local_tests_only 1\nbayes_auto_learn 0\nbayes_path "+b.store+"\n"))...)
	for _, p := range problems {
		if p.Severity == config.Error {
			return fmt.Errorf("%s", p)
		}
	}
	begin := time.Now()
	set, _ := rules.Compile(cfg, network.Functions())
	compiled := time.Since(begin)
	e, err := engine.Open(cfg, engine.Options{Log: slog.New(slog.DiscardHandler), MustExist: true})
	if err != nil {
		return err
	}
	defer e.Close()
	fmt.Printf("rules compiled in %.1f ms\n\n", compiled.Seconds()*1000)
	fmt.Printf("%-28s %5s %10s %8s %9s %9s %9s %8s %9s %9s\n", "stage (in process)", "procs", "mails/s", "MB/s", "p50 µs",
		"p99 µs", "p99.9 µs", "allocs", "bytes", "locks µs")
	tok := tokenizer.New(tokenizer.Options{}, e.Store().Key())
	learner := e.Learner()
	tokens := sync.Pool{New: func() any { return new(tokenizer.Tokens) }}
	now := time.Now()
	for _, s := range []struct {
		name string
		run  func(raw []byte) error
	}{
		{"parse", func(raw []byte) error {
			message.Parse(raw)
			return nil
		}},
		{"parse, decode, tokenize", func(raw []byte) error {
			t := tokens.Get().(*tokenizer.Tokens)
			tok.Tokenize(message.Parse(raw), t)
			tokens.Put(t)
			return nil
		}},
		{"parse, tokenize, Bayes", func(raw []byte) error {
			t := tokens.Get().(*tokenizer.Tokens)
			defer tokens.Put(t)
			tok.Tokenize(message.Parse(raw), t)
			_, err := learner.Score(t)
			return err
		}},
		{"parse, rules", func(raw []byte) error {
			scan := set.Begin(message.Parse(raw), &rules.Envelope{Now: now})
			scan.RunLocal()
			scan.Finish()
			scan.Close()
			return nil
		}},
		{"whole check", func(raw []byte) error {
			_, err := e.Check(context.Background(), &classifier.Input{Raw: raw, Received: now})
			return err
		}},
	} {
		for _, procs := range b.procs {
			if err := b.stage(s.name, procs, s.run); err != nil {
				return err
			}
		}
	}
	fmt.Println()
	return nil
}

// stage runs work on all mails, b.runs times, and prints the medians.
func (b *bench) stage(name string, procs int, work func(raw []byte) error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	took := make([]time.Duration, len(b.mails))
	pass := func() (time.Duration, error) {
		var next atomic.Int64
		var wg sync.WaitGroup
		var failed atomic.Pointer[error]
		begin := time.Now()
		for range procs {
			wg.Go(func() {
				for {
					i := int(next.Add(1)) - 1
					if i >= len(b.mails) {
						return
					}
					start := time.Now()
					if err := work(b.mails[i]); err != nil {
						failed.Store(&err)
						return
					}
					took[i] = time.Since(start)
				}
			})
		}
		wg.Wait()
		if err := failed.Load(); err != nil {
			return 0, *err
		}
		return time.Since(begin), nil
	}
	if _, err := pass(); err != nil { // warm up
		return err
	}
	var rates []float64
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	waited := lockWait()
	for range b.runs {
		d, err := pass()
		if err != nil {
			return err
		}
		rates = append(rates, float64(len(b.mails))/d.Seconds())
	}
	waited = lockWait() - waited
	runtime.ReadMemStats(&after)
	n := uint64(len(b.mails) * b.runs)
	slices.Sort(took)
	rate := median(rates)
	fmt.Printf("%-28s %5d %10.0f %8.1f %9.0f %9.0f %9.0f %8d %9d %9.2f\n", name, procs, rate,
		rate*float64(b.bytes)/float64(len(b.mails))/1e6,
		micros(took, 0.5), micros(took, 0.99), micros(took, 0.999), (after.Mallocs-before.Mallocs)/n,
		(after.TotalAlloc-before.TotalAlloc)/n, 1e6*waited/float64(n))
	return nil
}

// lockWait returns how many seconds goroutines have waited for locks, those of Go's runtime among them.
func lockWait() float64 {
	sample := []runtimemetrics.Sample{{Name: "/sync/mutex/wait/total:seconds"}}
	runtimemetrics.Read(sample)
	return sample[0].Value.Float64()
}

// measure does something n times and returns how many allocations, and bytes, each has taken.
func measure(n int, do func(i int) error) (allocs, size uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range n {
		if err := do(i); err != nil {
			return 0, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / uint64(n), (after.TotalAlloc - before.TotalAlloc) / uint64(n), nil
}

// micros returns a quantile of sorted durations, in microseconds.
func micros(sorted []time.Duration, q float64) float64 {
	return float64(sorted[int(q*float64(len(sorted)-1))].Nanoseconds()) / 1e3
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
