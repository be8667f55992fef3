package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"asterism/quarantine"
	"asterism/web/html"
)

// routeLinks adds the pages behind the links of digests, which need no account: the link itself is signed.
func (s *Server) routeLinks(mux *http.ServeMux) {
	mux.Handle("GET /release/{id}", small(s.link))
	mux.Handle("POST /release/{id}", small(s.linked))
}

// linkItem returns the mail and the recipient that a link is for; nil if the link is of no use, or not any more.
func (s *Server) linkItem(r *http.Request) (*quarantine.Item, string) {
	q, id := r.URL.Query(), r.PathValue("id")
	to, dir := q.Get("to"), s.settings.Load().Quarantine
	if !dir.Admits(id, to, q.Get("until"), q.Get("ticket")) {
		return nil, ""
	}
	i, err := dir.Get(id)
	if err != nil {
		return nil, ""
	}
	for _, recipient := range i.Envelope.Recipients {
		if recipient == to {
			return i, to
		}
	}
	return nil, ""
}

// link shows what a link is for. Opening it changes nothing: mail programs and scanners open links too.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	i, to := s.linkItem(r)
	if i == nil {
		s.linkPage(w, http.StatusGone, "This link is no longer valid",
			"The link has expired or was used, or the mail was deleted.")
		return
	}
	s.document(w, http.StatusOK, "Release a mail", func(h *html.Writer) {
		h.Put(`<main class="login"><form method="post" action="/release/{}?{}" class="card"><h1>`+
			`Release this mail?</h1><dl class="facts">`, i.ID,
			ownQuery(r.URL.Query()))
		h.Put(`<dt>Subject</dt><dd>{}</dd><dt>From</dt><dd>{}</dd><dt>Sender</dt><dd>{}</dd><dt>To</dt><dd>{}</dd>`+
			`<dt>When</dt><dd>`, subject(quarantineRecord(i)),
			i.From, i.Envelope.Sender, to)
		moment(h, i.Envelope.Received, time.Time{})
		h.Put(`</dd><dt>Score</dt><dd>{} of {}</dd></dl>`, shown(i.Verdict.Score, i.Verdict.Required),
			decimal(i.Verdict.Required))
		h.Put(`<p class="muted">It looks like spam. Release it only if you expect it.</p><button class="primary">` +
			`Release</button></form></main>`)
	})
}

// ownQuery returns the parameters of a link, and no others.
func ownQuery(q url.Values) string {
	return url.Values{"to": {q.Get("to")}, "until": {q.Get("until")}, "ticket": {q.Get("ticket")}}.Encode()
}

// linked releases the mail of a link to its recipient.
func (s *Server) linked(w http.ResponseWriter, r *http.Request) {
	i, to := s.linkItem(r)
	if i == nil {
		s.linkPage(w, http.StatusGone, "This link is no longer valid",
			"The link has expired or was used, or the mail was deleted.")
		return
	}
	err := s.settings.Load().Release(r.Context(), i.ID, to)
	switch {
	case errors.Is(err, quarantine.ErrNotFound), errors.Is(err, quarantine.ErrBusy):
		s.linkPage(w, http.StatusGone, "This link is no longer valid", "The mail is being released or was released.")
	case err != nil:
		s.opt.Log.Error("web", "path", r.URL.Path, "err", err)
		s.linkPage(w, http.StatusInternalServerError, "The mail could not be released",
			"Try again later, or ask your administrator.")
	default:
		s.audit(r, strings.ToValidUTF8(to, "?"), "release by link", "quarantine", i.ID)
		s.linkPage(w, http.StatusOK, "Released", "The mail is on its way to you.")
	}
}

func (s *Server) linkPage(w http.ResponseWriter, status int, title, text string) {
	s.document(w, status, title, func(h *html.Writer) {
		h.Put(`<main class="login"><div class="card"><h1>{}</h1><p>{}</p></div></main>`, title, text)
	})
}
