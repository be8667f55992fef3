package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/history"
	"asterism/message"
	"asterism/quarantine"
	"asterism/store"
	"asterism/web/html"
)

// release offers to release a mail that is still in the quarantine.
func (v *visit) release(h *html.Writer, r *history.Record) {
	if r.Quarantine == "" {
		return
	}
	if _, err := v.set.Quarantine.Get(r.Quarantine); err != nil {
		h.Put(`<p class="muted small">The mail is no longer in the quarantine.</p>`)
		return
	}
	h.Put(`<form method="post" action="/quarantine/{}/release"><p><button>Release from quarantine</button></p></form>`,
		r.Quarantine)
}

// listQuarantine shows what is in the quarantine, newest first.
func (v *visit) listQuarantine() error {
	items, err := v.quarantined()
	if err != nil {
		return err
	}
	return v.write("Quarantine", func(h *html.Writer) {
		h.Put(`<h1>Quarantine</h1>`)
		if done := map[string]string{"released": "The mail is on its way to its recipients.",
			"deleted": "The mail is deleted."}[v.r.FormValue("did")]; done != "" {
			h.Put(`<p class="notice ham" role="status">{}</p>`, done)
		}
		if len(items) == 0 {
			h.Put(`<div class="card"><p>It is empty.</p></div>`)
			return
		}
		h.Put(`<div class="card flush"><table class="mails stack" role="table"><thead role="rowgroup">` +
			`<tr role="row"><th role="columnheader">When</th>`)
		h.Put(`<th role="columnheader">Subject, sender and recipients</th><th role="columnheader">Score</th></tr>` +
			`</thead><tbody role="rowgroup">`)
		now := time.Now()
		for _, i := range items {
			r := quarantineRecord(i)
			h.Put(`<tr role="row"><td role="cell" class="when">`)
			moment(h, r.Time, now)
			h.Put(`</td><td role="cell"><a class="subject" href="/quarantine/{}">{}</a><span class="small muted">`+
				`{} → {}</span></td><td role="cell" class="sum">`,
				i.ID, subject(r), sender(r), few(v.recipients(r)))
			score(h, r)
			h.Put(`</td></tr>`)
		}
		h.Put(`</tbody></table></div>`)
	})
}

// quarantined returns the mails that the visitor may see, newest first. Those that cannot be read are logged.
func (v *visit) quarantined() ([]*quarantine.Item, error) {
	items, err := v.set.Quarantine.List()
	if err != nil && items == nil {
		if v.set.Quarantine.Empty() {
			return nil, nil
		}
		return nil, err
	}
	if err != nil {
		v.opt.Log.Error("web: not all of the quarantine can be read", "err", err)
	}
	items = slices.DeleteFunc(items, func(i *quarantine.Item) bool { return !v.who.Sees(i.Envelope.Recipients) })
	slices.Reverse(items)
	return items, nil
}

// quarantineRecord returns what a mail in the quarantine has in common with one in the history.
func quarantineRecord(i *quarantine.Item) *history.Record {
	r := &history.Record{Time: i.Envelope.Received, Sender: i.Envelope.Sender, Recipients: i.Envelope.Recipients,
		Subject: i.Subject, From: i.From,
		Scanned: true, Score: i.Verdict.Score, Required: i.Verdict.Required, Action: "quarantine"}
	return r
}

// item returns the mail of the quarantine that a request's path names, if the visitor may see it.
func (v *visit) item() (*quarantine.Item, error) {
	i, err := v.set.Quarantine.Get(v.r.PathValue("id"))
	if errors.Is(err, quarantine.ErrNotFound) {
		return nil, &Error{http.StatusNotFound, "The mail is not in the quarantine."}
	}
	if err != nil {
		return nil, err
	}
	if !v.who.Sees(i.Envelope.Recipients) {
		return nil, errAbsent
	}
	return i, nil
}

// ownItem is item for a change: all recipients must be the visitor's.
func (v *visit) ownItem() (*quarantine.Item, error) {
	i, err := v.item()
	if err != nil {
		return nil, err
	}
	for _, to := range i.Envelope.Recipients {
		if !v.who.Sees([]string{to}) {
			return nil, &Error{http.StatusForbidden,
				"The mail has recipients in other domains too: an account of the whole site decides about it."}
		}
	}
	return i, nil
}

