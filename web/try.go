package web

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"asterism/classifier"
	"asterism/contain"
	"asterism/history"
	"asterism/web/html"
)

// maxTry is the longest mail that is tried, in bytes.
const maxTry = 2 << 20

// try explains a mail that somebody pastes or uploads. Nothing is learned from it, and no record kept.
func (v *visit) try() error {
	if v.r.Method != http.MethodPost {
		return v.write("Try", func(h *html.Writer) { tryForm(h, func(string) string { return "" }) })
	}
	in, err := v.tried()
	if err != nil {
		return err
	}
	verdict, err := v.check(in)
	if err != nil {
		return err
	}
	r := history.NewRecord(in, verdict, &history.Outcome{Action: "tag"})
	return v.write("Try", func(h *html.Writer) {
		h.Put(`<h1>Try a mail</h1><section class="card why {}" aria-label="Verdict" id="verdict">`,
			map[bool]string{true: "spam", false: "ham"}[r.Spam()])
		var all []points
		for _, t := range verdict.Hits {
			all = append(all, points{t.Name, t.Score, t.Description, t.Detail})
		}
		w := explain(r.Score, r.Required, all)
		word := "Would pass"
		if r.Spam() {
			word = "Would be tagged"
		}
		h.Put(`<p class="sentence">{}</p>`, w.sentence(word, r.Score, r.Required))
		decisive(h, &w)
		h.Put(`<p class="muted small">Nothing was learned from it.</p></section><div class="columns"><div>`)
		v.tests(h, all, r.Score, r.Required)
		h.Put(`</div><div>`)
		v.learner(h, r)
		h.Put(`<section class="card"><h2>Words with the most weight</h2>`)
		v.pulls(h, in.User, in.Raw)
		h.Put(`</section></div></div>`)
		tryForm(h, v.r.PostFormValue)
	})
}

// tryForm asks for a mail and its envelope.
func tryForm(h *html.Writer, value func(string) string) {
	h.Put(`<section class="card"><h1>Try a mail</h1><p class="muted">` +
		`What would it get now, and why? Nothing is learned from it.</p>`)
	h.Put(`<form method="post" action="/try" enctype="multipart/form-data">`)
	h.Put(`<div class="field"><label for="mail">The mail with its header</label>`+
		`<textarea id="mail" name="mail" spellcheck="false">{}</textarea></div>`, value("mail"))
	h.Put(`<div class="field"><label for="file">or a file</label><input id="file" name="file" type="file"></div>` +
		`<div class="fields">`)
	for _, f := range []struct{ name, label string }{{"client", "Client’s address"}, {"name", "Client’s host name"},
		{"helo", "HELO"},
		{"sender", "Envelope sender"}, {"recipients", "Recipients, separated by blanks"}} {
		h.Put(`<div class="field"><label for="{}">{}</label><input id="{}" name="{}" value="{}" autocomplete="off">`+
			`</div>`, f.name, f.label, f.name, f.name,
			value(f.name))
	}
	h.Put(`</div><button class="primary">Explain</button></form></section>`)
}

// tried returns the mail of a form.
func (v *visit) tried() (*classifier.Input, error) {
	r := v.r
	if err := r.ParseMultipartForm(maxTry + maxForm); err != nil {
		return nil, &Error{http.StatusRequestEntityTooLarge,
			"The mail is longer than 2 MB or incomplete. Use spamd check instead."}
	}
	in := &classifier.Input{Raw: []byte(r.PostFormValue("mail")), Helo: r.PostFormValue("helo"),
		ClientName: r.PostFormValue("name"),
		Sender:     strings.Trim(r.PostFormValue("sender"), "<> "),
		Recipients: strings.Fields(r.PostFormValue("recipients")), Look: true}
	if client := strings.TrimSpace(r.PostFormValue("client")); client != "" {
		addr, err := netip.ParseAddr(client)
		if err != nil {
			return nil, &Error{http.StatusBadRequest, "The client’s address is not an IP address."}
		}
		in.Client = addr.Unmap()
	}
	if f, _, err := r.FormFile("file"); err == nil {
		defer f.Close()
		b, err := io.ReadAll(f)
		if err != nil {
			return nil, err
		}
		if len(b) > 0 {
			in.Raw = b
		}
	} else if !errors.Is(err, http.ErrMissingFile) {
		return nil, err
	}
	if len(in.Raw) == 0 {
		return nil, &Error{http.StatusBadRequest, "There is no mail: paste one or choose a file."}
	}
	in.User = classifier.UserOf(in.Recipients)
	return in, nil
}

// check gives a mail its verdict within the memory that scans may take.
func (v *visit) check(in *classifier.Input) (verdict *classifier.Verdict, err error) {
	defer contain.Err(&err)
	footprint := classifier.Footprint(in.Raw)
	if err := v.opt.Scans.Begin(v.r.Context(), footprint); err != nil {
		return nil, &Error{http.StatusServiceUnavailable, err.Error()}
	}
	defer v.opt.Scans.End(footprint)
	return v.opt.Backend.Check(v.r.Context(), in)
}
