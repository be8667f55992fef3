package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestLogIn: the cookie is for this site and no script, what follows stays on it, and wrong passwords have to wait.
func TestLogIn(t *testing.T) {
	s := newSite(t)
	c := s.browser(t, "")
	form := func(password, to string) url.Values {
		return url.Values{"name": {"admin"}, "password": {password}, "to": {to}}
	}
	for to, want := range map[string]string{"/figures?x=1": "/figures?x=1", "//evil.example/": "/",
		"https://evil.example/": "/", "/\\evil.example": "/", "": "/",
		"javascript:alert(1)": "/"} {
		t.Run(to, func(t *testing.T) {
			if _, page := s.post(t, c, "/login", form(password, to), ""); !strings.HasSuffix(page, "\n"+want) {
				t.Errorf("to %q: %q", to, page)
			}
		})
	}
	res, err := c.PostForm(s.URL+"/login", form(password, ""))
	if err != nil || len(res.Cookies()) != 1 {
		t.Fatal(res, err)
	}
	if k := res.Cookies()[0]; !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || len(k.Value) < 40 || k.Secure {
		t.Errorf("cookie %+v", k)
	}
	if code, _ := s.post(t, c, "/logout", nil, ""); code != http.StatusSeeOther {
		t.Errorf("log out: %d", code)
	}
	if _, page := s.get(t, c, "/"); !strings.Contains(page, "/login") {
		t.Error("still in after the log-out")
	}
	last := 0
	for range 6 {
		last, _ = s.post(t, c, "/login", form("guess", ""), "")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after six wrong passwords: %d", last)
	}
	if code, _ := s.post(t, c, "/login", form(password, ""), ""); code != http.StatusTooManyRequests {
		t.Errorf("the right one at once after them: %d", code)
	}
}

// TestCookie: by TLS the cookie is sent by TLS and to this host only.
func TestCookie(t *testing.T) {
	w := httptest.NewRecorder()
	(&Server{opt: Options{Secure: true}}).setCookie(w, "secret")
	if k := w.Result().Cookies()[0]; !k.Secure || !k.HttpOnly || k.Name != "__Host-asterism" || k.Path != "/" ||
		k.Domain != "" || k.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %+v", k)
	}
}

// TestClient: behind a proxy wrong passwords are counted by the address that the proxy saw, not by what a client says.
func TestClient(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("X-Forwarded-For", "192.0.2.66, 198.51.100.7")
	for proxy, want := range map[bool]string{true: "198.51.100.7", false: "127.0.0.1"} {
		if got := (&Server{opt: Options{Proxy: proxy}}).client(r); got != want {
			t.Errorf("proxy %v: %s, want %s", proxy, got, want)
		}
	}
	r.Header["X-Forwarded-For"] = []string{"192.0.2.66", "198.51.100.7"} // a field of the proxy's own, HAProxy's way
	if got := (&Server{opt: Options{Proxy: true}}).client(r); got != "198.51.100.7" {
		t.Errorf("two fields: %s", got)
	}
	r.Header["X-Forwarded-For"] = []string{", unknown\" who=admin"}
	if got := (&Server{opt: Options{Proxy: true}}).client(r); got != "127.0.0.1" {
		t.Errorf("no address: %s", got)
	}
	r.RemoteAddr = "@"
	if got := (&Server{}).client(r); got != "unix" {
		t.Errorf("by a unix socket: %s", got)
	}
}

// TestLog: what strangers send makes one short line of the log.
func TestLog(t *testing.T) {
	var log strings.Builder
	s := &Server{opt: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	r := httptest.NewRequest("POST", "/login", nil)
	s.audit(r, "x\nact=release who=admin"+strings.Repeat("n", 60<<10),
		"log in refused", "path", strings.Repeat("p", 60<<10))
	if text := log.String(); strings.Count(text, "\n") != 1 || len(text) > 2000 {
		t.Errorf("%d bytes: %.300s", len(text), text)
	}
}
