package dnsbl

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"asterism/contain"
	"asterism/dnsbl/resolver"
	"asterism/remote/breaker"
)

// Running has one message's queries in progress.
type Running struct {
	c      *Checks
	ctx    context.Context
	cancel context.CancelFunc
	began  time.Time
	wg     contain.Group

	mu      sync.Mutex // guards all below
	queries map[query]*lookupState
	hits    map[string][]string
	notes   map[string]*Note
	found   []string // see answered
	tags    map[string][]string
	last    time.Time
	count   int
}

// query is one name asked for one type.
type query struct {
	name  string
	qtype uint16
}

// lookupState is the state of a query: who wants its answer, or the answer.
type lookupState struct {
	uses []func(*resolver.Answer)
	done bool
	ans  *resolver.Answer // nil if there was none
}

// Start begins to ask everything that the message gives cause to ask. All of it ends when ctx does or the time limit is
// up, whichever is sooner.
func (c *Checks) Start(ctx context.Context, q *Query) *Running {
	r := &Running{
		c:       c,
		began:   time.Now(),
		queries: make(map[query]*lookupState),
		hits:    make(map[string][]string),
		notes:   make(map[string]*Note),
		tags:    make(map[string][]string),
	}
	r.last = r.began
	r.ctx, r.cancel = context.WithDeadline(ctx, r.began.Add(c.opt.Timeout))
	for _, l := range c.relay {
		l.start(r, q)
	}
	for _, l := range c.sender {
		l.start(r, q)
	}
	if len(c.noDNS) > 0 {
		r.checkSender(q)
	}
	r.Also(q.URIs)
	for _, l := range c.hash {
		l.start(r, q)
	}
	r.startTags(q)
	return r
}

// Also looks up more URIs, each only once.
func (r *Running) Also(all []URI) {
	if len(r.c.uri) > 0 {
		uris := r.c.askableURIs(all)
		for _, l := range r.c.uri {
			l.start(r, uris)
		}
	}
	if len(r.c.place) > 0 {
		r.startPlaces(r.c.askableURIs(all))
	}
}

// Wait waits for the answers and returns them. It must be called once, and after the last call of Tag and Also.
func (r *Running) Wait() *Results {
	r.wg.Wait()
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	res := &Results{Hits: make(map[string]string, len(r.hits)), Queries: r.count, Took: r.last.Sub(r.began)}
	for rule, details := range r.hits {
		slices.Sort(details)
		res.Hits[rule] = strings.Join(slices.Compact(details), ", ")
	}
	res.Found = slices.Sorted(slices.Values(r.found))
	for _, n := range r.notes {
		res.Notes = append(res.Notes, *n)
	}
	slices.SortFunc(res.Notes, func(a, b Note) int { return strings.Compare(a.Zone, b.Zone) })
	return res
}

// answered keeps a list's answers under a name.
func (r *Running) answered(name string, values []string) {
	if len(values) == 0 {
		return
	}
	found := "<dns:" + strings.TrimSuffix(name, ".") + "> [" + strings.Join(values, ", ") + "]"
	r.mu.Lock()
	if len(r.found) < maxFound && !slices.Contains(r.found, found) {
		r.found = append(r.found, found)
	}
	r.mu.Unlock()
}

// maxFound is how many answers of lists a message's tag RBL has.
const maxFound = 50

// maxDetails is how many addresses or domains a rule's hit names; a mail can be full of listed ones.
const maxDetails = 5

// hit reports that a rule hit.
func (r *Running) hit(rule, detail string) {
	r.mu.Lock()
	if len(r.hits[rule]) < maxDetails {
		r.hits[rule] = append(r.hits[rule], detail)
	}
	r.mu.Unlock()
}

// note reports questions that brought no answer.
func (r *Running) note(zone string, err error, took time.Duration) {
	r.mu.Lock()
	n := r.notes[zone]
	if n == nil {
		n = &Note{Zone: zone}
		r.notes[zone] = n
	}
	n.Count++
	n.Err = err
	n.Took = max(n.Took, took)
	r.mu.Unlock()
}

// askList asks a list about a subject, by the name that the list has it under, and gives its answer to the rules'
// tests.
func (r *Running) askList(l *list, subject, name string, qtype uint16, tests []ruleTest) {
	full := name + "." + l.zone
	r.look(l, full, qtype, func(ans *resolver.Answer) {
		if qtype == dns.TypeTXT {
			r.judgeTexts(l, subject, full, ans.TXT(), tests)
			return
		}
		values := l.listings(ans)
		r.answered(full, values)
		for _, value := range values {
			for _, t := range tests {
				if t.test(value) {
					r.hit(t.rule, subject+" in "+l.zone+" ("+value+")")
				}
			}
		}
	})
}

