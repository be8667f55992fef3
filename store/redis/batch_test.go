package redis_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"asterism/bayes"
	"asterism/store"
	"asterism/store/bolt"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

// content is all that a store holds.
type content struct {
	tokens  map[store.Token]store.Record
	marks   map[store.Digest]store.Mark
	samples map[[2]int]store.Sample
	meta    map[string]string
	totals  store.Totals
}

func contentOf(t *testing.T, st store.Store) content {
	t.Helper()
	c := content{map[store.Token]store.Record{}, map[store.Digest]store.Mark{}, map[[2]int]store.Sample{},
		map[string]string{}, store.Totals{}}
	err := errors.Join(
		st.Each(func(tok store.Token, r store.Record) bool { c.tokens[tok] = r; return true }),
		st.EachMark(func(m store.Mark) bool { c.marks[m.Digest] = m; return true }),
		st.EachSample(func(s store.Sample) bool {
			// a copy: lists of length zero are all the same
			s.Header, s.Body = append([]store.Token{}, s.Header...), append([]store.Token{}, s.Body...)
			c.samples[[2]int{int(s.Class), s.Slot}] = s
			return true
		}),
		st.EachMeta(func(name string, value []byte) bool { c.meta[name] = string(value); return true }))
	if err != nil {
		t.Fatal(err)
	}
	if c.totals, err = st.Totals(); err != nil {
		t.Fatal(err)
	}
	c.totals.Oldest, c.totals.Newest, c.totals.LastExpiry = time.Time{}, time.Time{}, time.Time{}
	return c
}

func wantSame(t *testing.T, got, want content) {
	t.Helper()
	if got.totals != want.totals {
		t.Errorf("totals %+v, want %+v", got.totals, want.totals)
	}
	wrong := 0
	for tok, r := range want.tokens {
		if got.tokens[tok] != r {
			wrong++
		}
	}
	if wrong > 0 || len(got.tokens) != len(want.tokens) {
		t.Errorf("%d tokens, want %d; %d are not the same", len(got.tokens), len(want.tokens), wrong)
	}
	if !maps.Equal(got.marks, want.marks) {
		t.Errorf("%d marks, want %d, or they are not the same", len(got.marks), len(want.marks))
	}
	if !reflect.DeepEqual(got.samples, want.samples) {
		t.Errorf("%d samples, want %d, or they are not the same", len(got.samples), len(want.samples))
	}
	if !maps.Equal(got.meta, want.meta) {
		t.Errorf("parameters %q, want %q", got.meta, want.meta)
	}
}

// course is a training run with all that may happen: streaks of one class, messages that come twice, or as the other
// class later, and some that are forgotten.
func course(n int) []bayes.Lesson {
	rnd := rand.New(rand.NewPCG(1, 2))
	var all []bayes.Lesson
	class := store.Ham
	for i := range n {
		if rnd.IntN(60) == 0 {
			class = class.Other()
		}
		l := lesson(i)
		l.Class = class
		if i > 20 && rnd.IntN(8) == 0 {
			l = all[rnd.IntN(len(all))]
			if rnd.IntN(2) == 0 {
				l.Class = l.Class.Other()
			}
		}
		all = append(all, l)
	}
	return all
}

// contested is a store on which each second batch meets another host that has learned one of its messages.
type contested struct {
	*redis.Store
	commits int
}

func (s *contested) Begin(digests []store.Digest) (store.Batch, error) {
	b, err := s.Store.Begin(digests)
	return contestedBatch{b, s}, err
}

type contestedBatch struct {
	store.Batch
	s *contested
}

func (b contestedBatch) Commit() error {
	if b.s.commits++; b.s.commits%2 == 1 {
		return store.ErrConflict
	}
	return b.Batch.Commit()
}

