package dnsbl

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"asterism/contain"
	"asterism/dnsbl/resolver"
)

// healthEvery is how often Watch examines the lists.
const healthEvery = time.Hour

// testDomains are the entries that lists of domains keep for tests where they do not follow RFC 5782, section 5, which
// has "TEST" listed.
var testDomains = map[string]string{
	"dbl.spamhaus.org": "dbltest.com",
	"multi.surbl.org":  "test.surbl.org",
	"multi.uribl.com":  "test.uribl.com",
}

// Watch examines the lists at once and every hour until ctx ends. It switches off lists that list everything or nothing
// (RFC 5782, sections 2.1 and 5), and switches sound lists on again.
func (c *Checks) Watch(ctx context.Context) {
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	for {
		_ = contain.Do(func() { c.Examine(ctx) })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Examine examines all lists once, side by side.
func (c *Checks) Examine(ctx context.Context) {
	var wg contain.Group
	for _, l := range c.lists {
		if l.denied || !l.byAddr && !l.byName {
			continue
		}
		wg.Go(func() { _ = c.examine(ctx, l) })
	}
	wg.Wait()
}

// Health is the result of one list's examination.
type Health struct {
	Zone string
	Err  error // why it is of no use: it does not answer, refuses, or is not sound; nil if it is
}

// Survey examines all lists once, as Examine does, and returns the results by zone.
func (c *Checks) Survey(ctx context.Context) []Health {
	var all []Health
	var wg contain.Group
	var mu sync.Mutex
	for _, l := range c.lists {
		if l.denied || !l.byAddr && !l.byName {
			continue
		}
		wg.Go(func() {
			err := c.examine(ctx, l)
			var answer *resolver.Error
			if errors.As(err, &answer) && answer.Rcode == dns.RcodeRefused {
				err = &Unfit{err.Error(), remedyRegister}
			}
			mu.Lock()
			all = append(all, Health{l.zone, err})
			mu.Unlock()
		})
	}
	wg.Wait()
	slices.SortFunc(all, func(a, b Health) int { return strings.Compare(a.Zone, b.Zone) })
	return all
}

// testEntries returns the names that a list must not have, and the names of which it must have one (RFC 5782, section
// 5): for lists of IPv4 addresses and for lists of IPv6 addresses.
func (l *list) testEntries() (never, always []string) {
	if l.byAddr {
		mapped1, mapped2 := netip.MustParseAddr("::ffff:127.0.0.1").As16(), netip.MustParseAddr("::ffff:127.0.0.2").As16()
		return []string{"1.0.0.127", nibbles(mapped1)}, []string{"2.0.0.127", nibbles(mapped2)}
	}
	if d, ok := testDomains[l.zone]; ok {
		return []string{"invalid"}, []string{d}
	}
	return []string{"invalid"}, []string{"test"}
}

// examine judges one list, and returns why it is of no use. A question that gets no answer leaves things as they are:
// that is the breaker's business.
//
// Of lists of domains many have no test entry, so that one of them is only held to list nothing if its entry is
// known, or was there before.
func (c *Checks) examine(ctx context.Context, l *list) error {
	never, always := l.testEntries()
	for _, entry := range never {
		listed, err := c.listed(ctx, l, entry)
		if err != nil {
			return err
		}
		if listed {
			return l.switchOff("it lists the world: "+entry+" is in it", remedyDead)
		}
	}
	found := false
	for _, entry := range always {
		listed, err := c.listed(ctx, l, entry)
		if err != nil {
			return err
		}
		if found = listed; found {
			break
		}
	}
	l.mu.Lock()
	required := (l.byAddr || l.proven || testDomains[l.zone] != "") && !l.noTest
	l.proven = l.proven || found
	l.mu.Unlock()
	if !found && required {
		return l.switchOff("it lists nothing: its test entry "+always[0]+" is not in it", remedyEmpty)
	}
	l.switchOn()
	return nil
}

// listed reports whether a list has an entry. An answer that is a refusal is an error: it says nothing of the list.
func (c *Checks) listed(ctx context.Context, l *list, entry string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	ans, err := c.res.Lookup(ctx, entry+"."+l.zone, dns.TypeA)
	if err != nil {
		return false, err
	}
	listings := l.listings(ans)
	if len(listings) == 0 && len(ans.Addrs()) > 0 {
		if i := slices.IndexFunc(ans.Addrs(), network127.Contains); i >= 0 {
			why, remedy := refusal(l.zone, ans.Addrs()[i])
			return false, &Unfit{fmt.Sprintf("it refuses to answer: %s (%v)", why, ans.Addrs()[i]), remedy}
		}
		return true, nil // answers no list would give, to anything asked
	}
	return len(listings) > 0, nil
}

// switchOff switches the list off, and returns why as an error.
func (l *list) switchOff(why, remedy string) error {
	l.mu.Lock()
	was := l.off
	l.off = why
	l.mu.Unlock()
	if was == "" {
		l.log.Warn("DNS list switched off: "+why, "zone", l.zone, "remedy", remedy)
	}
	return &Unfit{why, remedy}
}

// Unfit is the reason why a list that answers is unusable, and the remedy.
type Unfit struct{ Why, Remedy string }

func (u *Unfit) Error() string { return u.Why }

func (l *list) switchOn() {
	l.mu.Lock()
	was := l.off
	l.off = ""
	l.mu.Unlock()
	if was != "" {
		l.log.Info("DNS list switched on again", "zone", l.zone)
	}
}

// ListStatus is the state of one list.
type ListStatus struct {
	Zone    string
	Off     string    // why the health check switched it off; empty if it is on
	Refused time.Time // its operator refused us; no query before then
	Alone   time.Time // it failed; the next attempt is due then; zero if it did not
	Failed  uint64    // questions that failed
}

// Lists returns the state of all lists, by zone.
func (c *Checks) Lists() []ListStatus {
	var all []ListStatus
	for _, l := range c.lists {
		b := l.breaker.Status()
		l.mu.Lock()
		all = append(all, ListStatus{l.zone, l.off, l.blocked, b.Until, b.Failed})
		l.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b ListStatus) int { return strings.Compare(a.Zone, b.Zone) })
	return all
}

// Silent reports whether an error of a Health means that nobody answered, rather than that the answer was no good.
func Silent(err error) bool {
	var e *resolver.Error
	return errors.As(err, &e) || errors.Is(err, context.DeadlineExceeded)
}
