package redis_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"asterism/bayes"
	"asterism/store"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
	"asterism/store/spool"
	"asterism/tokenizer"
)

var (
	learnings = flag.Int("learnings", 500, "learnings of the failover campaign")
	kills     = flag.Int("kills", 1, "masters killed during the failover campaign")
)

// deployment is what a campaign runs on.
type deployment struct {
	url      func(prefix string) string
	masters  func() []*redistest.Server
	promoted func(killed *redistest.Server) // waits until a replica has taken over and all know
	settled  func()                         // waits until all nodes are in service
}

func TestFailoverOfCluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, time.Second)
	campaign(t, deployment{c.URL, c.Masters, c.AwaitPromotion, c.AwaitHealthy})
}

func TestFailoverBySentinel(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t, 2)
	campaign(t, deployment{s.URL, s.Masters, s.AwaitPromotion, s.AwaitHealthy})
}

// host is one of the hosts that share the store.
type host struct {
	*bayes.Learner
	st      *redis.Store
	journal *spool.Spool
}

func newHost(t testing.TB, url string) *host {
	t.Helper()
	h := &host{
		st:      open(t, url, redis.Options{Wait: 1}),
		journal: spool.New(filepath.Join(t.TempDir(), "journal"), 100_000),
	}
	var err error
	h.Learner, err = bayes.New(h.st, bayes.Options{Journal: h.journal, Reservoir: 50, MaxTokens: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// lesson is the i-th message: some tokens of its own, some that all have.
func lesson(i int) bayes.Lesson {
	rnd := rand.New(rand.NewPCG(uint64(i), 8))
	l := bayes.Lesson{Class: store.Ham + store.Class(i%2), Tokens: &tokenizer.Tokens{}}
	for k := range l.Digest {
		l.Digest[k] = byte(rnd.Uint32())
	}
	own := map[store.Token]bool{}
	for range 30 {
		own[vocabulary(rnd.IntN(500))] = true
	}
	own[vocabulary(1_000_000+i)] = true
	for tok := range own {
		l.Tokens.Body = append(l.Tokens.Body, tok)
	}
	return l
}

func vocabulary(i int) store.Token { return store.Token(uint64(i+1) * 0x9e3779b97f4a7c15) }

// chunks are the numbers of the messages that a host is taught, some at a time.
func chunks(n, host, size int) [][]int {
	var numbers []int
	for i := range n {
		if i%10 == 0 || i%2 == host {
			numbers = append(numbers, i)
		}
	}
	return slices.Collect(slices.Chunk(numbers, size))
}

// campaign has two hosts learn, one message by message and one in batches, while masters are killed, one after the
// other. In the end the store holds exactly what was acknowledged. One message in ten is taught to both hosts.
func campaign(t *testing.T, d deployment) {
	url := d.url(prefix())
	hosts := []*host{newHost(t, url), newHost(t, url)}
	var taught, queued, failed atomic.Int64
	var acknowledged sync.Map // number of the message -> true
	var learners, scanners sync.WaitGroup
	over := make(chan struct{})
	var slowest, scans, without atomic.Int64
	started := time.Now()
	for k, h := range hosts {
		learners.Go(func() {
			how, size := h.Learn, 1
			if k == 1 {
				how, size = h.Train, 8
			}
			for _, numbers := range chunks(*learnings, k, size) {
				var lessons []bayes.Lesson
				for _, i := range numbers {
					lessons = append(lessons, lesson(i))
				}
				results, err := how(lessons)
				if err != nil {
					t.Errorf("learning %d: %v", numbers, err)
					failed.Add(int64(len(numbers)))
					continue
				}
				for j, i := range numbers {
					acknowledged.Store(i, true)
					if results[j] == bayes.Queued {
						queued.Add(1)
					}
				}
				taught.Add(int64(len(numbers)))
			}
		})
		scanners.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond):
				}
				began := time.Now()
				if _, err := h.Score(lesson(i + 1_000_000).Tokens); err != nil {
					without.Add(1)
				}
				scans.Add(1)
				if took := int64(time.Since(began)); took > slowest.Load() {
					slowest.Store(took)
				}
			}
		})
	}
	for k := range *kills {
		share := int64(*learnings * 11 / 10 * (k + 1) / (*kills + 2))
		redistest.Await(t, "learnings", func() bool { return taught.Load()+failed.Load() >= share })
		masters := d.masters()
		victim := masters[k%len(masters)]
		victim.Kill()
		d.promoted(victim)
		victim.Start()
		d.settled()
		t.Logf("killed the master on port %d and had a replica promoted after %d learnings", victim.Port, taught.Load())
	}
	learners.Wait()
	close(over)
	scanners.Wait()
	for _, h := range hosts {
		redistest.Await(t, "the journal to be empty", func() bool {
			_, err := h.Drain()
			n, failed := h.journal.Len()
			return err == nil && failed == nil && n == 0
		})
	}
	t.Logf("%d learnings acknowledged in %v, %d of them by way of the journal; %d scans, slowest %v, %d without Bayes",
		taught.Load(), time.Since(started).Round(time.Millisecond), queued.Load(), scans.Load(),
		time.Duration(slowest.Load()), without.Load())
	if limit := 2 * time.Second; time.Duration(slowest.Load()) > limit {
		t.Errorf("a scan took %v, the deadline is %v", time.Duration(slowest.Load()), limit)
	}
	wantExactly(t, url, &acknowledged)
}

// wantExactly checks that the store holds the learnings of these messages, each once, and nothing else.
func wantExactly(t *testing.T, url string, acknowledged *sync.Map) {
	t.Helper()
	var ham, spam uint32
	want := map[store.Token][2]uint32{}
	marks := map[store.Digest]store.Class{}
	acknowledged.Range(func(i, _ any) bool {
		l := lesson(i.(int))
		counts := [2]uint32{1, 0}
		if l.Class == store.Spam {
			counts = [2]uint32{0, 1}
		}
		ham, spam = ham+counts[0], spam+counts[1]
		for _, tok := range l.Tokens.Body {
			c := want[tok]
			want[tok] = [2]uint32{c[0] + counts[0], c[1] + counts[1]}
		}
		marks[l.Digest] = l.Class
		return true
	})
	st := open(t, url, redis.Options{})
	tot, err := st.Totals()
	if err != nil || tot.Ham != ham || tot.Spam != spam {
		t.Errorf("totals %d ham, %d spam, %v; acknowledged %d, %d", tot.Ham, tot.Spam, err, ham, spam)
	}
	got := map[store.Token][2]uint32{}
	if err := st.Each(func(tok store.Token, r store.Record) bool {
		got[tok] = [2]uint32{r.Ham,
			r.Spam}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		wrong := 0
		for tok, w := range want {
			if got[tok] != w {
				wrong++
			}
		}
		t.Errorf("%d tokens, want %d; %d have other counts", len(got), len(want), wrong)
	}
	seen := map[store.Digest]store.Class{}
	if err := st.EachMark(func(m store.Mark) bool { seen[m.Digest] = m.Class; return true }); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(seen, marks) {
		t.Errorf("%d marks, want %d", len(seen), len(marks))
	}
	if s := fmt.Sprintf("%d ham, %d spam, %d tokens, %d marks", ham, spam, len(want), len(marks)); !t.Failed() {
		t.Logf("the store holds exactly that: %s", s)
	}
}
