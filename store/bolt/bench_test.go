package bolt

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"asterism/store"
)

// sizes are numbers of tokens: the default of bayes_expiry_max_db_size, a large site, a huge one.
var sizes = []int{150_000, 1_500_000, 15_000_000}

// populate makes a store of n tokens.
func populate(b *testing.B, n int) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "bayes")
	s := open(b, path)
	err := s.Replace(func(sink store.Sink) error {
		if err := sink.Head(store.Head{Key: 1, Ham: 1, Spam: 1}); err != nil {
			return err
		}
		for i := range n {
			if err := sink.Token(crashToken(i), store.Record{Ham: 1, LastSeen: uint32(i), Weight: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func bySize(b *testing.B, f func(b *testing.B, n int)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("tokens=%d", n), func(b *testing.B) {
			if n > 2_000_000 && testing.Short() {
				b.Skip("needs a gigabyte")
			}
			f(b, n)
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		path := populate(b, n)
		var before, after runtime.MemStats
		for b.Loop() {
			b.StopTimer()
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.StartTimer()
			s := open(b, path)
			b.StopTimer()
			runtime.GC()
			runtime.ReadMemStats(&after)
			s.Close()
			b.StartTimer()
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "heap-B/token")
	})
}

// BenchmarkLookup looks up 400 tokens, as a scan does, half of them unknown.
func BenchmarkLookup(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		s := open(b, populate(b, n))
		defer s.Close()
		const scans = 1000
		toks, dst := make([]store.Token, 400*scans), make([]store.Record, 400)
		for i := range toks {
			toks[i] = crashToken(rand.IntN(2 * n))
		}
		i := 0
		for b.Loop() {
			if err := s.Lookup(toks[i%scans*400:][:400], dst); err != nil {
				b.Fatal(err)
			}
			i++
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/400, "ns/token")
	})
}

// BenchmarkLearn learns messages of 400 tokens without waiting for each, 100 of them new ones.
func BenchmarkLearn(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bayes"))
	i := 0
	for b.Loop() {
		l := store.Learning{Ham: 1, Changes: make([]store.Change, 400), Marks: []store.Mark{{Class: store.Ham}}}
		for j := range l.Changes {
			t := crashToken(-j*rand.IntN(100) - 1)
			if j < 100 {
				t = crashToken(i*100 + j)
			}
			l.Changes[j] = store.Change{Token: t, Ham: 1, Weight: 0.1}
		}
		l.Marks[0].Digest = store.Digest{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)}
		if _, err := s.Apply(l); err != nil {
			b.Fatal(err)
		}
		i++
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLearnAndWait is one learning, acknowledged.
func BenchmarkLearnAndWait(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bayes"))
	i := 0
	for b.Loop() {
		apply(b, s, crashLearning(i))
		i++
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLookupBesideExpiry reports the longest that one scan's lookup took while half of 1.5 million tokens
// expired and a training run was under way.
func BenchmarkLookupBesideExpiry(b *testing.B) {
	const n = 1_500_000
	toks, dst := make([]store.Token, 400), make([]store.Record, 400)
	for i := range toks {
		toks[i] = crashToken(rand.IntN(2 * n))
	}
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		s := open(b, populate(b, n))
		b.StartTimer()
		done := make(chan error)
		go func() {
			_, err := s.Expire(n/2, -1)
			done <- err
		}()
		stop := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					done <- nil
					return
				default:
					s.Apply(crashLearning(n + i))
				}
			}
		}()
		for running := true; running; {
			start := time.Now()
			if err := s.Lookup(toks, dst); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
			select {
			case err := <-done:
				if err != nil {
					b.Fatal(err)
				}
				running = false
			default:
				time.Sleep(100 * time.Microsecond)
			}
		}
		close(stop)
		<-done
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(took[len(took)*999/1000].Microseconds())/1000, "p99.9-ms")
}
