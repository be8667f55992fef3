package dnsbl

import (
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"asterism/remote/breaker"
)

// list is one DNS list, or one zone of askdns rules, with its state. Rules of one zone share it.
type list struct {
	zone    string // lower case, without final dot
	byAddr  bool   // asked about addresses
	byName  bool   // asked about domains
	noTest  bool   // has no test entry
	denied  bool   // dns_query_restriction
	timeout time.Duration
	block   time.Duration // how long it is left alone if it refuses
	breaker *breaker.Breaker
	log     *slog.Logger

	mu      sync.Mutex
	blocked time.Time            // the operator refuses us; not asked before then
	off     string               // why the health check switched it off; empty if it did not
	proven  bool                 // has once listed its test entry
	said    map[string]time.Time // when each complaint was logged last
}

// complainEvery is how often one complaint about one list is logged.
const complainEvery = time.Hour

// Reasons for not asking a list; Note.Err may be one of them.
var (
	ErrLeftAlone   = errors.New("skipped for a while after failures")
	ErrRefused     = errors.New("skipped for a while, its operator refuses to answer")
	ErrSwitchedOff = errors.New("switched off, it failed its health check")
)

// turn reports whether the list may be asked now, and if not, why. A list that is denied gives no reason: it is silent.
func (l *list) turn(now time.Time) (breaker.Turn, error) {
	if l.denied {
		return breaker.Skip, nil
	}
	l.mu.Lock()
	off, blocked := l.off != "", now.Before(l.blocked)
	l.mu.Unlock()
	switch {
	case off:
		return breaker.Skip, ErrSwitchedOff
	case blocked:
		return breaker.Skip, ErrRefused
	}
	t := l.breaker.Next(now)
	if t == breaker.Skip {
		return t, ErrLeftAlone
	}
	return t, nil
}

// done tells the breaker how asking went.
func (l *list) done(t breaker.Turn, err error, now time.Time) {
	if !l.breaker.Done(t, err == nil, now) {
		return
	}
	if err != nil {
		l.complain("DNS list does not answer; left alone for a while", "error", err)
	} else {
		l.log.Info("DNS list answers again", "zone", l.zone)
	}
}

// complain logs a warning about the list, the same one at most once an hour.
func (l *list) complain(what string, args ...any) {
	l.mu.Lock()
	now := time.Now()
	quiet := now.Sub(l.said[what]) < complainEvery
	if !quiet {
		l.said[what] = now
	}
	l.mu.Unlock()
	if !quiet {
		l.log.Warn(what, append([]any{"zone", l.zone}, args...)...)
	}
}

// Rest leaves the lists of a zone, and of those below it, alone for a while: a rule that dns_block_rule names has hit.
func (c *Checks) Rest(zone, rule string) {
	for _, l := range c.lists {
		if under(l.zone, zone) {
			l.rest("left alone, since the rule of dns_block_rule hits", "rule", rule)
		}
	}
}

// refused handles an answer that refuses the query: it logs it with the remedy, and skips the list for a while.
func (l *list) refused(answer netip.Addr, why, remedy string) {
	l.rest("DNS list refuses to answer: "+why, "answer", answer.String(), "remedy", remedy)
}

// rest leaves the list alone for a while, and logs why.
func (l *list) rest(why string, args ...any) {
	l.complain(why, args...)
	l.mu.Lock()
	l.blocked = time.Now().Add(l.block)
	l.mu.Unlock()
}

// What administrators can do about refusals.
const (
	remedyResolver = "ask through a resolver of your own: set dns_server to it, not to a public or forwarding one"
	remedyVolume   = "too many questions for free use: subscribe with the list's operator, or score its rules 0"
	remedyRegister = "register the resolver's address with the list's operator, ask through another (dns_server), or " +
		"score its rules 0"
	remedyZone  = "the zone's name in the rule is wrong for this list"
	remedyEmpty = "score the list's rules 0; or, if it is sound but has no such entry, name it in dns_no_test_entry"
	remedyDead  = "score the list's rules 0; it is dead, or the resolver answers for names that do not exist"
)

// refusal returns the reason and the remedy if an answer is an operator's error answer and not a listing.
//   - Spamhaus' return codes 127.255.255.x, which other lists have taken over
//   - DBL's 127.0.1.255: it was asked about an address
//   - URIBL's and SURBL's 127.0.0.1: the asking resolver is blocked
//   - DNSWL's 127.0.x.255: likewise
//   - anything outside 127.0.0.0/8: no list answers so (RFC 5782, section 2.1), but parked domains and resolvers that
//     redirect names that do not exist do
func refusal(zone string, answer netip.Addr) (why, remedy string) {
	if !network127.Contains(answer) {
		return "its answer is no list's", remedyDead
	}
	b := answer.As4()
	switch {
	case b[1] == 255 && b[2] == 255:
		switch b[3] {
		case 252:
			return "the name asked for is wrong", remedyZone
		case 254:
			return "asked through a public resolver", remedyResolver
		default:
			return "too many questions", remedyVolume
		}
	case b == [4]byte{127, 0, 1, 255} && under(zone, "dbl.spamhaus.org"):
		return "asked about an address", remedyZone
	case b == [4]byte{127, 0, 0, 1} && (under(zone, "uribl.com") || under(zone, "surbl.org")):
		return "the resolver is blocked", remedyResolver
	case b[1] == 0 && b[3] == 255 && under(zone, "dnswl.org"):
		return "the resolver is blocked", remedyResolver
	}
	return "", ""
}

// under reports whether name is domain or below it.
func under(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, domain) && name[len(name)-len(domain)-1] == '.'
}