// look shows one mail of the quarantine, as text.
func (v *visit) look() error {
	i, err := v.item()
	if err != nil {
		return err
	}
	raw, err := v.set.Quarantine.Message(i.ID)
	if err != nil {
		return err
	}
	r := quarantineRecord(i)
	var all []points
	for _, t := range v.ownRecipients(i).Verdict.Tests {
		all = append(all, points{t.Name, t.Score, t.Description, t.Detail})
	}
	return v.write(subject(r), func(h *html.Writer) {
		h.Put(`<h1>{}</h1><div class="columns"><div><section class="card why spam" aria-label="Verdict">`, subject(r))
		w := explain(r.Score, r.Required, all)
		h.Put(`<p class="sentence">{}</p>`, w.sentence("Quarantined", r.Score, r.Required))
		decisive(h, &w)
		if did := v.r.FormValue("did"); did == "ham" || did == "spam" {
			h.Put(`<p class="notice {}" role="status">Taught as {}.</p>`, did, did)
		}
		h.Put(`<div class="row">`)
		for _, b := range []struct{ do, class, name string }{{"release", "primary", "Release"},
			{"delete", "", "Delete"}} {
			h.Put(`<form method="post" action="/quarantine/{}/{}"><button class="{}">{}</button></form>`, i.ID, b.do,
				b.class, b.name)
		}
		for _, class := range []string{"ham", "spam"} {
			h.Put(`<form method="post" action="/quarantine/{}/teach"><button class="{}" name="class" value="{}">`+
				`This was {}</button></form>`,
				i.ID, class, class, class)
		}
		h.Put(`</div></section>`)
		asText(h, raw)
		v.tests(h, all, r.Score, r.Required)
		h.Put(`</div><div>`)
		v.quarantineFacts(h, i)
		h.Put(`<section class="card"><h2>Words with the most weight</h2>`)
		v.pulls(h, classifier.UserOf(i.Envelope.Recipients), raw)
		h.Put(`</section></div></div>`)
	})
}

func (v *visit) quarantineFacts(h *html.Writer, i *quarantine.Item) {
	env := &i.Envelope
	h.Put(`<section class="card"><h2>The mail</h2><dl class="facts">`)
	fact := func(name, value string) { h.If(value != "", `<dt>{}</dt><dd>{}</dd>`, name, value) }
	h.Put(`<dt>When</dt><dd>`)
	moment(h, env.Received, time.Time{})
	h.Put(`</dd>`)
	r := quarantineRecord(i)
	fact("Sender", sender(r))
	fact("From", i.From)
	fact("Recipients", strings.Join(v.recipients(r), ", "))
	fact("Client", strings.TrimSpace(env.ClientName+" ["+env.Client+"]"))
	fact("HELO", env.Helo)
	fact("Authenticated as", env.AuthUser)
	fact("Queue ID", env.QueueID)
	fact("Size", size(i.Size))
	fact("ID", i.ID)
	h.Put(`</dl></section>`)
}

// Bounds of what is shown of a mail's text.
const (
	maxShownText  = 20_000 // characters of a part
	maxShownParts = 50
)

// asText shows a mail: its header, the text of its parts as a reader would see it, and the names of its attachments.
// Nothing of it is markup of the page, and nothing is loaded.
func asText(h *html.Writer, raw []byte) {
	m := message.Parse(raw)
	h.Put(`<section class="card"><h2>The text</h2>`)
	for n, part := range m.Leaves() {
		if n == maxShownParts {
			h.Put(`<p class="muted">There are more parts.</p>`)
			break
		}
		if name := part.Filename; name != "" || part.IsAttachment() {
			h.Put(`<p>Attachment <b>{}</b> <span class="muted">{}, {}</span></p>`, name, part.MediaType,
				size(int64(len(part.Decoded()))))
			continue
		}
		switch {
		case part.IsHTML():
			h.Put(`<p class="muted small">{}, its text only:</p><pre tabindex="0">{}</pre>`, part.MediaType,
				cut(part.Visible()))
		case part.IsText():
			h.Put(`<p class="muted small">{}:</p><pre tabindex="0">{}</pre>`, part.MediaType, cut(part.Text()))
		default:
			h.Put(`<p class="muted">{}, {}</p>`, part.MediaType, size(int64(len(part.Decoded()))))
		}
	}
	head := raw[:len(raw)-len(m.Body())]
	h.Put(`<details><summary>Header</summary><pre tabindex="0">{}</pre></details></section>`,
		cut(strings.ReplaceAll(strings.TrimSpace(string(head)), "\r\n", "\n")))
}

