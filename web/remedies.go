package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"asterism/envelope"
	"asterism/history"
	"asterism/web/html"
	"asterism/web/remedy"
)

// remedyForms offers what changes the verdict on the next mail of the kind.
func (v *visit) remedyForms(h *html.Writer, r *history.Record) {
	h.Put(`<section class="card"><h2>Remedies</h2>`)
	v.release(h, r)
	if sender := envelope.Key(r.Sender); sender != "" && remedy.Valid("welcomelist_auth "+sender) {
		h.Put(`<form method="post" action="/remedies"><input type="hidden" name="mail" value="{}">`+
			`<input type="hidden" name="kind" value="welcome">`, r.ID)
		h.Put(`<input type="hidden" name="address" value="{}"><p><button>Welcome {}</button><br>`, sender, sender)
		h.Put(`<span class="muted small">` +
			`Counts where SPF, DKIM or DMARC prove the sender (welcomelist_auth), never by the bare address.</span>` +
			`</p></form>`)
	}
	if len(r.Tests) > 0 {
		h.Put(`<form method="post" action="/remedies"><input type="hidden" name="mail" value="{}">`+
			`<input type="hidden" name="kind" value="score">`, r.ID)
		h.Put(`<div class="field"><label for="test">Test</label><select id="test" name="test">`)
		for _, t := range r.Tests {
			h.Put(`<option value="{}">{} ({})</option>`, t.Name, t.Name, signed(t.Score))
		}
		h.Put(`</select></div><div class="field"><label for="points">Score from now on, 0 for off</label>`)
		h.Put(`<input id="points" name="points" inputmode="decimal" pattern="{}" required size="6"></div>`,
			`-?[0-9]{1,3}([.][0-9]{1,3})?`)
		h.Put(`<button>Set the score</button></form>`)
	}
	h.Put(`<p class="small"><a href="/remedies">All remedies</a></p></section>`)
}

// remedies lists what was changed from these pages.
func (v *visit) remedies() error {
	all, broken, err := v.opt.Remedies.All()
	if err != nil {
		return err
	}
	return v.write("Remedies", func(h *html.Writer) {
		h.Put(`<h1>Remedies</h1><p class="muted">`+
			`Lines of the configuration that were made here. They are read last, from <code>{}</code>.</p>`,
			v.opt.Remedies.Path())
		h.If(len(broken) > 0, `<p class="alert" role="alert">{} of the file are not remedies and have no effect.</p>`,
			plural(len(broken), "line"))
		if len(all) == 0 {
			h.Put(`<div class="card"><p>There are none. Add them on a mail’s page.</p></div>`)
		} else {
			v.remedyTable(h, all)
		}
		h.Put(`<section class="card"><h2>Add one</h2><form method="post" action="/remedies" class="row">` +
			`<input type="hidden" name="kind" value="welcome">`)
		h.Put(`<label for="address">Welcome this sender, where authenticated</label>`)
		h.Put(`<input id="address" name="address" type="email" required autocomplete="off"> <button>Welcome</button>` +
			`</form><hr>`)
		h.Put(`<form method="post" action="/remedies" class="row"><input type="hidden" name="kind" value="score">` +
			`<label for="test">Test</label>`)
		h.Put(`<input id="test" name="test" required pattern="[A-Za-z_][A-Za-z0-9_]*" autocomplete="off"> ` +
			`<label for="points">Score</label>`)
		h.Put(`<input id="points" name="points" inputmode="decimal" required size="6" autocomplete="off"> <button>` +
			`Set the score</button></form></section>`)
	})
}

func (v *visit) remedyTable(h *html.Writer, all []remedy.Remedy) {
	h.Put(`<div class="card flush"><table class="stack" role="table"><thead role="rowgroup"><tr role="row">` +
		`<th role="columnheader">Line</th>`)
	h.Put(`<th role="columnheader">By</th><th role="columnheader">When</th><th role="columnheader">For</th>`)
	h.Put(`<th role="columnheader"><span class="hide">Take back</span></th></tr></thead><tbody role="rowgroup">`)
	for _, r := range all {
		h.Put(`<tr role="row"><td role="cell" class="mono">{}</td><td role="cell">{}</td><td role="cell">`, r.Line,
			r.By)
		moment(h, r.Time, time.Now())
		h.Put(`</td><td role="cell">`)
		h.If(r.Mail != "", `<a href="/mail/{}">the mail</a>`, r.Mail)
		h.Put(`</td><td role="cell"><form method="post" action="/remedies/{}/remove">`+
			`<button aria-label="Take back {}">Take back</button></form></td></tr>`,
			r.ID, r.Line)
	}
	h.Put(`</tbody></table></div>`)
}

var errNoRemedy = &Error{http.StatusBadRequest,
	"This is no remedy: a sender's address, or a test's name with a score such as 2.5."}

// line returns the line that a form asks for.
func line(form func(string) string) (string, error) {
	var text string
	switch form("kind") {
	case "welcome":
		text = "welcomelist_auth " + envelope.Key(form("address"))
	case "score":
		text = "score " + strings.TrimSpace(form("test")) + " " + strings.TrimSpace(form("points"))
	}
	if !remedy.Valid(text) {
		return "", errNoRemedy
	}
	return text, nil
}

// addRemedy adds a line and has the daemon read its configuration anew.
func (v *visit) addRemedy() error {
	text, err := line(v.r.PostFormValue)
	if err != nil {
		return err
	}
	mail := ""
	if id, err := history.ParseID(v.r.PostFormValue("mail")); err == nil {
		mail = id.String()
	}
	_, err = v.changeRemedies("add remedy",
		func() (remedy.Remedy, error) { return v.opt.Remedies.Add(text, v.who.Name, mail) })
	return err
}

// removeRemedy takes one back.
func (v *visit) removeRemedy() error {
	_, err := v.changeRemedies("take back remedy",
		func() (remedy.Remedy, error) { return v.opt.Remedies.Remove(v.r.PathValue("id")) })
	return err
}

// changeRemedies changes the file, and changes it back if the daemon does not take the configuration.
func (v *visit) changeRemedies(act string, change func() (remedy.Remedy, error)) (*remedy.Remedy, error) {
	before, _, err := v.opt.Remedies.All()
	if err != nil {
		return nil, err
	}
	r, err := change()
	if errors.Is(err, remedy.ErrNotFound) {
		return nil, &Error{http.StatusNotFound, "This remedy has been taken back already."}
	}
	if err != nil {
		return nil, err
	}
	if err := v.opt.Reload(); err != nil {
		refused := &Error{http.StatusConflict, "The daemon rejects the configuration: " + err.Error()}
		return nil, errors.Join(refused, v.opt.Remedies.Restore(before))
	}
	v.act(act, "line", r.Line)
	return &r, nil
}
