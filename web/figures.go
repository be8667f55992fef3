package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"asterism/history"
	"asterism/metrics"
	"asterism/store"
	"asterism/web/chart"
	"asterism/web/html"
)

// span is a choice of how far the figures go back, and in which steps.
type span struct {
	key, name string
	begin     func(now time.Time) time.Time
	step      time.Duration
	label     string // format of a step's time below the chart, of each every-th step
	every     int
	title     string // format in words
}

// spans are the choices of the parameter by.
var spans = []span{
	{"hour", "2 days by hour", func(now time.Time) time.Time { return now.Truncate(time.Hour).Add(-47 * time.Hour) },
		time.Hour, "15:04", 6, "Mon 2 Jan 15:04"},
	{"day", "4 weeks by day", func(now time.Time) time.Time { return midnight(now).AddDate(0, 0, -27) }, 24 * time.Hour,
		"2 Jan", 7, "Mon 2 Jan 2006"},
	{"month", "12 months", func(now time.Time) time.Time { return midnight(now).AddDate(0, 0, -12*30) },
		30 * 24 * time.Hour, "Jan", 1, "30 days from 2 Jan 2006"},
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// figures shows counts of mails, scores and tests, and the learner's totals.
func (v *visit) figures() error {
	log := v.opt.Backend.History()
	if log == nil {
		return v.write("Figures", noHistory)
	}
	s := spans[0]
	for _, choice := range spans {
		if choice.key == v.r.FormValue("by") {
			s = choice
		}
	}
	now := time.Now()
	f, err := log.Figures(v.r.Context(), s.begin(now), now, s.step)
	if err != nil {
		return err
	}
	hosts, err := hostsOf(v.r.Context(), log)
	if err != nil {
		return err
	}
	status := v.opt.Status()
	return v.write("Figures", func(h *html.Writer) {
		h.Put(`<h1 class="hide">Figures</h1><ul class="chips" aria-label="Time">`)
		for _, c := range spans {
			if c.key == s.key {
				h.Put(`<li><a href="/figures?by={}" aria-current="true">{}</a></li>`, c.key, c.name)
			} else {
				h.Put(`<li><a href="/figures?by={}">{}</a></li>`, c.key, c.name)
			}
		}
		h.Put(`</ul>`)
		tiles(h, f)
		h.Put(`<section class="card"><h2>Mails</h2>`)
		mailChart(f, &s).Write(h)
		h.Put(`</section><section class="card"><h2>Scores</h2>`)
		scoreChart(f, v.set.Required).Write(h)
		h.Put(`</section><div class="columns"><div>`)
		v.testTable(h, f)
		h.Put(`</div><div>`)
		learnerCard(h, status, f)
		servicesCard(h, status)
		hostsCard(h, hosts)
		h.Put(`</div></div>`)
	})
}

// tiles shows the sums.
func tiles(h *html.Writer, f *history.Figures) {
	var sum history.Step
	for _, s := range f.Steps {
		sum.Spam, sum.Ham, sum.Unscanned = sum.Spam+s.Spam, sum.Ham+s.Ham, sum.Unscanned+s.Unscanned
	}
	scanned := sum.Spam + sum.Ham
	taught, against := taughtCounts(f)
	h.Put(`<ul class="tiles">`)
	for _, t := range []struct{ figure, name string }{
		{strconv.Itoa(scanned + sum.Unscanned), "mails"}, {share(sum.Spam, scanned), "spam"},
		{strconv.Itoa(sum.Ham), "ham"},
		{strconv.Itoa(sum.Unscanned), "not scanned"}, {strconv.Itoa(taught), "taught"},
		{strconv.Itoa(against), "taught against the verdict"},
	} {
		h.Put(`<li><b>{}</b><span>{}</span></li>`, t.figure, t.name)
	}
	h.Put(`</ul>`)
}

// taughtCounts returns how many mails were taught, and how many of them as the other class than their verdict.
func taughtCounts(f *history.Figures) (all, against int) {
	for _, t := range f.Taught {
		if t.Class == 0 {
			continue
		}
		all += t.N
		if t.Spam != (t.Class == store.Spam) {
			against += t.N
		}
	}
	return all, against
}

// share returns a part of a whole in per cent.
func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// Series of the charts.
var (
	hamSeries  = chart.Series{Name: "Ham", Class: "is-ham"}
	spamSeries = chart.Series{Name: "Spam", Class: "is-spam"}
	restSeries = chart.Series{Name: "Not scanned", Class: "is-other"}
)

// mailChart returns the chart of mails by time.
func mailChart(f *history.Figures, s *span) *chart.Chart {
	c := &chart.Chart{Title: "Mails by time: ham, spam and not scanned", Series: []chart.Series{hamSeries, spamSeries,
		restSeries}}
	for i, step := range f.Steps {
		at := f.Since.Add(time.Duration(i) * f.Step)
		col := chart.Column{Title: at.Format(s.title), Counts: []uint64{uint64(step.Ham), uint64(step.Spam),
			uint64(step.Unscanned)}}
		if (len(f.Steps)-1-i)%s.every == 0 {
			col.Label = at.Format(s.label)
		}
		c.Columns = append(c.Columns, col)
	}
	return c
}

// Scores beyond these are counted with those at the ends of the chart.
const (
	leastShown = -10
	mostShown  = 20
)

// scoreChart returns the histogram of scores.
func scoreChart(f *history.Figures, required float64) *chart.Chart {
	c := &chart.Chart{Title: "Mails by score", Series: []chart.Series{hamSeries, spamSeries}, MarkAs: "required " +
		decimal(required)}
	const bins = 2*(mostShown-leastShown) + 1
	for i := range bins {
		from := leastShown + float64(i)/2
		col := chart.Column{Title: decimal(from) + " to " + decimal(from+0.5), Counts: make([]uint64, 2)}
		switch {
		case i == 0:
			col.Title = "below " + decimal(from+0.5)
		case i == bins-1:
			col.Title = decimal(from) + " and more"
		}
		if i%10 == 0 {
			col.Label = strconv.Itoa(int(from))
		}
		c.Columns = append(c.Columns, col)
	}
	for _, s := range f.Scores {
		i := int(min(max(2*(s.From-leastShown), 0), bins-1))
		class := 0
		if s.From >= required {
			class = 1
		}
		c.Columns[i].Counts[class] += uint64(s.N)
	}
	if required > leastShown && required < mostShown {
		c.Mark = 2 * (required - leastShown)
	}
	return c
}

// maxTests is how many tests are listed.
const maxTests = 40

// testTable lists the tests that hit most.
func (v *visit) testTable(h *html.Writer, f *history.Figures) {
	h.Put(`<section class="card flush"><h2 class="inset">Tests</h2><div class="scroll">` +
		`<table class="stack" role="table"><thead role="rowgroup"><tr role="row">`)
	h.Put(`<th role="columnheader">Test</th><th role="columnheader" class="number">Hits</th>` +
		`<th role="columnheader" class="number">Spam</th>`)
	h.Put(`<th role="columnheader"><span class="hide">Bar</span></th><th role="columnheader" class="number">` +
		`Taught ham</th>`)
	h.Put(`<th role="columnheader" class="number">Taught spam</th></tr></thead><tbody role="rowgroup">`)
	for _, t := range f.Tests[:min(len(f.Tests), maxTests)] {
		hits := t.Spam + t.Ham
		h.Put(`<tr role="row"><td role="cell"><a class="test" href="/?q=test%3A{}">{}</a>`, t.Name, t.Name)
		description := v.opt.Backend.Describe(t.Name)
		h.If(description != "", `<br><span class="small muted">{}</span>`, description)
		h.Put(`</td><td role="cell" class="number" data-name="Hits">{}</td>`+
			`<td role="cell" class="number" data-name="Spam">{}</td><td role="cell">`,
			hits, share(t.Spam, hits))
		shareBar(h, t.Spam, hits)
		h.Put(`</td><td role="cell" class="number" data-name="Taught ham">{}</td>`+
			`<td role="cell" class="number" data-name="Taught spam">{}</td></tr>`,
			t.TaughtHam, t.TaughtSpam)
	}
	h.Put(`</tbody></table></div></section>`)
}

// shareBar shows which part of a test's hits was spam.
func shareBar(h *html.Writer, spam, hits int) {
	const width = 60
	w := 0
	if hits > 0 {
		w = width * spam / hits
	}
	h.Put(`<svg width="{}" height="10" aria-hidden="true"><rect class="is-ham" width="{}" height="10"></rect>`+
		`<rect class="is-spam" width="{}" height="10"></rect></svg>`,
		width, width, w)
}

// learnerCard shows the learner's totals, and the lessons against verdicts.
func learnerCard(h *html.Writer, s *metrics.Status, f *history.Figures) {
	h.Put(`<section class="card"><h2>The learner</h2>`)
	if s.Store == nil {
		h.Put(`<p class="muted">The learner is off, or its store is away.</p></section>`)
		return
	}
	h.Put(`<dl class="facts"><dt>Ham</dt><dd>{}</dd><dt>Spam</dt><dd>{}</dd><dt>Tokens</dt><dd>{}</dd>`, s.Store.Ham,
		s.Store.Spam, s.Store.Tokens)
	h.If(s.Store.Bytes > 0, `<dt>Store</dt><dd>{}</dd>`, size(s.Store.Bytes))
	h.If(s.Store.Queued > 0, `<dt>Waiting</dt><dd>{} until the store is back</dd>`, plural(s.Store.Queued, "message"))
	h.Put(`</dl>`)
	if int(s.Store.Ham) < s.Setup.MinHam || int(s.Store.Spam) < s.Setup.MinSpam {
		h.Put(`<p class="notice">It counts once {} ham and {} spam are learned.</p>`, s.Setup.MinHam, s.Setup.MinSpam)
	}
	h.Put(`<h2>Drift</h2>`)
	all, against := taughtCounts(f)
	if all == 0 {
		h.Put(`<p class="muted">None of these mails was taught.</p></section>`)
		return
	}
	h.Put(`<p>{} of {} were taught against their verdict.</p><dl class="facts">`, against, plural(all, "mail"))
	for _, t := range f.Taught {
		if t.Class != 0 && t.Spam != (t.Class == store.Spam) {
			was := "Passed, taught spam"
			if t.Spam {
				was = "Tagged, taught ham"
			}
			h.Put(`<dt>{}</dt><dd>{}</dd>`, was, t.N)
		}
	}
	h.Put(`</dl><p class="small"><a href="/suspects#against">Which ones</a></p></section>`)
}

// servicesCard shows the lists and other services that are asked.
func servicesCard(h *html.Writer, s *metrics.Status) {
	h.Put(`<section class="card"><h2>Lists and services</h2>`)
	if len(s.Services) == 0 {
		h.Put(`<p class="muted">None is used.</p></section>`)
		return
	}
	h.Put(`<dl class="facts">`)
	for _, service := range s.Services {
		state, class := "answers", "ham"
		if service.Alone {
			state, class = "left alone", "warn"
		}
		h.Put(`<dt>{}</dt><dd><span class="tag {}">{}</span>`, service.Name, class, state)
		h.If(service.Failed > 0, ` <span class="small muted">{} failed</span>`, service.Failed)
		h.Put(`</dd>`)
	}
	h.Put(`</dl></section>`)
}

// host is a daemon's machine.
type host struct {
	name  string
	mails int
	last  time.Time
}

// maxHostMails is how many mails, the newest, hosts are counted by.
const maxHostMails = 10_000

// hostsOf returns the hosts of the newest mails, by their names.
func hostsOf(ctx context.Context, log *history.Log) ([]host, error) {
	byName := map[string]*host{}
	read := 0
	err := log.Each(ctx, time.Time{}, time.Time{}, func(r *history.Record) bool {
		if byName[r.Host] == nil {
			byName[r.Host] = &host{name: r.Host, last: r.Time} // the newest comes first
		}
		byName[r.Host].mails++
		read++
		return read < maxHostMails
	})
	var hosts []host
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		hosts = append(hosts, *byName[name])
	}
	return hosts, err
}

