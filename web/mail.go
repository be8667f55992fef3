package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"asterism/engine"
	"asterism/history"
	"asterism/store"
	"asterism/web/html"
)

// mail shows one mail: why it got its score, and what can be done about it.
func (v *visit) mail() error {
	r, err := v.pathID()
	if err != nil {
		return err
	}
	now, rescored := v.opt.Backend.Rescore(r)
	recipients := len(r.Recipients)
	r = v.own(r)
	return v.write(subject(r), func(h *html.Writer) {
		h.Put(`<h1>{}</h1><div class="columns"><div>`, subject(r))
		v.why(h, r, now, rescored)
		if len(r.Tests) > 0 {
			v.tests(h, v.pointsOf(r), r.Score, r.Required)
		}
		v.learner(h, r)
		h.Put(`</div><div>`)
		v.facts(h, r, recipients)
		authentication(h, r)
		if v.who.Admin() && r.Scanned {
			v.remedyForms(h, r)
		}
		h.Put(`</div></div>`)
	})
}

// pointsOf returns the tests of a mail with their points.
func (v *visit) pointsOf(r *history.Record) []points {
	all := make([]points, len(r.Tests))
	for i, t := range r.Tests {
		all[i] = points{t.Name, t.Score, v.opt.Backend.Describe(t.Name), t.Detail}
	}
	return all
}

// why says in a sentence what happened, lists the tests that decided, and offers to teach.
func (v *visit) why(h *html.Writer, r *history.Record, now engine.Rescored, rescored error) {
	_, begin, class := did(r)
	h.Put(`<section class="card why {}" aria-label="Verdict">`, class)
	switch {
	case r.Error != "":
		h.Put(`<p class="sentence">{}: {}</p>`, begin, r.Error)
	case !r.Scanned:
		h.Put(`<p class="sentence">{}: {}.</p>`, begin, r.Reason)
	default:
		w := explain(r.Score, r.Required, v.pointsOf(r))
		h.Put(`<p class="sentence">{}</p>`, w.sentence(begin, r.Score, r.Required))
		decisive(h, &w)
	}
	v.teachForms(h, r, now, rescored)
	h.Put(`</section>`)
}

// decisive lists the fewest tests that decide.
func decisive(h *html.Writer, w *why) {
	if len(w.Decisive) == 0 {
		return
	}
	h.Put(`<ul class="decisive">`)
	for _, p := range w.Decisive {
		h.Put(`<li><span class="test">{}</span> <b class="nowrap">{}</b>`, p.Name, signed(p.Points))
		h.If(p.Description != "", ` – {}`, p.Description)
		h.If(p.Detail != "", ` <span class="muted">({})</span>`, p.Detail)
		h.Put(`</li>`)
	}
	h.Put(`</ul>`)
}

// teachForms offers what can be taught, or taken back.
func (v *visit) teachForms(h *html.Writer, r *history.Record, now engine.Rescored, rescored error) {
	if !r.Teachable {
		h.Put(`<p class="muted small">` +
			`The record has no tokens to teach this mail by. Teach the mail itself with spam-learn.</p>`)
		return
	}
	if errors.Is(rescored, engine.ErrOtherStore) {
		h.Put(`<p class="muted small">` +
			`The learner's store is another one since then. Teach the mail itself with spam-learn.</p>`)
		return
	}
	if class := r.Class(); class != 0 {
		last := r.Taught[len(r.Taught)-1]
		h.Put(`<div class="notice {}" role="status" id="taught"><div class="row"><div><b>Taught as {}</b> by {}, `,
			class, class, last.By)
		moment(h, last.Time, time.Now())
		h.If(rescored == nil && r.Scanned, `.<br>It had <b>{}</b>; a copy gets <b id="copy">{}</b> now.`,
			shown(r.Score, r.Required),
			shown(now.Score, r.Required))
		h.Put(`</div><form method="post" action="/mail/{}/undo"><button>Undo</button></form></div></div>`, r.ID)
	} else if rescored == nil && r.Scanned && math.Abs(now.Score-r.Score) >= 0.05 {
		h.Put(`<p class="muted">With the learner’s present state, a copy gets <b id="copy">{}</b>.</p>`,
			shown(now.Score, r.Required))
	}
	h.Put(`<div class="row">`)
	for _, class := range []store.Class{store.Ham, store.Spam} {
		if r.Class() != class {
			h.Put(`<form method="post" action="/mail/{}/teach"><button class="{}" name="class" value="{}">`+
				`This was {}</button></form>`,
				r.ID, class, class, class)
		}
	}
	h.Put(`<span class="muted small">Teaches the learner at once.</span></div>`)
}

