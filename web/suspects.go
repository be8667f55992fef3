package web

import (
	"context"
	"time"

	"asterism/envelope"
	"asterism/history"
	"asterism/store"
	"asterism/web/html"
)

// Bounds of what the page looks at and shows.
const (
	suspectTime = 7 * 24 * time.Hour
	suspectRead = 200_000 // records
	suspectShow = 25      // mails of each kind
	suspectWait = 10 * time.Second
)

// doubt is a kind of mails whose verdict may be wrong.
type doubt struct {
	id, title, why string
	is             func(*history.Record) bool
	found          []*history.Record
	more           bool
}

// suspects shows mails whose verdict may be wrong.
func (v *visit) suspects() error {
	log := v.opt.Backend.History()
	if log == nil {
		return v.write("Suspects", noHistory)
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), suspectWait)
	defer cancel()
	doubts, all, err := v.doubts(ctx, log)
	if err != nil && ctx.Err() == nil {
		return err
	}
	now := time.Now()
	return v.write("Suspects", func(h *html.Writer) {
		h.Put(`<h1>Suspects</h1><p class="muted">Mails of the last seven days whose verdict may be wrong.</p>`)
		h.If(!all || err != nil,
			`<p class="notice">There are too many mails: only the newest were examined.</p>`)
		for _, d := range doubts {
			h.Put(`<section id="{}"><h2>{}</h2><p class="muted">{}</p>`, d.id, d.title, d.why)
			if len(d.found) == 0 {
				h.Put(`<div class="card"><p>None.</p></div>`)
			} else {
				v.mails(h, d.found, now)
			}
			h.If(d.more, `<p class="muted small">There are more.</p>`)
			h.Put(`</section>`)
		}
	})
}

// doubts sorts the mails of a week, newest first. all reports whether it has seen all of them.
func (v *visit) doubts(ctx context.Context, log *history.Log) (doubts []*doubt, all bool, err error) {
	correspondents := map[string]bool{}
	var tagged []*history.Record
	doubts = []*doubt{
		{id: "against", title: "Taught against the verdict",
			why: "These were taught as the other class. Change the scores of tests that hit many of them.",
			is: func(r *history.Record) bool {
				return r.Spam() && r.Class() == store.Ham || r.Scanned && !r.Spam() && r.Class() == store.Spam
			}},
		{id: "disagree", title: "The tests and the learner disagree",
			why: "One side gives three points or more for a class, and the other side is for the other class.",
			is: func(r *history.Record) bool {
				return r.Class() == 0 && r.Sum != nil && (r.Sum.Learner >= 3 && r.Sum.Tests+r.Sum.Fixed <= -1 ||
					r.Sum.Learner <= -3 && r.Sum.Tests+r.Sum.Fixed >= 3)
			}},
		{id: "known", title: "Tagged mail from correspondents of our users",
			why: "Authenticated users have written to these senders in the same week."},
	}
	read := 0
	err = log.Each(ctx, time.Now().Add(-suspectTime), time.Time{}, func(r *history.Record) bool {
		if read++; read > suspectRead {
			return false
		}
		if r.AuthUser != "" && v.who.Sees([]string{r.AuthUser, r.Sender}) {
			for _, to := range r.Recipients {
				correspondents[envelope.Key(to)] = true
			}
		}
		if !v.who.Sees(r.Recipients) {
			return true
		}
		if r.Spam() && r.AuthUser == "" && r.Sender != "" && len(tagged) < suspectRead/10 {
			tagged = append(tagged, r)
		}
		for _, d := range doubts {
			if d.is != nil && d.is(r) {
				d.add(r)
			}
		}
		return true
	})
	known := doubts[len(doubts)-1]
	for _, r := range tagged {
		if correspondents[envelope.Key(r.Sender)] {
			known.add(r)
		}
	}
	return doubts, read <= suspectRead, err
}

func (d *doubt) add(r *history.Record) {
	if len(d.found) == suspectShow {
		d.more = true
		return
	}
	d.found = append(d.found, r)
}