// hostsCard shows the hosts whose mails the history has.
func hostsCard(h *html.Writer, hosts []host) {
	if len(hosts) == 0 {
		return
	}
	h.Put(`<section class="card"><h2>Hosts</h2><dl class="facts">`)
	for _, host := range hosts {
		h.Put(`<dt>{}</dt><dd>{}, the last `, host.name, plural(host.mails, "mail"))
		moment(h, host.last, time.Now())
		h.Put(`</dd>`)
	}
	h.Put(`</dl><p class="muted small">Of the newest {} mails.</p></section>`, maxHostMails)
}

// weekly keeps for a moment how often tests hit in the last week.
type weekly struct {
	mu   sync.Mutex
	at   time.Time
	hits map[string]hits
}

// weeklyFor is how long that is good.
const weeklyFor = time.Minute

// testRecord returns how often tests hit, and of which time.
func (v *visit) testRecord(ctx context.Context) (map[string]hits, string) {
	log := v.opt.Backend.History()
	if log == nil {
		return nil, "since the daemon’s start"
	}
	w := &v.week
	w.mu.Lock()
	defer w.mu.Unlock()
	const of = "in the last week"
	now := time.Now()
	if now.Sub(w.at) < weeklyFor {
		return w.hits, of
	}
	f, err := log.Figures(ctx, now.Add(-7*24*time.Hour), now, 7*24*time.Hour)
	if err != nil {
		v.opt.Log.Error("web: no figures of the week", "err", err)
		return w.hits, of
	}
	w.at, w.hits = now, map[string]hits{}
	for _, t := range f.Tests {
		w.hits[t.Name] = hits{uint64(t.Ham), uint64(t.Spam)}
	}
	return w.hits, of
}
