package history

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"asterism/classifier"
	"asterism/store"
)

// TestMillion prints what docs/history.md says of a history of HISTORY_RECORDS records: the file's size, what writing
// takes, and how long searches by each key take. It is skipped without that variable.
//
//	HISTORY_RECORDS=1000000 HISTORY_TOKENS=0 go test ./history -run TestMillion -v -timeout 1h
func TestMillion(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("HISTORY_RECORDS"))
	if n == 0 {
		t.Skip("HISTORY_RECORDS is not set")
	}
	tokens, _ := strconv.Atoi(os.Getenv("HISTORY_TOKENS"))
	path := filepath.Join(t.TempDir(), "bayes.history")
	l := openAt(t, path, Options{})
	gen := newTraffic(tokens)
	began := time.Now()
	first := began.Add(-7 * 24 * time.Hour)
	for i := range n {
		r := gen.record(i)
		r.Time = first.Add(time.Duration(i) * (7 * 24 * time.Hour / time.Duration(n)))
		for !l.queue.add(event{record: prepared(l, r)}) {
			time.Sleep(time.Millisecond)
		}
	}
	flush(t, l)
	for len(l.queue.urgent) > 0 || l.Stats().Records < uint64(n) {
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(began)
	used, _ := l.file.used()
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	t.Logf("%d records of %d tokens: %d MB, %d bytes a record, in use %d MB; %.1f µs each to make and write; heap %d KB",
		n, tokens, l.Stats().Bytes>>20, used/int64(n), used>>20, float64(took.Microseconds())/float64(n), mem.HeapAlloc>>10)
	opened := time.Now()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	closed := time.Now()
	l = openAt(t, path, Options{})
	defer l.Close()
	t.Logf("closed in %v, opened in %v", closed.Sub(opened).Round(time.Millisecond),
		time.Since(closed).Round(time.Millisecond))
	gen.search(t, l, n, first)
	for _, step := range []time.Duration{time.Hour, 24 * time.Hour} {
		began = time.Now()
		f, err := l.Figures(ctx, first, time.Now(), step)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("figures of all by %v: %v, %d tests", step, time.Since(began).Round(time.Millisecond), len(f.Tests))
	}
	began = time.Now()
	gone, err := l.Forget(ctx, gen.user(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("forget: %d records in %v, the file then has %d MB", gone, time.Since(began).Round(time.Millisecond),
		l.Stats().Bytes>>20)
}

// prepared does what Append does before it queues a record.
func prepared(l *Log, r *Record) *Record {
	r.Host = l.host
	if r.Lesson != nil {
		r.digest, r.Teachable = digestMark(r.Lesson.Digest), true
	}
	return r
}

// traffic makes records like those of a site with some thousand users.
type traffic struct {
	rnd    *rand.Rand
	words  []string
	zipf   *rand.Zipf
	tests  *rand.Zipf
	tokens int
}

func newTraffic(tokens int) *traffic {
	g := &traffic{rnd: rand.New(rand.NewPCG(1, 2)), tokens: tokens}
	for range 50_000 {
		b := make([]byte, 3+g.rnd.IntN(8))
		for i := range b {
			b[i] = 'a' + byte(g.rnd.IntN(26))
		}
		g.words = append(g.words, string(b))
	}
	g.zipf = rand.NewZipf(g.rnd, 1.1, 4, uint64(len(g.words)-1))
	g.tests = rand.NewZipf(g.rnd, 1.2, 8, 600)
	return g
}

func (g *traffic) user(n int) string {
	return fmt.Sprintf("%s.%s@our%d.example", g.words[n], g.words[n+5000], n%20)
}

func (g *traffic) record(i int) *Record {
	r := &Record{
		Front: "milter", QueueID: fmt.Sprintf("4b%08XzQ", i*7919), MessageID: fmt.Sprintf("%x.%x@%s.example",
			g.rnd.Uint64(), g.rnd.Uint32(), g.words[g.zipf.Uint64()]),
		Client: netip.AddrFrom4([4]byte{byte(g.rnd.IntN(200)), byte(g.rnd.IntN(256)), byte(g.rnd.IntN(256)),
			byte(g.rnd.IntN(256))}),
		Size: int64(2000 + g.rnd.IntN(80_000)), Scanned: true, Required: 5, Action: "tag", Autolearn: "no",
		Took:  20 * time.Millisecond,
		Score: float64(int((g.rnd.NormFloat64()*4+1)*1000)) / 1000, BayesReady: true, BayesOdds: g.rnd.NormFloat64() * 6,
		Sum: &classifier.Sum{Learner: 1.234, Trust: 0.9, Share: 0.685, Tests: 2.345, Fixed: 0},
	}
	site := g.words[g.zipf.Uint64()] + ".example"
	r.ClientName, r.Helo = "mx1."+site, "mx1."+site
	name := g.words[g.zipf.Uint64()]
	r.Sender, r.From = name+"@"+site, strings.ToUpper(name[:1])+name[1:]+" "+name+" <"+name+"@"+site+">"
	for range 1 + g.rnd.IntN(8)/7 {
		r.Recipients = append(r.Recipients, g.user(g.rnd.IntN(3000)))
	}
	var subject []string
	for range 2 + g.rnd.IntN(8) {
		subject = append(subject, g.words[g.zipf.Uint64()])
	}
	r.Subject = strings.Join(subject, " ")
	seen := map[string]bool{}
	for range 6 + g.rnd.IntN(12) {
		name := fmt.Sprintf("SOME_TEST_%d", g.tests.Uint64())
		if !seen[name] {
			seen[name] = true
			r.Tests = append(r.Tests, Test{Name: name, Score: 0.25})
		}
	}
	if g.tokens > 0 {
		l := &Lesson{Key: 7, Header: make([]store.Token, g.tokens/2), Body: make([]store.Token, g.tokens-g.tokens/2)}
		for _, list := range [][]store.Token{l.Header, l.Body} {
			for j := range list {
				list[j] = store.Token(g.rnd.Uint64())
			}
		}
		for j := range l.Digest {
			l.Digest[j] = byte(g.rnd.Uint32())
		}
		r.Lesson = l
	}
	return r
}

// cpuTime returns the CPU time of the calling thread, which other processes do not prolong.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// search measures searches by each key.
func (g *traffic) search(t *testing.T, l *Log, n int, first time.Time) {
	all, _, err := l.Find(ctx, &Query{Limit: 2000})
	if err != nil {
		t.Fatal(err)
	}
	pick := func(i int) *Record { return all[i*7%len(all)] }
	high, low := 17.0, 16.9
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, s := range []struct {
		name string
		q    func(i int) Query
	}{
		{"queue ID", func(i int) Query { return Query{QueueID: fmt.Sprintf("4b%08XzQ", g.rnd.IntN(n)*7919)} }},
		{"Message-ID", func(i int) Query { return Query{MessageID: pick(i).MessageID} }},
		{"recipient", func(i int) Query { return Query{Recipient: g.user(g.rnd.IntN(3000))} }},
		{"recipient's domain", func(i int) Query { return Query{Recipient: fmt.Sprintf("our%d.example", i%20)} }},
		{"sender", func(i int) Query { return Query{Sender: pick(i).Sender} }},
		{"sender's domain", func(i int) Query { return Query{Sender: domainOf(pick(i).Sender)} }},
		{"client", func(i int) Query { return Query{Client: pick(i).Client.String()} }},
		{"one word of the subject", func(i int) Query { return Query{Subject: g.words[g.zipf.Uint64()]} }},
		{"two words of the subject", func(i int) Query {
			return Query{Subject: g.words[g.zipf.Uint64()] + " " +
				g.words[g.zipf.Uint64()]}
		}},
		{"time (one hour)", func(i int) Query {
			since := first.Add(time.Duration(g.rnd.IntN(160)) * time.Hour)
			return Query{Since: since, Until: since.Add(time.Hour)}
		}},
		{"score (rare)", func(i int) Query { return Query{MinScore: &low, MaxScore: &high, Limit: 1000} }},
		{"score (none)", func(i int) Query { s := 500.0; return Query{MinScore: &s} }},
		{"test", func(i int) Query { return Query{Test: fmt.Sprintf("SOME_TEST_%d", g.tests.Uint64())} }},
		{"test and recipient", func(i int) Query {
			return Query{Test: fmt.Sprintf("SOME_TEST_%d", i%20), Recipient: g.user(g.rnd.IntN(3000))}
		}},
		{"action (none)", func(i int) Query { return Query{Action: "reject"} }},
		{"text: address", func(i int) Query { return Query{Text: g.user(g.rnd.IntN(3000))} }},
		{"text: words", func(i int) Query {
			return Query{Text: g.words[g.zipf.Uint64()] + " " +
				g.words[g.zipf.Uint64()]}
		}},
		{"text: nothing", func(i int) Query { return Query{Text: fmt.Sprintf("nothing%d like this", i)} }},
	} {
		var times, work []time.Duration
		results := 0
		for i := range 200 {
			q := s.q(i)
			began, cpu := time.Now(), cpuTime()
			found, _, err := l.Find(ctx, &q)
			if err != nil {
				t.Fatal(err)
			}
			times, work = append(times, time.Since(began)), append(work, cpuTime()-cpu)
			results += len(found)
		}
		slices.Sort(times)
		slices.Sort(work)
		t.Logf("%-25s p50 %8v  p99 %8v  p99 of its CPU time %8v  %6.1f records", s.name,
			times[100].Round(10*time.Microsecond),
			times[197].Round(10*time.Microsecond), work[197].Round(10*time.Microsecond), float64(results)/200)
	}
}
