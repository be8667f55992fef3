package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"asterism/history"
	"asterism/store"
	"asterism/web/html"
)

// choice is one of a row of links that narrow a search.
type choice struct{ key, name string }

// times are the choices of the parameter when.
var times = []choice{{"", "Any time"}, {"hour", "Last hour"}, {"night", "Last night"}, {"day", "24 hours"},
	{"week", "7 days"}}

// between returns the time that a choice stands for; until is zero for no end.
func between(key string, now time.Time) (since, until time.Time) {
	switch key {
	case "hour":
		return now.Add(-time.Hour), time.Time{}
	case "day":
		return now.Add(-24 * time.Hour), time.Time{}
	case "week":
		return now.Add(-7 * 24 * time.Hour), time.Time{}
	case "night": // the one that is ending or has ended last
		y, m, d := now.Date()
		return time.Date(y, m, d-1, 18, 0, 0, 0, now.Location()), time.Date(y, m, d, 9, 0, 0, 0, now.Location())
	}
	return time.Time{}, time.Time{}
}

// kinds are the choices of the parameter what.
var kinds = []choice{{"", "All mail"}, {"spam", "Spam"}, {"ham", "Ham"}, {"taught", "Taught"}, {"skip", "Not scanned"}}

// query returns the visitor's query.
func (v *visit) query(form url.Values, now time.Time) (*history.Query, error) {
	q, err := history.ParseQuery(form.Get("q"), now)
	if err != nil {
		return nil, err
	}
	if since, until := between(form.Get("when"), now); !since.IsZero() {
		q.Since, q.Until = since, until
	}
	spam := form.Get("what") == "spam"
	switch form.Get("what") {
	case "spam", "ham":
		q.Spam = &spam
	case "taught":
		q.AnyTaught = true
	case "skip":
		q.Action = "skip"
	}
	if id, err := history.ParseID(form.Get("before")); err == nil {
		q.Before = id
	}
	v.bound(q)
	return q, nil
}

// bound limits a query to the visitor's account.
func (v *visit) bound(q *history.Query) {
	if !v.who.Admin() {
		q.Domains = v.who.Domains
	}
}

// findTime is how long a search may take.
const findTime = 10 * time.Second

// maxFound is how many octets of records an answer holds, about: one may have 300,000, with a thousand recipients.
const maxFound = 4 << 20

// search returns the mails of a query, newest first, and whether there are older ones: no more than fit maxFound, but
// one at least.
func (v *visit) search(log *history.Log, q *history.Query) (found []*history.Record, more bool, err error) {
	ctx, cancel := context.WithTimeout(v.r.Context(), findTime)
	defer cancel()
	q.Octets = maxFound
	found, more, err = log.Find(ctx, q)
	switch {
	case errors.Is(err, history.ErrWords):
		return nil, false, &Error{http.StatusBadRequest, "Too many words: " + err.Error() + "."}
	case errors.Is(err, context.DeadlineExceeded):
		return nil, false, &Error{http.StatusServiceUnavailable,
			"The search took too long. Add a recipient, a sender or a time."}
	}
	return found, more, err
}

// find shows the mails that somebody looks for.
func (v *visit) find() error {
	log := v.opt.Backend.History()
	if log == nil {
		return v.write("Find", noHistory)
	}
	form, now := v.r.URL.Query(), time.Now()
	var found []*history.Record
	more := false
	q, wrong := v.query(form, now)
	if wrong == nil {
		var err error
		if found, more, err = v.search(log, q); err != nil {
			return err
		}
	}
	return v.write("Find", func(h *html.Writer) {
		h.Put(`<h1 class="hide">Find a mail</h1><form method="get" action="/" role="search" class="search">`)
		h.Put(`<label for="q" class="hide">Address, subject word, queue ID, Message-ID or test</label>`)
		h.Put(`<input id="q" name="q" type="search" value="{}" placeholder="{}">`, form.Get("q"),
			"Address, subject word, queue ID, Message-ID or test")
		for _, name := range []string{"when", "what"} {
			h.If(form.Get(name) != "", `<input type="hidden" name="{}" value="{}">`, name, form.Get(name))
		}
		h.Put(`<button class="primary">Find</button></form>`)
		choices(h, "Time", form, "when", times)
		choices(h, "Kind", form, "what", kinds)
		if len(found) == 0 {
			h.Put(`<div class="card"><p>No mail found.</p>`)
			if wrong != nil {
				h.Put(`<p role="alert">{}</p>`, wrong.Error())
			}
			h.If(len(form) == 0, `<p class="muted">Mails appear here a moment after their delivery.</p>`)
			h.Put(`</div>`)
			return
		}
		v.mails(h, found, now)
		if more {
			next := url.Values{}
			for name, values := range form {
				next[name] = values
			}
			next.Set("before", found[len(found)-1].ID.String())
			h.Put(`<p><a class="button" href="/?{}">Older mails</a></p>`, next.Encode())
		}
	})
}

// noHistory says how to switch the history on.
func noHistory(h *html.Writer) {
	h.Put(`<h1>There is no history</h1><div class="card"><p>` +
		`Mails are found and taught by their records, and none are kept. `)
	h.Put(`Set <code>history 1</code> in the configuration and reload the daemon.</p></div>`)
}

// choices shows links that set one parameter and keep the others.
func choices(h *html.Writer, label string, form url.Values, name string, all []choice) {
	h.Put(`<ul class="chips" aria-label="{}">`, label)
	for _, c := range all {
		to := url.Values{}
		for key, values := range form {
			if key != "before" && values[0] != "" {
				to.Set(key, values[0])
			}
		}
		if to.Set(name, c.key); c.key == "" {
			to.Del(name)
		}
		if form.Get(name) == c.key {
			h.Put(`<li><a href="/?{}" aria-current="true">{}</a></li>`, to.Encode(), c.name)
		} else {
			h.Put(`<li><a href="/?{}">{}</a></li>`, to.Encode(), c.name)
		}
	}
	h.Put(`</ul>`)
}