// teach teaches a mail by its record.
func (v *visit) teach() error {
	class, err := classOf(v.r.PostFormValue("class"))
	if err != nil {
		return err
	}
	return v.taught("teach", func(id history.ID) (*engine.Taught, error) {
		return v.opt.Backend.TeachRecord(v.r.Context(), id, class, v.who.Name)
	})
}

// undo takes the last teaching back.
func (v *visit) undo() error {
	return v.taught("undo teaching", func(id history.ID) (*engine.Taught, error) {
		return v.opt.Backend.UndoRecord(v.r.Context(), id, v.who.Name)
	})
}

func (v *visit) taught(act string, how func(history.ID) (*engine.Taught, error)) error {
	r, err := v.pathID()
	if err != nil {
		return err
	}
	t, err := how(r.ID)
	if err != nil {
		return teachError(err)
	}
	v.act(act, "mail", r.ID, "class", className(t.Record.Class()), "before", decimal(t.Before.Score), "after",
		decimal(t.After.Score))
	return v.to("/mail/" + r.ID.String())
}

// teachError gives what a visitor can do something about its status.
func teachError(err error) error {
	if errors.Is(err, engine.ErrNotTeachable) || errors.Is(err, engine.ErrOtherStore) ||
		errors.Is(err, engine.ErrNoHistory) {
		return &Error{http.StatusConflict, err.Error()}
	}
	return err
}

// classOf reads a class.
func classOf(name string) (store.Class, error) {
	switch name {
	case "ham":
		return store.Ham, nil
	case "spam":
		return store.Spam, nil
	}
	return 0, &Error{http.StatusBadRequest, "A class is ham or spam."}
}

// className names a class, or none.
func className(c store.Class) string {
	if c == 0 {
		return "none"
	}
	return c.String()
}

// tests shows all tests of a mail, each with its points as a bar and with its record.
func (v *visit) tests(h *html.Writer, all []points, score, required float64) {
	record, of := v.testRecord(v.r.Context())
	h.Put(`<section class="card flush"><h2 class="inset">All tests</h2><div class="scroll">` +
		`<table class="tests stack" role="table"><thead role="rowgroup"><tr role="row">`)
	h.Put(`<th role="columnheader" class="number">Points</th><th role="columnheader"><span class="hide">Bar</span>` +
		`</th><th role="columnheader">Test</th>`)
	h.Put(`<th role="columnheader" class="number">Ham</th><th role="columnheader" class="number">Spam</th></tr>` +
		`</thead><tbody role="rowgroup">`)
	most := 1.0
	for _, p := range all {
		most = max(most, math.Abs(p.Points))
	}
	for _, p := range all {
		h.Put(`<tr role="row"><td role="cell" class="number"><b>{}</b></td><td role="cell" class="bar">`,
			signed(p.Points))
		bar(h, p.Points, most)
		h.Put(`</td><td role="cell"><span class="test">{}</span>`, p.Name)
		h.If(p.Description != "", `<br>{}`, p.Description)
		h.If(p.Detail != "", `<br><span class="muted small">{}</span>`, p.Detail)
		n := record[p.Name]
		h.Put(`</td><td role="cell" class="number" data-name="Ham">{}</td>`+
			`<td role="cell" class="number" data-name="Spam">{}</td></tr>`, n.Ham, n.Spam)
	}
	h.Put(`</tbody></table></div><p class="muted small inset">`+
		`Ham and Spam: mails of each verdict that the test hit, {}.</p></section>`, of)
}

// hits are how many mails of each verdict a test hit.
type hits struct{ Ham, Spam uint64 }

// bar shows points to the left or right of the middle.
func bar(h *html.Writer, p, most float64) {
	const half = 40
	w := max(int(math.Abs(p)/most*half), 1)
	h.Put(`<svg width="{}" height="12" aria-hidden="true">`, 2*half)
	switch {
	case p > 0:
		h.Put(`<rect class="is-spam" x="{}" width="{}" height="12" rx="2"></rect>`, half, w)
	case p < 0:
		h.Put(`<rect class="is-ham" x="{}" width="{}" height="12" rx="2"></rect>`, half-w, w)
	}
	h.Put(`<path class="axis" d="M{} 0v12"></path></svg>`, half)
}

