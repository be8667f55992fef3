package rules

import (
	"net/netip"
	"time"

	"asterism/message"
	"asterism/rules/chain"
	"asterism/rules/literal"
	"asterism/rules/perlre"
)

// Envelope has the data of a message beside its bytes, and the options of its scan.
type Envelope struct {
	Client     netip.Addr // who handed the message in
	ClientName string     // its verified host name
	Helo       string
	Sender     string   // envelope sender without angle brackets
	Recipients []string // envelope recipients without angle brackets
	AuthUser   string   // set if the client authenticated
	Now        time.Time

	Network bool // network checks run: use the score sets with network tests
	Bayes   bool // the learner has learned enough: use the score sets with Bayes
}

// known reports whether the MTA has said who sent the message and for whom: an empty sender is the null sender then.
func (e *Envelope) known() bool { return e.Sender != "" || len(e.Recipients) > 0 }

// Hit is one rule that hit.
type Hit struct {
	Name        string
	Score       float64 // for all hits of a rule with the flag multiple, after score_limit
	Share       float64 // part of the rule's own score: 1 without a score_limit
	Description string
	Detail      string  // the match, if known
	Value       float64 // 1, or how often it hit
	Own         bool    // the score, or the rule, is the administrator's or the user's own
	Rule        *Rule
}

// Scan is the matching of one message. It belongs to one goroutine.
type Scan struct {
	set      *Set
	msg      *message.Message
	env      *Envelope
	scoreSet int

	*scratch
	details  map[int32]string
	signers  []string            // see Signed
	vouched  bool                // see Vouched
	named    string              // by the function that was called last, to be shown with its rule
	tags     map[string][]string // captured by rules
	ran      bool                // RunLocal has come to its end
	followed []message.URI       // see Follow
	stopped  shortcut
	last     int // priority of the rules that were tried last, if stopped
	started  time.Time
	late     bool     // time_limit has passed: no more rules are tried
	steps    int      // see step
	slow     []string // rules given up for their time
	tired    map[*Rule]bool

	cache cache
}

// scratch is memory that one scan hands to the next.
type scratch struct {
	values  []float64 // by rule: how often it hit, or a meta's value
	hits    bitset    // of the rules whose value may not be 0
	metas   bitset    // of the metas to be evaluated, by their order
	headers []headerValue

	got     []gotHeader // headers that functions ask for, also in other scans
	boxes   []mailboxes
	body    []perlre.Text // see bodyTexts
	uris    uriList
	links   []*message.URI // see webLinks
	domains []hostDomain   // see domain
	dates   []time.Time    // see receivedDates

	waiting  bitset // rules whose value is not known yet, except for its bounds
	bounds   [][2]float64
	trials   []trial
	trialsOf []int32 // by rule: its last trial, counted from 1

	found []literal.Found // of Scan.match
	ends  []chain.Found
	near  []candidate
	maybe []uint16
	stamp uint32
	order []int32

	summary    literal.Summary
	summarized uint32 // stamp of the text that the summary is of
}

// The number of a score set is the sum of these.
const (
	WithNetwork = 1
	WithBayes   = 2
)

// Begin starts the scan of a message. The message must not be used by others until the scan has ended.
func (s *Set) Begin(m *message.Message, env *Envelope) *Scan {
	if env.Now.IsZero() {
		env.Now = time.Now()
	}
	sc := &Scan{set: s, msg: m, env: env, started: time.Now()}
	if env.Network {
		sc.scoreSet |= WithNetwork
	}
	if env.Bayes {
		sc.scoreSet |= WithBayes
	}
	sc.scratch = s.newScratch(sc.scoreSet)
	return sc
}

// Close ends the scan. The scan must not be used afterwards; its results may.
func (sc *Scan) Close() {
	n := sc.scratch
	clear(n.headers)
	for i := range n.got {
		n.got[i] = gotHeader{spec: n.got[i].spec, header: n.got[i].header}
	}
	n.trials, n.boxes, n.body, n.uris.texts = emptied(n.trials), emptied(n.boxes), emptied(n.body), emptied(n.uris.texts)
	n.links, n.domains, n.dates = emptied(n.links), emptied(n.domains), emptied(n.dates)
	if len(n.uris.seen) > maxKept {
		n.uris.seen = nil
	}
	clear(n.uris.seen)
	sc.set.scratch.Put(n)
	sc.scratch = nil
}

// maxKept is how many things of a kind a scan's memory has room for when the next one gets it: few mails have more.
const maxKept = 256

// emptied returns a list without its elements, and clears their memory.
func emptied[T any](list []T) []T {
	if cap(list) > maxKept {
		return nil
	}
	clear(list)
	return list[:0]
}

// RunLocal matches all rules that need nothing but the message and its envelope.
func (sc *Scan) RunLocal() {
	sc.watch()
	for i := range sc.set.phases {
		sc.runPhase(&sc.set.phases[i])
		if sc.shortcut(sc.set.phases[i].last) {
			return
		}
	}
	sc.ran = true
}

func (sc *Scan) runPhase(p *phase) {
	for _, r := range p.exists {
		if sc.wants(r) {
			if sc.exists(r.header) != r.negated {
				sc.hit(r, 1)
			}
		}
	}
	for i := range p.headers {
		sc.step()
		sc.runHeader(&p.headers[i])
	}
	sc.watch()
	sc.runLines(p.uri, sc.uriTexts())
	body := sc.bodyTexts()
	sc.watch()
	sc.runLines(p.body, body)
	if len(body) > 0 {
		sc.runLines(p.bodyOnly, body[1:])
	}
	if inside := sc.insideTexts(); len(inside) > 0 {
		sc.runLines(p.body, inside)
		sc.runLines(p.bodyOnly, inside)
	}
	sc.watch()
	if len(p.rawbody.rules) > 0 {
		sc.runLines(p.rawbody, sc.rawTexts())
	}
	if len(p.full.rules) > 0 {
		sc.runLines(p.full, sc.fullText())
	}
	if len(p.mimeGroups) > 0 {
		sc.matchMIMEGroups(p.mimeGroups)
	}
	for _, r := range p.mime {
		sc.step()
		if sc.wants(r) {
			sc.matchMIME(r)
		}
	}
	sc.watch()
	for _, r := range p.evals {
		sc.step()
		if !r.deferred && sc.wants(r) {
			sc.call(r)
		}
	}
}

