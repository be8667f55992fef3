package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"asterism/history"
	"asterism/web/accounts"
	"asterism/web/html"
)

// visit is one request of somebody who is logged in.
type visit struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	who  *accounts.Account
	set  *Settings
	page string // path of the navigation's entry that is current
}

// Error is why a request is refused.
type Error struct {
	Status int // of HTTP
	Text   string
}

func (e *Error) Error() string { return e.Text }

// Refusals.
var (
	errAbsent    = &Error{http.StatusNotFound, "There is no such page, or your account may not see it."}
	errForbidden = &Error{http.StatusForbidden, "Only an account of the whole site may do this."}
)

// cookieName is the name of the session's cookie. With TLS its prefix binds it to this host (RFC 6265bis, 4.1.3.2).
func (s *Server) cookieName() string {
	if s.opt.Secure {
		return "__Host-asterism"
	}
	return "asterism"
}

// setCookie has the browser keep a session's secret until it ends, or forget it.
func (s *Server) setCookie(w http.ResponseWriter, secret string) {
	c := &http.Cookie{Name: s.cookieName(), Value: secret, Path: "/", HttpOnly: true, Secure: s.opt.Secure,
		SameSite: http.SameSiteStrictMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// secret returns the secret of a request's session, "" if it has none.
func (s *Server) secret(r *http.Request) string {
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// maxForm bounds a form, in bytes; a mail to try may be longer.
const maxForm = 64 << 10

// visitor returns the handler of a page for those who are logged in. Others are led to the log-in.
func (s *Server) visitor(page string, answer func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := s.opt.Door.Session(s.secret(r))
		if err != nil {
			to := "/login"
			if r.Method == http.MethodGet && r.URL.Path != "/" {
				to += "?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
			}
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxTry+maxForm)
		v := &visit{Server: s, w: w, r: r, who: a, set: s.settings.Load(), page: page}
		if err := answer(v); err != nil {
			v.fail(err)
		}
	}
}

// admin is visitor for pages of the whole site.
func (s *Server) admin(page string, answer func(*visit) error) http.HandlerFunc {
	return s.visitor(page, func(v *visit) error {
		if !v.who.Admin() {
			return errForbidden
		}
		return answer(v)
	})
}

// fail shows why a request failed.
func (v *visit) fail(err error) {
	status, text := http.StatusInternalServerError, err.Error()
	var refused *Error
	switch {
	case errors.As(err, &refused):
		status, text = refused.Status, refused.Text
	case errors.Is(err, history.ErrNotFound):
		status, text = http.StatusNotFound, "There is no such mail, or its record has expired."
	default:
		v.opt.Log.Error("web", "path", v.r.URL.Path, "who", v.who.Name, "err", err)
	}
	v.show(status, http.StatusText(status),
		func(w *html.Writer) { w.Put(`<h1>{}</h1><p>{}</p>`, http.StatusText(status), text) })
}

// to leads the browser to a page after a change.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// act writes a line of the log about what the visitor did.
func (v *visit) act(what string, attrs ...any) { v.audit(v.r, v.who.Name, what, attrs...) }

func (s *Server) routeSession(mux *http.ServeMux) {
	mux.Handle("GET /login", small(func(w http.ResponseWriter, r *http.Request) { s.login(w, r, http.StatusOK, "") }))
	mux.Handle("POST /login", small(s.logIn))
	mux.Handle("POST /logout", small(s.logOut))
}

// logIn begins a session.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	name, password := strings.ToLower(strings.TrimSpace(r.PostFormValue("name"))), r.PostFormValue("password")
	a, err := s.opt.Door.Password(s.client(r), name, password)
	var wait *accounts.Throttled
	switch {
	case err == nil:
		s.opt.Door.End(s.secret(r))
		s.setCookie(w, s.opt.Door.Begin(a))
		s.audit(r, name, "log in")
		http.Redirect(w, r, local(r.PostFormValue("to")), http.StatusSeeOther)
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Wait/time.Second)+1))
		s.audit(r, name, "log in throttled")
		s.login(w, r, http.StatusTooManyRequests, "Too many wrong passwords. Try again later.")
	case errors.Is(err, accounts.ErrWrong):
		s.audit(r, name, "log in refused")
		s.login(w, r, http.StatusUnauthorized, "Wrong name or password.")
	case errors.Is(err, accounts.ErrNobody):
		s.login(w, r, http.StatusForbidden, "No password is set. Run “spamd web passwd” on the server.")
	default:
		s.opt.Log.Error("web", "err", err)
		s.login(w, r, errAccounts.Status, errAccounts.Text)
	}
}

// local returns a path on this server, whatever was asked for.
func local(to string) string {
	if u, err := url.Parse(to); err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// logOut ends a session.
func (s *Server) logOut(w http.ResponseWriter, r *http.Request) {
	if a, err := s.opt.Door.Session(s.secret(r)); err == nil {
		s.audit(r, a.Name, "log out")
	}
	s.opt.Door.End(s.secret(r))
	s.setCookie(w, "")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// login shows the form to log in.
func (s *Server) login(w http.ResponseWriter, r *http.Request, status int, problem string) {
	to := r.FormValue("to")
	s.document(w, status, "Log in", func(h *html.Writer) {
		h.Put(`<main class="login"><form method="post" action="/login" class="card">`)
		h.Put(`<h1><img src="/static/icon.svg" alt="" width="40" height="40"> Asterism</h1><p class="muted">`+
			`Spam filter of {}</p>`, s.opt.Host)
		h.If(problem != "", `<p role="alert" class="alert">{}</p>`, problem)
		h.If(to != "", `<input type="hidden" name="to" value="{}">`, to)
		h.Put(`<label for="name">Name</label>` +
			`<input id="name" name="name" autocomplete="username" autocapitalize="none" required autofocus>`)
		h.Put(`<label for="password">Password</label>`)
		h.Put(`<input id="password" name="password" type="password" autocomplete="current-password" required>`)
		h.Put(`<button class="primary">Log in</button></form></main>`)
	})
}