// judgeTexts gives a list's texts to the rules. A text can be an operator's complaint as well as a listing; only the
// address under the same name tells.
func (r *Running) judgeTexts(l *list, subject, full string, texts []string, tests []ruleTest) {
	type match struct{ rule, text string }
	var matches []match
	for _, t := range tests {
		for _, text := range texts {
			if t.test(text) {
				matches = append(matches, match{t.rule, text})
				break
			}
		}
	}
	if len(matches) == 0 {
		return
	}
	r.look(l, full, dns.TypeA, func(ans *resolver.Answer) {
		if len(l.listings(ans)) == 0 {
			return
		}
		for _, m := range matches {
			r.hit(m.rule, subject+" in "+l.zone+" ("+printable(m.text)+")")
		}
	})
}

// look asks for a name, once a message, and hands the answer to use if there is one. l is the list that is asked, or
// nil if the name is no list's.
func (r *Running) look(l *list, name string, qtype uint16, use func(*resolver.Answer)) {
	q := query{strings.ToLower(strings.TrimSuffix(name, ".")), qtype}
	r.mu.Lock()
	if a := r.queries[q]; a != nil {
		if !a.done {
			a.uses = append(a.uses, use)
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		if a.ans != nil {
			use(a.ans)
		}
		return
	}
	a := &lookupState{uses: []func(*resolver.Answer){use}}
	r.queries[q] = a
	r.count++
	r.mu.Unlock()

	turn := breaker.Ask
	if l == nil {
		if r.c.denied(q.name) {
			r.settle(a, nil)
			return
		}
	} else {
		var err error
		if turn, err = l.turn(r.began); turn != breaker.Ask {
			if turn == breaker.Probe {
				r.c.probe(l, q)
				err = ErrLeftAlone
			}
			if err != nil {
				r.note(l.zone, err, 0)
			}
			r.settle(a, nil)
			return
		}
	}
	if ans, err, ok := r.c.res.Cached(q.name, q.qtype); ok {
		if err != nil {
			r.note(q.zone(l), err, 0)
		}
		r.settle(a, orStatus(ans, err))
		return
	}
	r.wg.Go(func() { r.ask(l, q, a) })
}

// ask is look's part that waits.
func (r *Running) ask(l *list, q query, a *lookupState) {
	ctx, limit := r.ctx, r.c.opt.Timeout
	if l != nil && l.timeout < limit {
		var cancel context.CancelFunc
		limit = l.timeout
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	began := time.Now()
	ans, err := r.c.res.Lookup(ctx, q.name, q.qtype)
	var panicked *contain.Panic
	if errors.As(err, &panicked) {
		panic(panicked) // as if it had been asked here: it comes to the mail
	}
	now := time.Now()
	took := now.Sub(began)
	if err != nil {
		r.note(q.zone(l), err, took)
	}
	if l != nil && !(gaveUp(err) && took < limit/2) {
		l.done(breaker.Ask, known(err), now)
	}
	r.settle(a, orStatus(ans, err))
}

// orStatus turns a server's refusal into an answer without records, for askdns rules that look at status codes.
func orStatus(ans *resolver.Answer, err error) *resolver.Answer {
	var re *resolver.Error
	if errors.As(err, &re) && re.Rcode != 0 {
		return &resolver.Answer{Rcode: re.Rcode}
	}
	return ans
}

// settle stores a query's answer, nil if there is none, and passes it to its rules.
func (r *Running) settle(a *lookupState, ans *resolver.Answer) {
	r.mu.Lock()
	a.done, a.ans = true, ans
	uses := a.uses
	a.uses = nil
	r.last = time.Now()
	r.mu.Unlock()
	if ans == nil {
		return
	}
	for _, use := range uses {
		use(ans)
	}
}

// probe asks a list that was left alone whether it is back, without anybody waiting for it.
func (c *Checks) probe(l *list, q query) {
	c.probes.Go(func() {
		ctx, cancel := context.WithTimeout(c.ctx, l.timeout)
		defer cancel()
		_, err := c.res.Lookup(ctx, q.name, q.qtype)
		l.done(breaker.Probe, known(err), time.Now())
	})
}

// zone is the zone of a note: the list, or the name itself.
func (q query) zone(l *list) string {
	if l == nil {
		return q.name
	}
	return l.zone
}

// gaveUp reports whether it was the asker who did not wait for an answer.
func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// known drops errors that say nothing about the server's health: a name that cannot be asked for.
func known(err error) error {
	var re *resolver.Error
	if errors.As(err, &re) && !re.Temporary() {
		return nil
	}
	return err
}

// listings returns the listings in an answer, and handles its refusals.
func (l *list) listings(ans *resolver.Answer) []string {
	var values []string
	for _, ip := range ans.Addrs() {
		if !ip.Is4() {
			continue
		}
		if why, remedy := refusal(l.zone, ip); why != "" {
			l.refused(ip, why, remedy)
			continue
		}
		values = append(values, ip.String())
	}
	return values
}

// printable makes a text from the network fit for logs and reports: one line of ASCII, not too long.
func printable(s string) string {
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
}