// cut returns a text, cut where it is too long to be shown.
func cut(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	if runes := []rune(s); len(runes) > maxShownText {
		return string(runes[:maxShownText]) + "\n… (more is not shown)"
	}
	return s
}

// words shows those that the record has, or those of a mail that is still in the quarantine.
func (v *visit) words(h *html.Writer, r *history.Record) {
	if len(r.Words) > 0 {
		h.Put(`<table><thead><tr><th class="number">Pull</th><th>Word, by what the learner knew then</th></tr></thead>` +
			`<tbody>`)
		for _, w := range r.Words {
			pull(h, w.Pull, w.Text)
			h.Put(`</tr>`)
		}
		h.Put(`</tbody></table>`)
		return
	}
	if r.Quarantine == "" {
		return
	}
	raw, err := v.set.Quarantine.Message(r.Quarantine)
	if err != nil {
		return
	}
	v.pulls(h, r.User, raw)
}

// pulls shows the words that moved the learner most, by what it knows now.
func (v *visit) pulls(h *html.Writer, user string, raw []byte) {
	pulls, err := v.opt.Backend.Words(user, raw)
	if err != nil || len(pulls) == 0 {
		h.Put(`<p class="muted">None of its words is in the learner’s store.</p>`)
		return
	}
	h.Put(`<table><thead><tr><th class="number">Pull</th><th>Word</th><th class="number">Ham</th><th class="number">` +
		`Spam</th></tr></thead><tbody>`)
	for _, p := range pulls[:min(len(pulls), 12)] {
		pull(h, p.Pull, p.Text)
		h.Put(`<td class="number">{}</td><td class="number">{}</td></tr>`, p.Ham, p.Spam)
	}
	h.Put(`</tbody></table>`)
}

// pull begins a row with a word and its weight.
func pull(h *html.Writer, weight float64, text string) {
	class := "ham"
	if weight > 0 {
		class = "spam"
	}
	h.Put(`<tr><td class="number"><span class="tag {}">{}</span></td><td class="mono">{}</td>`, class, signed(weight),
		text)
}

// releaseItem sends a mail to its recipients.
func (v *visit) releaseItem() error {
	i, err := v.ownItem()
	if err != nil {
		return err
	}
	if err := v.set.Release(v.r.Context(), i.ID, ""); err != nil {
		return quarantineError(err)
	}
	v.act("release", "quarantine", i.ID, "to", strings.Join(i.Envelope.Recipients, ","))
	return nil
}

// deleteItem deletes a mail.
func (v *visit) deleteItem() error {
	i, err := v.ownItem()
	if err != nil {
		return err
	}
	if err := v.set.Quarantine.Delete(i.ID); err != nil {
		return quarantineError(err)
	}
	v.act("delete", "quarantine", i.ID)
	return nil
}

// teachItem teaches a mail of the quarantine as a class.
func (v *visit) teachItem(name string) (*quarantine.Item, store.Class, error) {
	class, err := classOf(name)
	if err != nil {
		return nil, 0, err
	}
	i, err := v.item()
	if err != nil {
		return nil, 0, err
	}
	raw, err := v.set.Quarantine.Message(i.ID)
	if err != nil {
		return nil, 0, quarantineError(err)
	}
	lesson := classifier.Lesson{Raw: raw, Class: class}
	if _, err := v.opt.Backend.Learn(v.r.Context(), classifier.UserOf(i.Envelope.Recipients),
		[]classifier.Lesson{lesson}); err != nil {
		return nil, 0, err
	}
	v.act("teach", "quarantine", i.ID, "class", class)
	return i, class, nil
}

// then returns a form's handler: what it does, and the page that it leads to.
func then(do func(*visit) error, path string) func(*visit) error {
	return func(v *visit) error {
		if err := do(v); err != nil {
			return err
		}
		return v.to(path)
	}
}

// taughtItem is the form that teaches a mail of the quarantine.
func (v *visit) taughtItem() error {
	i, class, err := v.teachItem(v.r.PostFormValue("class"))
	if err != nil {
		return err
	}
	return v.to("/quarantine/" + i.ID + "?did=" + class.String())
}

// quarantineError gives what a visitor can do something about its status.
func quarantineError(err error) error {
	switch {
	case errors.Is(err, quarantine.ErrNotFound):
		return &Error{http.StatusNotFound, "The mail is no longer in the quarantine."}
	case errors.Is(err, quarantine.ErrBusy):
		return &Error{http.StatusConflict, "Another process is working on this mail. Try again."}
	}
	return err
}