// mails shows a table of mails.
func (v *visit) mails(h *html.Writer, all []*history.Record, now time.Time) {
	h.Put(`<div class="card flush"><table class="mails stack" role="table"><thead role="rowgroup"><tr role="row">` +
		`<th role="columnheader">When</th>`)
	h.Put(`<th role="columnheader">Subject, sender and recipients</th><th role="columnheader">Score</th>` +
		`<th role="columnheader">Action</th></tr></thead>`)
	h.Put(`<tbody role="rowgroup">`)
	for _, r := range all {
		h.Put(`<tr role="row"><td role="cell" class="when">`)
		moment(h, r.Time, now)
		h.Put(`</td><td role="cell"><a class="subject" href="/mail/{}">{}</a>`, r.ID, subject(r))
		h.Put(`<span class="small muted">{} → {}</span></td>`, sender(r), few(v.recipients(r)))
		h.Put(`<td role="cell" class="sum">`)
		score(h, r)
		h.Put(`</td><td role="cell" class="done">`)
		verdictTag(h, r)
		h.Put(`</td></tr>`)
	}
	h.Put(`</tbody></table></div>`)
}

// recipients returns the recipients that the visitor may see.
func (v *visit) recipients(r *history.Record) []string {
	var own []string
	for _, to := range r.Recipients {
		if v.who.Sees([]string{to}) {
			own = append(own, to)
		}
	}
	return own
}

// subject returns the title of a mail.
func subject(r *history.Record) string {
	if s := strings.TrimSpace(r.Subject); s != "" {
		return s
	}
	return "(no subject)"
}

// sender returns the envelope's sender.
func sender(r *history.Record) string {
	switch {
	case r.Sender != "":
		return r.Sender
	case r.Front != "" && r.Front != "milter": // whose clients need not tell the envelope
		return "unknown"
	}
	return "<>"
}

// few returns the first of some addresses.
func few(all []string) string {
	const shown = 3
	switch {
	case len(all) == 0:
		return "unknown"
	case len(all) > shown:
		return strings.Join(all[:shown], ", ") + " and " + plural(len(all)-shown, "other")
	}
	return strings.Join(all, ", ")
}

// moment shows a time: the clock of today, else with its day.
func moment(h *html.Writer, t, now time.Time) {
	t = t.Local()
	format := "2 Jan 15:04"
	if t.Format(time.DateOnly) == now.Local().Format(time.DateOnly) {
		format = "15:04:05"
	} else if t.Year() != now.Year() {
		format = "2 Jan 2006 15:04"
	}
	h.Put(`<time datetime="{}" title="{}">{}</time>`, t.Format(time.RFC3339),
		t.Format("Monday, 2 January 2006, 15:04:05 MST"), t.Format(format))
}

// score shows a score against the required one, with a bar that reaches the middle there.
func score(h *html.Writer, r *history.Record) {
	if !r.Scanned {
		h.Put(`<span class="muted">–</span>`)
		return
	}
	class := "ham"
	if r.Spam() {
		class = "spam"
	}
	h.Put(`<span class="score {}"><b>{}</b> <span class="muted">of {}</span></span> `, class,
		shown(r.Score, r.Required), decimal(r.Required))
	const width = 64
	share := 0.0
	if r.Required > 0 {
		share = min(max(r.Score/(2*r.Required), 0), 1)
	}
	h.Put(`<svg class="meter" width="{}" height="10" aria-hidden="true">`+
		`<rect class="track" width="{}" height="10" rx="5"></rect>`, width, width)
	h.If(share > 0, `<rect class="is-{}" width="{}" height="10" rx="5"></rect>`, class, max(int(share*width), 6))
	h.Put(`<path class="mark" d="M{} 0v10"></path></svg>`, width/2)
}

// did is the action on a mail: a word, the beginning of a sentence, and its color.
func did(r *history.Record) (word, begin, class string) {
	switch {
	case r.Error != "":
		return "failed", "The scan failed", "warn"
	case !r.Scanned:
		return "not scanned", "Not scanned", ""
	case r.Action == "reject":
		return "rejected", "Rejected", "spam"
	case r.Action == "discard":
		return "discarded", "Discarded", "spam"
	case r.Action == "quarantine":
		return "quarantined", "Quarantined", "spam"
	case r.Action == "redirect":
		return "redirected", "Redirected", "spam"
	case r.Spam():
		return "tagged", "Tagged", "spam"
	}
	return "passed", "Passed", "ham"
}

// verdictTag shows the action on a mail, and its lesson.
func verdictTag(h *html.Writer, r *history.Record) {
	word, _, class := did(r)
	h.Put(`<span class="tag {}">{}</span>`, class, word)
	switch r.Class() {
	case store.Ham:
		h.Put(` <span class="tag ham">taught ham</span>`)
	case store.Spam:
		h.Put(` <span class="tag spam">taught spam</span>`)
	}
}

// pathID returns the record that a request's path names, if the visitor may see it.
func (v *visit) pathID() (*history.Record, error) {
	log := v.opt.Backend.History()
	if log == nil {
		return nil, &Error{http.StatusNotFound, "There is no history: set history 1."}
	}
	id, err := history.ParseID(v.r.PathValue("id"))
	if err != nil {
		return nil, errAbsent
	}
	r, err := log.Get(v.r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !v.who.Sees(r.Recipients) {
		return nil, errAbsent
	}
	return r, nil
}
