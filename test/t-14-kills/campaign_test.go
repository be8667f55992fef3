// Package kills_test kills with SIGKILL, again and again, each of the programs that a mail passes between sendmail
// and its mailbox while many mails are on their way, and counts how often each mail arrives: once, if it does not
// still wait in the queue.
package kills_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"asterism/test/e2e"
)

var (
	mailsFlag = flag.Int("mails", 60, "mails of a campaign")
	killsFlag = flag.Int("kills", 6, "kills of each side in a campaign")
)

// senders is how many mails are sent at once.
const senders = 3

// campaign sends mails to sendmail while it kills what they pass.
type campaign struct {
	t     *testing.T
	mta   *e2e.Sendmail
	boxes []string // Maildirs that mails arrive in
	rcpts []string
	sides []*side

	next           atomic.Int64 // number of the next mail
	killed, missed atomic.Int64 // kills, and attempts that came too late
	done           atomic.Bool  // all kills are done

	mu     sync.Mutex
	copies map[int]int // how often each mail that sendmail has accepted arrived
}

// side is one program of those that are killed.
type side struct {
	name   string
	find   func() []int // the numbers of its processes
	life   time.Duration
	after  func(pid int) // called with the stopped process before it is killed; may be nil
	again  func()        // starts it anew; nil if others do
	killed int
}

// run sends and kills until both are done and what was sent has arrived, and counts.
func (c *campaign) run() tally {
	c.t.Helper()
	begun := time.Now()
	c.copies = map[int]int{}
	ctx, stop := context.WithCancel(c.t.Context())
	defer stop()
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() { c.send(ctx) })
	}
	for range *killsFlag {
		for _, k := range rand.Perm(len(c.sides)) {
			c.strike(c.sides[k])
			c.killed.Add(1)
		}
	}
	c.done.Store(true)
	sending.Wait()
	e2e.WaitFor(c.t, "an empty queue", 3*time.Minute, func() bool { return c.queued() == 0 })
	arrived := c.arrived()
	for i := range c.copies {
		c.copies[i] = arrived[i]
	}
	return c.count(time.Since(begun))
}

// send sends mails, spread evenly over the kills: all that were asked for, and more while there are kills to come.
func (c *campaign) send(ctx context.Context) {
	for ctx.Err() == nil {
		i := int(c.next.Add(1)) - 1
		for !c.done.Load() && i*c.total() > int(c.killed.Load()+c.missed.Load()+1)**mailsFlag {
			if ctx.Err() != nil {
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
		if c.done.Load() && i >= *mailsFlag {
			return
		}
		to := c.rcpts[i%len(c.rcpts)] + "@example.org"
		mail := e2e.Letter(fmt.Sprintf("mail %d of the campaign", i),
			"This is certainly ham.\n.\n..\n"+strings.Repeat("A line of the mail.\n", i%97))
		if err := e2e.Send(c.mta.Addr, "alice@example.org", []string{to}, mail); err != nil {
			c.t.Errorf("mail %d: %v", i, err)
			continue
		}
		c.mu.Lock()
		c.copies[i] = 0
		c.mu.Unlock()
	}
}

// total is how many kills there will be.
func (c *campaign) total() int { return *killsFlag * len(c.sides) }

// strike kills a process of a side at a random moment of its life. It is stopped first, so that one can see whom the
// kill meets, and at what.
func (c *campaign) strike(s *side) {
	c.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("nobody to kill: %s", s.name)
		}
		pids := s.find()
		if len(pids) == 0 {
			continue
		}
		pid := pids[rand.IntN(len(pids))]
		time.Sleep(time.Duration(rand.Int64N(int64(s.life))))
		if stopAndKill(pid, s) {
			break
		}
		c.missed.Add(1)
	}
	s.killed++
	if s.again != nil {
		s.again()
	}
}

var subject = regexp.MustCompile(`(?m)^Subject: mail (\d+) of the campaign\r?$`)

// number returns which mail of the campaign a text is, -1 if none.
func number(text []byte) int {
	m := subject.FindSubmatch(text)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// arrived counts the mails in the boxes by their numbers. All must be whole.
func (c *campaign) arrived() map[int]int {
	copies := map[int]int{}
	for _, box := range c.boxes {
		names, _ := filepath.Glob(filepath.Join(box, "new", "*"))
		for _, name := range names {
			mail, err := os.ReadFile(name)
			if err != nil {
				c.t.Error(err)
				continue
			}
			text := strings.ReplaceAll(string(mail), "\r\n", "\n")
			n := number([]byte(text))
			if n < 0 || !strings.HasSuffix(strings.TrimRight(text, "\n"), "\nYours, Alice") ||
				strings.Count(text, "A line of the mail.\n") != n%97 {
				c.t.Errorf("not one of the campaign's mails, or not whole: %s\n%.2000s", name, text)
				continue
			}
			copies[n]++
		}
	}
	return copies
}

// queued returns how many mails sendmail still has.
func (c *campaign) queued() int {
	names, _ := filepath.Glob(filepath.Join(c.mta.Queue(), "[qQ]f*"))
	return len(names)
}

// tally is what a campaign came to.
type tally struct{ once, more, extra, lost int }

// count counts the copies, logs the figures, and fails the campaign if a mail was lost.
func (c *campaign) count(took time.Duration) (n tally) {
	c.t.Helper()
	for i, k := range c.copies {
		switch {
		case k == 0:
			n.lost++
			c.t.Errorf("mail %d is neither delivered nor queued", i)
		case k == 1:
			n.once++
		default:
			n.more++
			n.extra += k - 1
		}
	}
	var killed []string
	for _, s := range c.sides {
		killed = append(killed, fmt.Sprintf("%s %d times", s.name, s.killed))
	}
	c.t.Logf("%d mails; killed: %s; delivered once: %d, more than once: %d (%d copies too many), lost: %d; %.0f s",
		len(c.copies), strings.Join(killed, ", "), n.once, n.more, n.extra, n.lost, took.Seconds())
	return n
}
