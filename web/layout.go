package web

import (
	"net/http"
	"strconv"

	"asterism/web/html"
)

// document writes a whole HTML document.
func (s *Server) document(w http.ResponseWriter, status int, title string, body func(*html.Writer)) {
	var h html.Writer
	h.Put(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">`)
	h.Put(`<meta name="viewport" content="width=device-width, initial-scale=1">` +
		`<meta name="color-scheme" content="light dark">`)
	h.Put(`<title>{} · Asterism</title>`, title)
	h.Put(`<link rel="icon" href="/static/icon.svg" type="image/svg+xml">` +
		`<link rel="stylesheet" href="/static/style.css"></head><body>`)
	body(&h)
	h.Put(`</body></html>`)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(h.Bytes())))
	w.WriteHeader(status)
	_, _ = w.Write(h.Bytes())
}

// entries are the navigation: path, name, and whether domain administrators have it.
var entries = []struct {
	path, name string
	all        bool
}{
	{"/", "Find", true},
	{"/quarantine", "Quarantine", true},
	{"/suspects", "Suspects", true},
	{"/figures", "Figures", false},
	{"/remedies", "Remedies", false},
	{"/try", "Try", false},
}

// show writes a page with its navigation.
func (v *visit) show(status int, title string, body func(*html.Writer)) {
	v.document(v.w, status, title, func(h *html.Writer) {
		h.Put(`<a class="skip" href="#main">Skip to content</a><header><a class="brand" href="/">` +
			`<img src="/static/icon.svg" alt="" width="28" height="28">`)
		h.Put(`<span>Asterism</span></a><nav aria-label="Pages"><ul>`)
		for _, e := range entries {
			if !e.all && !v.who.Admin() {
				continue
			}
			if e.path == v.page {
				h.Put(`<li><a href="/{}" aria-current="page">{}</a></li>`, e.path[1:], e.name)
			} else {
				h.Put(`<li><a href="/{}">{}</a></li>`, e.path[1:], e.name)
			}
		}
		h.Put(`</ul></nav><form method="post" action="/logout" class="who"><span>{}</span> <button>Log out</button>`+
			`</form></header>`, v.who.Name)
		h.Put(`<main id="main" tabindex="-1">`)
		body(h)
		h.Put(`</main><footer><p>spamd {} on {}</p></footer>`, v.opt.Version, v.opt.Host)
	})
}

// write writes a page that is found.
func (v *visit) write(title string, body func(*html.Writer)) error {
	v.show(http.StatusOK, title, body)
	return nil
}