// wants reports whether a rule is to be tried: it scores in this score set and has not hit yet.
func (sc *Scan) wants(r *Rule) bool {
	return r.active[sc.scoreSet] && sc.values[r.index] == 0 && !sc.late
}

// mayHit reports whether a rule is to be tried against another text.
func (sc *Scan) mayHit(r *Rule) bool {
	n := sc.values[r.index]
	return r.active[sc.scoreSet] && (n == 0 || r.multiple && int(n) < r.maxHits) && !sc.late
}

// hit notes that a rule hit.
func (sc *Scan) hit(r *Rule, value float64) {
	sc.values[r.index] = value
	sc.hits.set(r.index)
}

// Hit records a hit of a rule outside this package, such as a network test; detail is the finding. It reports whether
// there is such a rule that scores.
func (sc *Scan) Hit(name, detail string) bool {
	r := sc.set.byName[name]
	if r == nil || !r.active[sc.scoreSet] {
		return false
	}
	sc.hit(r, 1)
	if detail != "" {
		sc.detail(r, detail)
	}
	return true
}

// detail records a rule's finding. The flag nolog hides it, as in SpamAssassin's reports.
func (sc *Scan) detail(r *Rule, text string) {
	if r.Has("nolog") {
		text = "*REDACTED*"
	}
	if sc.details == nil {
		sc.details = map[int32]string{}
	}
	sc.details[r.index] = text
}

func (sc *Scan) runHeader(h *headerGroup) {
	v := sc.header(h.header)
	if !v.exists {
		for _, r := range h.unset {
			if !sc.wants(r) {
				continue
			}
			text := perlre.NewText(r.unset)
			sc.try(r, &text, nil)
		}
		return
	}
	sc.match(h.group, &v.text)
}

// runLines matches a group against each of some texts.
func (sc *Scan) runLines(g *group, texts []perlre.Text) {
	if len(g.rules) == 0 {
		return
	}
	for i := range texts {
		sc.step()
		sc.match(g, &texts[i])
	}
}

// try matches one rule against one text; near is where its literals occur, if that is known.
func (sc *Scan) try(r *Rule, t *perlre.Text, near *perlre.Near) {
	sc.step()
	re := r.re
	if len(r.tags) > 0 {
		if r.needsTag && !sc.holdsTag(t, r.tags[0]) {
			return
		}
		if re = sc.withTags(r); re == nil {
			return
		}
	}
	if sc.tired != nil && sc.tired[r] {
		return
	}
	var found bool
	var err error
	if near != nil {
		found, err = re.MatchNear(t, *near)
	} else {
		found, err = re.Match(t)
	}
	if err == nil && found && r.multiple && !r.negated {
		sc.count(r, re, t)
		return
	}
	if err != nil {
		sc.giveUp(r)
		return
	}
	if found != r.negated {
		sc.hit(r, 1)
		if found {
			sc.capture(r, re, t)
		}
	}
}

// count adds how many times a rule matches a text that it does match.
func (sc *Scan) count(r *Rule, re *perlre.Regexp, t *perlre.Text) {
	n, err := re.Count(t, r.maxHits-int(sc.values[r.index]))
	if err != nil {
		sc.giveUp(r)
	}
	if n > 0 {
		sc.hit(r, sc.values[r.index]+float64(n))
		sc.capture(r, re, t)
	}
}

// giveUp leaves a rule out for the rest of the scan.
func (sc *Scan) giveUp(r *Rule) {
	if sc.tired == nil {
		sc.tired = map[*Rule]bool{}
	}
	if !sc.tired[r] {
		sc.tired[r] = true
		sc.slow = append(sc.slow, r.Name)
	}
	sc.watch()
}

// watch looks whether the scan has taken longer than time_limit: at each kind of rules, and when one took too long.
func (sc *Scan) watch() {
	if limit := sc.set.cfg.TimeLimit; limit > 0 && time.Since(sc.started) > limit || sc.msg.Late() {
		sc.late = true
	}
}

// stride is how many steps are taken before the message is asked for its time: most take less than that.
const stride = 4

// step looks, at each text and each function, whether the message's own time has passed, which began before the rules'.
func (sc *Scan) step() {
	if sc.steps++; sc.steps%stride == 0 && !sc.late {
		sc.late = sc.msg.Late()
	}
}

// TimeLimit returns how long the scan of a message may take (time_limit); 0 is without limit.
func (s *Set) TimeLimit() time.Duration { return s.cfg.TimeLimit }

// Late reports whether the scan reached time_limit, so that the rest of the rules was left out.
func (sc *Scan) Late() bool { return sc.late }

// Slow returns the names of rules whose expressions took too long on this message and were given up.
func (sc *Scan) Slow() []string { return sc.slow }

// SetBayes makes the BAYES rule hit that stands for a probability of spam.
func (sc *Scan) SetBayes(probability float64) {
	for i := range sc.set.shared.bayes {
		if b := &sc.set.shared.bayes[i]; b.active[sc.scoreSet] && b.holds(probability) {
			sc.hit(b.Rule, 1)
		}
	}
}
