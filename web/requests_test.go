package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"asterism/store"
)

// TestStrangers: without a session there is nothing to be seen, and nothing to be done.
func TestStrangers(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org"), s.put(t, "carol@example.org")
	c := s.browser(t, "")
	for _, path := range []string{"/", "/mail/" + id.String(), "/quarantine", "/quarantine/" + item, "/suspects",
		"/figures", "/remedies", "/try"} {
		if code, page := s.get(t, c, path); code != http.StatusSeeOther || !strings.Contains(page, "/login") ||
			strings.Contains(page, "carol") {
			t.Errorf("%s: %d %s", path, code, page)
		}
	}
	for _, path := range []string{"/mail/" + id.String() + "/teach", "/quarantine/" + item + "/release",
		"/quarantine/" + item + "/delete", "/remedies"} {
		if code, _ := s.post(t, c, path, url.Values{"class": {"ham"}, "kind": {"score"}, "test": {"A"},
			"points": {"1"}}, ""); code != http.StatusSeeOther {
			t.Errorf("%s: %d", path, code)
		}
	}
	if all, _, _ := s.remedies.All(); len(s.back.class) != 0 || len(s.released) != 0 || len(all) != 0 {
		t.Error("a stranger has changed something")
	}
	for _, e := range endpoints {
		r, _ := http.NewRequest(e.method, s.URL+strings.ReplaceAll(e.path, "{id}", id.String()),
			strings.NewReader("{}"))
		if code, text := s.do(t, c, r); code != http.StatusUnauthorized {
			t.Errorf("%s %s: %d %s", e.method, e.path, code, text)
		}
	}
}

// TestOtherOrigins: a form of another site does nothing, whoever is logged in.
func TestOtherOrigins(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org"), s.put(t, "carol@example.org")
	c := s.browser(t, "admin")
	for _, path := range []string{"/mail/" + id.String() + "/teach", "/quarantine/" + item + "/release",
		"/quarantine/" + item + "/delete", "/remedies", "/login",
		"/logout", "/try", "/api/v1/history/" + id.String() + "/teach"} {
		if code, _ := s.post(t, c, path, url.Values{"class": {"ham"}},
			"https://evil.example"); code != http.StatusForbidden {
			t.Errorf("%s: %d", path, code)
		}
	}
	if len(s.back.class) != 0 || len(s.released) != 0 {
		t.Error("another site has changed something")
	}
	if code, _ := s.post(t, c, "/mail/"+id.String()+"/teach", url.Values{"class": {"ham"}},
		s.URL); code != http.StatusSeeOther || s.back.class[id] != store.Ham {
		t.Errorf("our own form: %d", code)
	}
}

// TestMethods: what a page is asked for by changes nothing unless that is POST.
func TestMethods(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org").String(), s.put(t, "carol@example.org")
	c := s.browser(t, "admin")
	for _, path := range []string{"/mail/" + id + "/teach?class=ham", "/mail/" + id + "/undo",
		"/quarantine/" + item + "/release", "/quarantine/" + item + "/delete", "/quarantine/" + item + "/teach?class=ham",
		"/logout", "/remedies?kind=score&test=A&points=1", "/api/v1/history/" + id + "/teach", "/try?mail=x",
		"/api/v1/quarantine/" + item + "/release"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "X"} {
			for _, as := range []string{path, "/." + path, "//" + path[1:], strings.Replace(path, "a", "%61", 1)} {
				r, _ := http.NewRequest(method, s.URL+as, nil)
				if res, err := c.Do(r); err != nil {
					t.Error(err)
				} else if res.Body.Close(); res.StatusCode >= 500 {
					t.Errorf("%s %s: %d", method, as, res.StatusCode)
				}
			}
		}
	}
	all, _, _ := s.remedies.All()
	if _, err := s.dir.Get(item); err != nil || len(s.back.class)+len(s.back.raws)+len(s.released)+len(all) > 0 {
		t.Errorf("something was changed: %v, %v, %v, %v, %v", err, s.back.class, s.back.raws, s.released, all)
	}
	if code, _ := s.get(t, c, "/figures"); code != http.StatusOK {
		t.Errorf("the session has ended: %d", code)
	}
}

// TestBodies: without a session no more of a body is read than a form has, whatever the method and the path. A form of
// files would be written to disk.
func TestBodies(t *testing.T) {
	s := newSite(t)
	t.Setenv("TMPDIR", t.TempDir())
	const head = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n"
	for _, path := range []string{"/login", "/logout", "/", "/release/x", "/static/style.css", "/api/v1/openapi.json",
		"/api/v1/history", "/quarantine", "/no-such-page"} {
		for _, method := range []string{"GET", "POST"} {
			body := &counted{Reader: io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, 64<<20))}
			r := httptest.NewRequest(method, s.URL+path, body)
			r.Header.Set("Content-Type", "multipart/form-data; boundary=B")
			s.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
			if body.n > 2*maxForm {
				t.Errorf("%s %s reads %d bytes", method, path, body.n)
			}
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// counted counts what is read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}