// TestBatchIsOneByOne: what training in batches leaves in the store is, to the bit, what the file has after the same
// run one by one; so it is after some messages are forgotten, and if batches have to be learned anew.
func TestBatchIsOneByOne(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	const now = 1_700_000_000
	opt := bayes.Options{Reservoir: 40, Now: func() time.Time { return time.Unix(now, 0) }}
	file, err := bolt.Open(filepath.Join(t.TempDir(), "bayes"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	patient := redis.Options{ApplyTimeout: time.Minute, LookupTimeout: time.Minute}
	alone, other := open(t, server.URL(prefix()), patient), open(t, server.URL(prefix()), patient)
	lessons := course(900)
	run := func(st store.Store, size int, before func(*bayes.Learner) error) (results []bayes.Result) {
		l, err := bayes.New(st, opt)
		if err != nil {
			t.Fatal(err)
		}
		teach := func(how func([]bayes.Lesson) ([]bayes.Result, error), lessons []bayes.Lesson) {
			for len(lessons) > 0 {
				err := before(l)
				some, failed := how(lessons[:min(size, len(lessons))])
				if err = errors.Join(err, failed); err != nil {
					t.Fatal(err)
				}
				results, lessons = append(results, some...), lessons[len(some):]
			}
		}
		teach(l.Train, lessons)
		if err := l.Finish(); err != nil {
			t.Fatal(err)
		}
		teach(l.Forget, lessons[100:300])
		return results
	}
	one := run(file, 1, func(*bayes.Learner) error { return nil })
	for name, st := range map[string]store.Store{"alone": alone, "contested": &contested{Store: other}} {
		many := run(st, 250, (*bayes.Learner).Reload) // as when other hosts have learned meanwhile
		if !reflect.DeepEqual(many, one) {
			t.Errorf("%s: the results are not the same", name)
		}
		wantSame(t, contentOf(t, st), contentOf(t, file))
	}
}

// TestTwoTrainers: two hosts are trained with the same messages at the same time. Each counts once, none is lost.
func TestTwoTrainers(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL(prefix())
	const n = 1000
	var acknowledged sync.Map
	var trainers sync.WaitGroup
	var learned [2]int
	for k := range learned {
		st := open(t, url, redis.Options{ApplyTimeout: time.Minute, LookupTimeout: time.Minute})
		l, err := bayes.New(st, bayes.Options{Reservoir: 50, MaxTokens: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		trainers.Go(func() {
			for from := 0; from < n; from += 100 {
				var some []bayes.Lesson
				for i := from; i < from+100; i++ { // half of the time the same ones, half of the time others
					at := i
					if from%200 == 0 {
						at = i + k*n
					}
					some = append(some, lesson(at))
					acknowledged.Store(at, true)
				}
				results, err := l.Train(some)
				if err != nil || len(results) != len(some) {
					t.Errorf("trained %d of %d: %v", len(results), len(some), err)
					return
				}
				for _, r := range results {
					if r == bayes.Learned {
						learned[k]++
					}
				}
			}
			if err := l.Finish(); err != nil {
				t.Error(err)
			}
		})
	}
	trainers.Wait()
	if got, want := learned[0]+learned[1], n+n/2; got != want {
		t.Errorf("%d messages were learned, want %d", got, want)
	}
	wantExactly(t, url, &acknowledged)
}

// TestOthersSeeBatches: another host knows what a batch has changed soon after, and in its cache.
func TestOthersSeeBatches(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL(prefix())
	trainer, other := open(t, url, redis.Options{}), open(t, url, redis.Options{})
	var tokens []store.Token
	for i := range 200 {
		tokens = append(tokens, vocabulary(i))
	}
	records := make([]store.Record, len(tokens))
	for round := range uint32(3) {
		if err := other.Lookup(tokens, records); err != nil { // so they are in its cache
			t.Fatal(err)
		}
		b, err := trainer.Begin(nil)
		if err != nil {
			t.Fatal(err)
		}
		l := store.Learning{Time: 5, Ham: 1}
		for _, tok := range tokens {
			l.Changes = append(l.Changes, store.Change{Token: tok, Ham: 1, Weight: 0.5})
		}
		if _, err := b.Apply(l); err != nil {
			t.Fatal(err)
		}
		if err := trainer.Lookup(tokens, records); err != nil || records[0].Ham != round {
			t.Errorf("before Commit: %+v, %v", records[0], err)
		}
		if err := b.Commit(); err != nil {
			t.Fatal(err)
		}
		redistest.Await(t, fmt.Sprintf("the other host to see batch %d", round), func() bool {
			err := other.Lookup(tokens, records)
			tot, failed := other.Totals()
			return err == nil && failed == nil && records[0].Ham == round+1 && records[199].Ham == round+1 && tot.Ham == round+1
		})
	}
}

// TestScriptsAreShort: however many tokens messages have, no script of a batch keeps others waiting for long.
func TestScriptsAreShort(t *testing.T) {
	t.Parallel()
	// a batch is full at 1,000 tokens of a group, which its last message exceeds
	const perMessage, most = 4000, 1000 + 4000/16*3/2
	server := redistest.Start(t, "--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000")
	st := open(t, server.URL("short"), redis.Options{ApplyTimeout: time.Minute, LookupTimeout: time.Minute})
	l, err := bayes.New(st, bayes.Options{MaxTokens: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	var lessons []bayes.Lesson
	for i := range 60 {
		d := lesson(i)
		for k := range perMessage {
			d.Tokens.Body = append(d.Tokens.Body, vocabulary(10_000+i*perMessage*3/4+k))
		}
		lessons = append(lessons, d)
	}
	if _, err := l.Train(lessons); err != nil {
		t.Fatal(err)
	}
	if err := l.Finish(); err != nil {
		t.Fatal(err)
	}
	const longest = `local m = 0
for _, key in ipairs(KEYS) do
  for _, e in ipairs(redis.call('XRANGE', key, '-', '+')) do m = math.max(m, #e[2][4] / 24) end
end
return m`
	logs := strings.Fields(server.CLI("--scan", "--pattern", "*:l"))
	out := server.CLI(append([]string{"EVAL", longest, strconv.Itoa(len(logs))}, logs...)...)
	if n, err := strconv.Atoi(out); err != nil || n < 1000 || n > most {
		t.Errorf("up to %s tokens were changed at once, want 1000 to %d", out, most)
	}
	const durations = `local all = {}
for _, e in ipairs(redis.call('SLOWLOG', 'GET', '100000')) do
  if e[4][1] == 'EVALSHA' and e[3] > 500 then all[#all + 1] = e[3] end
end
table.sort(all)
return {#all, all[math.ceil(#all / 2)] or 0, all[#all] or 0}`
	var n, median, worst int
	if _, err := fmt.Sscan(server.CLI("EVAL", durations, "0"), &n, &median, &worst); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d scripts of more than 0.5 ms: half of them up to %d µs, the longest %d µs", n, median, worst)
	if median > 5000 { // the median: under load the longest tells of the machine
		t.Errorf("half of the scripts of some length take more than %d µs", median)
	}
}
