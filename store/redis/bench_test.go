package redis_test

import (
	"math/rand/v2"
	"testing"

	"asterism/store"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

// populate opens a store of 150,000 tokens, the default of bayes_expiry_max_db_size.
func populate(b *testing.B, url string) *redis.Store {
	b.Helper()
	st := open(b, url, redis.Options{})
	err := st.Replace(func(sink store.Sink) error {
		if err := sink.Head(store.Head{Key: 1, Ham: 1, Spam: 1}); err != nil {
			return err
		}
		for i := range 150_000 {
			if err := sink.Token(vocabulary(i), store.Record{Ham: 1, LastSeen: uint32(i), Weight: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return st
}

// mail returns 400 tokens as a mail has them: 300 of a vocabulary in which some are much more frequent than others,
// and 100 that were never seen.
func mail(dst []store.Token, words *rand.Zipf) []store.Token {
	dst = dst[:0]
	for range 300 {
		dst = append(dst, vocabulary(int(words.Uint64())))
	}
	for range 100 {
		dst = append(dst, store.Token(rand.Uint64()))
	}
	return dst
}

func BenchmarkLookup(b *testing.B) {
	st := populate(b, redistest.Start(b).URL("bench"))
	words := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 10, 149_999)
	for name, next := range map[string]func([]store.Token) []store.Token{
		"known":   func(t []store.Token) []store.Token { return t },
		"typical": func(t []store.Token) []store.Token { return mail(t, words) },
	} {
		b.Run(name, func(b *testing.B) {
			tokens, dst := mail(nil, words), make([]store.Record, 400)
			if err := st.Lookup(tokens, dst); err != nil {
				b.Fatal(err)
			}
			before := st.Stats()
			for b.Loop() {
				tokens = next(tokens)
				if err := st.Lookup(tokens, dst); err != nil {
					b.Fatal(err)
				}
			}
			s := st.Stats()
			b.ReportMetric(float64(s.RoundTrips-before.RoundTrips)/float64(s.Lookups-before.Lookups), "roundtrips/op")
			hits, misses := s.Hits-before.Hits, s.Misses-before.Misses
			b.ReportMetric(100*float64(hits)/float64(hits+misses), "%hits")
		})
	}
}

// BenchmarkLearn is one learning of 400 tokens, acknowledged.
func BenchmarkLearn(b *testing.B) {
	for name, url := range map[string]func(*testing.B) string{
		"single":  func(b *testing.B) string { return redistest.Start(b).URL("bench") },
		"cluster": func(b *testing.B) string { return redistest.StartCluster(b, 5_000_000_000).URL("bench") },
	} {
		b.Run(name, func(b *testing.B) {
			st := populate(b, url(b))
			words := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 10, 149_999)
			var tokens []store.Token
			for b.Loop() {
				tokens = mail(tokens, words)
				l := store.Learning{Time: 1, Ham: 1, Marks: []store.Mark{{Class: store.Ham}}}
				for i := range l.Marks[0].Digest {
					l.Marks[0].Digest[i] = byte(rand.Uint32())
				}
				for _, tok := range tokens {
					l.Changes = append(l.Changes, store.Change{Token: tok, Ham: 1, Weight: 0.1})
				}
				if _, err := st.Apply(l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