// learner shows what the learner said of a mail.
func (v *visit) learner(h *html.Writer, r *history.Record) {
	if !r.Scanned {
		return
	}
	h.Put(`<section class="card"><h2>The learner</h2>`)
	if !r.BayesReady {
		h.Put(`<p class="muted">The learner had too few lessons or did not answer.</p></section>`)
		return
	}
	h.Put(`<dl class="facts"><dt>Probability of spam</dt><dd>{}</dd>`, percent(r.Bayes))
	if s := r.Sum; s != nil {
		h.Put(`<dt>Its points</dt><dd>{}, beside {} of the tests</dd>`, signed(s.Learner), signed(s.Tests+s.Fixed))
		h.Put(`<dt>Trust in it</dt><dd>{}</dd>`, percent(s.Trust))
	}
	h.If(r.Autolearn == "ham" || r.Autolearn == "spam", `<dt>Learned by itself</dt><dd>as {}</dd>`, r.Autolearn)
	h.Put(`</dl>`)
	v.words(h, r)
	h.Put(`</section>`)
}

// percent returns a probability, never rounded to a certainty that it is not.
func percent(p float64) string {
	switch s := strconv.FormatFloat(100*p, 'f', 1, 64); {
	case s == "100.0" && p < 1:
		return "over 99.9 %"
	case s == "0.0" && p > 0:
		return "under 0.1 %"
	default:
		return s + " %"
	}
}

// facts shows the facts about a mail's way here. recipients is the number of all its recipients.
func (v *visit) facts(h *html.Writer, r *history.Record, recipients int) {
	h.Put(`<section class="card"><h2>The mail</h2><dl class="facts">`)
	fact := func(name, value string) { h.If(value != "", `<dt>{}</dt><dd>{}</dd>`, name, value) }
	h.Put(`<dt>When</dt><dd>`)
	moment(h, r.Time, time.Time{})
	h.Put(`</dd>`)
	fact("Sender", sender(r))
	fact("From", r.From)
	fact("Recipients", strings.Join(r.Recipients, ", "))
	h.If(len(r.Recipients) < recipients, `<dt></dt><dd class="muted">and {} of other domains</dd>`,
		recipients-len(r.Recipients))
	if r.Client.IsValid() {
		fact("Client", strings.TrimSpace(r.ClientName+" ["+r.Client.String()+"]"))
	}
	fact("HELO", r.Helo)
	fact("Authenticated as", r.AuthUser)
	fact("Queue ID", r.QueueID)
	fact("Message-ID", r.MessageID)
	fact("Size", size(r.Size))
	word, _, _ := did(r)
	fact("Action", word)
	fact("Left out", strings.Join(r.Notes, "; "))
	fact("Received by", r.Front+" on "+r.Host)
	fact("Took", r.Took.Round(100*time.Microsecond).String())
	h.If(r.Quarantine != "", `<dt>Quarantine</dt><dd><a href="/quarantine/{}">Look at it</a></dd>`, r.Quarantine)
	h.Put(`</dl></section>`)
}

// authentication shows what was found of the sender.
func authentication(h *html.Writer, r *history.Record) {
	h.Put(`<section class="card"><h2>Sender authentication</h2>`)
	shown := false
	_, results, _ := strings.Cut(r.AuthResults, ";") // without the name of this host
	for _, result := range strings.Split(results, ";") {
		words := strings.Fields(result)
		if len(words) == 0 {
			continue
		}
		method, outcome, ok := strings.Cut(words[0], "=")
		if !ok {
			continue
		}
		class := map[string]string{"pass": "ham", "fail": "spam", "softfail": "warn", "permerror": "warn",
			"temperror": "warn"}[outcome]
		h.Put(`<p><span class="tag {}">{} {}</span> <span class="small muted">{}</span></p>`, class, method, outcome,
			strings.Join(words[1:], " "))
		shown = true
	}
	h.If(!shown, `<p class="muted">SPF, DKIM and DMARC were not checked for this mail, or had no result.</p>`)
	h.Put(`</section>`)
}

// size returns bytes as people read them.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return plural(int(n), "byte")
}

// plural returns a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
