// Package redis_test runs several spamd on one Redis, and takes it away from them.
package redis_test

import (
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"asterism/spamc"
	"asterism/store"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
	"asterism/test/e2e"
)

var outage = flag.Duration("outage", 4*time.Second, "how long TestOutage takes Redis away")

// host is one of the hosts that share the store: a spamd with its own configuration, sockets and journal.
type host struct {
	*e2e.Spamd
	*spamc.Client
}

func start(t *testing.T, url string) host {
	t.Helper()
	dir := e2e.Dir(t)
	cf := e2e.TestRules + "bayes_auto_learn 0\nbayes_min_ham_num 20\nbayes_min_spam_num 20\nbayes_path " + url +
		"\nbayes_redis_journal " + dir + "/journal\n"
	s := &e2e.Spamd{Milter: "unix:" + dir + "/milter.sock", Control: "unix:" + dir + "/control.sock",
		Config: e2e.Write(t, dir, "local.cf", cf, 0o644), Store: url}
	s.Restart(t, "-L", "--control", s.Control)
	return host{s, s.Client(t)}
}

// ham and spam make the i-th mail of a class, the same each time.
func ham(i int) string {
	return letter(i, "alice@friends.example", "minutes of the meeting", "agenda and budget of the garden club")
}

func spam(i int) string {
	return letter(-i, "win@offers.example", "you are a winner", "casino jackpot pills without prescription")
}

func letter(i int, from, subject, text string) string {
	return fmt.Sprintf("From: %s\nTo: bob@example.org\nSubject: %s %d\nDate: Sat, 21 Nov 2026 12:00:00 +0000\n"+
		"Message-ID: <%d.letter@example.net>\n\nDear Bob,\n\n%s, number %d.\n\nYours\n", from, subject, i, i, text, i)
}

// teach teaches mails of both classes through a host, numbered from first.
func (h host) teach(t *testing.T, first, n int) {
	t.Helper()
	for i := first; i < first+n; i++ {
		for class, raw := range map[store.Class]string{store.Ham: ham(i), store.Spam: spam(i)} {
			if _, err := h.Learn(t.Context(), []byte(raw), class); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// bayes returns the probability that a host's Bayes gives to a mail, -1 if it has none.
func (h host) bayes(t *testing.T, raw string) float64 {
	t.Helper()
	r, err := h.Check(t.Context(), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	p := -1.0
	for _, name := range r.Names {
		if level, ok := strings.CutPrefix(name, "BAYES_"); ok {
			_, _ = fmt.Sscan(level, &p)
		}
	}
	return p
}

// TestTwoHosts: by what one host was taught, the other classifies.
func TestTwoHosts(t *testing.T) {
	url := redistest.Start(t).URL("hosts")
	a, b := start(t, url), start(t, url)
	b.WaitOutput(t, "loaded the cache", time.Minute)
	if p := b.bayes(t, spam(1000)); p >= 0 {
		t.Errorf("nothing was learned yet, but Bayes says %v", p)
	}
	a.teach(t, 0, 60)
	taught := time.Now()
	e2e.WaitFor(t, "the other host to know spam", 10*time.Second, func() bool { return b.bayes(t, spam(1000)) >= 80 })
	t.Logf("the other host knows after %v", time.Since(taught).Round(time.Millisecond))
	if p := b.bayes(t, ham(1000)); p < 0 || p > 20 {
		t.Errorf("the other host's Bayes says %v of ham", p)
	}
	// A mail that both are taught counts once; what is moved on one is moved for both.
	b.teach(t, 0, 5)
	if _, err := b.Learn(t.Context(), []byte(spam(3)), store.Ham); err != nil {
		t.Fatal(err)
	}
	wantTotals(t, url, 61, 59)
}

func wantTotals(t *testing.T, url string, ham, spam uint32) {
	t.Helper()
	st, err := redis.Open(url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if got, err := st.Totals(); err != nil || got.Ham != ham || got.Spam != spam {
		t.Errorf("totals %d ham, %d spam, %v; want %d, %d", got.Ham, got.Spam, err, ham, spam)
	}
}

// TestOutage: while Redis is away every mail is scanned by the rules, and nothing that is taught is lost.
func TestOutage(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes")
	url := server.URL("outage")
	a, b := start(t, url), start(t, url)
	a.teach(t, 0, 60)
	taught := 60

	var scans, slowest atomic.Int64
	over := make(chan struct{})
	var load sync.WaitGroup
	for _, h := range []host{a, b} {
		load.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond):
				}
				began := time.Now()
				r, err := h.Check(t.Context(), []byte(e2e.Letter("hello", fmt.Sprintf("certainly spam, number %d", i))))
				if err != nil || !strings.Contains(strings.Join(r.Names, " "), "E2E_SPAM") {
					t.Errorf("a mail was not tagged: %v, %v", r, err)
					return
				}
				scans.Add(1)
				slowest.Store(max(slowest.Load(), int64(time.Since(began))))
			}
		})
	}
	server.Stop()
	stopped := time.Now()
	for time.Since(stopped) < *outage {
		a.teach(t, taught, 1) // acknowledged: they wait in the journal
		b.teach(t, taught, 1) // the same ones
		taught++
		time.Sleep(50 * time.Millisecond)
	}
	out := e2e.Write(t, e2e.Dir(t), "mail", ham(taught), 0o644)
	said, err := exec.Command(e2e.Binary(t, "spam-learn"), "-c", a.Config, "--ham", out).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "1 wait in the journal") {
		t.Errorf("spam-learn: %v: %s", err, said)
	}
	server.Start()
	for _, h := range []host{a, b} {
		h.WaitOutput(t, "learned the messages that waited in the journal", time.Minute)
	}
	e2e.WaitFor(t, "Bayes to be back", 10*time.Second, func() bool { return a.bayes(t, spam(1000)) >= 80 })
	close(over)
	load.Wait()
	t.Logf("%d scans, slowest %v; %d mails taught, to both hosts, in %v without Redis",
		scans.Load(), time.Duration(slowest.Load()), 2*(taught-60)+1, time.Since(stopped).Round(time.Second))
	wantTotals(t, url, uint32(taught)+1, uint32(taught))
	for _, h := range []host{a, b} {
		if lines, most := strings.Count(h.Output(), "the store is away"), int(*outage/time.Minute)+1; lines < 1 ||
			lines > most {
			t.Errorf("%d lines say that the store is away, want 1 to %d:\n%s", lines, most, h.Output())
		}
	}
}
